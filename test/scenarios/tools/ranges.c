// SPDX-License-Identifier: GPL-2.0
/*
 * A helper by hand, of image 1:
 *
 *   ranges DISK WORD FIRST COUNT ...
 *     fill    write the blocks and say so
 *     evict   have them evicted, and zero them if the kernel says so
 *     half    wait for a FETCH that begins with FIRST; fill a half of it, evict
 *             that, then fill the other half; answer what comes then, until
 *             nothing does for COUNT seconds
 *
 * One line for each: the word, its numbers, and ok or an errno's name; with
 * "at once" if the kernel refused the message.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/evergreen_format.h>

#include "genl.h"
#include "pattern.h"

enum { FETCHES = 256 };

struct fetch {
	uint64_t first;
	uint32_t count;
};

static struct genl g;
static struct fetch fetch[FETCHES];
static unsigned int fetches;
static uint32_t disk, generation;
static int evicted;			/* how it ended; -1: not yet */
static int clean_fd, map_fd;
static uint64_t data_offset;

static void begin(uint8_t cmd)
{
	genl_begin(&g, g.family, cmd, 0);
	genl_put_u32(&g, EVG_A_INDEX, disk);
	genl_put_u32(&g, EVG_A_GENERATION, generation);
}

static void report(uint8_t what)
{
	begin(EVG_CMD_LINK);
	genl_put_u8(&g, EVG_A_REPORT, what);
	if (what == EVG_REPORT_PROVED)
		genl_put(&g, EVG_A_PROOF, "ranges", 7);
	genl_send(&g);
}

static void failed(const char *what)
{
	fprintf(stderr, "ranges: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void take_disk(void)
{
	struct evg_header header;
	int error;

	genl_open_files(&g, disk, &clean_fd, &map_fd);
	if (fcntl(clean_fd, F_SETFL, O_DIRECT))
		failed("no direct I/O");
	if (pread(map_fd, &header, sizeof(header), 0) != sizeof(header))
		failed("the map's header");
	data_offset = le64toh(header.data_offset);
	error = genl_try_bind(&g, disk, clean_fd, map_fd, 64, true, &generation);
	if (error) {
		errno = error;
		failed("cannot bind");
	}
	report(EVG_REPORT_PROBED);
	report(EVG_REPORT_PROVED);
}

/* Hear one message, and keep what asks for something. */
static int hear(int ms, int *error)
{
	int cmd = genl_receive(&g, ms, error);

	if (cmd == EVG_CMD_FETCH && fetches < FETCHES) {
		fetch[fetches].first = genl_u64(&g, EVG_A_FIRST);
		fetch[fetches++].count = genl_u32(&g, EVG_A_COUNT);
	} else if (cmd == EVG_CMD_EVICT) {
		evicted = genl_u32(&g, EVG_A_ERROR);
	}
	return cmd;
}

/* Say it, again and again while the kernel says that it is too early. */
static int ask(uint8_t cmd, uint64_t first, uint32_t count)
{
	int heard, error;

	do {
		error = 0;
		begin(cmd);
		genl_put_range(&g, first, count);
		genl_message(&g)->nlmsg_flags |= NLM_F_ACK;
		genl_send(&g);
		do {
			heard = hear(5000, &error);
		} while (heard > 0 || (!heard && ((struct nlmsghdr *)g.in)->nlmsg_seq != g.seq));
		if (heard < 0)
			failed("no ack");
		if (error == EAGAIN || error == EBUSY)
			usleep(10000);
	} while (error == EAGAIN || error == EBUSY);
	return error;
}

static void write_blocks(uint64_t first, uint32_t count, bool zeroes)
{
	size_t bytes = (size_t)count * EVG_BLOCK_SIZE;
	uint64_t offset = first * EVG_BLOCK_SIZE;
	void *buffer;

	if (posix_memalign(&buffer, EVG_BLOCK_SIZE, bytes))
		failed("no memory");
	memset(buffer, 0, bytes);
	if (!zeroes)
		pattern_fill(1, offset, buffer, bytes);
	if (pwrite(clean_fd, buffer, bytes, data_offset + offset) != (ssize_t)bytes)
		failed("cannot write to the cache");
	free(buffer);
}

static int fill(uint64_t first, uint32_t count)
{
	write_blocks(first, count, false);
	return ask(EVG_CMD_FILL, first, count);
}

static int evict(uint64_t first, uint32_t count, bool *at_once)
{
	int error;

	evicted = -1;
	error = ask(EVG_CMD_EVICT, first, count);
	*at_once = error;
	if (error)
		return error;
	while (evicted < 0)
		if (hear(60000, &error) < 0)
			failed("no answer to EVICT");
	if (!evicted)
		write_blocks(first, count, true);
	return evicted;
}

/* The next FETCH; false: none for so long. */
static bool next_fetch(uint32_t seconds, struct fetch *next)
{
	int error;

	while (!fetches)
		if (hear(seconds * 1000, &error) < 0)
			return false;
	*next = fetch[0];
	memmove(fetch, fetch + 1, --fetches * sizeof(fetch[0]));
	return true;
}

static int half(uint64_t wanted, uint32_t seconds, bool *at_once)
{
	struct fetch next;
	uint32_t part;
	int error;

	do {
		if (!next_fetch(60, &next))
			failed("no FETCH");
	} while (next.first != wanted);
	part = next.count / 2;
	error = fill(next.first, part) ?: evict(next.first, part, at_once) ?:
		fill(next.first + part, next.count - part);
	while (!error && next_fetch(seconds, &next))
		error = fill(next.first, next.count);
	return error;
}

int main(int argc, char **argv)
{
	bool at_once;
	uint64_t first;
	uint32_t count;
	int i, error;

	if (argc < 5 || argc % 3 != 2) {
		fprintf(stderr, "usage: ranges DISK WORD FIRST COUNT ...\n");
		return 2;
	}
	disk = strtoul(argv[1], NULL, 10);
	genl_open(&g);
	take_disk();
	for (i = 2; i < argc; i += 3) {
		first = strtoull(argv[i + 1], NULL, 10);
		count = strtoul(argv[i + 2], NULL, 10);
		at_once = false;
		if (!strcmp(argv[i], "fill"))
			error = fill(first, count);
		else if (!strcmp(argv[i], "evict"))
			error = evict(first, count, &at_once);
		else
			error = half(first, count, &at_once);
		printf("%s %s %s: %s%s\n", argv[i], argv[i + 1], argv[i + 2],
		       error ? strerrorname_np(error) : "ok",
		       error && at_once ? " at once" : "");
		fflush(stdout);
	}
	return 0;
}
