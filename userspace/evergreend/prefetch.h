/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fetching what nobody waits for: below everything that somebody waits for,
 * and only while the link is up.
 *
 * The queue says what is next.  It is read as what is wanted is, by the plan, so
 * that no block is read twice; a want for it waits for that read.  About as much
 * is under way as the link holds, so that a want waits behind little.
 */
#ifndef EVG_PREFETCH_H
#define EVG_PREFETCH_H

#include <stdbool.h>
#include <stdint.h>
#include <function.h>
#include <linux/evergreen.h>

#include "bucket.h"
#include "plan.h"
#include "present.h"
#include "queue.h"

struct daemon;
struct transfer;

struct prefetch {
	struct queue queue;
	struct present present;
	struct bucket bucket;
	struct function session;	/* the last session's working set */
	struct queue_list session_list;
	struct function_range *disk;	/* all of it */
	struct queue_list disk_list;
	uint32_t fails;			/* since the last read that did not */
	uint64_t asked;			/* grows with each that is put in front */
	uint64_t leaving_ns;		/* until then; 0: not */
	uint64_t fetched_bytes;
	uint32_t reads;			/* under way */
	const struct queue_list *doing;
	bool ready;			/* functions were loaded */
	bool full;			/* and that was said */
	uint64_t rest_ns;		/* until then nothing is tried */
};

int prefetch_open(struct daemon *d);

/* Fill the queue again: functions have come or gone, or what else is in it. */
void prefetch_requeue(struct daemon *d);

/* Begin what may be begun. */
void prefetch_kick(struct daemon *d);

/* The kernel may know more by now. */
void prefetch_go_on(struct daemon *d);
void prefetch_tick(struct daemon *d);

/* The kernel wants these blocks. */
void prefetch_wanted(struct daemon *d, uint64_t first, uint32_t count,
		     enum evg_class class);

/* These blocks came into the cache, or were taken out of it. */
void prefetch_filled(struct daemon *d, uint64_t first, uint32_t count);
void prefetch_evicted(struct daemon *d, uint64_t first, uint64_t count);

/* What is known of the cache may be wrong now. */
void prefetch_doubt(struct daemon *d);

/* A read that prefetch began has ended. */
void prefetch_ended(struct daemon *d, const struct transfer *t,
		    enum plan_end end);

/* This function goes before others.  -ENOENT: there is none. */
int prefetch_ask(struct daemon *d, const char *name);

void prefetch_leave(struct daemon *d, uint32_t seconds);
uint32_t prefetch_leaving_s(const struct daemon *d);
void prefetch_set_rate(struct daemon *d, uint64_t rate);
void prefetch_set_hydrate(struct daemon *d, bool hydrate);

/* What it is about now, for people; NULL: nothing. */
const char *prefetch_doing(const struct daemon *d);
uint64_t prefetch_queued_bytes(const struct daemon *d);

#endif
