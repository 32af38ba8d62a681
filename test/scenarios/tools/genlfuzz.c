// SPDX-License-Identifier: GPL-2.0
/*
 * Random messages to the driver, mostly well-formed: all commands, attributes
 * of their kind and of any other, cut short and in excess.  What a disk's owner
 * may rightly do to it (REMOVE, BIND by force, SET) goes to disks that are not
 * there.
 *
 * usage: genlfuzz SEED MESSAGES DISK
 */
#define _GNU_SOURCE
#include "genl.h"

static struct genl g;
static uint64_t state;

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
	       cmd == EVG_CMD_SET || cmd == EVG_CMD_ADD;
}

static void build(uint32_t disk)
{
	uint8_t cmd = any() % (EVG_CMD_MAX + 2);
	unsigned int n = any() % 8;

	genl_begin(&g, g.family, cmd, any() % 16 ? 0 : NLM_F_DUMP);
	while (n--)
		put_attribute();
	/* The last of its kind counts. */
	genl_put_u32(&g, EVG_A_INDEX, is_for_the_owner(cmd) ? 4000 : disk);
	if (any() % 8 == 0 && !is_for_the_owner(cmd))
		genl_message(&g)->nlmsg_len -= any() % 12;
}

int main(int argc, char **argv)
{
	unsigned long i, count;
	int error;

	if (argc != 4) {
		fputs("usage: genlfuzz SEED MESSAGES DISK\n", stderr);
		return 64;
	}
	state = strtoull(argv[1], NULL, 0);
	count = strtoul(argv[2], NULL, 0);
	genl_open(&g);
	for (i = 0; i < count; i++) {
		build(strtoul(argv[3], NULL, 0));
		genl_send(&g);
		while (genl_receive(&g, 0, &error) >= 0)
			continue;
	}
	return 0;
}
