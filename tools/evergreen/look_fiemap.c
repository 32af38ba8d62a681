// SPDX-License-Identifier: GPL-2.0
#include "look.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/fiemap.h>
#include <linux/fs.h>

enum { EXTENTS = 128, DEPTH_MAX = 200 };

struct walk {
	struct look *look;
	dev_t dev;
	struct fiemap *map;
	char path[PATH_MAX];
	int depth;
};

/* These have no block of their own. */
static const uint32_t elsewhere = FIEMAP_EXTENT_UNKNOWN |
	FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_DATA_INLINE |
	FIEMAP_EXTENT_UNWRITTEN;

static void tell_extents(struct walk *walk, enum look_kind kind)
{
	const struct fiemap_extent *extent;
	uint32_t i;

	for (i = 0; i < walk->map->fm_mapped_extents; i++) {
		extent = &walk->map->fm_extents[i];
		if (!(extent->fe_flags & elsewhere) &&
		    look_wants(walk->look, extent->fe_physical, extent->fe_length))
			look_tell(walk->look, kind, extent->fe_physical,
				  extent->fe_length, walk->path);
	}
}

static void map_file(struct walk *walk, int fd, enum look_kind kind)
{
	const struct fiemap_extent *last;
	struct fiemap *map = walk->map;
	uint64_t from = 0;

	while (!walk->look->stop) {
		memset(map, 0, sizeof(*map));
		map->fm_start = from;
		map->fm_length = FIEMAP_MAX_OFFSET - from;
		map->fm_extent_count = EXTENTS;
		if (ioctl(fd, FS_IOC_FIEMAP, map)) {
			/* XFS has none of directories: metadata, then. */
			if (kind != LOOK_DIRECTORY || errno == EIO)
				look_failed(walk->look, errno);
			return;
		}
		if (!map->fm_mapped_extents)
			return;
		tell_extents(walk, kind);
		last = &map->fm_extents[map->fm_mapped_extents - 1];
		if (last->fe_flags & FIEMAP_EXTENT_LAST)
			return;
		from = last->fe_logical + last->fe_length;
	}
}

static void walk_directory(struct walk *walk, int fd);

/* An entry that is neither file nor directory has no blocks worth naming. */
static void visit(struct walk *walk, int dir, const struct dirent *entry)
{
	size_t length = strlen(walk->path);
	struct stat st;
	int fd;

	if (entry->d_type != DT_REG && entry->d_type != DT_DIR &&
	    entry->d_type != DT_UNKNOWN)
		return;
	if (length + strlen(entry->d_name) + 2 > sizeof(walk->path)) {
		walk->look->partial = true;
		return;
	}
	fd = openat(dir, entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
		    O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		if (errno != ELOOP)
			look_failed(walk->look, errno);
		return;
	}
	snprintf(walk->path + length, sizeof(walk->path) - length, "%s%s",
		 walk->path[length - 1] == '/' ? "" : "/", entry->d_name);
	if (fstat(fd, &st))
		look_failed(walk->look, errno);
	else if (st.st_dev == walk->dev && S_ISDIR(st.st_mode))
		walk_directory(walk, fd);
	else if (st.st_dev == walk->dev && S_ISREG(st.st_mode))
		map_file(walk, fd, LOOK_FILE);
	close(fd);
	walk->path[length] = '\0';
}

static void walk_directory(struct walk *walk, int fd)
{
	struct dirent *entry;
	DIR *dir;

	if (walk->depth == DEPTH_MAX) {
		walk->look->partial = true;
		return;
	}
	map_file(walk, fd, LOOK_DIRECTORY);
	fd = dup(fd);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		look_failed(walk->look, errno);
		if (fd >= 0)
			close(fd);
		return;
	}
	walk->depth++;
	while (!walk->look->stop) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			visit(walk, dirfd(dir), entry);
	}
	if (!walk->look->stop && errno)
		look_failed(walk->look, errno);
	walk->depth--;
	closedir(dir);
}

void look_by_fiemap(struct look *look)
{
	struct walk walk = { .look = look };
	struct stat st;
	int fd;

	walk.map = malloc(sizeof(*walk.map) +
			  EXTENTS * sizeof(walk.map->fm_extents[0]));
	if (!walk.map) {
		look_failed(look, ENOMEM);
		return;
	}
	snprintf(walk.path, sizeof(walk.path), "%s", look->mount->path);
	fd = open(walk.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		look_failed(look, errno);
	} else {
		walk.dev = st.st_dev;
		walk_directory(&walk, fd);
	}
	if (fd >= 0)
		close(fd);
	free(walk.map);
}
