/* SPDX-License-Identifier: GPL-2.0 */
/* What is left to do when a disk is there: its node, its partitions. */
#ifndef EVERGREEN_SETTLE_H
#define EVERGREEN_SETTLE_H

#include "evgnl.h"

/* Wait for the device node.  Returns EXIT_OK, or EXIT_FAILED after a message. */
int settle_node(uint32_t index);

/* Have the partition table read, if that does not mean waiting for the link,
 * and tell udev to look at the disk.  What goes wrong is a note, no failure.
 */
void settle_partitions(struct evgnl *nl, uint32_t index);

#endif
