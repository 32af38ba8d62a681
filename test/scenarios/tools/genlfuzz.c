// SPDX-License-Identifier: GPL-2.0
/*
 * Random messages to the driver, mostly well-formed: all commands, attributes
 * of their kind and of any other, cut short and in excess.  What a disk's owner
 * may rightly do to it (REMOVE, BIND by force, SET, DRILL) goes to disks that
 * are not there, and the helper's EVICT, which may take any block away, has a
 * generation that will never be.
 *
 * usage: genlfuzz [-b | -u] SEED MESSAGES DISK
 *   -b  as the disk's helper; a FILL may then claim any block, so the cache
 *       must be complete
 *   -u  as a user without privileges
 * Prints how many were accepted, and how many refused.
 */
#define _GNU_SOURCE
#include "genl.h"

enum { DRAIN_EVERY = 8, NOBODY = 65534 };

static struct genl g;
static uint64_t state;
static bool is_helper;
static uint32_t generation;
static unsigned long refused, told;

static uint64_t any(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* Numbers at which something happens, more often than others. */
static uint64_t number(void)
{
	static const uint64_t edges[] = {
		0, 1, 2, 31, 32, 33, 511, 512, 4095, 4096, 0x7fffffff,
		0x80000000, 0xffffffff, 1ull << 38, 1ull << 52, 1ull << 63,
		~0ull, ~0ull - 31,
	};

	return any() % 3 ? edges[any() % (sizeof(edges) / 8)] : any();
}

static void put_any(uint16_t type)
{
	static const uint8_t sizes[] = { 0, 1, 2, 3, 4, 8, 8, 16, 96, 255 };
	uint64_t words[32];
	size_t i;

	for (i = 0; i < 32; i++)
		words[i] = number();
	genl_put(&g, type, words, sizes[any() % sizeof(sizes)]);
}

static void put_attribute(void)
{
	uint16_t type = any() % (EVG_A_MAX + 3);

	switch (any() % 4) {
	case 0:
		put_any(type);
		break;
	case 1:
		genl_put_u32(&g, type, number());
		break;
	case 2:
		genl_put_u64(&g, type, number());
		break;
	default:
		genl_put_range(&g, number(), number());
		break;
	}
}

static bool is_for_the_owner(uint8_t cmd)
{
	return cmd == EVG_CMD_REMOVE || cmd == EVG_CMD_BIND ||
	       cmd == EVG_CMD_SET || cmd == EVG_CMD_ADD || cmd == EVG_CMD_DRILL;
}

/* What the helper's messages need to get past the first checks. */
static void put_helpers(uint8_t cmd)
{
	genl_put_u32(&g, EVG_A_GENERATION, generation);
	if (cmd == EVG_CMD_LINK && any() % 2)
		genl_put_u8(&g, EVG_A_REPORT, any() % (__EVG_REPORT_MAX + 1));
	if (cmd == EVG_CMD_FAIL && any() % 2)
		genl_put_u32(&g, EVG_A_ERROR, number());
	if (any() % 2)
		genl_put_u64(&g, EVG_A_COOKIE, any() % 64);
	if ((cmd == EVG_CMD_FILL || cmd == EVG_CMD_EVICT) && any() % 2)
		genl_put_range(&g, any() % 600, any() % 64);
}

static void build(uint32_t disk)
{
	uint8_t cmd = any() % (EVG_CMD_MAX + 2);
	unsigned int n = any() % 8;

	genl_begin(&g, g.family, cmd, any() % 16 ? 0 : NLM_F_DUMP);
	if (is_helper && any() % 4)
		n = any() % 2;
	while (n--)
		put_attribute();
	if (is_helper && any() % 8)
		put_helpers(cmd);
	/* The last of its kind counts. */
	if (cmd == EVG_CMD_EVICT)
		genl_put_u32(&g, EVG_A_GENERATION, generation + 1000000);
	genl_put_u32(&g, EVG_A_INDEX, is_for_the_owner(cmd) ? 4000 : disk);
	if (any() % 8 == 0 && cmd != EVG_CMD_EVICT && !is_for_the_owner(cmd))
		genl_message(&g)->nlmsg_len -= any() % 12;
}

static void drain(void)
{
	int cmd, error = 0;

	while ((cmd = genl_receive(&g, 0, &error)) >= 0) {
		if (cmd == EVG_CMD_LINK)
			generation = genl_u32(&g, EVG_A_GENERATION);
		refused += cmd == 0 && error;
		told += cmd > 0;
	}
}

int main(int argc, char **argv)
{
	unsigned long i, count;
	uint32_t disk;
	int c;

	while ((c = getopt(argc, argv, "bu")) != -1) {
		if (c == 'b')
			is_helper = true;
		else if (c != 'u' || setgid(NOBODY) || setuid(NOBODY))
			return 64;
	}
	if (optind != argc - 3) {
		fputs("usage: genlfuzz [-b | -u] SEED MESSAGES DISK\n", stderr);
		return 64;
	}
	state = strtoull(argv[optind], NULL, 0);
	count = strtoul(argv[optind + 1], NULL, 0);
	disk = strtoul(argv[optind + 2], NULL, 0);
	genl_open(&g);
	if (is_helper)
		generation = genl_bind(&g, disk, 16, true);
	for (i = 0; i < count; i++) {
		build(disk);
		genl_send(&g);
		if (i % DRAIN_EVERY == 0)
			drain();
	}
	drain();
	printf("messages=%lu refused=%lu told=%lu\n", count, refused, told);
	return 0;
}
