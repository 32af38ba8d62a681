/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Misses that found the link not up, or that a drill made fail.  The kernel
 * remembers them; here they are taken over, kept in home/ledger.json over
 * restarts, and fetched before anything else once the link is up.
 *
 *   {"version":1,"misses":[{"boot":TEXT,"seq":N,"first":BLOCK,"count":BLOCKS,
 *     "comm":TEXT,"pid":N,"time":SECONDS SINCE 1970,
 *     "outcome":"waited"|"failed"|"drilled"},...]}
 *
 * Oldest first, at most EVG_LEDGER_MAX.  The kernel's numbers begin anew with
 * each disk that is added, so a miss is known again by what it was, and when.
 */
#ifndef EVG_LEDGER_H
#define EVG_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>
#include <evgnl.h>
#include <function.h>

#include "queue.h"

struct daemon;
struct ledger_miss;

struct ledger {
	struct ledger_miss *miss;	/* room for EVG_LEDGER_MAX */
	size_t n;
	uint64_t seq;			/* the last of the kernel's */
	struct function_range *range;	/* the same, as the queue wants it */
	struct queue_list list;
	uint64_t blocks;		/* in it */
	char boot[40];
	bool changed;			/* since it was saved */
	uv_work_t work;
	char *saving;			/* the text; NULL: no work */
};

/* What the file has. */
void ledger_start(struct daemon *d);

/* The link is up, or some time has passed. */
void ledger_ask(struct daemon *d);

/* Now, and in this thread. */
void ledger_save(struct daemon *d);

#endif
