// SPDX-License-Identifier: GPL-2.0
/*
 * A helper that fills what is asked for and evicts again and again. What it has
 * evicted it overwrites with garbage as soon as the kernel says that it may, so
 * that a read which still goes there, or a map which still claims it, is seen.
 *
 * usage: evictor -c CACHE DISK
 *
 * It also tries what must be refused: to evict before the link is up, while an
 * eviction is under way, and to fill what is being evicted. At each answer it
 * looks at both slots of the map on disk. At SIGTERM, or when the disk is removed,
 * it says what it saw; its exit status is 1 when something was not as it must be.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <fcntl.h>
#include <signal.h>

#include <linux/evergreen_format.h>

#include "genl.h"
#include "pattern.h"

enum {
	BLOCKS = EVG_MAP_BLOCKS,
	HELD = 1024,
	WINDOW = 16,
	RANGES = 64,
	TRY_EVERY = 4,		/* evictions, to try what must be refused */
};

struct range {
	uint64_t cookie;
	uint64_t first;
	uint32_t count;
};

static struct genl g;
static struct range held[HELD], victim[RANGES];
static unsigned char present[BLOCKS];
static uint64_t blocks;
static uint32_t disk, generation;
static unsigned long holding, victims, evictions, evicted, wrong;
static unsigned long refused_evicts, refused_fills;
static unsigned long answers;		/* that wait, while they are put off */
static bool put_off, is_told_to_stop;
static char *buffer;
static int clean_fd = -1, map_fd = -1;
static unsigned int seed = 1;

static bool is_stopped(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGTERM);
}

static void begin(uint8_t cmd)
{
	genl_begin(&g, g.family, cmd, 0);
	genl_put_u32(&g, EVG_A_INDEX, disk);
	genl_put_u32(&g, EVG_A_GENERATION, generation);
}

static void complain(const char *what, unsigned long which)
{
	fprintf(stderr, "evictor: %s (%lu)\n", what, which);
	wrong++;
}

static void put(const struct range *r, bool garbage)
{
	size_t bytes = (size_t)r->count * EVG_BLOCK_SIZE;

	if (garbage)
		memset(buffer, 0xee, bytes);
	else
		pattern_fill(1, r->first * EVG_BLOCK_SIZE, buffer, bytes);
	if (pwrite(clean_fd, buffer, bytes, r->first * EVG_BLOCK_SIZE) !=
	    (ssize_t)bytes) {
		perror("evictor: cannot write to the cache");
		exit(1);
	}
	memset(present + r->first, !garbage, r->count);
}

static void fill(const struct range *r)
{
	put(r, false);
	begin(EVG_CMD_FILL);
	genl_put_range(&g, r->first, r->count);
	genl_send(&g);
}

static bool overlaps(const struct range *a, const struct range *b)
{
	return a->first < b->first + b->count && b->first < a->first + a->count;
}

static bool is_being_evicted(const struct range *r)
{
	unsigned long i;

	for (i = 0; i < victims; i++)
		if (overlaps(r, &victim[i]))
			return true;
	return false;
}

static void take_fetch(void)
{
	struct range r = {
		.first = genl_u64(&g, EVG_A_FIRST),
		.count = genl_u32(&g, EVG_A_COUNT),
	};

	if (!is_being_evicted(&r))
		fill(&r);
	else if (holding < HELD)
		held[holding++] = r;
	else
		complain("more FETCHes than the window", holding);
}

/* Neither slot of a block's page of the map may claim it. */
static bool is_claimed(uint64_t block)
{
	off_t page = EVG_MAP_OFFSET + block / EVG_MAP_BLOCKS * 2 * EVG_MAP_PAGE_BYTES;
	uint64_t at = block % EVG_MAP_BLOCKS, word;
	int slot;

	for (slot = 0; slot < 2; slot++)
		if (pread(map_fd, &word, 8, page + slot * EVG_MAP_PAGE_BYTES +
			  at / 32 * 8) != 8 || le64toh(word) >> at % 32 * 2 & 3)
			return true;
	return false;
}

static void act_on_answer(void)
{
	unsigned long i;
	uint32_t j;

	for (i = 0; i < victims; i++) {
		for (j = 0; j < victim[i].count; j++) {
			if (is_claimed(victim[i].first + j))
				complain("a block is claimed still", victim[i].first + j);
			evicted += present[victim[i].first + j];
		}
		put(&victim[i], true);
	}
	evictions++;
	victims = 0;
}

static void fill_held(void)
{
	unsigned long i;

	for (i = 0; i < holding; i++)
		fill(&held[i]);
	holding = 0;
}

static void take_answer(void)
{
	if (genl_u32(&g, EVG_A_ERROR))
		complain("an EVICT failed", genl_u32(&g, EVG_A_ERROR));
	if (!victims)
		complain("an answer to no EVICT", 0);
	if (put_off) {
		answers++;
		return;
	}
	act_on_answer();
	fill_held();
}

static void take_link(void)
{
	if (genl_u32(&g, EVG_A_GENERATION) != generation)
		complain("the link was lost", genl_u32(&g, EVG_A_STATE));
}

static void take(int cmd)
{
	if (cmd == EVG_CMD_FETCH)
		take_fetch();
	else if (cmd == EVG_CMD_EVICT)
		take_answer();
	else if (cmd == EVG_CMD_LINK)
		take_link();
	else if (cmd == EVG_CMD_STOP)
		is_told_to_stop = true;
}

/* Send what was built; what comes before its ack is taken. */
static int ask(void)
{
	uint32_t seq = g.seq;
	int cmd, error = 0;

	genl_message(&g)->nlmsg_flags |= NLM_F_ACK;
	genl_send(&g);
	do {
		cmd = genl_receive(&g, 5000, &error);
		if (cmd > 0)
			take(cmd);
	} while (cmd > 0 || (cmd == 0 &&
		 ((struct nlmsghdr *)g.in)->nlmsg_seq != seq));
	return cmd < 0 ? ETIME : error;
}

/* Was it refused as busy?  If not, it must have been taken. */
static bool is_busy(const char *what)
{
	int error = ask();

	if (error && error != EBUSY && error != ENODEV)
		complain(what, error);
	return error == EBUSY;
}

static void choose(void)
{
	unsigned long tries;
	struct range r;

	victims = 0;
	for (tries = 0; tries < 4 * RANGES && victims < RANGES / 4; tries++) {
		r.count = 1 + rand_r(&seed) % EVG_REGION_BLOCKS;
		r.first = rand_r(&seed) % (blocks - r.count);
		if (memchr(present + r.first, 0, r.count) || is_being_evicted(&r))
			continue;
		victim[victims++] = r;
	}
}

static void put_victims(void)
{
	unsigned long i;

	begin(EVG_CMD_EVICT);
	for (i = 0; i < victims; i++)
		genl_put_range(&g, victim[i].first, victim[i].count);
}

/*
 * Evict again, and fill, what is being evicted.  Either may come when that is
 * over already; so no answer is acted upon before it is known what was taken.
 */
static void try_what_is_refused(void)
{
	unsigned long n = victims, taken = 1;

	put_victims();
	if (is_busy("EVICT while one is under way"))
		refused_evicts++;
	else
		taken++;
	begin(EVG_CMD_FILL);
	genl_put_range(&g, victim[0].first, 1);
	if (is_busy("FILL of what is being evicted")) {
		refused_fills++;
	} else {
		victim[0].first++;
		victim[0].count--;
	}
	put_off = false;
	for (; answers; answers--, taken--) {
		victims = n;
		act_on_answer();
	}
	victims = taken ? n : 0;
	if (!victims)
		fill_held();
}

static void evict(void)
{
	choose();
	if (!victims)
		return;
	put_off = evictions % TRY_EVERY == 0;
	put_victims();
	if (is_busy("EVICT")) {
		/* The link is not quite up; later, then. */
		put_off = false;
		victims = 0;
		fill_held();
	} else if (put_off) {
		try_what_is_refused();
	}
}

static void bind_disk(void)
{
	generation = genl_bind(&g, disk, WINDOW, false);
	begin(EVG_CMD_EVICT);
	genl_put_range(&g, 0, 1);
	if (!is_busy("EVICT before the link is up"))
		complain("an EVICT was taken before the link was up", 0);
	begin(EVG_CMD_LINK);
	genl_put_u8(&g, EVG_A_REPORT, EVG_REPORT_PROBED);
	genl_send(&g);
	begin(EVG_CMD_LINK);
	genl_put_u8(&g, EVG_A_REPORT, EVG_REPORT_PROVED);
	genl_put(&g, EVG_A_PROOF, "evictor", 8);
	genl_send(&g);
}

/* The first page of the map is all of it. */
static void learn_present(void)
{
	int cmd, error;
	uint64_t block, word;

	do {
		error = 0;
		genl_begin(&g, g.family, EVG_CMD_MAP, 0);
		genl_put_u32(&g, EVG_A_INDEX, disk);
		genl_put_u64(&g, EVG_A_FIRST, 0);
		genl_send(&g);
		cmd = genl_receive(&g, 5000, &error);
		usleep(1000);
	} while (error == EAGAIN);
	if (cmd != EVG_CMD_MAP) {
		fprintf(stderr, "evictor: no map: %s\n", strerror(error));
		exit(1);
	}
	for (block = 0; block < blocks; block++) {
		memcpy(&word, (char *)(g.attr[EVG_A_WORDS] + 1) + block / 32 * 8, 8);
		present[block] = !!(le64toh(word) >> block % 32 * 2 & 3);
	}
}

static void serve(void)
{
	int cmd, error;

	while (!is_told_to_stop && (!is_stopped() || victims)) {
		if (!victims)
			evict();
		error = 0;
		cmd = genl_receive(&g, victims ? 5000 : 20, &error);
		if (cmd > 0)
			take(cmd);
		/* Of a disk that is being removed. */
		if (cmd == 0 && error && error != ENODEV)
			complain("a refusal", error);
		if (cmd < 0 && victims) {
			complain("no answer to an EVICT", victims);
			return;
		}
	}
}

int main(int argc, char **argv)
{
	sigset_t term;

	if (argc != 4 || strcmp(argv[1], "-c")) {
		fputs("usage: evictor -c CACHE DISK\n", stderr);
		return 64;
	}
	clean_fd = open_in(argv[2], "clean", O_WRONLY | O_DIRECT);
	map_fd = open_in(argv[2], "map", O_RDONLY);
	blocks = lseek(clean_fd, 0, SEEK_END) / EVG_BLOCK_SIZE;
	disk = strtoul(argv[3], NULL, 0);
	if (blocks > BLOCKS || blocks < 2 * EVG_REGION_BLOCKS ||
	    posix_memalign((void **)&buffer, 4096, EVG_FETCH_MAX_BLOCKS * EVG_BLOCK_SIZE))
		return 3;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	genl_open(&g);
	learn_present();
	bind_disk();
	serve();
	printf("evictions=%lu evicted=%lu refused_evicts=%lu refused_fills=%lu wrong=%lu\n",
	       evictions, evicted, refused_evicts, refused_fills, wrong);
	return wrong != 0;
}
