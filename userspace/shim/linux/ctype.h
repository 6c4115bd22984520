/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_CTYPE_H
#define KDP_SHIM_CTYPE_H

#include <ctype.h>

#endif
