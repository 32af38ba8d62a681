/* SPDX-License-Identifier: GPL-2.0 */
/* A control group of our own, to run a command and all that it starts in. */
#ifndef EVERGREEN_CELL_H
#define EVERGREEN_CELL_H

#include <stdbool.h>

struct cell {
	int root_fd;			/* of a cgroup2 that is mounted nowhere */
	int fd;				/* the group's directory */
	char name[32];
};

/* Returns EXIT_OK, or EXIT_FAILED after a message. */
int cell_make(struct cell *cell);

/* Kills whoever is left in it. */
void cell_empty(const struct cell *cell);
void cell_remove(struct cell *cell);

/* Run it there until it ends; with ASIDE its standard output goes where its
 * standard error goes.  The status is as a shell says it.
 */
int cell_run(const struct cell *cell, char **command, bool aside, int *status);

#endif
