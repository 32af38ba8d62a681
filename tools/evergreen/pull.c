// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE		/* O_DIRECT */
#include "pull.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "evergreen.h"

enum { PIECE = EVG_FETCH_MAX_BLOCKS * EVG_BLOCK_SIZE * 8 };

static int pull_range(const struct evgnl_disk *disk, int fd, void *buffer,
		      const struct evgnl_range *range)
{
	uint64_t at = range->first * EVG_BLOCK_SIZE;
	uint64_t end = at + (uint64_t)range->count * EVG_BLOCK_SIZE;
	ssize_t n;

	if (end > disk->size_bytes)
		end = disk->size_bytes;
	while (at < end) {
		n = pread(fd, buffer, end - at < PIECE ? end - at : PIECE, (off_t)at);
		if (n <= 0)
			return say_failure("/dev/evg%u: what was missing cannot be fetched: %s",
					   disk->index,
					   n ? strerror(errno) : "the disk has ended");
		at += n;
	}
	return EXIT_OK;
}

int pull_blocks(const struct evgnl_disk *disk, const struct evgnl_range *range,
		size_t n)
{
	int fd, status = EXIT_OK;
	char path[32];
	void *buffer;
	size_t i;

	snprintf(path, sizeof(path), "/dev/evg%u", disk->index);
	fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		return say_failure("%s: %s", path, strerror(errno));
	if (posix_memalign(&buffer, EVG_BLOCK_SIZE, PIECE)) {
		close(fd);
		return say_failure("out of memory");
	}
	for (i = 0; i < n && !status; i++)
		status = pull_range(disk, fd, buffer, &range[i]);
	free(buffer);
	close(fd);
	return status;
}
