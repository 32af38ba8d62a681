/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One connection to a server that has an image.
 *
 * open() and wait() block and are for a thread of their own; once it is open
 * the connection may be handed to another thread, and belongs to one at a time.
 * Nothing here has a time-out but open() and wait().
 */
#ifndef EVG_SOURCE_H
#define EVG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cover.h"

struct source;

/* A read (buf is set) or a question where zeroes are (zeroes is set). */
struct source_request {
	uint64_t offset;
	uint32_t bytes;
	void *buf;
	void (*zeroes)(struct source_request *r, uint64_t offset,
		       uint64_t bytes);
	/* Called once, from notify() or wait(); 0 or a negative errno.  Not
	 * called for what is under way when the connection is closed.
	 */
	void (*done)(struct source_request *r, int error);
	/* the source's own */
	struct source *source;
	struct source_request *next;
	struct cover cover;
	uint32_t parts;		/* under way */
	int error;
};

struct source_ops {
	const char *const *schemes;	/* of the URIs, NULL at the end */

	/* NULL: WHY has one line.  Blocks, seconds at most, but for the
	 * resolver, which may take minutes.
	 */
	struct source *(*open)(const char *uri, char *why, size_t why_bytes);
	void (*close)(struct source *s);
	int (*fd)(const struct source *s);
	unsigned int (*events)(const struct source *s);	/* SOURCE_READABLE .. */

	/* Negative: the connection is dead, and requests came to nothing:
	 * their done() is not called.
	 */
	int (*notify)(struct source *s, unsigned int events);
	int (*wait)(struct source *s, int timeout_ms);	/* -ETIMEDOUT */

	int (*submit)(struct source *s, struct source_request *r);
};

enum {
	SOURCE_READABLE = 1,
	SOURCE_WRITABLE = 2,
};

struct source {
	const struct source_ops *ops;
	uint64_t size_bytes;
	uint32_t min_bytes;		/* requests are aligned to it */
	bool several;			/* more connections are welcome */
	bool tells_zeroes;		/* may be asked where zeroes are */
};

/* The source for this URI; NULL: none. */
const struct source_ops *source_find(const char *uri);

extern const struct source_ops source_nbd;

#endif
