// SPDX-License-Identifier: GPL-2.0
/*
 * Replay what dm-log-writes recorded, point by point. A point is an entry that
 * was a flush or went through the write cache (FUA), after the mark "start";
 * what was written up to the mark is point 0.
 *
 *   replay LOG                    prints how many points there are, and writes
 *   replay LOG TARGET N           makes on TARGET what came after point N - 1,
 *                                 up to and with point N
 *   replay LOG TARGET N SEED      only some of it, by chance: the power went
 *                                 before point N was reached
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_MAGIC	0x6a736677736872ULL

enum {
	LOG_FLUSH	= 1,
	LOG_FUA		= 2,
	LOG_DISCARD	= 4,
	LOG_MARK	= 8,
};

struct log_super {
	uint64_t magic;
	uint64_t version;
	uint64_t entries;
	uint32_t sector_bytes;
};

struct log_entry {
	uint64_t sector;
	uint64_t sectors;
	uint64_t flags;
	uint64_t data_bytes;
	char data[480];
};

static int log_fd, target_fd = -1;
static uint64_t state;
static bool by_chance;

static void die(const char *what)
{
	fprintf(stderr, "replay: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t any(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static void get(void *to, size_t bytes, uint64_t offset)
{
	ssize_t n = pread(log_fd, to, bytes, offset);

	if (n < 0 || (size_t)n != bytes)
		die("the log cannot be read");
}

static void apply(const struct log_entry *entry, uint64_t data_offset,
		  uint32_t sector_bytes)
{
	size_t bytes = le64toh(entry->sectors) * sector_bytes;
	char *data;

	if (!bytes || (by_chance && any() % 2))
		return;
	data = calloc(1, bytes);
	if (!data)
		die("no memory");
	/* What was discarded may be anything; zeroes are worst for us. */
	if (!(le64toh(entry->flags) & LOG_DISCARD))
		get(data, bytes, data_offset);
	if (pwrite(target_fd, data, bytes, le64toh(entry->sector) * sector_bytes) !=
	    (ssize_t)bytes)
		die("the target cannot be written");
	free(data);
}

/* Returns the number of points; applies those of point WANTED. */
static unsigned long walk(unsigned long wanted, unsigned long *writes)
{
	struct log_super super;
	unsigned long point = 0;
	bool started = false;
	uint32_t sector;
	uint64_t i, at;

	get(&super, sizeof(super), 0);
	if (le64toh(super.magic) != LOG_MAGIC) {
		errno = EINVAL;
		die("this is no log of dm-log-writes");
	}
	sector = le32toh(super.sector_bytes);
	at = sector;
	*writes = 0;
	for (i = 0; i < le64toh(super.entries); i++) {
		struct log_entry entry;
		uint64_t flags;

		get(&entry, sizeof(entry), at);
		flags = le64toh(entry.flags);
		at += sector;
		if (target_fd >= 0 && point + started == wanted && !(flags & LOG_MARK))
			apply(&entry, at, sector);
		*writes += le64toh(entry.sectors) && started;
		if (!(flags & LOG_DISCARD))
			at += le64toh(entry.sectors) * sector;
		if (flags & LOG_MARK && !strncmp(entry.data, "start", 5))
			started = true;
		else if (started && flags & (LOG_FLUSH | LOG_FUA))
			point++;
	}
	return point;
}

int main(int argc, char **argv)
{
	unsigned long points, writes;

	if (argc != 2 && argc != 4 && argc != 5) {
		fputs("usage: replay LOG [TARGET POINT [SEED]]\n", stderr);
		return 64;
	}
	log_fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (log_fd < 0)
		die(argv[1]);
	if (argc == 2) {
		points = walk(0, &writes);
		printf("%lu %lu\n", points, writes);
		return 0;
	}
	target_fd = open(argv[2], O_WRONLY | O_CLOEXEC);
	if (target_fd < 0)
		die(argv[2]);
	if (argc == 5) {
		by_chance = true;
		state = strtoull(argv[4], NULL, 0);
	}
	walk(strtoul(argv[3], NULL, 0), &writes);
	if (fsync(target_fd))
		die(argv[2]);
	return 0;
}
