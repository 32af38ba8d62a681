/* SPDX-License-Identifier: GPL-2.0 */
/* What is left to do when a disk is there: its node, its partitions. */
#ifndef EVERGREEN_SETTLE_H
#define EVERGREEN_SETTLE_H

#include <stdint.h>

/* Wait for the device node.  Returns EXIT_OK, or EXIT_FAILED after a message. */
int settle_node(uint32_t index);

/* Have the partition table read, which never means waiting for a link that is
 * down, and tell udev to look at the disk.  What cannot be read now, the kernel
 * reads when the link comes.  What goes wrong is a note, no failure.
 */
void settle_partitions(uint32_t index);

#endif
