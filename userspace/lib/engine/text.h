/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own parser of names and sizes. */
#ifndef KDPU_ENGINE_TEXT_H
#define KDPU_ENGINE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

bool kdpu_pool_name_ok(const char *name);
bool kdpu_volume_name_ok(const char *name);

/* Bytes from "10G" and the like.  -EINVAL, -ERANGE; *@bytes untouched then. */
int kdpu_parse_size(const char *text, uint64_t *bytes, struct kdpu_err *err);

#endif
