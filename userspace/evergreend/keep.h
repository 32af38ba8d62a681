/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the cache may take, its quota, and who goes when it is used up.
 *
 * used = what the file system says that `clean` and `map` take.  When it comes
 * near the quota a round begins, in the pool but for the short steps marked *:
 *
 *   SCANNING   all that takes room is looked at, page by page, and victims.c
 *            * chooses so many regions that a low-water mark is reached
 *   EVICTING * EVICT names some of them; the kernel answers when no copy of
 *              its map claims them and no hit reads them
 *   PUNCHING   their room is given back, a little at a time, and then * on to
 *              EVICTING with the next ones
 *
 * From EVICT until they are punched the regions are a read in the plan: so
 * nothing is read or written there, for no block is in two reads at once.  Regions
 * that somebody waits for, or that are being written, are not evicted.
 *
 * Who wants more than the quota holds waits for a round, for it is short.
 * Where a round would not help (all is pinned), or may not be (the link is not
 * ONLINE), the bytes go to those who want them and are not kept.
 */
#ifndef EVG_KEEP_H
#define EVG_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>
#include <evgnl.h>

#include "victims.h"

struct daemon;

#define KEEP_QUOTA_MIN (16ULL << 20)

enum keep_phase {
	KEEP_IDLE,
	KEEP_SCANNING,
	KEEP_EVICTING,
	KEEP_PUNCHING,
};

enum keep_verdict {
	KEEP_ROOM,			/* read it, and keep it */
	KEEP_WAIT,			/* transfers_kick() follows */
	KEEP_PASS,			/* read it, and do not keep it */
};

struct keep {
	uint64_t quota;			/* bytes; 0: none */
	enum keep_phase phase;
	uint64_t phase_ns;		/* since when */
	uint64_t not_before_ns;		/* no further round */
	uint64_t waiting_ns;		/* somebody waits since; 0: nobody */
	bool reclaim;			/* look for what the map does not claim */
	bool tight;			/* nothing can go */
	bool tight_logged;
	uv_timer_t tick;
	uv_work_t work;
	struct evgnl *nl;		/* the scan's own */
	struct victims victims;
	struct victim *chosen;
	size_t chosens;
	size_t next;			/* of those, not evicted yet */
	uint64_t lost_blocks;		/* that the scan found */
	uint64_t warm_blocks;		/* evicted since all was cooled */
	struct evgnl_range range[EVG_EVICT_RANGES];	/* under way */
	int read[EVG_EVICT_RANGES];	/* in the plan */
	size_t ranges;
	int error;			/* of the work in the pool */
};

/* After the loop is there, before it runs. */
void keep_start(struct daemon *d);

/* A line that says why a cache at this path cannot have that quota, or NULL. */
const char *keep_refuses(const char *cache, uint64_t bytes);

/* 0: none.  NULL, or a line that says why not; nothing has changed then. */
const char *keep_set_quota(struct daemon *d, uint64_t bytes);
uint64_t keep_quota(const struct daemon *d);

/* Bytes that the cache takes now. */
uint64_t keep_used(const struct daemon *d);

/* Pinned functions and metadata leave no room in the quota. */
bool keep_is_tight(const struct daemon *d);

/* May so many bytes be fetched that nobody waits for?  What MATTERS (metadata,
 * pinned, asked for; no more than the quota holds) may take the place of what
 * is colder, all else only room that is left.
 */
bool keep_allows(const struct daemon *d, uint64_t bytes, bool matters);

/* Somebody waits for so many blocks. */
enum keep_verdict keep_admit(struct daemon *d, uint32_t blocks);

/* Is an EVICT of the quota's under way? */
bool keep_evicts(const struct daemon *d);

/* The kernel's answer to EVICT. */
void keep_evicted(struct daemon *d, const struct evgnl_event *event);

#endif
