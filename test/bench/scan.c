// SPDX-License-Identifier: GPL-2.0
/*
 * What a big scan does to a hot set that a cache with a quota holds.
 *
 * One trace in three parts: reads of a hot set, Zipf-like; one scan, from one end
 * to the other; reads of the hot set again.  Regions of 64 KiB are read whole.
 * What share of the last part would be served, in percent, with the link cut
 * after the scan and with the link up: for what the helper does (by its very
 * victims.c), for plain LRU, and for a cache that no scan came by.
 *
 * With -d a part of the same trace is read from a disk for real, errors are
 * taken for misses, and the share that was served is printed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heat.h"
#include "victims.h"

enum {
	REGION_BYTES	= EVG_REGION_BLOCKS * EVG_BLOCK_SIZE,
	RESERVE_SHARE	= 16,		/* as in keep.c */
};

static const char usage[] =
"usage: scan [OPTION]...\n"
"  -q MIB      the quota (default 32)\n"
"  -h MIB      the hot set, at the disk's beginning (default 16)\n"
"  -s MIB      the scan, right after it (default 128; 0: none)\n"
"  -n READS    of the hot set before the scan, and again after it (default: ten\n"
"              for each of its regions)\n"
"  -z EXPONENT of Zipf's law (default 1)\n"
"  -r SEED     (default 1)\n"
"  -d DEVICE   read it for real,\n"
"  -p PART     this part of the trace: 1, 2 or 3\n";

static struct {
	uint64_t quota, hot, scan;	/* regions */
	uint64_t reads;
	double exponent;
	uint64_t seed;
	const char *device;
	uint64_t part;
} opt = {
	.quota = 32 * 16,
	.hot = 16 * 16,
	.scan = 128 * 16,
	.exponent = 1,
	.seed = 1,
};

static uint64_t state;

static uint64_t random_bits(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* In [0, 1). */
static double random_share(void)
{
	return (double)(random_bits() >> 11) / 9007199254740992.0;
}

static void *must(void *memory)
{
	if (memory)
		return memory;
	fputs("scan: out of memory\n", stderr);
	exit(1);
}

/*
 * The trace
 */

static uint64_t *rank_region;		/* the hot set's, the hottest first */
static double *rank_until;		/* their shares, summed up */

static void make_hot_set(void)
{
	uint64_t i, other, region;
	double sum = 0;

	rank_region = must(calloc(opt.hot, sizeof(*rank_region)));
	rank_until = must(calloc(opt.hot, sizeof(*rank_until)));
	state = opt.seed;
	for (i = 0; i < opt.hot; i++) {
		other = random_bits() % (i + 1);
		region = i;
		rank_region[i] = rank_region[other];
		rank_region[other] = region;
		sum += pow((double)(i + 1), -opt.exponent);
		rank_until[i] = sum;
	}
	for (i = 0; i < opt.hot; i++)
		rank_until[i] /= sum;
}

static uint64_t hot_region(void)
{
	uint64_t low = 0, high = opt.hot - 1, middle;
	double share = random_share();

	while (low < high) {
		middle = (low + high) / 2;
		if (rank_until[middle] <= share)
			low = middle + 1;
		else
			high = middle;
	}
	return rank_region[low];
}

/*
 * The caches
 */

struct region {
	bool cached;
	uint8_t heat;
	uint64_t used;			/* when, for LRU */
};

enum policy { OURS, LRU };

static enum policy policy;
static struct region *region;
static uint64_t regions, cached, clock_now, warm;
static struct victims victims;
static struct victim *chosen;

/* As the kernel counts, see drivers/block/evergreen/heat.h. */
static void raise_heat(struct region *r)
{
	uint32_t level = r->heat & EVG_HEAT_MASK;

	if (random_bits() <= UINT64_MAX >> level / HEAT_OCTAVE &&
	    level < EVG_HEAT_MASK)
		level++;
	r->heat = (uint8_t)(level | EVG_HEAT_TOUCHED);
}

static void evict_oldest(void)
{
	struct region *oldest = NULL, *r;

	for (r = region; r < region + regions; r++)
		if (r->cached && (!oldest || r->used < oldest->used))
			oldest = r;
	oldest->cached = false;
	cached--;
}

/* See age() in keep.c. */
static void age(void)
{
	uint64_t i;

	if (warm < opt.quota / 2)
		return;
	warm = 0;
	for (i = 0; i < regions; i++)
		region[i].heat = heat_halved(region[i].heat);
}

static void evict_round(void)
{
	struct victim victim = { .blocks = EVG_REGION_BLOCKS };
	uint64_t low = opt.quota - 2 * (opt.quota / RESERVE_SHARE), i;
	size_t n;

	victims_begin(&victims);
	victims_index(&victims);
	for (i = 0; i < regions; i++) {
		if (!region[i].cached)
			continue;
		victim.region = i;
		victim.heat = region[i].heat;
		victims_offer(&victims, &victim);
	}
	n = victims_choose(&victims, (cached - low) * EVG_REGION_BLOCKS,
			   chosen);
	while (n--) {
		warm += !!heat_class(chosen[n].heat);
		region[chosen[n].region].cached = false;
		cached--;
	}
	age();
}

/* True: it was there. */
static bool read_cached(uint64_t number)
{
	struct region *r = &region[number];
	bool hit = r->cached;

	r->used = ++clock_now;
	raise_heat(r);
	if (hit)
		return true;
	r->cached = true;
	cached++;
	if (policy == LRU && cached > opt.quota)
		evict_oldest();
	if (policy == OURS && cached > opt.quota - opt.quota / RESERVE_SHARE)
		evict_round();
	return false;
}

static bool read_cut(uint64_t number)
{
	return region[number].cached;
}

/*
 * The disk
 */

static int device_fd;
static void *device_buffer;

static bool read_device(uint64_t number)
{
	return pread(device_fd, device_buffer, REGION_BYTES,
		     (off_t)(number * REGION_BYTES)) == REGION_BYTES;
}

static void open_device(void)
{
	device_fd = open(opt.device, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (device_fd < 0 ||
	    posix_memalign(&device_buffer, EVG_BLOCK_SIZE, REGION_BYTES)) {
		fprintf(stderr, "scan: %s: %s\n", opt.device, strerror(errno));
		exit(1);
	}
}

/*
 * All of it
 */

/* The percentage that was served. */
static double run_part(unsigned int part, bool (*read_one)(uint64_t number))
{
	uint64_t i, n = part == 2 ? opt.scan : opt.reads, served = 0;

	state = opt.seed + part;
	for (i = 0; i < n; i++)
		served += read_one(part == 2 ? opt.hot + i : hot_region());
	return n ? 100.0 * (double)served / (double)n : 100.0;
}

static void simulate(const char *name, enum policy its_policy, bool scan)
{
	double cut;

	policy = its_policy;
	memset(region, 0, regions * sizeof(*region));
	cached = 0;
	warm = 0;
	victims.hand = 0;
	run_part(1, read_cached);
	if (scan)
		run_part(2, read_cached);
	cut = run_part(3, read_cut);
	printf("%s cut=%.1f up=%.1f\n", name, cut, run_part(3, read_cached));
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);

	if (*end || end == text || value > 1 << 20) {
		fputs(usage, stderr);
		exit(2);
	}
	return value;
}

static void parse(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "q:h:s:n:z:r:d:p:")) != -1) {
		switch (option) {
		case 'q':
			opt.quota = number(optarg) * 16;
			break;
		case 'h':
			opt.hot = number(optarg) * 16;
			break;
		case 's':
			opt.scan = number(optarg) * 16;
			break;
		case 'n':
			opt.reads = number(optarg);
			break;
		case 'z':
			opt.exponent = strtod(optarg, NULL);
			break;
		case 'r':
			opt.seed = number(optarg);
			break;
		case 'd':
			opt.device = optarg;
			break;
		case 'p':
			opt.part = number(optarg);
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (optind < argc || !opt.quota || !opt.hot || opt.part > 3 ||
	    !opt.device != !opt.part) {
		fputs(usage, stderr);
		exit(2);
	}
	if (!opt.reads)
		opt.reads = 10 * opt.hot;
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	make_hot_set();
	if (opt.device) {
		open_device();
		printf("%.1f\n", run_part((unsigned int)opt.part, read_device));
		return 0;
	}
	regions = opt.hot + opt.scan;
	region = must(calloc(regions, sizeof(*region)));
	chosen = must(calloc(opt.quota, sizeof(*chosen)));
	if (victims_init(&victims, opt.quota))
		must(NULL);
	simulate("ours", OURS, true);
	simulate("lru", LRU, true);
	simulate("unscanned", OURS, false);
	return 0;
}
