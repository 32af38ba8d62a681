/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What stays in memory when the caches are dropped, and so is not read again:
 * pages of files that processes have mapped, and the buffers that a mounted
 * file system holds.  A function needs these, too.
 */
#ifndef EVERGREEN_RESIDENTS_H
#define EVERGREEN_RESIDENTS_H

#include "recording.h"

/* All of them, to the recording's function, of which some may be read by and by
 * to learn where they are.  Returns EXIT_OK, or EXIT_FAILED after a message.
 */
int residents_add(struct recording *r);

/* After what is recorded: the pages of files that came to memory meanwhile though
 * nothing was read for them, for squashfs keeps some unpacked blocks to itself.
 */
int residents_add_touched(struct recording *r);

/* Of the devices themselves only. */
int residents_add_buffers(const struct place *place, struct function *f);

#endif
