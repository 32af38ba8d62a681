/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which blocks a file's bytes are in.  Where the file system can tell (FIEMAP),
 * it is asked; else the file is read through a mount of our own, which no page
 * cache hides, while the reads of the disk are recorded.
 */
#ifndef EVERGREEN_BLOCKS_H
#define EVERGREEN_BLOCKS_H

#include <stdint.h>

#include "recording.h"

struct blocks_file;

struct blocks {
	const struct place *place;
	struct function *f;
	struct blocks_file *rest;	/* those that have to be read */
	size_t rests;
};

/* These bytes of a file that is on the place; LENGTH UINT64_MAX: to its end.
 * Returns EXIT_OK, or EXIT_FAILED after a message that names it WHAT.
 */
int blocks_add(struct blocks *b, int fd, const char *what, uint64_t offset,
	       uint64_t length);

/* Read what has to be read, as a part of a recording or as one of its own. */
int blocks_read_rest(struct blocks *b, struct recording *r);
int blocks_finish(struct blocks *b);
void blocks_free(struct blocks *b);

#endif
