/* SPDX-License-Identifier: GPL-2.0 */
/* What of a set of blocks is in the cache now, as the kernel's map says. */
#ifndef EVERGREEN_PRESENCE_H
#define EVERGREEN_PRESENCE_H

#include <stdint.h>

#include "evgnl.h"
#include "function.h"

struct presence;

/* Pages of the map are asked for when they are needed, and kept: it is a
 * snapshot, open a new one for another look.  NULL: out of memory.
 */
struct presence *presence_open(struct evgnl *nl, const struct evgnl_disk *disk);
void presence_close(struct presence *presence);

/* How many of these blocks are there; those beyond the disk's end are not.
 * Returns 0 or a negative errno, with evgnl_error() of the handle.
 */
int presence_count(struct presence *presence, uint64_t first, uint64_t count,
		   uint64_t *present);
int presence_of_function(struct presence *presence, const struct function *f,
			 uint64_t *present);

/* A block's state in a page of the map. */
enum evg_block presence_in_page(const struct evgnl_page *page, uint64_t block);

#endif
