/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDPU_ENGINE_LOG_H
#define KDPU_ENGINE_LOG_H

/*
 * The store's log lines: what it says there is in reports and errors already.
 * They go to standard error unless this is called.
 */
void kdpu_engine_quiet(void);

#endif
