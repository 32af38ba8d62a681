// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a disk, by hand.
 *
 * usage: life add CLEAN MAP            make a disk and leave it; its N is printed
 *        life append CLEAN MAP         make one, set O_APPEND on the descriptor of
 *                                      its map, fill its first blocks, remove it
 *        life evict DISK FIRST COUNT   bind it, evict, close
 *        life flap DISK TIMES          bind it, lose the link and prove it again
 *        life race CLEAN MAP ROUNDS [NETNS]
 *
 * race: one process makes a disk, round for round, another one removes it as soon
 * as it can, in the namespace NETNS if that is given, and a third one listens.
 * Who is told that a request is taken gets one DONE, and no other; events
 * come in order.  It says what it saw and exits with 1 if that is not so.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "genl.h"

enum {
	RACED = 7,		/* the disk's N */
	ANSWER_MS = 20000,
	FILLED = 16,		/* blocks */
};

static struct genl g;
static uint32_t disk, generation;

static void begin(uint8_t cmd)
{
	genl_begin(&g, g.family, cmd, 0);
	genl_put_u32(&g, EVG_A_INDEX, disk);
}

static void begin_as_helper(uint8_t cmd)
{
	begin(cmd);
	genl_put_u32(&g, EVG_A_GENERATION, generation);
}

/* The end of an ADD or a REMOVE: 0 or a positive errno. */
static int wait_done(void)
{
	int cmd;

	do {
		cmd = genl_receive(&g, ANSWER_MS, &(int){ 0 });
	} while (cmd >= 0 && cmd != EVG_CMD_DONE);
	return cmd < 0 ? ETIME : (int)genl_u32(&g, EVG_A_ERROR);
}

static void must(const char *what, int error)
{
	if (!error)
		return;
	fprintf(stderr, "life: %s: %s\n", what, strerror(error));
	exit(1);
}

/* Ask for a disk; 0 when it will come.  CLEAN names its cache, for genl_bind(). */
static int begin_disk(const char *path, int clean, int map, int n)
{
	size_t dir = strrchr(path, '/') ? strrchr(path, '/') - path : 0;
	char cache[EVG_TEXT_MAX];
	int cmd, error = 0;

	snprintf(cache, sizeof(cache), "%.*s", (int)dir, path);

	genl_begin(&g, g.family, EVG_CMD_ADD, 0);
	if (n >= 0)
		genl_put_u32(&g, EVG_A_INDEX, n);
	genl_put_u32(&g, EVG_A_GRACE_MS, 0);
	genl_put_u32(&g, EVG_A_CLEAN_FD, clean);
	genl_put_u32(&g, EVG_A_MAP_FD, map);
	genl_put(&g, EVG_A_CACHE, cache, strlen(cache) + 1);
	genl_send(&g);
	cmd = genl_receive(&g, ANSWER_MS, &error);
	if (cmd != EVG_CMD_ADD)
		return cmd < 0 ? ETIME : error;
	disk = genl_u32(&g, EVG_A_INDEX);
	return 0;
}

static void report(uint8_t what)
{
	begin_as_helper(EVG_CMD_LINK);
	genl_put_u8(&g, EVG_A_REPORT, what);
	if (what == EVG_REPORT_PROVED)
		genl_put(&g, EVG_A_PROOF, "life", 5);
	must("what it says of the link", genl_ask(&g));
}

static void bind_and_prove(void)
{
	generation = genl_bind(&g, disk, 16, false);
	report(EVG_REPORT_PROBED);
	report(EVG_REPORT_PROVED);
}

static int add(char **argv)
{
	must("ADD", begin_disk(argv[0], open_or_exit(argv[0], O_RDONLY),
			       open_or_exit(argv[1], O_RDWR), -1));
	must("ADD's end", wait_done());
	printf("%u\n", disk);
	return 0;
}

static int append(char **argv)
{
	int map = open_or_exit(argv[1], O_RDWR);

	must("ADD", begin_disk(argv[0], open_or_exit(argv[0], O_RDONLY), map, -1));
	must("ADD's end", wait_done());
	if (fcntl(map, F_SETFL, O_APPEND))
		must("fcntl", errno);
	bind_and_prove();
	/* The map's page is loaded by the first try. */
	do {
		begin_as_helper(EVG_CMD_FILL);
		genl_put_range(&g, 0, FILLED);
	} while (genl_ask(&g) == EAGAIN);
	begin(EVG_CMD_REMOVE);
	must("REMOVE", genl_ask(&g));
	must("REMOVE's end", wait_done());
	return 0;
}

static int evict(char **argv)
{
	int cmd, error;

	disk = strtoul(argv[0], NULL, 0);
	bind_and_prove();
	do {
		begin_as_helper(EVG_CMD_EVICT);
		genl_put_range(&g, strtoull(argv[1], NULL, 0),
			       strtoul(argv[2], NULL, 0));
		error = genl_ask(&g);
	} while (error == EAGAIN);
	must("EVICT", error);
	do {
		cmd = genl_receive(&g, ANSWER_MS, &error);
	} while (cmd >= 0 && cmd != EVG_CMD_EVICT);
	must("EVICT's end", cmd < 0 ? ETIME : (int)genl_u32(&g, EVG_A_ERROR));
	return 0;
}

/* Wait until the link's new generation is told. */
static void take_generation(void)
{
	uint32_t old = generation;
	int cmd;

	do {
		cmd = genl_receive(&g, ANSWER_MS, &(int){ 0 });
		if (cmd == EVG_CMD_LINK)
			generation = genl_u32(&g, EVG_A_GENERATION);
	} while (cmd >= 0 && generation == old);
	must("news of the link", cmd < 0 ? ETIME : 0);
}

static int flap(char **argv)
{
	unsigned long times = strtoul(argv[1], NULL, 0);

	disk = strtoul(argv[0], NULL, 0);
	bind_and_prove();
	while (times--) {
		begin_as_helper(EVG_CMD_LINK);
		genl_put_u8(&g, EVG_A_REPORT, EVG_REPORT_LOST);
		genl_send(&g);
		take_generation();
		report(EVG_REPORT_PROBED);
		report(EVG_REPORT_PROVED);
	}
	return 0;
}

/* What the three of a race have seen. */
struct seen {
	atomic_ulong added, removed, wrong;
};

static struct seen *seen;
static atomic_bool told_to_stop;

static void stop(int signal)
{
	(void)signal;
	told_to_stop = true;
}

static void complain(const char *who, const char *what, int error)
{
	printf("%s: %s (%s)\n", who, what, strerror(error));
	fflush(stdout);
	seen->wrong++;
}

/* Nothing else may have come: no DONE of somebody else. */
static void expect_silence(const char *who)
{
	while (genl_receive(&g, 0, &(int){ 0 }) == EVG_CMD_DONE)
		complain(who, "a DONE too many", 0);
}

static int remover(const char *netns)
{
	int error;

	if (netns && setns(open_or_exit(netns, O_RDONLY), CLONE_NEWNET))
		must("setns", errno);
	genl_open(&g);
	disk = RACED;
	while (!told_to_stop) {
		begin(EVG_CMD_REMOVE);
		error = genl_ask(&g);
		if (!error) {
			error = wait_done();
			if (error)
				complain("remover", "no DONE that says 0", error);
			seen->removed++;
		} else if (error != ENODEV && error != EBUSY) {
			complain("remover", "REMOVE", error);
		}
		expect_silence("remover");
	}
	return 0;
}

/* ADD and REMOVE come in turns, and LINK only between them. */
static int listener(int ready)
{
	bool is_there = false;
	int cmd;

	genl_open(&g);
	genl_listen(&g);
	close(ready);
	for (;;) {
		cmd = genl_receive(&g, told_to_stop ? 0 : 100, &(int){ 0 });
		if (cmd < 0 && told_to_stop)
			return 0;
		if (cmd < 0 || genl_u32(&g, EVG_A_INDEX) != RACED)
			continue;
		if ((cmd == EVG_CMD_ADD && is_there) ||
		    (cmd == EVG_CMD_REMOVE && !is_there))
			complain("listener", "events out of order", 0);
		is_there = cmd == EVG_CMD_ADD || (is_there && cmd != EVG_CMD_REMOVE);
	}
}

static void adder(char **file, unsigned long rounds)
{
	int clean = open_or_exit(file[0], O_RDONLY), map = open_or_exit(file[1], O_RDWR);
	int error;

	genl_open(&g);
	while (rounds) {
		error = begin_disk(file[0], clean, map, RACED);
		if (error == EEXIST || error == ETXTBSY) {
			usleep(500);
			continue;
		}
		if (!error)
			error = wait_done();
		if (error)
			complain("adder", "no ADD, or no DONE that says 0", error);
		if (error == ETIME)
			return;
		seen->added++;
		expect_silence("adder");
		rounds--;
	}
}

static pid_t start(int (*what)(const char *netns), const char *netns)
{
	pid_t pid = fork();

	if (!pid)
		exit(what(netns));
	return pid;
}

static void wait_until_removed(void)
{
	int tries;

	for (tries = ANSWER_MS / 10; tries && seen->removed < seen->added; tries--)
		usleep(10000);
	if (seen->removed != seen->added)
		complain("race", "as many removed as added", ETIME);
}

static int race(char **argv)
{
	pid_t listening, removing;
	int ready[2];

	signal(SIGTERM, stop);
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED || pipe(ready))
		return 3;
	listening = fork();
	if (!listening) {
		close(ready[0]);
		exit(listener(ready[1]));
	}
	close(ready[1]);
	if (read(ready[0], &(char){ 0 }, 1))
		return 3;
	removing = start(remover, argv[3]);
	adder(argv, strtoul(argv[2], NULL, 0));
	wait_until_removed();
	kill(removing, SIGTERM);
	waitpid(removing, NULL, 0);
	kill(listening, SIGTERM);
	waitpid(listening, NULL, 0);
	printf("added=%lu removed=%lu wrong=%lu\n", seen->added, seen->removed,
	       seen->wrong);
	return seen->wrong != 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		int (*run)(char **argv);
	} verbs[] = {
		{ "add", 2, add },
		{ "append", 2, append },
		{ "evict", 3, evict },
		{ "flap", 2, flap },
		{ "race", 3, race },
	};
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (strcmp(argv[1], verbs[i].name) || argc < 2 + verbs[i].args)
			continue;
		if (verbs[i].run != race)
			genl_open(&g);
		return verbs[i].run(argv + 2);
	}
	fputs("usage: life add|append|evict|flap|race ARGUMENT...\n", stderr);
	return 64;
}
