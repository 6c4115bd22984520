/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SIM_DIGEST_H
#define KDP_SIM_DIGEST_H

#include "store/private.h"

/* Of all volumes and their maps: what a state of the pool consists of. */
uint64_t sim_digest(const struct kdp_store *s);

#endif
