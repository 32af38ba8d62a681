/* SPDX-License-Identifier: GPL-2.0 */
/* One request to the server and what becomes of its bytes. */
#ifndef EVG_TRANSFER_H
#define EVG_TRANSFER_H

#include "daemon.h"
#include "detector.h"

enum transfer_kind {
	TRANSFER_READ,
	TRANSFER_PROBE,			/* to see whether an answer comes */
	TRANSFER_ZEROES,		/* where does the image have zeroes? */
};

struct transfer {
	struct source_request request;	/* first: it is how we are found */
	enum transfer_kind kind;
	struct daemon *daemon;
	struct conn *conn;		/* while it is under way */
	struct transfer *next;		/* in the connection's list */
	struct detector_request timing;
	/* a read: */
	int read;			/* its number in the plan */
	uint64_t first;			/* block; a probe's, too, when compared */
	uint32_t count;
	uint8_t *buf;			/* NULL: these blocks are all zero */
	uv_work_t work;
	int error;			/* of writing it to the cache */
	uint64_t written;		/* then a bit for each block that is there */
	bool ahead;			/* prefetch counts it */
	bool pass;			/* the cache shall not keep it */
	bool compared;			/* a probe, of a block that is cached */
};

/* Begin what may be begun. */
void transfers_kick(struct daemon *d);

void transfer_free(struct transfer *t);

struct transfer *transfer_probe(struct daemon *d, uint32_t bytes);

/* Read these blocks, which nobody waits for, or the first of them.  The bytes
 * that the server has to send, or a negative errno.
 */
int transfer_prefetch(struct daemon *d, struct conn *c, uint64_t first,
		      uint32_t count);

/* The cache had these blocks and could not read them.  What is written again may
 * be well; what is not, is passed on from then on.
 */
void transfer_unreadable(struct daemon *d, uint64_t first, uint32_t count);

/* The cache takes no writes, and that is no want of room. */
bool transfer_is_refused(const struct daemon *d);

/* Its connection is gone. */
void transfer_orphaned(struct transfer *t);

/* It was written to the cache, or could not be: t->error. */
void transfer_written(struct transfer *t);

#endif
