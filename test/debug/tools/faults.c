// SPDX-License-Identifier: GPL-2.0
/*
 * Each operation of the driver, again and again: the first time its first
 * allocation or cache I/O fails, then its second, until it succeeds without a
 * fault.  By /proc/TID/fail-nth, so the kernel must have fault injection; the
 * caller has set the stack filter to the driver's text.
 *
 * After each fault: an error or success, but no hang; the disk can be removed;
 * no block that the map claims is wrong; and the next round's attach works.
 *
 * usage: faults CACHE [OPERATION]...    CACHE holds image 1
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>

#include "cache.h"
#include "failnth.h"
#include "genl.h"
#include "pattern.h"

enum {
	DISK = 7,
	CALM = 3,		/* rounds without a fault that end a series */
	PENDING = 64,
	READ_BLOCKS = 4,
	READ_BYTES = READ_BLOCKS * EVG_BLOCK_SIZE,
	HIT_FIRST = 0,
	MISS_FIRST = 64,
	LIMIT_MS = 20000,
};

enum stage { DETACHED, ADDED, BOUND, FILLED };

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
	int cmd, error = 0;

	begin(g, EVG_CMD_BIND);
	genl_put_u32(g, EVG_A_WINDOW, 16);
	genl_put(g, EVG_A_FORCE, NULL, 0);
	genl_send(g);
	do {
		cmd = genl_receive(g, 5000, &error);
	} while (cmd > 0 && cmd != EVG_CMD_BIND);
	if (cmd != EVG_CMD_BIND)
		return cmd < 0 ? ETIME : error;
	generation = genl_u32(g, EVG_A_GENERATION);
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

static int op_add(unsigned int n)
{
	(void)n;
	return add();
}

static int op_bind(unsigned int n)
{
	int error = bind_disk(&helper);

	(void)n;
	return error ? error : prove(&helper);
}

static int op_swap(unsigned int n)
{
	int error = bind_disk(&second);

	(void)n;
	return error ? error : prove(&second);
}

static int op_fill(unsigned int n)
{
	(void)n;
	return fill(HIT_FIRST, 16);
}

static int op_hit(unsigned int n)
{
	return read_blocks(HIT_FIRST, n, answer_fill);
}

static int op_miss(unsigned int n)
{
	return read_blocks(MISS_FIRST, n, answer_fill);
}

static int op_inline(unsigned int n)
{
	return read_blocks(MISS_FIRST, n, answer_inline);
}

static int op_fail(unsigned int n)
{
	return read_blocks(MISS_FIRST, n, answer_fail) == EIO ? 0 : ENOMEM;
}

static int op_outage(unsigned int n)
{
	uint32_t old = generation;
	int error = report(&helper, EVG_REPORT_LOST);
	int waited;

	(void)n;
	/* What could not be said for want of memory is said again soon. */
	for (waited = 0; told_generation <= old && waited < LIMIT_MS; waited += 20)
		note(&helper, genl_receive(&helper, 20, &(int){ 0 }));
	generation = told_generation;
	return error ? error : prove(&helper);
}

static int op_helper_gone(unsigned int n)
{
	(void)n;
	close(helper.fd);
	helper.fd = genl_socket();
	usleep(50000);
	return bind_disk(&helper);
}

static int op_get(unsigned int n)
{
	(void)n;
	begin(&person, EVG_CMD_GET);
	return ask(&person);
}

static int op_set(unsigned int n)
{
	(void)n;
	begin(&person, EVG_CMD_SET);
	genl_put_u32(&person, EVG_A_GRACE_MS, 1000);
	genl_put(&person, EVG_A_RESET, NULL, 0);
	return ask(&person);
}

/* With changes of the map to be saved. */
static int op_remove(unsigned int n)
{
	int error;

	(void)n;
	done_error = -1;
	begin(&person, EVG_CMD_REMOVE);
	error = ask(&person);
	return error ? error : wait_done(5000);
}

/* A later operation joins by a line here. */
static const struct operation {
	const char *name;
	enum stage from;
	int (*run)(unsigned int n);
} operations[] = {
	{ "attach",		DETACHED, op_add },
	{ "bind",		ADDED,	op_bind },
	{ "fill",		BOUND,	op_fill },
	{ "hit",		FILLED,	op_hit },
	{ "miss",		FILLED,	op_miss },
	{ "miss-inline",	FILLED,	op_inline },
	{ "miss-failed",	FILLED,	op_fail },
	{ "outage",		FILLED,	op_outage },
	{ "helper-swap",	FILLED,	op_swap },
	{ "helper-gone",	FILLED,	op_helper_gone },
	{ "status",		FILLED,	op_get },
	{ "set",		FILLED,	op_set },
	{ "detach",		FILLED,	op_remove },
	{ NULL }
};

static void must(const char *what, int error)
{
	if (error)
		die(what, error);
}

/* From an empty map to the stage, without faults. */
static void prepare(enum stage stage)
{
	static const char zero[2 * EVG_MAP_PAGE_BYTES];

	if (pwrite(cache.map_fd, zero, sizeof(zero), EVG_MAP_OFFSET) < 0)
		die("writing the map", errno);
	if (stage >= ADDED)
		must("attach without a fault", add());
	if (stage >= BOUND) {
		must("bind without a fault", bind_disk(&helper));
		must("prove without a fault", prove(&helper));
	}
	if (stage >= FILLED) {
		must("fill without a fault", fill(HIT_FIRST, 16));
		must("hit without a fault", op_hit(0));
	}
}

static int check_run(uint64_t first, uint64_t count, void *arg)
{
	static char seen[EVG_BLOCK_SIZE] __attribute__((aligned(4096)));
	char right[EVG_BLOCK_SIZE];

	(void)arg;
	for (; count; count--, first++) {
		pattern_fill(1, first * EVG_BLOCK_SIZE, right, sizeof(right));
		if (pread(cache.clean_fd, seen, sizeof(seen), cache.data_offset +
			  first * EVG_BLOCK_SIZE) != sizeof(seen))
			die("reading the cache", errno);
		if (memcmp(seen, right, sizeof(seen)))
			die("a block that the map claims is wrong", EIO);
	}
	return 0;
}

static void drain(struct genl *g)
{
	while (genl_receive(g, 0, &(int){ 0 }) >= 0)
		continue;
}

static void series(const struct operation *op)
{
	unsigned int n, calm = 0, faults = 0, errors = 0;

	for (n = 1; calm < CALM; n++) {
		bool hit;
		int error;

		prepare(op->from);
		arm(n);
		error = op->run(n);
		hit = disarm();
		if (!hit && error)
			die(op->name, error);
		faults += hit;
		errors += !!error;
		calm = hit ? 0 : calm + 1;
		remove_disk();
		drain(&person);
		drain(&helper);
		drain(&second);
		must("reading the map",
		     cache_each_present(&cache, 0, cache.blocks, check_run, NULL));
	}
	prepare(FILLED);
	remove_disk();
	printf("# figure: faults in %s, %s = %u, of which %u ended in an error\n",
	       op->name, cache.is_bdev ? "cache on a device" : "cache in files",
	       faults, errors);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const struct operation *op;
	int k;

	if (argc < 2) {
		fputs("usage: faults CACHE [OPERATION]...\n", stderr);
		return 64;
	}
	if (cache_open(&cache, argv[1], false)) {
		fprintf(stderr, "faults: %s\n", cache_error());
		return 1;
	}
	if (posix_memalign((void **)&buffer, 4096, READ_BYTES) ||
	    posix_memalign((void **)&expected, 4096, READ_BYTES))
		return 1;
	genl_open(&person);
	genl_open(&helper);
	genl_open(&second);
	remove_disk();
	for (op = operations; op->name; op++) {
		bool wanted = argc == 2;

		for (k = 2; k < argc; k++)
			wanted |= !strcmp(argv[k], op->name);
		if (wanted)
			series(op);
	}
	return 0;
}
