// SPDX-License-Identifier: GPL-2.0
/*
 * Making a cache.  The header comes last and at once, so that a crash before
 * it leaves no cache, and never half a one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cache_priv.h"

enum { PROBE_BYTES = 8192 };	/* of a device; all 0 means that it is free */

static int make_header(struct evg_header *h, uint64_t image_bytes,
		       uint64_t data_offset, const uint64_t *sample,
		       const uint8_t fingerprint[32], uint32_t samples)
{
	uint32_t i;

	memset(h, 0, sizeof(*h));
	memcpy(h->magic, EVG_HEADER_MAGIC, sizeof(h->magic));
	h->version = htole32(EVG_FORMAT_VERSION);
	h->block_bytes = htole32(4096);
	h->image_bytes = htole64(image_bytes);
	h->map_offset = htole64(EVG_MAP_OFFSET);
	h->data_offset = htole64(data_offset);
	if (getrandom(h->uuid, sizeof(h->uuid), 0) != sizeof(h->uuid))
		return cache_refuse(EIO, "the kernel gave no random bytes");
	h->uuid[6] = (h->uuid[6] & 0x0f) | 0x40;
	h->uuid[8] = (h->uuid[8] & 0x3f) | 0x80;
	memcpy(h->fingerprint, fingerprint, sizeof(h->fingerprint));
	for (i = 0; i < samples; i++)
		h->sample[i] = htole64(sample[i]);
	h->samples = htole32(samples);
	h->created = htole64((uint64_t)time(NULL));
	h->crc = htole32(cache_header_crc(h));
	return 0;
}

/* The other slot is given its room now: a full file system can be attached. */
static int write_first(int fd, const struct evg_header *header)
{
	struct evg_header slot[2] = { *header };

	return cache_pwrite(fd, slot, sizeof(slot), 0);
}

static int make_parents(const char *path)
{
	char part[4096];
	char *slash;

	if (strlen(path) >= sizeof(part))
		return cache_refuse(ENAMETOOLONG, "the cache's path is too long");
	memcpy(part, path, strlen(path) + 1);
	for (slash = part + 1; *slash; slash++) {
		if (*slash != '/')
			continue;
		*slash = '\0';
		if (mkdir(part, 0755) && errno != EEXIST)
			return cache_refuse(errno, "%s: cannot make it: %s",
					    part, strerror(errno));
		*slash = '/';
	}
	if (mkdir(part, 0700) && errno != EEXIST)
		return cache_refuse(errno, "%s: cannot make it: %s", part,
				    strerror(errno));
	return 0;
}

/* A file of BYTES, all hole but for the header when there is one. */
static int make_file(const char *path, uint64_t bytes,
		     const struct evg_header *header)
{
	int fd, ret = 0;

	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return cache_refuse(errno, "%s: cannot make it: %s", path,
				    strerror(errno));
	if (ftruncate(fd, (off_t)bytes))
		ret = -errno;
	if (!ret && header)
		ret = write_first(fd, header);
	if (!ret && fsync(fd))
		ret = -errno;
	close(fd);
	if (!ret)
		return 0;
	unlink(path);
	return cache_refuse(-ret, "%s: cannot make it: %s", path,
			    strerror(-ret));
}

static int sync_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return cache_refuse(errno, "%s: %s", path, strerror(errno));
	ret = fsync(fd) ? cache_refuse(errno, "%s: %s", path, strerror(errno)) : 0;
	close(fd);
	return ret;
}

/* Only an all-hole `clean` may be what a crash left of an earlier try. */
static int refuse_foreign(const char *clean)
{
	struct stat st;

	if (lstat(clean, &st))
		return 0;
	if (S_ISREG(st.st_mode) && st.st_blocks == 0)
		return 0;
	return cache_refuse(EEXIST,
			    "%s: a file is in the way; move it, or choose another cache directory",
			    clean);
}

/* A new cache is at rest. */
static int note_written(struct evg_header *header, const char *clean)
{
	struct stat st;

	if (stat(clean, &st))
		return cache_refuse(errno, "%s: %s", clean, strerror(errno));
	header->written = htole64(cache_ns(&st.st_mtim));
	header->crc = htole32(cache_header_crc(header));
	return 0;
}

static int create_directory(const char *path, struct evg_header *header)
{
	uint64_t padded = cache_padded(le64toh(header->image_bytes));
	char clean[4200], map[4200], map_new[4200];
	int ret;

	ret = make_parents(path);
	if (!ret)
		ret = cache_file(clean, sizeof(clean), path, "clean");
	if (!ret)
		ret = cache_file(map, sizeof(map), path, "map");
	if (!ret)
		ret = cache_file(map_new, sizeof(map_new), path, "map.new");
	if (!ret)
		ret = refuse_foreign(clean);
	if (!ret)
		ret = make_file(clean, padded, NULL);
	if (!ret)
		ret = note_written(header, clean);
	if (!ret)
		ret = make_file(map_new, cache_map_end(padded / 4096), header);
	if (!ret)
		ret = sync_directory(path);
	if (ret)
		return ret;
	if (rename(map_new, map))
		return cache_refuse(errno, "%s: %s", map, strerror(errno));
	return sync_directory(path);
}

static int refuse_used(int fd, const char *path)
{
	uint8_t head[PROBE_BYTES], tail[PROBE_BYTES];
	uint64_t bytes;
	size_t i;

	if (ioctl(fd, BLKGETSIZE64, &bytes) || bytes < 2 * PROBE_BYTES)
		return cache_refuse(ENOSPC, "%s: the device is too small", path);
	if (cache_pread(fd, head, sizeof(head), 0) ||
	    cache_pread(fd, tail, sizeof(tail), bytes - PROBE_BYTES))
		return cache_refuse(EIO, "%s: cannot read it", path);
	if (!memcmp(head, EVG_HEADER_MAGIC, 8))
		return 0;
	for (i = 0; i < PROBE_BYTES; i++) {
		if (head[i] || tail[i])
			return cache_refuse(EEXIST,
					    "%s: the device holds something else; use --overwrite to lose it",
					    path);
	}
	return 0;
}

static int write_bdev(int fd, const char *path,
		      const struct evg_header *header)
{
	uint64_t range[2] = { 0, le64toh(header->data_offset) };
	int ret = 0;

	if (ioctl(fd, BLKZEROOUT, range) || fsync(fd))
		ret = -errno;
	if (!ret)
		ret = write_first(fd, header);
	if (!ret && fsync(fd))
		ret = -errno;
	if (ret)
		return cache_refuse(-ret, "%s: cannot write it: %s", path,
				    strerror(-ret));
	return 0;
}

static int create_bdev(const char *path, const struct evg_header *header,
		       bool overwrite)
{
	uint64_t need = le64toh(header->data_offset) +
			cache_padded(le64toh(header->image_bytes));
	uint64_t bytes;
	int fd, ret;

	fd = open(path, O_RDWR | O_EXCL | O_CLOEXEC);
	if (fd < 0 && errno == EBUSY)
		return cache_refuse(EBUSY,
				    "%s: the device is in use; unmount it or choose another",
				    path);
	if (fd < 0)
		return cache_refuse(errno, "%s: %s", path, strerror(errno));
	ret = overwrite ? 0 : refuse_used(fd, path);
	if (!ret && ioctl(fd, BLKGETSIZE64, &bytes))
		ret = cache_refuse(errno, "%s: %s", path, strerror(errno));
	if (!ret && bytes < need)
		ret = cache_refuse(ENOSPC,
				   "%s: the device has %llu bytes and the cache needs %llu",
				   path, (unsigned long long)bytes,
				   (unsigned long long)need);
	if (!ret)
		ret = write_bdev(fd, path, header);
	close(fd);
	return ret;
}

static uint64_t bdev_data_offset(uint64_t image_bytes)
{
	uint64_t end = cache_map_end(cache_padded(image_bytes) / 4096);

	return (end + EVG_DATA_ALIGN - 1) / EVG_DATA_ALIGN * EVG_DATA_ALIGN;
}

int cache_create(const char *path, uint64_t image_bytes,
		 const uint64_t *sample, const uint8_t fingerprint[32],
		 uint32_t samples, bool overwrite)
{
	struct evg_header header;
	bool is_bdev;
	struct stat st;
	int ret;

	if (image_bytes < 512 || image_bytes > EVG_IMAGE_MAX_BYTES)
		return cache_refuse(EFBIG,
				    "the image has %llu bytes; 512 to 2^50 is possible",
				    (unsigned long long)image_bytes);
	if (!samples || samples > EVG_SAMPLES)
		return cache_refuse(EINVAL, "a fingerprint has 1 to %u blocks",
				    EVG_SAMPLES);
	is_bdev = !stat(path, &st) && S_ISBLK(st.st_mode);
	ret = is_bdev ? 0 : cache_check_place(path);
	if (ret)
		return ret;
	ret = is_bdev && overwrite ? 0 : cache_exists(path);
	if (ret < 0)
		return ret;
	if (ret)
		return cache_refuse(EEXIST, "%s: there is a cache already", path);
	ret = make_header(&header, image_bytes,
			  is_bdev ? bdev_data_offset(image_bytes) : 0,
			  sample, fingerprint, samples);
	if (ret)
		return ret;
	return is_bdev ? create_bdev(path, &header, overwrite) :
			 create_directory(path, &header);
}

void cache_unmake(const char *path, bool made_directory)
{
	static const uint8_t nothing[EVG_HEADER_BYTES];
	char name[4200];
	struct stat st;
	int fd;

	if (!stat(path, &st) && S_ISBLK(st.st_mode)) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			return;
		if (!cache_pwrite(fd, nothing, sizeof(nothing), 0))
			fsync(fd);
		close(fd);
		return;
	}
	if (!cache_file(name, sizeof(name), path, "map"))
		unlink(name);
	if (!cache_file(name, sizeof(name), path, "clean"))
		unlink(name);
	if (!cache_file(name, sizeof(name), path, "functions"))
		rmdir(name);
	if (made_directory)
		rmdir(path);
}
