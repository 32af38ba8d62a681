/* SPDX-License-Identifier: GPL-2.0 */
/* A few ranges of blocks that are not as others: bad ones.  PURE.  When there are
 * too many the oldest is forgotten.
 */
#ifndef EVG_SPOTS_H
#define EVG_SPOTS_H

#include <stdbool.h>
#include <stdint.h>
#include <function.h>

enum { SPOTS_MAX = 256 };

struct spots {
	struct function_range range[SPOTS_MAX];	/* none overlap */
	uint32_t n;
};

void spots_add(struct spots *s, uint64_t first, uint32_t count);
void spots_remove(struct spots *s, uint64_t first, uint32_t count);

/* Are any of these blocks among them? */
bool spots_touch(const struct spots *s, uint64_t first, uint32_t count);
uint64_t spots_blocks(const struct spots *s);

#endif
