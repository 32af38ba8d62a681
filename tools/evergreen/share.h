/* SPDX-License-Identifier: GPL-2.0 */
/* The share of accesses that the cache would serve with the link cut. */
#ifndef EVERGREEN_SHARE_H
#define EVERGREEN_SHARE_H

#include "evgnl.h"

/* How many reads a region's byte of heat stands for, about: each of the first
 * four is a level, and so on with twice as many reads for each next four levels.
 */
double share_reads(uint8_t heat);

/* 0 to 1, if what was read often is read often again; -1: nothing is known of
 * what is read, or the disk is so large that it would take too long to ask.
 */
double share_offline(struct evgnl *nl, const struct evgnl_disk *disk);

#endif
