/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EVERGREEN_MOUNT_ROOT_H
#define EVERGREEN_MOUNT_ROOT_H

#include <stddef.h>

/* The root of the mount that PATH is on.  PATH has no links in it.  Returns
 * EXIT_OK, or EXIT_FAILED after a message.
 */
int mount_root(const char *path, char *root, size_t bytes);

#endif
