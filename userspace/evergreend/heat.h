/* SPDX-License-Identifier: GPL-2.0 */
/* What a byte of heat says.  PURE. */
#ifndef EVG_HEAT_H
#define EVG_HEAT_H

#include <stdint.h>
#include <linux/evergreen.h>

/* Regions of one class are as hot as each other.  Never read and read once are
 * one class: what was fetched for a function and waits for it to run is worth
 * no less than what somebody read and left.
 */
static inline uint32_t heat_class(uint8_t heat)
{
	uint32_t level = heat & EVG_HEAT_MASK;

	return level ? level - 1 : 0;
}

/* Half as often, as the kernel does it by COOL; and that is long ago. */
static inline uint8_t heat_halved(uint8_t heat)
{
	heat &= EVG_HEAT_MASK;
	return heat ? heat - 1 : 0;
}

#endif
