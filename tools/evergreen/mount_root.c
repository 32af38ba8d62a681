// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE		/* statx */
#include "mount_root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "evergreen.h"

/* Up from it, until a step would lead out of the mount. */
int mount_root(const char *path, char *root, size_t bytes)
{
	struct statx stx;
	char *slash;

	if ((size_t)snprintf(root, bytes, "%s", path) >= bytes)
		return say_failure("%s: the path is too long", path);
	for (;;) {
		if (statx(AT_FDCWD, root, AT_SYMLINK_NOFOLLOW, 0, &stx))
			return say_failure("%s: %s", root, strerror(errno));
		if (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT || !root[1])
			return EXIT_OK;
		slash = strrchr(root, '/');
		slash[slash == root] = '\0';
	}
}
