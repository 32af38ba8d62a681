/* SPDX-License-Identifier: GPL-2.0 */
/* One proved connection in the loop, and the transfers under way on it. */
#ifndef EVG_CONN_H
#define EVG_CONN_H

#include "daemon.h"
#include "detector.h"

struct transfer;

struct conn {
	struct conn *next;
	struct daemon *daemon;
	struct source *source;
	uv_poll_t poll;
	int fd;				/* a duplicate: libnbd closes its own */
	int interface;			/* that it goes out by, or 0 */
	struct detector detector;
	uint64_t suspect_ns;		/* since when, or 0 */
	bool dead;			/* noticed in passing; the tick closes it */
	struct transfer *transfers;	/* under way */
};

/* Silence on a connection is a loss by then: before the kernel's DETECT_MS. */
uint64_t conn_patience_ns(const struct daemon *d);

/* Takes the source over, also when it fails. */
int conn_new(struct daemon *d, struct source *s);

/* 0, or negative: the connection is dead; it is left to the tick to close. */
int conn_submit(struct conn *c, struct transfer *t);

/* Everything under way on it is to be read again. */
void conn_close(struct conn *c);

/* Ask for a few bytes, to see whether an answer comes. */
void conn_probe(struct conn *c);

#endif
