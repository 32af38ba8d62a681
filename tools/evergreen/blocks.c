// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE		/* name_to_handle_at, open_by_handle_at */
#include "blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evergreen.h"
#include "private.h"

enum {
	EXTENTS		= 128,		/* asked for at once */
	READ_BYTES	= 1 << 20,
	NAME_BYTES	= 200,
};

/* A file, as the file system itself names it: it is the same file in another
 * mount of the same blocks, whatever is mounted over its path here.
 */
struct blocks_file {
	const struct volume *volume;
	char name[NAME_BYTES];
	uint64_t offset;
	uint64_t length;
	struct file_handle *handle;
};

static int add_bytes(struct blocks *b, const struct volume *volume,
		     uint64_t offset, uint64_t bytes)
{
	if (function_add_bytes(b->f, volume->start + offset, bytes))
		return say_failure("%s", function_error());
	return EXIT_OK;
}

/* What is stored in another form has no blocks of its own that are told. */
static bool is_plain(const struct fiemap_extent *extent)
{
	return !(extent->fe_flags &
		 (FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_ENCODED |
		  FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_DATA_TAIL));
}

static int add_extent(struct blocks *b, const struct volume *volume,
		      const struct fiemap_extent *extent, uint64_t offset,
		      uint64_t end)
{
	uint64_t from = extent->fe_logical, to = from + extent->fe_length;

	/* Never written: reads as zeroes, and reads nothing. */
	if (extent->fe_flags & FIEMAP_EXTENT_UNWRITTEN)
		return EXIT_OK;
	if (from < offset)
		from = offset;
	if (to > end)
		to = end;
	if (from >= to)
		return EXIT_OK;
	return add_bytes(b, volume, extent->fe_physical + from - extent->fe_logical,
			 to - from);
}

/* 0: done; 1: it has to be read; negative after a message. */
static int ask(struct blocks *b, const struct volume *volume, int fd,
	       const char *what, uint64_t offset, uint64_t length)
{
	uint64_t end = length > UINT64_MAX - offset ? UINT64_MAX : offset + length;
	size_t room = sizeof(struct fiemap) + EXTENTS * sizeof(struct fiemap_extent);
	struct fiemap *map = malloc(room);
	uint64_t at = offset;
	bool last = false;
	uint32_t i;
	int ret = 0;

	if (!map) {
		say_failure("out of memory");
		return -1;
	}
	while (!last && at < end && !ret) {
		memset(map, 0, room);
		map->fm_start = at;
		map->fm_length = end - at;
		map->fm_extent_count = EXTENTS;
		if (ioctl(fd, FS_IOC_FIEMAP, map)) {
			ret = errno == EOPNOTSUPP || errno == ENOTTY ? 1 : -1;
			if (ret < 0)
				say_failure("%s: its blocks cannot be told: %s",
					    what, strerror(errno));
			break;
		}
		last = !map->fm_mapped_extents;
		for (i = 0; i < map->fm_mapped_extents && !ret; i++) {
			if (!is_plain(&map->fm_extents[i]))
				ret = 1;
			else if (add_extent(b, volume, &map->fm_extents[i],
					    offset, end))
				ret = -1;
			at = map->fm_extents[i].fe_logical +
			     map->fm_extents[i].fe_length;
			last = map->fm_extents[i].fe_flags & FIEMAP_EXTENT_LAST;
		}
	}
	free(map);
	return ret;
}

static int defer(struct blocks *b, const struct volume *volume, int fd,
		 const char *what, uint64_t offset, uint64_t length)
{
	struct blocks_file *grown, *file;
	struct file_handle *handle;
	int mount;

	grown = realloc(b->rest, (b->rests + 1) * sizeof(*grown));
	handle = malloc(sizeof(*handle) + MAX_HANDLE_SZ);
	if (grown)
		b->rest = grown;
	if (!grown || !handle) {
		free(handle);
		return say_failure("out of memory");
	}
	handle->handle_bytes = MAX_HANDLE_SZ;
	if (name_to_handle_at(fd, "", handle, &mount, AT_EMPTY_PATH)) {
		free(handle);
		return say_failure("%s: neither its blocks nor itself can be told: %s",
				   what, strerror(errno));
	}
	file = &b->rest[b->rests++];
	memset(file, 0, sizeof(*file));
	file->volume = volume;
	file->offset = offset;
	file->length = length;
	file->handle = handle;
	snprintf(file->name, sizeof(file->name), "%s", what);
	return EXIT_OK;
}

int blocks_add(struct blocks *b, int fd, const char *what, uint64_t offset,
	       uint64_t length)
{
	const struct volume *volume;
	struct stat st;
	int ret;

	if (fstat(fd, &st))
		return say_failure("%s: %s", what, strerror(errno));
	volume = place_volume(b->place, st.st_dev);
	if (!volume)
		return say_failure("%s is not on a file system of /dev/evg%u",
				   what, b->place->disk.index);
	ret = ask(b, volume, fd, what, offset, length);
	if (ret <= 0)
		return ret ? EXIT_FAILED : EXIT_OK;
	return defer(b, volume, fd, what, offset, length);
}

static int read_file(const struct blocks_file *file, int mount, char *buf)
{
	uint64_t offset = file->offset, left = file->length;
	int fd = open_by_handle_at(mount, file->handle, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	if (fd < 0)
		return say_failure("%s is not found again: %s", file->name,
				   strerror(errno));
	/* What lies beyond the bytes that are asked for is not wanted. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	while (left && n > 0) {
		n = pread(fd, buf, left < READ_BYTES ? left : READ_BYTES,
			  (off_t)offset);
		if (n > 0) {
			offset += (uint64_t)n;
			left -= (uint64_t)n;
		}
	}
	close(fd);
	return n < 0 ? say_failure("%s: %s", file->name, strerror(errno)) :
		       EXIT_OK;
}

/* In a child. */
static int read_rest(void *arg, int *error)
{
	const struct blocks *b = arg;
	const struct volume *volume = NULL;
	char *buf = malloc(READ_BYTES);
	int mount = -1, type, status = EXIT_OK;
	size_t i;

	(void)error;
	if (!buf)
		return say_failure("out of memory");
	for (i = 0; i < b->rests && !status; i++) {
		if (b->rest[i].volume != volume) {
			volume = b->rest[i].volume;
			if (mount >= 0)
				close(mount);
			type = private_type(volume);
			mount = type > PRIVATE_NONE ? private_mount(volume, type) : -1;
			if (!type)
				say_failure("%s: no file system that is known",
					    volume->node);
		}
		status = mount < 0 ? EXIT_FAILED :
			 read_file(&b->rest[i], mount, buf);
	}
	/* So that the disk is free when the child has ended. */
	if (mount >= 0)
		close(mount);
	free(buf);
	return status;
}

int blocks_read_rest(struct blocks *b, struct recording *r)
{
	struct ending ending;
	int status;

	if (!b->rests)
		return EXIT_OK;
	status = recording_run(r, read_rest, b, &ending);
	if (!status && ending.status)
		status = EXIT_FAILED;
	return status;
}

int blocks_finish(struct blocks *b)
{
	struct recording r;
	int status;

	if (!b->rests)
		return EXIT_OK;
	status = recording_begin(&r, b->place, b->f, b->f->name, TRACE_BUFFER_KIB);
	if (status)
		return status;
	status = blocks_read_rest(b, &r);
	if (status)
		recording_drop(&r);
	else
		status = recording_end(&r);
	return status;
}

void blocks_free(struct blocks *b)
{
	size_t i;

	for (i = 0; i < b->rests; i++)
		free(b->rest[i].handle);
	free(b->rest);
	b->rest = NULL;
	b->rests = 0;
}
