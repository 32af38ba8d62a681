/* SPDX-License-Identifier: GPL-2.0 */
/* Having blocks fetched by reading them, as anybody's read would. */
#ifndef EVERGREEN_PULL_H
#define EVERGREEN_PULL_H

#include <stddef.h>

#include "evgnl.h"

/* Returns EXIT_OK, or EXIT_FAILED after a message. */
int pull_blocks(const struct evgnl_disk *disk, const struct evgnl_range *range,
		size_t n);

#endif
