// SPDX-License-Identifier: GPL-2.0
/*
 * A helper that plays one part, to see what the kernel does with it:
 *
 *   fill    answers when nothing more comes, so that its window is full
 *   inline  the same, with the bytes in the FILL
 *   flap    answers each at once, with the bytes, and loses the link at each 40th
 *   fail    fails each FETCH
 *   other   says that the server has another image, and answers all the same
 *   silent  answers nothing, and says all the time that the link is fine
 *   stale   answers first with an old generation and a wrong cookie, then right
 *   hostile says all that a helper must not, around the right answer, and goes on
 *           after it was told to stop
 *
 * At SIGTERM, or after -q ANSWERS, it says what it saw and ends.  With -H LEVEL
 * it says first that the disk's first regions were that warm; at SIGUSR1 it has
 * all cool.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>

#include "genl.h"
#include "pattern.h"

enum { BLOCKS = 65536, HELD = 1024 };

struct fetch {
	uint64_t cookie;
	uint64_t first;
	uint32_t count;
};

static struct genl g;
static struct fetch held[HELD];
static unsigned char asked[BLOCKS];	/* 1: asked for, 2: filled */
static uint32_t disk, generation, window = 16;
static unsigned long outstanding, max_outstanding, fetches, answers, twice;
static unsigned long refusals, quit_after;
static uint8_t warmth;
static const char *part;
static char *buffer;
static uint64_t clean_blocks;
static int clean_fd = -1;

static bool is_stopped(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGTERM);
}

static void begin(uint8_t cmd, uint32_t with_generation)
{
	genl_begin(&g, g.family, cmd, 0);
	genl_put_u32(&g, EVG_A_INDEX, disk);
	genl_put_u32(&g, EVG_A_GENERATION, with_generation);
}

static void report(uint8_t what)
{
	begin(EVG_CMD_LINK, generation);
	genl_put_u8(&g, EVG_A_REPORT, what);
	if (what == EVG_REPORT_PROVED)
		genl_put(&g, EVG_A_PROOF, "scripted", 9);
	genl_send(&g);
}

static void send_heat(void)
{
	uint8_t heat[4] = { warmth, warmth, warmth, warmth };

	begin(EVG_CMD_HEAT, generation);
	genl_put_u64(&g, EVG_A_FIRST, 3);
	genl_put(&g, EVG_A_HEAT, heat, sizeof(heat));
	genl_send(&g);
}

static void cool_if_told(void)
{
	const struct timespec now = { 0 };
	sigset_t usr1;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	if (sigtimedwait(&usr1, NULL, &now) != SIGUSR1)
		return;
	begin(EVG_CMD_HEAT, generation);
	genl_put(&g, EVG_A_COOL, NULL, 0);
	genl_send(&g);
}

static void bind_disk(void)
{
	generation = genl_bind(&g, disk, window, false);
	report(EVG_REPORT_PROBED);
	report(EVG_REPORT_PROVED);
	if (warmth)
		send_heat();
}

static void write_clean(const struct fetch *f)
{
	size_t bytes = (size_t)f->count * EVG_BLOCK_SIZE;

	pattern_fill(1, f->first * EVG_BLOCK_SIZE, buffer, bytes);
	if (pwrite(clean_fd, buffer, bytes, f->first * EVG_BLOCK_SIZE) !=
	    (ssize_t)bytes) {
		perror("scripted: cannot write to the cache");
		exit(1);
	}
}

static void send_fill(const struct fetch *f, uint32_t with_generation)
{
	begin(EVG_CMD_FILL, with_generation);
	genl_put_range(&g, f->first, f->count);
	genl_send(&g);
}

static void send_inline(const struct fetch *f, uint64_t cookie)
{
	size_t at, n, bytes = (size_t)f->count * EVG_BLOCK_SIZE;

	pattern_fill(1, f->first * EVG_BLOCK_SIZE, buffer, bytes);
	begin(EVG_CMD_FILL, generation);
	genl_put_u64(&g, EVG_A_COOKIE, cookie);
	for (at = 0; at < bytes; at += n) {
		n = bytes - at < EVG_DATA_MAX ? bytes - at : EVG_DATA_MAX;
		genl_put(&g, EVG_A_DATA, buffer + at, n);
	}
	genl_send(&g);
}

static void send_fail(const struct fetch *f, uint32_t with_generation,
		      uint64_t cookie)
{
	(void)f;
	begin(EVG_CMD_FAIL, with_generation);
	genl_put_u64(&g, EVG_A_COOKIE, cookie);
	genl_put_u32(&g, EVG_A_ERROR, EIO);
	genl_send(&g);
}

/* What says nothing, or too much at once. */
static void send_senseless(const struct fetch *f)
{
	unsigned int i;

	begin(EVG_CMD_FILL, generation);
	genl_put(&g, EVG_A_RANGE | NLA_F_NESTED, NULL, 0);
	genl_send(&g);
	begin(EVG_CMD_FILL, generation);
	genl_put_u64(&g, EVG_A_COOKIE, f->cookie);
	genl_put(&g, EVG_A_DATA, NULL, 0);
	genl_send(&g);
	begin(EVG_CMD_FILL, generation);
	genl_put(&g, EVG_A_DATA, buffer, EVG_BLOCK_SIZE);
	genl_send(&g);
	begin(EVG_CMD_EVICT, generation);
	for (i = 0; i <= EVG_EVICT_RANGES; i++)
		genl_put_range(&g, i, 1);
	genl_send(&g);
	begin(EVG_CMD_HEAT, generation);
	genl_put_u64(&g, EVG_A_FIRST, 1ull << 60);
	genl_put(&g, EVG_A_HEAT, "", 1);
	genl_send(&g);
}

/*
 * All that a helper must not say, around what it should: a FILL beyond the
 * disk, of nothing, of what nobody asked for, twice; a FAIL and an inline FILL
 * of what was filled, and one of the wrong length.
 */
static void answer_badly(const struct fetch *f)
{
	const struct fetch beyond = { .first = clean_blocks - 1, .count = 2 };
	const struct fetch far = { .first = 1ull << 62, .count = ~0u };
	const struct fetch none = { .first = f->first };
	const struct fetch wrong = { .first = f->first, .count = f->count + 1 };
	struct fetch more = { .first = f->first + f->count, .count = 4 };

	send_fill(&beyond, generation);
	send_fill(&far, generation);
	send_fill(&none, generation);
	send_inline(&wrong, f->cookie);
	send_fail(f, generation, f->cookie + 1000000);
	send_senseless(f);
	if (more.first + more.count <= clean_blocks) {
		write_clean(&more);
		send_fill(&more, generation);
	}
	write_clean(f);
	send_fill(f, generation);
	send_fill(f, generation);
	send_fail(f, generation, f->cookie);
	send_inline(f, f->cookie);
}

static void answer(const struct fetch *f)
{
	uint32_t i;

	if (!strcmp(part, "inline") || !strcmp(part, "flap")) {
		send_inline(f, f->cookie);
	} else if (!strcmp(part, "fail")) {
		send_fail(f, generation, f->cookie);
	} else if (!strcmp(part, "other")) {
		report(EVG_REPORT_STALE);
		write_clean(f);
		send_fill(f, generation);
	} else if (!strcmp(part, "hostile")) {
		answer_badly(f);
	} else {
		if (!strcmp(part, "stale")) {
			send_fill(f, generation - 1);
			send_fail(f, generation - 1, f->cookie);
			send_fail(f, generation, f->cookie + 1000000);
		}
		write_clean(f);
		send_fill(f, generation);
	}
	for (i = 0; i < f->count && f->first + i < BLOCKS; i++)
		asked[f->first + i] = strcmp(part, "fail") && strcmp(part, "flap") &&
				      strcmp(part, "inline") ? 2 : 0;
	answers++;
}

static void answer_all(void)
{
	unsigned long i, n = outstanding;

	outstanding = 0;
	for (i = 0; i < n; i++)
		answer(&held[i]);
}

static void answer_and_flap(void)
{
	answer_all();
	if (answers % 40 == 0)
		report(EVG_REPORT_LOST);
}

static void take_fetch(void)
{
	struct fetch *f = &held[outstanding % HELD];
	uint32_t i;

	f->cookie = genl_u64(&g, EVG_A_COOKIE);
	f->first = genl_u64(&g, EVG_A_FIRST);
	f->count = genl_u32(&g, EVG_A_COUNT);
	fetches++;
	if (genl_u32(&g, EVG_A_GENERATION) != generation)
		fprintf(stderr, "scripted: a FETCH of another generation\n");
	if (!f->count || f->count > EVG_FETCH_MAX_BLOCKS) {
		fprintf(stderr, "scripted: a FETCH of %u blocks\n", f->count);
		exit(1);
	}
	for (i = 0; i < f->count && f->first + i < BLOCKS; i++) {
		twice += asked[f->first + i] != 0;
		asked[f->first + i] = 1;
	}
	if (++outstanding > max_outstanding)
		max_outstanding = outstanding;
}

static void take_link(void)
{
	uint32_t now = genl_u32(&g, EVG_A_GENERATION);

	if (now == generation)
		return;
	generation = now;
	outstanding = 0;
	memset(asked, 0, sizeof(asked));
	report(EVG_REPORT_PROBED);
	report(EVG_REPORT_PROVED);
}

static void serve(void)
{
	int cmd, error = 0;

	while (!is_stopped() && (!quit_after || answers < quit_after)) {
		cmd = genl_receive(&g, 50, &error);
		cool_if_told();
		if (cmd == EVG_CMD_FETCH) {
			take_fetch();
			if (!strcmp(part, "flap"))
				answer_and_flap();
		} else if (cmd == EVG_CMD_LINK)
			take_link();
		else if (cmd == EVG_CMD_STOP && !strcmp(part, "hostile"))
			answer_all();
		else if (cmd == EVG_CMD_STOP)
			break;
		else if (cmd == 0)
			refusals += error != 0;
		else if (cmd < 0 && !strcmp(part, "silent"))
			report(EVG_REPORT_ALIVE);
		else if (cmd < 0)
			answer_all();
	}
}

static void open_clean(const char *cache)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/clean", cache);
	clean_fd = open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
	if (clean_fd < 0) {
		perror(path);
		exit(1);
	}
	clean_blocks = lseek(clean_fd, 0, SEEK_END) / EVG_BLOCK_SIZE;
}

int main(int argc, char **argv)
{
	sigset_t term;
	int c;

	while ((c = getopt(argc, argv, "w:q:c:H:")) != -1) {
		if (c == 'w')
			window = strtoul(optarg, NULL, 0);
		else if (c == 'q')
			quit_after = strtoul(optarg, NULL, 0);
		else if (c == 'H')
			warmth = strtoul(optarg, NULL, 0);
		else if (c == 'c')
			open_clean(optarg);
		else
			return 64;
	}
	if (optind != argc - 2 || clean_fd < 0 || window > HELD) {
		fputs("usage: scripted [-w WINDOW] [-q ANSWERS] [-H LEVEL] -c CACHE PART DISK\n",
		      stderr);
		return 64;
	}
	part = argv[optind];
	disk = strtoul(argv[optind + 1], NULL, 0);
	if (posix_memalign((void **)&buffer, 4096,
			   EVG_FETCH_MAX_BLOCKS * EVG_BLOCK_SIZE))
		return 3;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigaddset(&term, SIGUSR1);
	sigprocmask(SIG_BLOCK, &term, NULL);
	genl_open(&g);
	bind_disk();
	serve();
	printf("fetches=%lu answers=%lu max_outstanding=%lu twice=%lu refusals=%lu\n",
	       fetches, answers, max_outstanding, twice, refusals);
	return 0;
}
