// SPDX-License-Identifier: GPL-2.0
/* Looking at a disk: its map, its heat, its misses; and the drill. */
#include "evgnl.h"
#include "evgnl_wire.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <time.h>

enum {
	MAP_WAIT_MS	= 5000,		/* for a page to be loaded */
	MAP_ASK_MS	= 5,
};

/* Copy what the attribute has of the BYTES that are wanted; the rest is 0. */
static void take_bytes(void *to, size_t bytes, struct nlattr *attr)
{
	size_t some = attr ? nla_len(attr) : 0;

	if (some > bytes)
		some = bytes;
	memset(to, 0, bytes);
	if (some)
		memcpy(to, nla_data(attr), some);
}

static int take_page(struct nlmsghdr *h, struct nlattr **tb, void *arg)
{
	struct evgnl_page *page = arg;
	int i;

	(void)h;
	page->first = evgnl_u64(tb[EVG_A_FIRST]);
	page->count = evgnl_u32(tb[EVG_A_COUNT]);
	take_bytes(page->words, sizeof(page->words), tb[EVG_A_WORDS]);
	for (i = 0; i < EVG_MAP_WORDS; i++)
		page->words[i] = le64toh(page->words[i]);
	page->unread = tb[EVG_A_UNREAD];
	take_bytes(page->heat, sizeof(page->heat), tb[EVG_A_HEAT]);
	return 0;
}

static int get_page(struct evgnl *nl, enum evg_cmd cmd, uint32_t index,
		    uint64_t first, struct evgnl_page *page)
{
	struct evgnl_call call = { cmd, false, take_page, page };
	struct nl_msg *msg = evgnl_new_small(nl, cmd, NLM_F_ACK, index);
	int bad = 0;

	if (msg)
		bad = nla_put_u64(msg, EVG_A_FIRST, first);
	return evgnl_call(nl, msg, bad, &call);
}

int evgnl_map(struct evgnl *nl, uint32_t index, uint64_t first,
	      struct evgnl_page *page)
{
	return get_page(nl, EVG_CMD_MAP, index, first, page);
}

int evgnl_map_wait(struct evgnl *nl, uint32_t index, uint64_t first,
		   struct evgnl_page *page)
{
	const struct timespec pause = { .tv_nsec = MAP_ASK_MS * 1000000L };
	int err, tries = MAP_WAIT_MS / MAP_ASK_MS;

	while ((err = evgnl_map(nl, index, first, page)) == -EAGAIN && --tries)
		nanosleep(&pause, NULL);
	return err;
}

int evgnl_heat(struct evgnl *nl, uint32_t index, uint64_t first,
	       struct evgnl_page *page)
{
	return get_page(nl, EVG_CMD_HEAT, index, first, page);
}

struct misses {
	struct evgnl_miss *miss;
	size_t max;
	int got;			/* of one answer, or a negative errno */
};

static int take_misses(struct nlmsghdr *h, struct nlattr **tb, void *arg)
{
	struct misses *misses = arg;

	(void)tb;
	misses->got = evgnl_parse_misses(h, misses->miss, misses->max);
	return misses->got < 0 ? misses->got : 0;
}

int evgnl_misses(struct evgnl *nl, uint32_t index, uint64_t seq,
		 struct evgnl_miss *miss, size_t max)
{
	struct misses misses = { .max = max };
	struct evgnl_call call = { EVG_CMD_MISSES, false, take_misses, &misses };
	struct nl_msg *msg;
	size_t n = 0;
	int err, bad;

	do {
		misses.miss = miss + n;
		misses.max = max - n;
		misses.got = 0;
		msg = evgnl_new_small(nl, EVG_CMD_MISSES, NLM_F_ACK, index);
		bad = msg ? nla_put_u64(msg, EVG_A_SEQ, seq) : 0;
		err = evgnl_call(nl, msg, bad, &call);
		if (err)
			return misses.got < 0 ?
				evgnl_set_error(nl, err, "an answer of the kernel makes no sense") :
				err;
		n += misses.got;
		if (misses.got)
			seq = miss[n - 1].seq;
	} while (misses.got && n < max);
	return n;
}

int evgnl_drill(struct evgnl *nl, uint32_t index, int cgroup_fd)
{
	struct evgnl_call call = { 0 };
	struct nl_msg *msg = evgnl_new_small(nl, EVG_CMD_DRILL, NLM_F_ACK, index);
	int bad = 0;

	if (msg && cgroup_fd >= 0)
		bad = nla_put_u32(msg, EVG_A_CGROUP_FD, cgroup_fd);
	return evgnl_call(nl, msg, bad, &call);
}
