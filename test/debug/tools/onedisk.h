/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One disk, its person and its helper in one thread: what faults.c lets fail.
 */
#ifndef EVG_DEBUG_ONEDISK_H
#define EVG_DEBUG_ONEDISK_H

#include <fcntl.h>
#include <pthread.h>

#include "cache.h"
#include "failnth.h"
#include "genl.h"
#include "pattern.h"

enum {
	DISK = 7,
	PENDING = 64,
	READ_BLOCKS = 4,
	READ_BYTES = READ_BLOCKS * EVG_BLOCK_SIZE,
	HIT_FIRST = 0,
	MISS_FIRST = 64,
	LIMIT_MS = 20000,
};

struct fetch {
	uint64_t cookie;
	uint64_t first;
	uint32_t count;
};

static struct genl person, helper, second;
static struct cache cache;
static uint32_t generation, told_generation;
static struct fetch pending[PENDING];
static unsigned int n_pending;
static int done_error;			/* -1: not told yet */
static int evict_error;			/* likewise */
static char *buffer, *expected;

static void die(const char *what, int error)
{
	printf("faults: %s: %s\n", what, strerror(error));
	exit(1);
}

static void begin(struct genl *g, uint8_t cmd)
{
	genl_begin(g, g->family, cmd, 0);
	genl_put_u32(g, EVG_A_INDEX, DISK);
}

/* What the kernel says to the helper may come while it waits for an ack. */
static void note(struct genl *g, int cmd)
{
	if (cmd == EVG_CMD_DONE)
		done_error = genl_u32(g, EVG_A_ERROR);
	if (g == &person)
		return;
	if (cmd == EVG_CMD_EVICT)
		evict_error = genl_u32(g, EVG_A_ERROR);
	if (cmd == EVG_CMD_LINK)
		told_generation = genl_u32(g, EVG_A_GENERATION);
	if (cmd == EVG_CMD_FETCH && n_pending < PENDING)
		pending[n_pending++] = (struct fetch){
			.cookie = genl_u64(g, EVG_A_COOKIE),
			.first = genl_u64(g, EVG_A_FIRST),
			.count = genl_u32(g, EVG_A_COUNT),
		};
}

/* Send, and wait for the ack or the refusal: 0 or a positive errno. */
static int ask(struct genl *g)
{
	int cmd, error = 0;

	genl_message(g)->nlmsg_flags |= NLM_F_ACK;
	genl_send(g);
	do {
		cmd = genl_receive(g, 5000, &error);
		note(g, cmd);
	} while (cmd > 0 || (cmd == 0 &&
		 ((struct nlmsghdr *)g->in)->nlmsg_seq != g->seq));
	return cmd < 0 ? ETIME : error;
}

/* The DONE that was promised; one whose memory failed never comes. */
static int wait_done(int ms)
{
	int cmd = 0, error = 0;

	while (cmd >= 0 && done_error < 0) {
		cmd = genl_receive(&person, ms, &error);
		note(&person, cmd);
	}
	return done_error < 0 ? ETIME : done_error;
}

static int add(void)
{
	int error;

	done_error = -1;
	begin(&person, EVG_CMD_ADD);
	genl_put_u32(&person, EVG_A_CLEAN_FD, cache.clean_fd);
	genl_put_u32(&person, EVG_A_MAP_FD, cache.map_fd);
	genl_put_u32(&person, EVG_A_GRACE_MS, 2000);
	genl_put_u32(&person, EVG_A_DETECT_MS, 2000);
	genl_put(&person, EVG_A_SOURCE, "faults", 7);
	error = ask(&person);
	return error ? error : wait_done(2000);
}

/* Until there is no such disk, whatever state it is in. */
static void remove_disk(void)
{
	int error, tries;

	for (tries = 0; tries < LIMIT_MS / 20; tries++) {
		done_error = -1;
		begin(&person, EVG_CMD_REMOVE);
		genl_put(&person, EVG_A_FORCE, NULL, 0);
		error = ask(&person);
		if (error == ENODEV)
			return;
		if (!error)
			wait_done(2000);
		else
			usleep(20000);
	}
	die("the disk cannot be removed", error);
}

static int report(struct genl *g, uint8_t what)
{
	begin(g, EVG_CMD_LINK);
	genl_put_u32(g, EVG_A_GENERATION, generation);
	genl_put_u8(g, EVG_A_REPORT, what);
	if (what == EVG_REPORT_PROVED)
		genl_put(g, EVG_A_PROOF, "faults", 7);
	return ask(g);
}

static int bind_disk(struct genl *g)
{
	int error = genl_try_bind(g, DISK, cache.clean_fd, cache.map_fd, 16,
				  true, &generation);

	if (error)
		return error;
	told_generation = generation;
	n_pending = 0;
	return 0;
}

static int prove(struct genl *g)
{
	int error = report(g, EVG_REPORT_PROBED);

	return error ? error : report(g, EVG_REPORT_PROVED);
}

static void write_clean(uint64_t first, uint32_t count)
{
	size_t bytes = (size_t)count * EVG_BLOCK_SIZE;
	char *data;

	if (posix_memalign((void **)&data, 4096, bytes))
		die("memory", ENOMEM);
	pattern_fill(1, first * EVG_BLOCK_SIZE, data, bytes);
	if (pwrite(cache.clean_fd, data, bytes,
		   cache.data_offset + first * EVG_BLOCK_SIZE) != (ssize_t)bytes)
		die("writing the cache", errno);
	free(data);
}

/* The first FILL of a page of the map is told to come again. */
static int fill(uint64_t first, uint32_t count)
{
	int error, tries;

	write_clean(first, count);
	for (tries = 0; tries < 200; tries++) {
		begin(&helper, EVG_CMD_FILL);
		genl_put_u32(&helper, EVG_A_GENERATION, generation);
		genl_put_range(&helper, first, count);
		error = ask(&helper);
		if (error != EAGAIN)
			break;
		usleep(10000);
	}
	return error;
}

static int answer_fill(const struct fetch *f)
{
	return fill(f->first, f->count);
}

static int answer_fail(const struct fetch *f)
{
	begin(&helper, EVG_CMD_FAIL);
	genl_put_u32(&helper, EVG_A_GENERATION, generation);
	genl_put_u64(&helper, EVG_A_COOKIE, f->cookie);
	genl_put_u32(&helper, EVG_A_ERROR, EIO);
	return ask(&helper);
}

static int answer_inline(const struct fetch *f)
{
	static char data[EVG_FETCH_MAX_BLOCKS * EVG_BLOCK_SIZE];
	size_t at, n, bytes = (size_t)f->count * EVG_BLOCK_SIZE;

	pattern_fill(1, f->first * EVG_BLOCK_SIZE, data, bytes);
	begin(&helper, EVG_CMD_FILL);
	genl_put_u32(&helper, EVG_A_GENERATION, generation);
	genl_put_u64(&helper, EVG_A_COOKIE, f->cookie);
	for (at = 0; at < bytes; at += n) {
		n = bytes - at < EVG_DATA_MAX ? bytes - at : EVG_DATA_MAX;
		genl_put(&helper, EVG_A_DATA, data + at, n);
	}
	return ask(&helper);
}

struct reading {
	pthread_t thread;
	uint64_t first;
	unsigned int nth;
	int fd;
	int error;
	int over;
};

static void *read_thread(void *arg)
{
	struct reading *r = arg;
	ssize_t n;

	if (r->nth)
		write_nth("thread-self", r->nth);
	n = pread(r->fd, buffer, READ_BYTES, r->first * EVG_BLOCK_SIZE);
	r->error = n < 0 ? errno : n == READ_BYTES ? 0 : ENODATA;
	__atomic_store_n(&r->over, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* One read, while this thread is the helper. */
static int read_blocks(uint64_t first, unsigned int nth,
		       int (*answer)(const struct fetch *f))
{
	struct reading r = { .first = first, .nth = nth };
	int cmd, error = 0, waited = 0;
	struct fetch f;

	r.fd = open("/dev/evg7", O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (r.fd < 0)
		return errno;
	pthread_create(&r.thread, NULL, read_thread, &r);
	while (!__atomic_load_n(&r.over, __ATOMIC_ACQUIRE)) {
		cmd = genl_receive(&helper, 20, &error);
		note(&helper, cmd);
		if (told_generation > generation) {
			generation = told_generation;
			n_pending = 0;
			prove(&helper);
		}
		while (n_pending) {
			f = pending[--n_pending];
			answer(&f);
		}
		waited += cmd < 0 ? 20 : 0;
		if (waited > LIMIT_MS)
			die("a read hangs", ETIME);
	}
	pthread_join(r.thread, NULL);
	close(r.fd);
	pattern_fill(1, first * EVG_BLOCK_SIZE, expected, READ_BYTES);
	if (!r.error && memcmp(buffer, expected, READ_BYTES))
		die("a read gave wrong bytes", EIO);
	return r.error;
}

#endif
