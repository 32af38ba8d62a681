/* SPDX-License-Identifier: GPL-2.0 */
/* A disk in some hundred cells, each some blocks: what evergreen map draws. */
#ifndef EVERGREEN_PICTURE_H
#define EVERGREEN_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "view.h"

struct cell_of_disk {
	uint64_t blocks;
	uint64_t clean;
	uint64_t dirty;			/* written here */
	uint64_t pinned;		/* of pinned functions */
	uint64_t pinned_absent;
	double reads;			/* about how many, of all its blocks */
	double peak;			/* of the region that is read most */
};

struct picture {
	uint64_t blocks;		/* of the disk */
	uint64_t per_cell;		/* blocks */
	struct cell_of_disk *cell;
	size_t cells;
	struct cell_of_disk all;
};

/* In at most CELLS cells.  After view_open(); returns EXIT_OK, or EXIT_FAILED
 * after a message.
 */
int picture_make(struct picture *picture, struct view *view, size_t cells);
void picture_free(struct picture *picture);

/* What is drawn of a cell. */
enum picture_look {
	PICTURE_ABSENT,
	PICTURE_SOME,			/* less than half is cached */
	PICTURE_MOST,
	PICTURE_CLEAN,			/* all of it */
	PICTURE_DIRTY,
	PICTURE_PINNED,			/* and there */
	PICTURE_WANTED,			/* pinned, but some of it is not there */
	PICTURE_LOOKS,
};

enum picture_look picture_look(const struct cell_of_disk *cell);
const char *picture_look_name(enum picture_look look);

/* 0 not often read, 1 some of it often, 2 some of it very often */
int picture_heat(const struct cell_of_disk *cell);

#endif
