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
#include "onedisk.h"

enum {
	CALM = 3,		/* rounds without a fault that end a series */
	COMMIT_MS = 6000,	/* until the map is saved */
};

enum stage { DETACHED, ADDED, BOUND, FILLED, RELOADED };

/* An answer that is lost for want of memory: the disk may come all the same. */
static int op_add(unsigned int n)
{
	int error = add();

	(void)n;
	if (error && done_error < 0)
		wait_done(500);
	return error;
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

/* The map is saved some seconds after a FILL, and again if it could not be. */
static int op_commit(unsigned int n)
{
	int error = fill(MISS_FIRST, 16);

	(void)n;
	usleep(COMMIT_MS * 1000);
	return error;
}

/* Anybody's looks, while the map's page is loaded. */
static int op_look(unsigned int n)
{
	static const uint8_t cmds[] = { EVG_CMD_MAP, EVG_CMD_HEAT, EVG_CMD_MISSES };
	int error = 0, one, tries;
	size_t i;

	(void)n;
	for (i = 0; i < sizeof(cmds); i++) {
		for (one = EAGAIN, tries = 0; one == EAGAIN && tries < 50; tries++) {
			begin(&person, cmds[i]);
			if (cmds[i] == EVG_CMD_MISSES)
				genl_put_u64(&person, EVG_A_SEQ, 0);
			else
				genl_put_u64(&person, EVG_A_FIRST, 0);
			one = ask(&person);
			if (one == EAGAIN)
				usleep(10000);
		}
		error = error ? error : one;
	}
	return error;
}

/* What was kept of the heat, and its halving. */
static int op_heat(unsigned int n)
{
	static const uint8_t heat[16] = { 40, 0, 3, 127 };
	int error;

	(void)n;
	begin(&helper, EVG_CMD_HEAT);
	genl_put_u32(&helper, EVG_A_GENERATION, generation);
	genl_put_u64(&helper, EVG_A_FIRST, 0);
	genl_put(&helper, EVG_A_HEAT, heat, sizeof(heat));
	error = ask(&helper);
	begin(&helper, EVG_CMD_HEAT);
	genl_put_u32(&helper, EVG_A_GENERATION, generation);
	genl_put(&helper, EVG_A_COOL, NULL, 0);
	return error | ask(&helper);
}

/* Once it is said that nothing has them, nobody may claim these blocks. */
static int op_evict(unsigned int n)
{
	static char junk[16 * EVG_BLOCK_SIZE] __attribute__((aligned(4096)));
	int error, waited;

	(void)n;
	evict_error = -1;
	begin(&helper, EVG_CMD_EVICT);
	genl_put_u32(&helper, EVG_A_GENERATION, generation);
	genl_put_range(&helper, HIT_FIRST, 16);
	error = ask(&helper);
	if (error)
		return error;
	for (waited = 0; evict_error < 0 && waited < LIMIT_MS; waited += 20)
		note(&helper, genl_receive(&helper, 20, &(int){ 0 }));
	if (evict_error < 0)
		die("an EVICT is never answered", ETIME);
	memset(junk, 0x5a, sizeof(junk));
	if (!evict_error &&
	    pwrite(cache.clean_fd, junk, sizeof(junk), cache.data_offset +
		   HIT_FIRST * EVG_BLOCK_SIZE) != sizeof(junk))
		die("writing the cache", errno);
	return evict_error;
}

/* For a cgroup in which nobody is. */
static int op_drill(unsigned int n)
{
	int fd = open("/sys/fs/cgroup/faults", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error;

	(void)n;
	if (fd < 0)
		die("/sys/fs/cgroup/faults", errno);
	begin(&person, EVG_CMD_DRILL);
	genl_put_u32(&person, EVG_A_CGROUP_FD, fd);
	error = ask(&person);
	close(fd);
	begin(&person, EVG_CMD_DRILL);
	return error | ask(&person);
}

/* A read that fails at once, and is remembered. */
static int op_ledger(unsigned int n)
{
	int fd, error;

	(void)n;
	begin(&person, EVG_CMD_SET);
	genl_put_u32(&person, EVG_A_GRACE_MS, 0);
	error = ask(&person) | report(&helper, EVG_REPORT_LOST);
	fd = open("/dev/evg7", O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (error || fd < 0)
		error = error ? error : errno;
	else if (pread(fd, buffer, READ_BYTES, MISS_FIRST * EVG_BLOCK_SIZE) >= 0)
		die("a read of what is absent succeeded", EIO);
	else
		error = errno == ENOLINK ? 0 : errno;
	if (fd >= 0)
		close(fd);
	return error;
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
	{ "map-load",		RELOADED, op_hit },
	{ "map-commit",		FILLED,	op_commit },
	{ "look",		RELOADED, op_look },
	{ "heat",		BOUND,	op_heat },
	{ "ledger",		FILLED,	op_ledger },
	{ "evict",		FILLED,	op_evict },
	{ "drill",		FILLED,	op_drill },
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
	if (stage >= RELOADED) {
		must("detach without a fault", op_remove(0));
		must("attach without a fault", add());
		must("bind without a fault", bind_disk(&helper));
		must("prove without a fault", prove(&helper));
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
	if (cache_open(&cache, argv[1], false) || cache_begin_use(&cache) < 0) {
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
