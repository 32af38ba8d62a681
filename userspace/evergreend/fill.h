/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes into the cache: direct writes in the loop's pool, so that the loop
 * never waits for a disk.  transfer_written() follows, in the loop.
 */
#ifndef EVG_FILL_H
#define EVG_FILL_H

#include "transfer.h"

/* As many as a read may have. */
extern const uint8_t fill_zeroes[PLAN_READ_MAX * EVG_BLOCK_SIZE];

void fill_start(struct transfer *t);

/* The blocks of BUF (NULL: all zero) to the cache.  AHEAD: take room for their
 * neighbours, too, which a quota forbids.  0 or a negative errno.  For any
 * thread.
 */
int fill_write(const struct cache *c, uint64_t first, uint32_t count,
	       const uint8_t *buf, bool ahead);

#endif
