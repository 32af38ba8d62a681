/* SPDX-License-Identifier: GPL-2.0 */
/* What recording has to know of a disk: its image, its functions' home, and the
 * devices that file systems on it are mounted from.
 */
#ifndef EVERGREEN_PLACE_H
#define EVERGREEN_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "evgnl.h"
#include "function.h"
#include "volumes.h"

struct place {
	struct evgnl_disk disk;
	struct evg_header header;	/* of its cache */
	char home[PATH_MAX];
	struct volume volume[VOLUMES_MAX];	/* the disk is the first */
	size_t volumes;
};

/* Returns EXIT_OK, or EXIT_FAILED after a message. */
int place_find(struct place *place, struct evgnl *nl, uint32_t index);

/* The volume with that device number; NULL: it is not of this disk. */
const struct volume *place_volume(const struct place *place, dev_t dev);

bool place_has_function(const struct place *place, const char *name);

/* With APPEND what is stored already, else an empty one. */
int place_load(const struct place *place, const char *name, bool append,
	       struct function *f);

/* Store it and have the helper read it. */
int place_store(const struct place *place, const struct function *f);

/* The same, but what another command has stored under this name since F was loaded
 * stays in it: of two recordings at once none is lost.
 */
int place_add(const struct place *place, struct function *f);

/* Have the helper look at the functions again; a note when it does not. */
void place_tell_helper(const struct place *place);

#endif
