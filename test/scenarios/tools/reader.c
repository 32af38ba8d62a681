// SPDX-License-Identifier: GPL-2.0
/*
 * Read a device and compare every byte with the image that it must show.
 *
 * Prints one line: reads= bytes= wrong= errors= max_ms= p999_us= and, of errors,
 * min_error_ms= max_error_ms= first_error_at= last_error_at= (ms since the machine
 * started), then elapsed_ms=, then how often each errno came, as EIO=3.  Exit
 * status: 0 when all is as demanded, 1 when the errors or the waits are not, 2
 * when a byte was wrong.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "pattern.h"

enum {
	BLOCK = 4096,
	ERRNOS = 256,
	THREADS = 256,
	STEPS = 16,			/* of the histogram, in an octave */
	BARS = 64 * STEPS,
	HUGE = 2 << 20,			/* bytes of a large page */
	HUGE_THREADS = 8,
};

enum demand { NO_ERRORS, ANY_ERRORS, ONLY_ERRORS, SO_MANY_ERRORS };

static const char usage[] =
"usage: reader [OPTION]... DEVICE\n"
"  -i IMAGE    the image's number (default 1)\n"
"  -f FILE     compare with FILE instead\n"
"  -d          with O_DIRECT\n"
"  -N          with RWF_NOWAIT\n"
"  -b BYTES    bytes per read (default 131072)\n"
"  -s BYTES    from the start of a read to the next one's (default: as -b)\n"
"  -o OFFSET   where to start (default 0)\n"
"  -n BYTES    how far to go (default: to the end)\n"
"  -r SEED     in random order\n"
"  -c COUNT    no more reads than that (with -r: a random choice)\n"
"  -t THREADS  that many share the work\n"
"  -a          each thread does the whole work\n"
"  -l SECONDS  again and again until then\n"
"  -u FILE     again and again until FILE exists\n"
"  -w MS       wait that long after each read\n"
"  -z          begin when the machine has slept\n"
"  -e none|any|all|N  demand that no read fails (default); tolerate errors;\n"
"              demand that each fails; that N fail\n"
"  -B MIN:MAX  demand that no read fails in less than MIN ms, and that none\n"
"              takes more than MAX ms\n";

static struct {
	const char *device;
	const char *file;
	const char *until;
	unsigned int image;
	bool direct;
	bool nowait;
	bool each;
	bool random;
	bool rounds;
	bool after_sleep;
	uint64_t seed;
	uint64_t bytes;
	uint64_t stride;
	uint64_t start;
	uint64_t length;
	uint64_t count;
	uint64_t end_ns;
	unsigned int threads;
	unsigned int wait_ms;
	double seconds;
	enum demand demand;
	uint64_t errors;		/* demanded */
	uint64_t min_ms;		/* that a failing read waits */
	uint64_t max_ms;		/* that any does */
} opt = {
	.image = 1,
	.bytes = 131072,
	.threads = 1,
	.max_ms = UINT64_MAX,
};

struct tally {
	pthread_t thread;
	unsigned int number;
	uint64_t reads;
	uint64_t bytes;
	uint64_t wrong;
	uint64_t errors;
	uint64_t max_ns;
	uint64_t min_error_ns;
	uint64_t max_error_ns;
	uint64_t first_error_ns;	/* since the machine started */
	uint64_t last_error_ns;
	uint64_t errnos[ERRNOS];
	uint64_t bars[BARS];		/* how many reads took how long */
};

static struct tally tallies[THREADS];
static uint64_t next_read;	/* shared by the threads, but with -a */
static uint64_t slots;		/* starts of reads in the range */
static uint64_t complaints;
static int device_fd, file_fd = -1;

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* The bar of a time, of which there are STEPS for each doubling. */
static unsigned int bar_of(uint64_t ns)
{
	unsigned int octave = 63 - __builtin_clzll(ns | STEPS);

	return (octave - 4) * STEPS + (unsigned int)(ns >> (octave - 4)) % STEPS;
}

/* The longest time that a bar stands for. */
static uint64_t bar_ns(unsigned int bar)
{
	return ((uint64_t)(bar % STEPS + STEPS + 1) << bar / STEPS) - 1;
}

/* Nanoseconds that the machine has slept since it booted; less, when this process
 * could not run between the two clocks, but never more.
 */
static int64_t slept_ns(void)
{
	int64_t with = (int64_t)clock_ns(CLOCK_BOOTTIME);

	return with - (int64_t)now_ns();
}

/* A second of sleep; who waits busily reads before anybody else. */
static void wait_for_sleep(void)
{
	int64_t before = slept_ns(), slept = before;

	for (; slept - before < 1000000000; slept = slept_ns())
		if (slept - before > 0 && slept - before < 500000000)
			before = slept;
}

/* A random number that depends on the seed and N alone (splitmix64). */
static uint64_t hash(uint64_t n)
{
	uint64_t z = opt.seed * 0xda942042e4dd58b5ull + n * 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static void complain(uint64_t offset, uint64_t seen, uint64_t expected)
{
	if (__atomic_fetch_add(&complaints, 1, __ATOMIC_RELAXED) >= 5)
		return;
	fprintf(stderr,
		"reader: wrong bytes at offset %#llx: expected %016llx, found %016llx (image %u offset %#llx)\n",
		(unsigned long long)offset, (unsigned long long)expected,
		(unsigned long long)seen, (unsigned int)(seen >> 48),
		(unsigned long long)(seen & 0xffffffffffffull));
}

/* Compare; the number of wrong 8-byte words is in the tally. */
static void check(struct tally *t, uint64_t offset, const void *seen,
		  void *expected, size_t bytes)
{
	const uint64_t *s = seen, *e = expected;
	size_t i, words = (bytes + 7) / 8;
	ssize_t n = 0;

	if (file_fd >= 0) {
		n = pread(file_fd, expected, bytes, offset);
		if (n < 0)
			n = 0;
		memset((char *)expected + n, 0, words * 8 - n);
	} else {
		pattern_fill(opt.image, offset, expected, words * 8);
	}
	t->bytes += bytes;
	if (!memcmp(s, e, bytes))
		return;
	for (i = 0; i < words; i++) {
		if (s[i] == e[i])
			continue;
		t->wrong++;
		complain(offset + i * 8, s[i], e[i]);
	}
}

static void count_error(struct tally *t, int error, uint64_t ns)
{
	t->last_error_ns = clock_ns(CLOCK_BOOTTIME);
	if (!t->errors++) {
		t->first_error_ns = t->last_error_ns;
		t->min_error_ns = ns;
	}
	t->errnos[error < ERRNOS ? error : 0]++;
	if (ns > t->max_error_ns)
		t->max_error_ns = ns;
	if (ns < t->min_error_ns)
		t->min_error_ns = ns;
}

/*
 * One read.  A buffered read that fails or ends early goes on behind the block
 * where it failed, so that each block gets its chance.
 */
static void read_range(struct tally *t, uint64_t offset, char *buffer,
		       char *expected)
{
	uint64_t at = offset, end = offset + opt.bytes;
	uint64_t begun, ns;
	ssize_t n;

	if (end > opt.start + opt.length)
		end = opt.start + opt.length;
	while (at < end) {
		begun = now_ns();
		n = preadv2(device_fd, &(struct iovec){ buffer, end - at }, 1, at,
			    opt.nowait ? RWF_NOWAIT : 0);
		ns = now_ns() - begun;
		t->reads++;
		t->bars[bar_of(ns)]++;
		if (ns > t->max_ns)
			t->max_ns = ns;
		if (n > 0) {
			check(t, at, buffer, expected, n);
			at += n;
			continue;
		}
		count_error(t, n < 0 ? errno : ENODATA, ns);
		if (opt.direct)
			break;
		at = (at / BLOCK + 1) * BLOCK;
	}
	if (opt.wait_ms)
		usleep(opt.wait_ms * 1000);
}

static bool is_over(void)
{
	if (opt.until)
		return !access(opt.until, F_OK);
	return now_ns() >= opt.end_ns;
}

/* The place of the Nth read; a whole round visits every place once. */
static uint64_t place(uint64_t n, unsigned int thread)
{
	uint64_t slot = n % slots, step = slots / 2 + 1;

	if (opt.random && opt.count)
		slot = hash(n) % slots;
	else if (opt.random)	/* a prime: each place once a round */
		slot = (slot * 7919 + opt.seed) % slots;
	if (opt.each)
		slot = (slot + thread * step) % slots;
	return opt.start + slot * opt.stride;
}

/* Of few threads, in one large page, so that a direct read is one piece of memory. */
static char *make_buffer(void)
{
	size_t bytes = opt.bytes + BLOCK;
	bool huge = opt.threads <= HUGE_THREADS;
	void *buffer;

	if (huge && bytes < HUGE)
		bytes = HUGE;
	if (posix_memalign(&buffer, huge ? HUGE : BLOCK, bytes))
		exit(3);
	if (huge)
		madvise(buffer, bytes, MADV_HUGEPAGE);
	return buffer;
}

static void *run(void *arg)
{
	char *buffer, *expected;
	struct tally *t = arg;
	uint64_t n, mine = 0;
	uint64_t total = opt.count ? opt.count : slots;

	buffer = make_buffer();
	if (posix_memalign((void **)&expected, BLOCK, opt.bytes + BLOCK))
		exit(3);
	for (;;) {
		if (opt.each)
			n = mine++;
		else
			n = __atomic_fetch_add(&next_read, 1, __ATOMIC_RELAXED);
		if (opt.rounds ? is_over() : n >= total)
			break;
		read_range(t, place(n % total, t->number), buffer, expected);
	}
	free(buffer);
	free(expected);
	return NULL;
}

static uint64_t at_least(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void add_errors(struct tally *sum, const struct tally *t)
{
	unsigned int e;

	if (!t->errors)
		return;
	if (!sum->errors || t->min_error_ns < sum->min_error_ns)
		sum->min_error_ns = t->min_error_ns;
	if (!sum->errors || t->first_error_ns < sum->first_error_ns)
		sum->first_error_ns = t->first_error_ns;
	sum->max_error_ns = at_least(sum->max_error_ns, t->max_error_ns);
	sum->last_error_ns = at_least(sum->last_error_ns, t->last_error_ns);
	sum->errors += t->errors;
	for (e = 0; e < ERRNOS; e++)
		sum->errnos[e] += t->errnos[e];
}

/* The time that all but one in a thousand reads are within. */
static uint64_t p999_ns(const struct tally *sum)
{
	uint64_t left = sum->reads - sum->reads / 1000;
	unsigned int bar;

	for (bar = 0; bar < BARS - 1 && left > sum->bars[bar]; bar++)
		left -= sum->bars[bar];
	return bar_ns(bar);
}

static bool is_as_demanded(const struct tally *sum)
{
	if (sum->errors && sum->min_error_ns < opt.min_ms * 1000000)
		return false;
	if (sum->max_ns / 1000000 > opt.max_ms)
		return false;
	switch (opt.demand) {
	case NO_ERRORS:
		return !sum->errors;
	case ONLY_ERRORS:
		return !sum->bytes;
	case SO_MANY_ERRORS:
		return sum->errors == opt.errors;
	default:
		return true;
	}
}

static int report(uint64_t elapsed_ns)
{
	static struct tally sum;
	unsigned int i, e;

	for (i = 0; i < opt.threads; i++) {
		sum.reads += tallies[i].reads;
		sum.bytes += tallies[i].bytes;
		sum.wrong += tallies[i].wrong;
		sum.max_ns = at_least(sum.max_ns, tallies[i].max_ns);
		for (e = 0; e < BARS; e++)
			sum.bars[e] += tallies[i].bars[e];
		add_errors(&sum, &tallies[i]);
	}
	printf("reads=%llu bytes=%llu wrong=%llu errors=%llu",
	       (unsigned long long)sum.reads, (unsigned long long)sum.bytes,
	       (unsigned long long)sum.wrong, (unsigned long long)sum.errors);
	printf(" max_ms=%llu p999_us=%llu", (unsigned long long)sum.max_ns / 1000000,
	       (unsigned long long)p999_ns(&sum) / 1000);
	if (sum.errors)
		printf(" min_error_ms=%llu max_error_ms=%llu first_error_at=%llu last_error_at=%llu",
		       (unsigned long long)sum.min_error_ns / 1000000,
		       (unsigned long long)sum.max_error_ns / 1000000,
		       (unsigned long long)sum.first_error_ns / 1000000,
		       (unsigned long long)sum.last_error_ns / 1000000);
	printf(" elapsed_ms=%llu", (unsigned long long)elapsed_ns / 1000000);
	for (e = 0; e < ERRNOS; e++)
		if (sum.errnos[e])
			printf(" %s=%llu", strerrorname_np(e),
			       (unsigned long long)sum.errnos[e]);
	printf("\n");
	if (sum.wrong)
		return 2;
	return is_as_demanded(&sum) ? 0 : 1;
}

static bool demand_of(const char *arg)
{
	static const char * const names[] = {
		[NO_ERRORS] = "none", [ANY_ERRORS] = "any", [ONLY_ERRORS] = "all",
	};
	unsigned int i;
	char *end;

	for (i = 0; i < SO_MANY_ERRORS && strcmp(arg, names[i]); i++)
		;
	opt.demand = i;
	if (i < SO_MANY_ERRORS)
		return true;
	opt.errors = strtoull(arg, &end, 0);
	return end != arg && !*end;
}

static bool waits_of(const char *arg)
{
	char *end;

	opt.min_ms = strtoull(arg, &end, 0);
	if (*end != ':')
		return false;
	opt.max_ms = strtoull(end + 1, &end, 0);
	return !*end;
}

static void set_option(int c, const char *arg)
{
	switch (c) {
	case 'i':
		opt.image = strtoul(arg, NULL, 0);
		break;
	case 'f':
		opt.file = arg;
		break;
	case 'd':
		opt.direct = true;
		break;
	case 'N':
		opt.nowait = true;
		break;
	case 'b':
		opt.bytes = strtoull(arg, NULL, 0);
		break;
	case 's':
		opt.stride = strtoull(arg, NULL, 0);
		break;
	case 'o':
		opt.start = strtoull(arg, NULL, 0);
		break;
	case 'n':
		opt.length = strtoull(arg, NULL, 0);
		break;
	case 'r':
		opt.random = true;
		opt.seed = strtoull(arg, NULL, 0);
		break;
	case 'c':
		opt.count = strtoull(arg, NULL, 0);
		break;
	case 't':
		opt.threads = strtoul(arg, NULL, 0);
		break;
	case 'a':
		opt.each = true;
		break;
	case 'l':
		opt.rounds = true;
		opt.seconds = strtod(arg, NULL);
		break;
	case 'u':
		opt.rounds = true;
		opt.until = arg;
		break;
	case 'w':
		opt.wait_ms = strtoul(arg, NULL, 0);
		break;
	case 'z':
		opt.after_sleep = true;
		break;
	case 'e':
		if (!demand_of(arg))
			set_option('?', NULL);
		break;
	case 'B':
		if (!waits_of(arg))
			set_option('?', NULL);
		break;
	default:
		fputs(usage, stderr);
		exit(64);
	}
}

/* To seek in a block device waits for those who read it through the page cache,
 * and these may wait for an outage's end.
 */
static off_t size_of(int fd)
{
	uint64_t bytes;

	return ioctl(fd, BLKGETSIZE64, &bytes) ? lseek(fd, 0, SEEK_END) : (off_t)bytes;
}

static void open_all(void)
{
	off_t size;

	device_fd = open(opt.device, O_RDONLY | O_CLOEXEC |
			 (opt.direct ? O_DIRECT : 0));
	if (device_fd < 0) {
		fprintf(stderr, "reader: cannot open %s: %s\n", opt.device,
			strerror(errno));
		exit(3);
	}
	if (opt.file) {
		file_fd = open(opt.file, O_RDONLY | O_CLOEXEC);
		if (file_fd < 0) {
			fprintf(stderr, "reader: cannot open %s: %s\n",
				opt.file, strerror(errno));
			exit(3);
		}
	}
	size = size_of(device_fd);
	if (!opt.length && size > (off_t)opt.start)
		opt.length = size - opt.start;
	if (!opt.length || !opt.bytes || !opt.threads || opt.threads > THREADS) {
		fputs("reader: nothing to read\n", stderr);
		exit(3);
	}
}

int main(int argc, char **argv)
{
	unsigned int i;
	uint64_t begun;
	int c;

	while ((c = getopt(argc, argv, "i:f:dNb:s:o:n:r:c:t:al:u:w:ze:B:")) != -1)
		set_option(c, optarg);
	if (optind != argc - 1)
		set_option('?', NULL);
	opt.device = argv[optind];
	if (!opt.stride)
		opt.stride = opt.bytes;
	open_all();
	slots = (opt.length + opt.stride - 1) / opt.stride;
	if (opt.after_sleep)
		wait_for_sleep();
	begun = now_ns();
	opt.end_ns = begun + (uint64_t)(opt.seconds * 1e9);
	for (i = 0; i < opt.threads; i++) {
		tallies[i].number = i;
		if (pthread_create(&tallies[i].thread, NULL, run, &tallies[i])) {
			perror("reader: cannot start a thread");
			return 3;
		}
	}
	for (i = 0; i < opt.threads; i++)
		pthread_join(tallies[i].thread, NULL);
	return report(now_ns() - begun);
}
