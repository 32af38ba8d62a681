/* SPDX-License-Identifier: GPL-2.0 */
/* Giving back the room of what was evicted. */
#ifndef EVG_PUNCH_H
#define EVG_PUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <cache.h>
#include <evgnl.h>

/* Only one process may punch a cache: one that was stopped between the kernel's
 * answer and its punch, and replaced, would else punch what its successor has
 * filled.  Kills that one where it does not go by itself.  0, or a negative
 * errno and a line in WHY.
 */
int punch_claim(const struct cache *c, char *why, size_t why_bytes);

/* Punch these, at a pace that lets hits through: a hole is made under the file's
 * lock, which each hit takes, too.  0 or a negative errno.  Slow; for any thread.
 */
int punch(const struct cache *c, const struct evgnl_range *range, size_t n);

#endif
