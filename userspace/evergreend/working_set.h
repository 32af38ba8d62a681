/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this session uses, in the order of first touch: the blocks that were
 * fetched for someone, when they were, and every few seconds the regions that
 * the kernel saw read from the cache meanwhile.  It is kept in home/session.json
 * and fetched without asking next time.
 */
#ifndef EVG_WORKING_SET_H
#define EVG_WORKING_SET_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include <function.h>
#include <linux/evergreen.h>

struct daemon;

struct working_set {
	struct function f;
	bool changed;			/* since it was saved */
	bool full;			/* more is not kept */
	bool complained;		/* that it cannot be kept */
	uint64_t page;			/* of the heat, that is asked next */
	uint64_t saved_ns;
	uv_work_t work;
	struct function saving;		/* a copy; no ranges: no work */
};

/* Reads the last session's, too.  A disk that was there before is used on, and
 * so is its working set.
 */
void working_set_start(struct daemon *d, bool goes_on);

void working_set_wanted(struct daemon *d, uint64_t first, uint32_t count,
			enum evg_class class);

/* Some time has passed. */
void working_set_tick(struct daemon *d);

/* Now, and in this thread. */
void working_set_save(struct daemon *d);

#endif
