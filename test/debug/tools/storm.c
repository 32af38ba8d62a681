// SPDX-License-Identifier: GPL-2.0
/*
 * A storm of messages: eight processes, with and without privileges, in several
 * namespaces, send every message in random order and timing to a few disks, while
 * others read them and compare every byte, look for partitions, freeze the tasks,
 * take CPUs away, unload the module.  What each reader may see, and how long each
 * answer may take, is written in storm.h.
 *
 * usage: storm [-s SEED] [-t SECONDS] [-x SLOW] MODULE CGROUP CACHE CACHE CACHE DEVICE
 *
 * Exit status 1 when a rule is broken or the kernel complains: then what each
 * process did last is printed.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "storm_deeds.h"
#include "storm_reader.h"

static const char usage[] =
"usage: storm [-s SEED] [-t SECONDS] [-x SLOW]\n"
"	     MODULE CGROUP CACHE CACHE CACHE DEVICE\n";

static int kmsg_fd;
static pid_t pids[SLOTS];

static void reader_of(unsigned int n)
{
	reader(percent(95) ? n / 2 : n / 2 + DISKS, n & 1);
}

static void person_plain(unsigned int n)
{
	person(n, false);
}

static void person_moving(unsigned int n)
{
	(void)n;
	person(true, true);
}

static void helper_plain(unsigned int n)
{
	helper(n);
}

static void stranger_of(unsigned int n)
{
	static bool changed;

	if (!changed) {
		changed = true;
		/* Root in namespaces of its own, if this kernel has such. */
		if (n && unshare(CLONE_NEWUSER | CLONE_NEWNET))
			drop_privileges();
		else if (!n)
			drop_privileges();
	}
	stranger();
}

#define PLAIN(name) static void name ## _of(unsigned int n) { (void)n; name(); }
PLAIN(raver)
PLAIN(keeper)
PLAIN(watcher)
PLAIN(bystander)
PLAIN(syncer)
PLAIN(scanner)
PLAIN(deeds)

static const struct role {
	const char *name;
	void (*turn)(unsigned int n);
	unsigned int n;
} roles[] = {
	{ "person", person_plain, 0 },
	{ "person with news", person_plain, 1 },
	{ "person who moves", person_moving, 0 },
	{ "helper", helper_plain, 0 },
	{ "helper who moves", helper_plain, 1 },
	{ "stranger", stranger_of, 0 },
	{ "root of its own", stranger_of, 1 },
	{ "raver", raver_of, 0 },
	{ "keeper", keeper_of, 0 },
	{ "watcher", watcher_of, 0 },
	{ "bystander", bystander_of, 0 },
	{ "syncer", syncer_of, 0 },
	{ "scanner", scanner_of, 0 },
	{ "deeds", deeds_of, 0 },
	{ "calm, buffered", reader_of, 0 },
	{ "calm, direct", reader_of, 1 },
	{ "patient, buffered", reader_of, 2 },
	{ "patient, direct", reader_of, 3 },
	{ "wild, buffered", reader_of, 4 },
	{ "wild, direct", reader_of, 5 },
	{ "device, buffered", reader_of, 6 },
	{ "device, direct", reader_of, 7 },
};

enum { BYSTANDER = 10, SYNCER, ROLES = sizeof(roles) / sizeof(*roles) };

/* The drilled one. */
static void join_cgroup(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup_path);
	if (!write_word(path, "0"))
		storm_fail("cannot join %s", cgroup_path);
}

static void last_turn(unsigned int n)
{
	(void)n;
	reload(true);
}

static void start(unsigned int n, const char *name, void (*turn)(unsigned int),
		  unsigned int arg)
{
	pids[n] = fork();
	if (pids[n])
		return;
	me = &storm->slot[n];
	me->pid = getpid();
	snprintf(me->role, sizeof(me->role), "%s", name);
	chance_state = storm->seed * 0xda942042e4dd58b5ull + n;
	if (posix_memalign((void **)&bytes_out, 4096,
			   EVG_FETCH_MAX_BLOCKS * EVG_BLOCK_SIZE))
		exit(3);
	if (turn == reader_of && arg == 2 * WILD)
		join_cgroup();
	do {
		turn(arg);
	} while (turn != last_turn &&
		 (!storm->over || (turn == keeper_of && storm->readers)));
	exit(0);
}

static void show_slot(const struct slot *s)
{
	unsigned long n = s->deeds + (s->begun_ms != 0);
	unsigned long i = n > LAST ? n - LAST : 0;
	const struct deed *d;
	char path[40], where[64] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/wchan", s->pid);
	fd = open(path, O_RDONLY);
	if (fd >= 0 && read(fd, where, sizeof(where) - 1) < 0)
		where[0] = '\0';
	close(fd);
	printf("%s (%d, in %s): %lu deeds, %lu refused\n", s->role, s->pid, where,
	       s->deeds, s->refused);
	for (; i < n; i++) {
		d = &s->last[i % LAST];
		printf("    %8.1f s: %s", d->at_ms / 1e3, d->what);
		if (d->result < 0)
			printf(": under way for %llu ms\n",
			       (unsigned long long)(storm->clock_ms - d->at_ms));
		else
			printf(": %s\n", d->result ? strerrorname_np(d->result) : "done");
	}
}

static void show_all(void)
{
	unsigned int i;

	printf("FAILED: %s\nseed %llu, at %.1f s; what was under way:\n", storm->why,
	       (unsigned long long)storm->seed, storm->clock_ms / 1e3);
	for (i = 0; i < SLOTS; i++)
		if (storm->slot[i].pid)
			show_slot(&storm->slot[i]);
	fflush(stdout);
}

/* The kernel's complaints, as far as they are not about the storm's own words. */
static void look_at_log(void)
{
	static const char * const bad[] = {
		"BUG: ", "WARNING: ", "KASAN: ", "KCSAN: ", "UBSAN: ", "Oops: ",
		"general protection", "possible circular", "possible recursive",
		"inconsistent lock", "suspicious RCU", "refcount_t: ", "ODEBUG: ",
		"list_add corr", "list_del corr", "blocked for more", "lockup",
		"detected stalls", "self-detected stall", "bad unlock balance",
	};
	char line[8192];
	unsigned int i;
	ssize_t n;

	while ((n = read(kmsg_fd, line, sizeof(line) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		if (n < 0)
			continue;
		line[n] = '\0';
		line[strcspn(line, "\n")] = '\0';
		for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
			if (strstr(line, bad[i]))
				storm_fail("the kernel complains: %s",
					   strchr(line, ';') ? strchr(line, ';') + 1 : line);
	}
}

/* Nothing takes longer than it may. */
static void look_at_clocks(void)
{
	const struct slot *s;
	uint64_t begun;

	for (s = storm->slot; s < storm->slot + SLOTS; s++) {
		begun = __atomic_load_n(&s->begun_ms, __ATOMIC_ACQUIRE);
		if (begun && s->limit_ms && storm->clock_ms > begun + s->limit_ms)
			storm_fail("%s: \"%s\" takes longer than %llu ms", s->role,
				   s->last[s->deeds % LAST].what,
				   (unsigned long long)s->limit_ms);
	}
}

/* Returns how many are there still. */
static unsigned int look_at_children(void)
{
	unsigned int i, left = 0;
	int status;

	for (i = 0; i < SLOTS; i++) {
		if (pids[i] <= 0)
			continue;
		if (waitpid(pids[i], &status, WNOHANG) != pids[i]) {
			left++;
			continue;
		}
		pids[i] = 0;
		if (status)
			storm_fail("%s ended with status %#x", storm->slot[i].role, status);
	}
	return left;
}

/* Until all have ended, or a rule is broken. */
static void supervise(uint64_t end_ns)
{
	uint64_t before = now_ns(), now, step;

	do {
		usleep(20000);
		now = now_ns();
		step = (now - before) / 1000000;
		__atomic_fetch_add(&storm->clock_ms, step < STEP_MS ? step : STEP_MS,
				   __ATOMIC_RELEASE);
		before = now;
		look_at_log();
		look_at_clocks();
		if (now >= end_ns)
			storm->over = true;
	} while (look_at_children() && !storm->failed);
}

static void make_caches(char **paths)
{
	static const uint8_t fingerprint[32];
	const uint64_t sample = 0;
	pthread_mutexattr_t shared;
	unsigned int i;

	pthread_mutexattr_init(&shared);
	pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&shared, PTHREAD_MUTEX_ROBUST);
	for (i = 0; i < DISKS; i++) {
		cache_path[i] = paths[i];
		if (cache_create(paths[i], rules[i].blocks * EVG_BLOCK_SIZE, &sample,
				 fingerprint, 1, i == DEVICE) ||
		    cache_open_attached(&cache_of[i], paths[i]) ||
		    cache_begin_use(&cache_of[i]) < 0) {
			fprintf(stderr, "storm: %s\n", cache_error());
			exit(3);
		}
		pthread_mutex_init(&storm->cache_lock[i], &shared);
	}
}

static void show_sums(void)
{
	uint64_t bytes = 0, longest[SLOTS] = { 0 };
	unsigned long messages = 0, refused = 0;
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		bytes += storm->slot[i].bytes;
		longest[i] = storm->slot[i].longest_ms;
		if (i < BYSTANDER) {
			messages += storm->slot[i].deeds;
			refused += storm->slot[i].refused;
		}
	}
	printf("messages=%lu refused=%lu adds=%lu removals=%lu evictions=%lu ",
	       messages, refused, storm->adds, storm->removals, storm->evictions);
	printf("reloads=%lu sleeps=%lu MiB=%llu ", storm->reloads, storm->sleeps,
	       (unsigned long long)bytes >> 20);
	for (i = 0; i < DISKS; i++)
		printf("%s_errors=%lu ", rules[i].name, storm->errors[i]);
	printf("nlctrl_ms=%llu sync_ms=%llu\n", (unsigned long long)longest[BYSTANDER],
	       (unsigned long long)longest[SYNCER]);
}

static int storm_begins(unsigned int seconds)
{
	unsigned int i;

	printf("seed %llu\n", (unsigned long long)storm->seed);
	fflush(stdout);
	for (i = 0; i < ROLES; i++)
		start(i, roles[i].name, roles[i].turn, roles[i].n);
	supervise(now_ns() + seconds * 1000000000ull);
	if (!storm->failed) {
		start(ROLES, "end", last_turn, 0);
		supervise(~0ull);
	}
	if (storm->failed)
		show_all();
	for (i = 0; i < SLOTS; i++)
		if (pids[i] > 0)
			kill(pids[i], SIGKILL);
	show_sums();
	return storm->failed;
}

int main(int argc, char **argv)
{
	unsigned int seconds = 60;
	int c;

	storm = mmap(NULL, sizeof(*storm), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (storm == MAP_FAILED)
		return 3;
	storm->seed = 1;
	storm->slow = 1;
	storm->clock_ms = 1;
	while ((c = getopt(argc, argv, "s:t:x:")) != -1) {
		if (c == 's')
			storm->seed = strtoull(optarg, NULL, 0);
		else if (c == 't')
			seconds = strtoul(optarg, NULL, 0);
		else if (c == 'x')
			storm->slow = strtoul(optarg, NULL, 0);
		else
			return 64;
	}
	if (optind != argc - 2 - DISKS) {
		fputs(usage, stderr);
		return 64;
	}
	module_path = argv[optind];
	cgroup_path = argv[optind + 1];
	cpus = sysconf(_SC_NPROCESSORS_CONF);
	make_caches(argv + optind + 2);
	kmsg_fd = open_or_exit("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	lseek(kmsg_fd, 0, SEEK_END);
	return storm_begins(seconds);
}
