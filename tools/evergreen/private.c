// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE		/* O_DIRECT */
#include "private.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "evergreen.h"

enum {
	HEAD_BYTES	= 4096,
	LOOP_TRIES	= 20,		/* another one may take it first */
};

/* What the head of a volume may hold, at these offsets. */
static const struct magic {
	enum private_type type;
	size_t at;
	char text[5];
	size_t bytes;
} magics[] = {
	{ PRIVATE_EXT4, 1024 + 56, "\x53\xef", 2 },
	{ PRIVATE_XFS, 0, "XFSB", 4 },
	{ PRIVATE_SQUASHFS, 0, "hsqs", 4 },
	{ PRIVATE_EROFS, 1024, "\xe2\xe1\xf5\xe0", 4 },
};

static const char * const names[] = {
	[PRIVATE_EXT4]		= "ext4",
	[PRIVATE_XFS]		= "xfs",
	[PRIVATE_SQUASHFS]	= "squashfs",
	[PRIVATE_EROFS]		= "erofs",
};

const char *private_type_name(enum private_type type)
{
	return names[type];
}

static int read_head(const struct volume *volume, uint8_t *head)
{
	uint8_t *buf = NULL;
	ssize_t n = -1;
	int fd;

	fd = open(volume->node, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (fd >= 0 && !posix_memalign((void **)&buf, HEAD_BYTES, HEAD_BYTES))
		n = pread(fd, buf, HEAD_BYTES, 0);
	if (n < 0)
		say_failure("%s cannot be read: %s", volume->node,
			    strerror(errno));
	memset(head, 0, HEAD_BYTES);
	if (n > 0)
		memcpy(head, buf, (size_t)n);
	free(buf);
	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : 0;
}

int private_type(const struct volume *volume)
{
	uint8_t head[HEAD_BYTES];
	size_t i;

	if (read_head(volume, head))
		return -1;
	for (i = 0; i < sizeof(magics) / sizeof(*magics); i++)
		if (!memcmp(head + magics[i].at, magics[i].text, magics[i].bytes))
			return (int)magics[i].type;
	return PRIVATE_NONE;
}

int private_squashfs_tables(const struct volume *volume, uint64_t *start,
			    uint64_t *end)
{
	enum { BYTES_USED = 40, INODE_TABLE = 64 };
	uint8_t head[HEAD_BYTES];
	uint64_t value;

	if (read_head(volume, head))
		return EXIT_FAILED;
	memcpy(&value, head + INODE_TABLE, sizeof(value));
	*start = le64toh(value);
	memcpy(&value, head + BYTES_USED, sizeof(value));
	*end = le64toh(value);
	if (*start >= *end || *end > volume->bytes)
		return say_failure("%s: its squashfs is damaged", volume->node);
	return EXIT_OK;
}

/* Another process may take a free number before we do. */
static int configure_any(int control, const struct loop_config *config,
			 char *node, size_t bytes)
{
	int try, number, fd;

	for (try = 0; try < LOOP_TRIES; try++) {
		number = ioctl(control, LOOP_CTL_GET_FREE);
		if (number < 0)
			return -1;
		snprintf(node, bytes, "/dev/loop%d", number);
		fd = open(node, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return -1;
		if (!ioctl(fd, LOOP_CONFIGURE, config))
			return fd;
		close(fd);
		if (errno != EBUSY)
			return -1;
	}
	return -1;
}

static int make_loop(const struct volume *volume, char *node, size_t bytes)
{
	struct loop_config config = { .fd = 0 };
	struct loop_info64 info;
	int control, back, fd = -1;

	config.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR |
			       LO_FLAGS_DIRECT_IO;
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	back = open(volume->node, O_RDONLY | O_DIRECT | O_CLOEXEC);
	config.fd = (uint32_t)back;
	if (control >= 0 && back >= 0)
		fd = configure_any(control, &config, node, bytes);
	if (fd < 0)
		say_failure("no loop device for %s: %s; is the module loop there?",
			    volume->node, strerror(errno));
	if (control >= 0)
		close(control);
	if (back >= 0)
		close(back);
	if (fd < 0)
		return -1;
	/* Through a page cache of the disk some reads would be hidden. */
	if (!ioctl(fd, LOOP_GET_STATUS64, &info) &&
	    info.lo_flags & LO_FLAGS_DIRECT_IO)
		return fd;
	say_failure("the loop device for %s does no direct I/O", volume->node);
	close(fd);
	return -1;
}

/* What fsmount() gives is good for paths alone. */
static int open_root(int mount)
{
	int fd = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = errno;

	close(mount);
	errno = err;
	return fd;
}

/* As it would be mounted by a person, if that can be; else without its log. */
static int try_mount(const char *node, enum private_type type, bool with_log)
{
	int fs = fsopen(names[type], FSOPEN_CLOEXEC), fd = -1, err;
	bool good;

	if (fs < 0)
		return -1;
	good = !fsconfig(fs, FSCONFIG_SET_STRING, "source", node, 0) &&
	       !fsconfig(fs, FSCONFIG_SET_FLAG, "ro", NULL, 0);
	if (good && type == PRIVATE_XFS)
		good = !fsconfig(fs, FSCONFIG_SET_FLAG, "nouuid", NULL, 0);
	if (good && !with_log)
		good = !fsconfig(fs, FSCONFIG_SET_FLAG,
				 type == PRIVATE_XFS ? "norecovery" : "noload",
				 NULL, 0);
	if (good && !fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		fd = fsmount(fs, FSMOUNT_CLOEXEC,
			     MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME |
			     MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID);
	if (fd >= 0)
		fd = open_root(fd);
	err = errno;
	close(fs);
	errno = err;
	return fd;
}

int private_mount(const struct volume *volume, enum private_type type)
{
	char node[32];
	int loop = make_loop(volume, node, sizeof(node)), fd;

	if (loop < 0)
		return -1;
	fd = try_mount(node, type, true);
	if (fd < 0 && (type == PRIVATE_EXT4 || type == PRIVATE_XFS))
		fd = try_mount(node, type, false);
	if (fd < 0)
		say_failure("the %s of %s cannot be mounted: %s", names[type],
			    volume->node, strerror(errno));
	close(loop);
	return fd;
}
