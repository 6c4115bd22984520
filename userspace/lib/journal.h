/* SPDX-License-Identifier: GPL-2.0-only */
/* libsystemd's journal calls, loaded when they are needed (loaded.h). */
#ifndef KDPU_JOURNAL_H
#define KDPU_JOURNAL_H

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "loaded.h"

#define KDPU_JOURNAL_CALLS(CALL) \
	CALL(sendv) CALL(open) CALL(close) CALL(add_match) CALL(add_disjunction) \
	CALL(seek_tail) CALL(previous) \
	CALL(get_data) CALL(get_realtime_usec)

struct kdpu_journal {
#define MEMBER(name) __typeof__(&sd_journal_##name) name;
	KDPU_JOURNAL_CALLS(MEMBER)
#undef MEMBER
};

/* NULL when this system has no libsystemd. */
const struct kdpu_journal *kdpu_journal(void);

#endif
