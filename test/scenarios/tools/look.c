// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel says of a disk to those who may ask, and drills.
 *
 *   look DISK map               how many blocks are present; with any argument, where
 *   look DISK heat [MIN]        regions whose heat is at least MIN (1)
 *   look DISK misses [SEQ]      those after SEQ
 *   look DISK drill [CGROUP]    until SIGTERM; without CGROUP, end any
 *
 * It exits with 1, and the errno's name, when the kernel refuses.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <fcntl.h>

#include "genl.h"

enum { PAGE_BLOCKS = 508 * 32 };

static struct genl g;
static uint32_t disk;

static void begin(uint8_t cmd)
{
	genl_begin(&g, g.family, cmd, 0);
	genl_put_u32(&g, EVG_A_INDEX, disk);
}

static void refused(int error)
{
	fprintf(stderr, "%s\n", strerrorname_np(error));
	exit(1);
}

/* The answer to what was built; false at the disk's end. */
static bool ask_page(uint8_t cmd, uint64_t first)
{
	int got, error;

	do {
		error = 0;
		begin(cmd);
		genl_put_u64(&g, EVG_A_FIRST, first);
		genl_send(&g);
		got = genl_receive(&g, 5000, &error);
		if (error == EAGAIN)
			usleep(2000);
	} while (error == EAGAIN);
	if (error == ERANGE && first)
		return false;
	if (got != cmd)
		refused(error ? error : ETIME);
	return true;
}

static int show_map(bool runs)
{
	unsigned long present = 0, run = 0;
	uint64_t first, block, word;
	unsigned int state;
	uint32_t i;

	for (first = 0; ask_page(EVG_CMD_MAP, first); first += PAGE_BLOCKS) {
		for (i = 0; i < genl_u32(&g, EVG_A_COUNT); i++) {
			memcpy(&word, (char *)(g.attr[EVG_A_WORDS] + 1) +
			       i / 32 * 8, 8);
			state = le64toh(word) >> i % 32 * 2 & 3;
			block = genl_u64(&g, EVG_A_FIRST) + i;
			if (runs && run && !state)
				printf("%lu+%lu\n", (unsigned long)block - run, run);
			run = state ? run + 1 : 0;
			present += !!state;
		}
	}
	if (runs && run)
		printf("the last %lu\n", run);
	printf("present=%lu\n", present);
	return 0;
}

static int show_heat(unsigned long min)
{
	const unsigned char *heat;
	uint64_t first;
	size_t i;

	for (first = 0; ask_page(EVG_CMD_HEAT, first); first += PAGE_BLOCKS) {
		if (!g.attr[EVG_A_HEAT])
			continue;
		heat = (void *)(g.attr[EVG_A_HEAT] + 1);
		for (i = 0; i < g.attr[EVG_A_HEAT]->nla_len - (size_t)NLA_HDRLEN; i++)
			if ((heat[i] & EVG_HEAT_MASK) >= min)
				printf("%llu %u%s\n", (unsigned long long)first +
				       i * EVG_REGION_BLOCKS, heat[i] & EVG_HEAT_MASK,
				       heat[i] & EVG_HEAT_TOUCHED ? " touched" : "");
	}
	return 0;
}

static unsigned long long number(struct nlattr **attr, int type)
{
	unsigned long long v = 0;

	if (attr[type])
		memcpy(&v, attr[type] + 1, attr[type]->nla_len - NLA_HDRLEN);
	return v;
}

static uint64_t show_miss(const struct nlattr *nest)
{
	static const char * const outcomes[] = { "waited", "failed", "drilled" };
	struct nlattr *attr[256] = { 0 }, *a;
	char *at = (char *)(nest + 1), *end = (char *)nest + nest->nla_len;

	for (; at < end; at += NLA_ALIGN(a->nla_len)) {
		a = (void *)at;
		attr[a->nla_type & 0xff] = a;
	}
	printf("seq=%llu first=%llu count=%llu pid=%llu age_ms=%llu outcome=%s comm=%s\n",
	       number(attr, EVG_A_SEQ), number(attr, EVG_A_FIRST),
	       number(attr, EVG_A_COUNT), number(attr, EVG_A_PID),
	       number(attr, EVG_A_AGE_MS), outcomes[number(attr, EVG_A_OUTCOME)],
	       (char *)(attr[EVG_A_COMM] + 1));
	return number(attr, EVG_A_SEQ);
}

static int show_misses(uint64_t seq)
{
	struct nlmsghdr *n = (void *)g.in;
	const struct nlattr *a;
	int got, error = 0;
	uint64_t before;
	char *at;

	do {
		before = seq;
		begin(EVG_CMD_MISSES);
		genl_put_u64(&g, EVG_A_SEQ, seq);
		genl_send(&g);
		got = genl_receive(&g, 5000, &error);
		if (got != EVG_CMD_MISSES)
			refused(error ? error : ETIME);
		at = (char *)NLMSG_DATA(n) + GENL_HDRLEN;
		for (; at < g.in + n->nlmsg_len; at += NLA_ALIGN(a->nla_len)) {
			a = (void *)at;
			if ((a->nla_type & 0xff) == EVG_A_MISS)
				seq = show_miss(a);
		}
	} while (seq != before);
	return 0;
}

static int drill(const char *cgroup)
{
	int error, fd = -1;

	begin(EVG_CMD_DRILL);
	if (cgroup) {
		fd = open(cgroup, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			perror(cgroup);
			return 3;
		}
		genl_put_u32(&g, EVG_A_CGROUP_FD, fd);
	}
	error = genl_ask(&g);
	if (error)
		refused(error);
	puts("drill");
	fflush(stdout);
	if (cgroup)
		pause();
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[2] : "", *more = argc > 3 ? argv[3] : NULL;

	if (argc < 3 || argc > 4) {
		fputs("usage: look DISK map|heat|misses|drill [ARGUMENT]\n", stderr);
		return 64;
	}
	disk = strtoul(argv[1], NULL, 0);
	genl_open(&g);
	if (!strcmp(what, "map"))
		return show_map(more);
	if (!strcmp(what, "heat"))
		return show_heat(more ? strtoul(more, NULL, 0) : 1);
	if (!strcmp(what, "misses"))
		return show_misses(more ? strtoull(more, NULL, 0) : 0);
	if (!strcmp(what, "drill"))
		return drill(more);
	return 64;
}
