/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is it still the image that the cache holds?  It was proved when the server was
 * connected; but a server may be there all the time while its image is written
 * over.  So the probe of a link reads a cached block, another one each time, and
 * what comes is compared with what the cache has.
 *
 * With a share S of the cached blocks changed, N probes find it with a probability
 * of 1 - (1 - S)^N.  Blocks that were fetched of late may be of either image.  What
 * was filled before so many probes found nothing as a proof compares is believed,
 * the rest is doubted: taken out of the map when the image is found to be another.
 */
#ifndef EVG_COMPARE_H
#define EVG_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>
#include <evgnl.h>

#include "doubt.h"

struct daemon;
struct conn;
struct transfer;

enum { COMPARE_RECENT = 256 };

struct compare {
	uv_work_t work;
	uv_timer_t retry;
	struct evgnl *nl;		/* the pool's, opened with privileges */
	struct transfer *probe;		/* whose bytes are being compared */
	bool busy;			/* the pool has it */
	bool has_block;			/* chosen for the next probe */
	uint64_t block;
	uint64_t asked_ns;		/* when the last one was read */
	bool differs;			/* the pool's finding */
	uint32_t alike;			/* since the last change of doubt */
	uint64_t recent[COMPARE_RECENT];	/* blocks filled, a sample */
	uint64_t fills;
	struct doubt young, old;	/* filled since the last proof but none, one */
	struct doubt going;		/* to be evicted */
	struct evgnl_range batch[EVG_EVICT_RANGES];
	size_t batched;			/* an EVICT is under way */
};

int compare_open(struct daemon *d);	/* -ENOMEM */
void compare_start(struct daemon *d);

/* On which connection to probe though it is not idle, or NULL: none now. */
struct conn *compare_due(const struct daemon *d, uint64_t now);

/* A block that the next probe shall read.  False: any will do. */
bool compare_next(struct daemon *d, uint64_t *block);

/* Such a probe came back; it is ours until it is freed. */
void compare_probed(struct transfer *t);

/* The connection's own proof found nothing. */
void compare_proved(struct daemon *d);

void compare_filled(struct daemon *d, uint64_t first, uint32_t count);

/* The image is another: what is doubted goes. */
void compare_found_stale(struct daemon *d);

/* An answer to EVICT that is not the quota's. */
void compare_evicted(struct daemon *d, const struct evgnl_event *event);

#endif
