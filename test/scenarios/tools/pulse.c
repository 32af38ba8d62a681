// SPDX-License-Identifier: GPL-2.0
/*
 * The pulse of the rest of the machine: what has nothing to do with a disk must
 * not wait for one.
 *
 * usage: pulse GENL_MS SYNC_MS [COMMAND [ARGUMENT]...]
 *
 * Again and again, each in a process of its own: ask generic netlink for its own
 * family; sync(2); and run COMMAND, which may take a family away and bring it
 * back, for who registers one keeps all others waiting meanwhile.  At
 * SIGTERM it says the longest that each took; if one took longer than its bound,
 * or takes longer now, it says so and exits with 1, at once.  COMMAND is given
 * ten times what netlink is: it is a program.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "genl.h"

enum { STEP_MS = 20 };

enum { FAMILY, SYNC, COMMAND, PROBES };

/* Of one probe, shared with its process. */
struct probe {
	atomic_long begun_ms;		/* 0 between two rounds */
	atomic_long max_ms;
	atomic_ulong rounds;
};

static struct probe *probe;
static char **command;
static atomic_bool told_to_stop;

static void stop(int signal)
{
	(void)signal;
	told_to_stop = true;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void ask_family(void)
{
	static struct genl g;
	int error = 0;

	if (!g.fd)
		g.fd = genl_socket();
	genl_begin(&g, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	genl_put(&g, CTRL_ATTR_FAMILY_NAME, "nlctrl", sizeof("nlctrl"));
	genl_send(&g);
	while (genl_receive(&g, -1, &error) != CTRL_CMD_NEWFAMILY)
		if (error)
			exit(1);
}

static void run_command(void)
{
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, command[0], NULL, NULL, command, environ) ||
	    waitpid(pid, &status, 0) != pid || status) {
		fprintf(stderr, "pulse: %s failed\n", command[0]);
		exit(1);
	}
}

static void beat(struct probe *p, void (*once)(void))
{
	long took;

	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;; usleep(STEP_MS * 1000)) {
		p->begun_ms = now_ms();
		once();
		took = now_ms() - p->begun_ms;
		p->begun_ms = 0;
		p->rounds++;
		if (took > p->max_ms)
			p->max_ms = took;
	}
}

int main(int argc, char **argv)
{
	static void (*const once[])(void) = { ask_family, sync, run_command };
	static const char *const name[] = { "family", "sync", "command" };
	long bound[PROBES], begun, late;
	pid_t pid[PROBES];
	int i, n, bad = 0;

	if (argc < 3) {
		fputs("usage: pulse GENL_MS SYNC_MS [COMMAND [ARGUMENT]...]\n", stderr);
		return 64;
	}
	bound[FAMILY] = atol(argv[1]);
	bound[SYNC] = atol(argv[2]);
	bound[COMMAND] = 10 * bound[FAMILY];
	command = argv + 3;
	n = *command ? PROBES : COMMAND;
	probe = mmap(NULL, PROBES * sizeof(*probe), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (probe == MAP_FAILED)
		return 3;
	signal(SIGTERM, stop);
	for (i = 0; i < n; i++) {
		pid[i] = fork();
		if (!pid[i])
			beat(&probe[i], once[i]);
	}
	while (!told_to_stop && !bad) {
		usleep(STEP_MS * 1000);
		for (i = 0; i < n; i++) {
			begun = probe[i].begun_ms;
			late = begun ? now_ms() - begun : 0;
			if (late > probe[i].max_ms)
				probe[i].max_ms = late;
			bad |= probe[i].max_ms > bound[i];
			bad |= waitpid(pid[i], NULL, WNOHANG) == pid[i];
		}
	}
	for (i = 0; i < n; i++) {
		kill(pid[i], SIGKILL);
		printf("%s=%lu %s_max_ms=%ld%s", name[i], probe[i].rounds, name[i],
		       probe[i].max_ms, probe[i].max_ms > bound[i] ? " (LATE) " : " ");
	}
	putchar('\n');
	return bad || !probe[FAMILY].rounds;
}
