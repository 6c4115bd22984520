/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_PRINTK_H
#define KDP_SHIM_PRINTK_H

#include <linux/types.h>

/* Where the engine's log lines go; standard error unless changed. */
extern void (*kdp_shim_log)(int level, const char *line);

void kdp_shim_printk(int level, const char *fmt, ...) __printf(2, 3);

#ifndef pr_fmt
#define pr_fmt(fmt)	fmt
#endif
#define pr_err(fmt, ...)	kdp_shim_printk(3, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	kdp_shim_printk(4, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)	kdp_shim_printk(6, pr_fmt(fmt), ##__VA_ARGS__)

#endif
