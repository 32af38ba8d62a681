// SPDX-License-Identifier: GPL-2.0
#include "look.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/fiemap.h>
#include <linux/fs.h>

enum { EXTENTS = 128 };

struct mapper {
	struct look *look;
	struct fiemap *map;
};

/* These have no block of their own. */
static const uint32_t elsewhere = FIEMAP_EXTENT_UNKNOWN |
	FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_DATA_INLINE |
	FIEMAP_EXTENT_UNWRITTEN;

static void tell_extents(const struct mapper *mapper, enum look_kind kind,
			 const char *path)
{
	const struct fiemap_extent *extent;
	uint32_t i;

	for (i = 0; i < mapper->map->fm_mapped_extents; i++) {
		extent = &mapper->map->fm_extents[i];
		if (!(extent->fe_flags & elsewhere) &&
		    look_wants(mapper->look, extent->fe_physical, extent->fe_length))
			look_tell(mapper->look, kind, extent->fe_physical,
				  extent->fe_length, path);
	}
}

static void map_file(const struct mapper *mapper, int fd, enum look_kind kind,
		     const char *path)
{
	const struct fiemap_extent *last;
	struct fiemap *map = mapper->map;
	uint64_t from = 0;

	while (!mapper->look->stop) {
		memset(map, 0, sizeof(*map));
		map->fm_start = from;
		map->fm_length = FIEMAP_MAX_OFFSET - from;
		map->fm_extent_count = EXTENTS;
		if (ioctl(fd, FS_IOC_FIEMAP, map)) {
			/* XFS has none of directories: metadata, then. */
			if (kind != LOOK_DIRECTORY || errno == EIO)
				look_failed(mapper->look, errno);
			return;
		}
		if (!map->fm_mapped_extents)
			return;
		tell_extents(mapper, kind, path);
		last = &map->fm_extents[map->fm_mapped_extents - 1];
		if (last->fe_flags & FIEMAP_EXTENT_LAST)
			return;
		from = last->fe_logical + last->fe_length;
	}
}

static void map_entry(const struct look_entry *entry, void *arg)
{
	const struct mapper *mapper = arg;
	int fd;

	if (entry->fd >= 0) {
		map_file(mapper, entry->fd, LOOK_DIRECTORY, entry->path);
		return;
	}
	fd = openat(entry->dir, entry->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
		    O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		look_failed(mapper->look, errno);
		return;
	}
	map_file(mapper, fd, LOOK_FILE, entry->path);
	close(fd);
}

void look_by_fiemap(struct look *look)
{
	struct mapper mapper = { .look = look };

	mapper.map = malloc(sizeof(*mapper.map) +
			    EXTENTS * sizeof(mapper.map->fm_extents[0]));
	if (!mapper.map) {
		look_failed(look, ENOMEM);
		return;
	}
	look_walk(look, map_entry, &mapper);
	free(mapper.map);
}
