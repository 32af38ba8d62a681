// SPDX-License-Identifier: GPL-2.0
/* A cache on disk: finding, opening, locking, validating. */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cache_priv.h"

static_assert(sizeof(struct evg_header) == EVG_HEADER_BYTES, "header");
static_assert(sizeof(struct evg_map_page) == EVG_MAP_PAGE_BYTES, "map page");

enum {
	LOCK_TRIES	= 20,		/* udev locks a device for a moment */
	LOCK_PAUSE_NS	= 50000000,
};

static __thread char error_text[4608];

const char *cache_error(void)
{
	return error_text;
}

int cache_refuse(int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error_text, sizeof(error_text), format, args);
	va_end(args);
	return -error;
}

int cache_file(char *out, size_t bytes, const char *path, const char *name)
{
	int n = snprintf(out, bytes, "%s/%s", path, name);

	if (n < 0 || (size_t)n >= bytes)
		return cache_refuse(ENAMETOOLONG, "%s: the path is too long",
				    path);
	return 0;
}

uint64_t cache_ns(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * 1000000000ULL + (uint64_t)time->tv_nsec;
}

uint32_t cache_header_crc(const struct evg_header *header)
{
	return crc32c(0, header, offsetof(struct evg_header, crc));
}

uint64_t cache_map_pages(uint64_t blocks)
{
	return (blocks + EVG_MAP_BLOCKS - 1) / EVG_MAP_BLOCKS;
}

uint64_t cache_map_end(uint64_t blocks)
{
	return EVG_MAP_OFFSET +
	       cache_map_pages(blocks) * 2 * EVG_MAP_PAGE_BYTES;
}

uint64_t cache_padded(uint64_t image_bytes)
{
	return (image_bytes + 4095) / 4096 * 4096;
}

int cache_pread(int fd, void *buf, size_t bytes, uint64_t offset)
{
	ssize_t n;

	while (bytes) {
		n = pread(fd, buf, bytes, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		buf = (char *)buf + n;
		offset += (uint64_t)n;
		bytes -= (size_t)n;
	}
	return 0;
}

int cache_pwrite(int fd, const void *buf, size_t bytes, uint64_t offset)
{
	ssize_t n;

	while (bytes) {
		n = pwrite(fd, buf, bytes, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		buf = (const char *)buf + n;
		offset += (uint64_t)n;
		bytes -= (size_t)n;
	}
	return 0;
}

static int bdev_has_magic(const char *path)
{
	char magic[8];
	int fd, ret;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cache_refuse(errno, "%s: %s", path, strerror(errno));
	ret = cache_pread(fd, magic, sizeof(magic), 0);
	close(fd);
	if (ret == -EIO)
		return 0;
	if (ret)
		return cache_refuse(-ret, "%s: cannot read it: %s", path,
				    strerror(-ret));
	return !memcmp(magic, EVG_HEADER_MAGIC, sizeof(magic));
}

int cache_exists(const char *path)
{
	char map[4200];
	struct stat st;
	int ret;

	if (stat(path, &st)) {
		if (errno == ENOENT)
			return 0;
		return cache_refuse(errno, "%s: %s", path, strerror(errno));
	}
	if (S_ISBLK(st.st_mode))
		return bdev_has_magic(path);
	if (!S_ISDIR(st.st_mode))
		return cache_refuse(ENOTDIR,
				    "%s: a cache is a directory or a block device; name one of these",
				    path);
	ret = cache_file(map, sizeof(map), path, "map");
	if (ret)
		return ret;
	if (!stat(map, &st))
		return 1;
	if (errno == ENOENT)
		return 0;
	return cache_refuse(errno, "%s: %s", map, strerror(errno));
}

static int open_file(const char *path, int flags, int *fd)
{
	*fd = open(path, flags | O_CLOEXEC);
	if (*fd >= 0)
		return 0;
	if (errno == EINVAL && flags & O_DIRECT)
		return cache_refuse(EINVAL,
				    "%s: this file system has no direct I/O; use a directory on ext4 or xfs",
				    path);
	return cache_refuse(errno, "%s: %s", path, strerror(errno));
}

/* A read-only device may be opened for writing all the same. */
static bool is_read_only(const struct cache *c)
{
	int fd, read_only = 0;

	if (!c->is_bdev)
		return false;
	fd = open(c->path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		ioctl(fd, BLKROGET, &read_only);
		close(fd);
	}
	return read_only;
}

static int open_files_as(struct cache *c, int mode)
{
	char map[4200], clean[4200];
	int ret;

	if (c->is_bdev) {
		ret = open_file(c->path, mode, &c->map_fd);
		if (!ret)
			ret = open_file(c->path, mode | O_DIRECT, &c->clean_fd);
		return ret;
	}
	ret = cache_file(map, sizeof(map), c->path, "map");
	if (!ret)
		ret = cache_file(clean, sizeof(clean), c->path, "clean");
	if (!ret)
		ret = open_file(map, mode, &c->map_fd);
	if (!ret)
		ret = open_file(clean, mode | O_DIRECT, &c->clean_fd);
	return ret;
}

static int open_files(struct cache *c, bool read_only)
{
	int ret;

	c->read_only = read_only || is_read_only(c);
	ret = open_files_as(c, c->read_only ? O_RDONLY : O_RDWR);
	if (ret != -EROFS)
		return ret;
	cache_close(c);
	c->read_only = true;
	return open_files_as(c, O_RDONLY);
}

static int take_flock(const struct cache *c)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
	int try;

	for (try = 0; try < LOCK_TRIES; try++) {
		if (!flock(c->map_fd, LOCK_EX | LOCK_NB))
			return 0;
		if (errno != EWOULDBLOCK)
			break;
		nanosleep(&pause, NULL);
	}
	if (errno == EWOULDBLOCK)
		return cache_refuse(EBUSY,
				    "%s: the cache is in use by another disk or process",
				    c->path);
	return cache_refuse(errno, "%s: cannot lock it: %s", c->path,
			    strerror(errno));
}

static int refuse_damaged(const struct cache *c, const char *what)
{
	if (c->is_bdev)
		return cache_refuse(EUCLEAN,
				    "%s: the cache is damaged: %s; use --overwrite to make it again",
				    c->path, what);
	return cache_refuse(EUCLEAN,
			    "%s/map is damaged: %s; remove its files clean and map to make it again, what was recorded stays",
			    c->path, what);
}

static bool has_possible_samples(const struct cache *c)
{
	const struct evg_header *h = &c->header;
	uint32_t i, samples = le32toh(h->samples);

	if (!samples || samples > EVG_SAMPLES)
		return false;
	for (i = 0; i < samples; i++)
		if (le64toh(h->sample[i]) >= c->blocks)
			return false;
	return true;
}

static bool is_header(const struct evg_header *h)
{
	return !memcmp(h->magic, EVG_HEADER_MAGIC, sizeof(h->magic)) &&
	       le32toh(h->crc) == cache_header_crc(h);
}

/* Of two valid slots the one with the higher generation counts. */
static const struct evg_header *choose_header(const struct evg_header slot[2])
{
	if (is_header(&slot[1]) &&
	    (!is_header(&slot[0]) || le64toh(slot[1].generation) >
				     le64toh(slot[0].generation)))
		return &slot[1];
	return &slot[0];
}

static int read_header(struct cache *c)
{
	struct evg_header slot[2], *h = &c->header;
	uint64_t image;
	int ret;

	ret = cache_pread(c->map_fd, slot, sizeof(slot), 0);
	if (ret == -EIO)
		return refuse_damaged(c, "it has no whole header");
	if (ret)
		return cache_refuse(-ret, "%s: cannot read the header: %s",
				    c->path, strerror(-ret));
	*h = *choose_header(slot);
	if (memcmp(h->magic, EVG_HEADER_MAGIC, sizeof(h->magic)))
		return refuse_damaged(c, "it does not begin as a cache does");
	if (le32toh(h->crc) != cache_header_crc(h))
		return refuse_damaged(c, "header checksum is wrong");
	if (!le32toh(h->version) || le32toh(h->version) > EVG_FORMAT_VERSION ||
	    le32toh(h->flags) & ~(uint32_t)EVG_HEADER_IN_USE)
		return cache_refuse(EPROTONOSUPPORT,
				    "%s: the cache has format %u, flags %#x; this program knows formats up to %u",
				    c->path, le32toh(h->version),
				    le32toh(h->flags), EVG_FORMAT_VERSION);
	image = le64toh(h->image_bytes);
	if (le32toh(h->block_bytes) != 4096 || image < 512 ||
	    image > EVG_IMAGE_MAX_BYTES ||
	    le64toh(h->map_offset) != EVG_MAP_OFFSET)
		return refuse_damaged(c, "the header has impossible values");
	c->image_bytes = image;
	c->data_offset = le64toh(h->data_offset);
	c->blocks = cache_padded(image) / 4096;
	if (!has_possible_samples(c))
		return refuse_damaged(c, "the header's fingerprint is of no blocks of this image");
	return 0;
}

static int check_sizes(const struct cache *c)
{
	uint64_t bytes, padded = cache_padded(c->image_bytes);
	struct stat st;

	if (c->is_bdev) {
		if (c->data_offset < cache_map_end(c->blocks) ||
		    c->data_offset % EVG_DATA_ALIGN)
			return refuse_damaged(c, "the data cannot begin where the header says");
		if (ioctl(c->map_fd, BLKGETSIZE64, &bytes))
			return cache_refuse(errno, "%s: %s", c->path,
					    strerror(errno));
		if (bytes < c->data_offset + padded)
			return refuse_damaged(c, "the device is smaller than the cache");
		return 0;
	}
	if (c->data_offset)
		return refuse_damaged(c, "the header is that of a block device");
	if (fstat(c->map_fd, &st))
		return cache_refuse(errno, "%s: %s", c->path, strerror(errno));
	if ((uint64_t)st.st_size < cache_map_end(c->blocks))
		return refuse_damaged(c, "it is shorter than its header says");
	if (fstat(c->clean_fd, &st))
		return cache_refuse(errno, "%s: %s", c->path, strerror(errno));
	if ((uint64_t)st.st_size != padded)
		return cache_refuse(EUCLEAN,
				    "%s/clean has %lld bytes, and not %llu; remove its files clean and map to make it again, what was recorded stays",
				    c->path, (long long)st.st_size,
				    (unsigned long long)padded);
	return 0;
}

static int open_cache(struct cache *c, const char *path, bool read_only,
		      bool take_lock)
{
	struct stat st;
	int ret;

	memset(c, 0, sizeof(*c));
	c->map_fd = -1;
	c->clean_fd = -1;
	if (strlen(path) >= sizeof(c->path))
		return cache_refuse(ENAMETOOLONG, "the cache's path is too long");
	memcpy(c->path, path, strlen(path) + 1);
	if (stat(path, &st))
		return cache_refuse(errno, "%s: %s", path, strerror(errno));
	if (!S_ISBLK(st.st_mode) && !S_ISDIR(st.st_mode))
		return cache_refuse(ENOTDIR,
				    "%s: a cache is a directory or a block device; name one of these",
				    path);
	c->is_bdev = S_ISBLK(st.st_mode);
	ret = c->is_bdev || read_only ? 0 : cache_check_place(path);
	if (!ret)
		ret = open_files(c, read_only);
	if (!ret && take_lock)
		ret = take_flock(c);
	if (!ret)
		ret = read_header(c);
	if (!ret)
		ret = check_sizes(c);
	if (ret)
		cache_close(c);
	return ret;
}

int cache_open(struct cache *c, const char *path, bool read_only)
{
	return open_cache(c, path, read_only, !read_only);
}

int cache_open_attached(struct cache *c, const char *path)
{
	return open_cache(c, path, false, false);
}

void cache_close(struct cache *c)
{
	if (c->clean_fd >= 0)
		close(c->clean_fd);
	if (c->map_fd >= 0)
		close(c->map_fd);
	c->clean_fd = -1;
	c->map_fd = -1;
}
