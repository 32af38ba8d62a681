/* SPDX-License-Identifier: GPL-2.0 */
/* The miss ledger: what the kernel remembers, and what the helper kept of that
 * over restarts.
 */
#ifndef EVERGREEN_MISSES_H
#define EVERGREEN_MISSES_H

#include <stddef.h>
#include <stdint.h>

#include "evgnl.h"

struct miss {
	uint64_t first;			/* block */
	uint32_t count;			/* blocks */
	uint32_t pid;
	uint64_t seq;
	int64_t time;			/* seconds since 1970 */
	enum evg_outcome outcome;
	char comm[EVG_COMM_MAX];
};

struct misses {
	struct miss *miss;		/* oldest first */
	size_t count, room;
};

/* What the kernel remembers after SEQ.  0 or a negative errno, for which
 * evgnl_error() has the line.
 */
int misses_of_kernel(struct misses *misses, struct evgnl *nl, uint32_t index,
		     uint64_t seq);

/* And what was kept in HOME, without what is there already; 0, or a negative
 * errno when it cannot be read (none is no error).
 */
int misses_of_home(struct misses *misses, const char *home);

/* Blocks that the server or the cache cannot read, as the helper says: as misses
 * that failed just now, of a program "(server)" or "(cache)".  0 or a negative
 * errno; no helper is no error.
 */
int misses_of_bad(struct misses *misses, uint32_t index);
void misses_free(struct misses *misses);

/* "waited", "failed", "drilled" */
const char *misses_outcome_name(enum evg_outcome outcome);

#endif
