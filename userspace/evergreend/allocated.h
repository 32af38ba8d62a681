/* SPDX-License-Identifier: GPL-2.0 */
/* Which blocks of a file take room in its file system.  For any thread. */
#ifndef EVG_ALLOCATED_H
#define EVG_ALLOCATED_H

#include <stdint.h>

/* The first from BLOCK on that does, or UINT64_MAX. */
uint64_t allocated_next(int fd, uint64_t block);

/* Of blocks [FIRST, FIRST + COUNT) how many do, in each region of them; FIRST
 * begins one.  0 or a negative errno.
 */
int allocated_count(int fd, uint64_t first, uint32_t count, uint8_t *regions);

#endif
