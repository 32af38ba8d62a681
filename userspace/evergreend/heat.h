/* SPDX-License-Identifier: GPL-2.0 */
/* What a byte of heat says, as drivers/block/evergreen/heat.h counts it.  PURE. */
#ifndef EVG_HEAT_LEVEL_H
#define EVG_HEAT_LEVEL_H

#include <stdint.h>
#include <linux/evergreen.h>

enum { HEAT_OCTAVE = 4 };		/* levels that double the reads */

/* Regions of one class are as hot as each other: a class is a doubling, for
 * levels come by chance, and less than that says nothing.  Never read and read
 * once are one class: what was fetched for a function and waits for it to run
 * is worth no less than what somebody read and left.
 */
static inline uint32_t heat_class(uint8_t heat)
{
	uint32_t level = heat & EVG_HEAT_MASK;

	return level > 1 ? (level + HEAT_OCTAVE - 2) / HEAT_OCTAVE : 0;
}

/* Half as often, as the kernel does it by COOL; and that is long ago. */
static inline uint8_t heat_halved(uint8_t heat)
{
	uint8_t level = heat & EVG_HEAT_MASK;

	return level < 2 * HEAT_OCTAVE ? level / 2 : level - HEAT_OCTAVE;
}

#endif
