/* SPDX-License-Identifier: GPL-2.0 */
/* Who sends messages and is no helper: persons, strangers, and one who raves. */
#ifndef EVG_DEBUG_STORM_PEOPLE_H
#define EVG_DEBUG_STORM_PEOPLE_H

#include <sys/mount.h>

#include "cache.h"
#include "storm_net.h"

enum { NOBODY = 65534, TURN = 40 };

static const char *cache_path[DISKS];
static const char *cgroup_path;
static struct cache cache_of[DISKS];
static int owed[INDEXES];		/* DONEs, to this socket */
static int orphans[INDEXES];		/* to an older one; its port may be ours again */
static int added = -1;			/* what an event told of last */

/* Never the calm one. */
static uint32_t any_index(void)
{
	uint32_t index = 1 + chance(DISKS - 1);

	return percent(90) ? index : index + DISKS;
}

static bool is_wild(uint32_t index)
{
	return index % DISKS >= WILD;
}

static void person_heard(int cmd)
{
	uint32_t index = genl_u32(&g, EVG_A_INDEX);

	if (index >= INDEXES)
		return;
	if (cmd == EVG_CMD_DONE && owed[index] > 0)
		owed[index]--;
	else if (cmd == EVG_CMD_DONE && --orphans[index] < 0)
		storm_fail("a DONE of %u that was another's", index);
	/* The answer to an ADD looks like an event, but has our port. */
	if (cmd == EVG_CMD_ADD && !((struct nlmsghdr *)g.in)->nlmsg_pid)
		added = index;
}

/* A new socket. */
static bool come_again(void)
{
	unsigned int i;

	heard = person_heard;
	for (i = 0; i < INDEXES; i++) {
		orphans[i] += owed[i];
		owed[i] = 0;
	}
	return open_socket();
}

static void await_done(uint32_t index)
{
	if (percent(30))
		return;
	begin_deed(4 * LIMIT_MS + patience_ms(PATIENT), "waits for DONE of %u", index);
	while (owed[index] > 0 && !storm->over) {
		errno = 0;
		hear(200);
		if (errno == ENOBUFS)
			break;
	}
	orphans[index] += owed[index];
	owed[index] = 0;
	end_deed(0);
}

static void add_disk(uint32_t index, uint32_t grace_ms)
{
	unsigned int cache = index % DISKS;

	if (storm->quiet)
		return;
	begin_message(EVG_CMD_ADD, index);
	genl_put_u32(&g, EVG_A_CLEAN_FD, cache_of[cache].clean_fd);
	genl_put_u32(&g, EVG_A_MAP_FD, cache_of[cache].map_fd);
	genl_put_u32(&g, EVG_A_GRACE_MS, grace_ms);
	genl_put_u32(&g, EVG_A_DETECT_MS, rules[cache].detect_ms * storm->slow);
	genl_put(&g, EVG_A_SOURCE, "storm", 6);
	owed[index]++;
	if (ask(EVG_CMD_ADD, index, "")) {
		owed[index]--;
		return;
	}
	__atomic_fetch_add(&storm->adds, 1, __ATOMIC_RELAXED);
	await_done(index);
}

static void remove_disk(uint32_t index, bool force)
{
	begin_message(EVG_CMD_REMOVE, index);
	if (force)
		genl_put(&g, EVG_A_FORCE, NULL, 0);
	owed[index]++;
	if (ask(EVG_CMD_REMOVE, index, force ? "by force" : "")) {
		owed[index]--;
		return;
	}
	__atomic_fetch_add(&storm->removals, 1, __ATOMIC_RELAXED);
	await_done(index);
}

static void set_disk(uint32_t index)
{
	begin_message(EVG_CMD_SET, index);
	if (percent(50))
		genl_put_u32(&g, EVG_A_GRACE_MS, any_grace(index % DISKS));
	if (percent(30))
		genl_put_u32(&g, EVG_A_DETECT_MS,
			     rules[index % DISKS].detect_ms * storm->slow);
	if (percent(20))
		genl_put(&g, EVG_A_RESET, NULL, 0);
	ask(EVG_CMD_SET, index, "");
}

/* Of a cgroup in which nobody reads but the reader of the wild disk. */
static void drill_disk(uint32_t index)
{
	int fd = -1;

	begin_message(EVG_CMD_DRILL, index);
	if (is_wild(index) && percent(60))
		fd = open(cgroup_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		genl_put_u32(&g, EVG_A_CGROUP_FD, fd);
	ask(EVG_CMD_DRILL, index, fd < 0 ? "ends" : "");
	if (fd >= 0)
		close(fd);
}

static void look_at(uint32_t index)
{
	static const uint8_t looks[] = {
		EVG_CMD_GET, EVG_CMD_MAP, EVG_CMD_HEAT, EVG_CMD_MISSES,
	};
	uint8_t cmd = looks[chance(4)];
	bool all = cmd == EVG_CMD_GET && percent(40);

	begin_message(cmd, index);
	if (cmd == EVG_CMD_MISSES)
		genl_put_u64(&g, EVG_A_SEQ, chance(64));
	else if (cmd != EVG_CMD_GET)
		genl_put_u64(&g, EVG_A_FIRST, any_block(index % DISKS));
	if (!all) {
		ask(cmd, index, "");
		return;
	}
	genl_message(&g)->nlmsg_flags |= NLM_F_DUMP;
	begin_deed(LIMIT_MS, "GET all");
	genl_send(&g);
	hear(LIMIT_MS);
	end_deed(0);
}

static void look_around(void)
{
	look_at(percent(20) ? CALM : any_index());
}

static void person_acts(void)
{
	uint32_t index = any_index();

	switch (chance(10)) {
	case 0 ... 2:
		add_disk(index, any_grace(index % DISKS));
		break;
	case 3 ... 4:
		remove_disk(index, is_wild(index) && percent(50));
		break;
	case 5:
		set_disk(index);
		break;
	case 6:
		drill_disk(index);
		break;
	default:
		look_around();
		break;
	}
}

/* Upon the news that a disk has come, as a service manager would. */
static void person_reacts(void)
{
	uint32_t index = added;

	added = -1;
	if (index % DISKS == CALM)
		return;
	if (percent(70))
		remove_disk(index, is_wild(index));
	else
		set_disk(index);
}

static void person(bool listens, bool moves)
{
	int i;

	if (moves && percent(30))
		change_namespace();
	if (!come_again()) {
		nap(100000);
		return;
	}
	if (listens)
		listen_to_events();
	for (i = 0; i < TURN && !storm->over; i++) {
		if (listens)
			hear(chance(20));
		if (added >= 0)
			person_reacts();
		else
			person_acts();
		nap(percent(10) ? 50000 : 3000);
	}
}

/* What needs a privilege, or to be the helper, is refused, whatever it says. */
static void stranger_acts(void)
{
	static const uint8_t forbidden[] = {
		EVG_CMD_ADD, EVG_CMD_REMOVE, EVG_CMD_SET, EVG_CMD_BIND,
		EVG_CMD_FILL, EVG_CMD_FAIL, EVG_CMD_LINK, EVG_CMD_EVICT,
		EVG_CMD_DRILL,
	};
	uint32_t index = percent(30) ? CALM : any_index();
	uint8_t cmd = forbidden[chance(sizeof(forbidden))];

	if (percent(30)) {
		look_around();
		return;
	}
	begin_message(cmd, index);
	if (cmd == EVG_CMD_ADD) {
		genl_put_u32(&g, EVG_A_CLEAN_FD, cache_of[index % DISKS].clean_fd);
		genl_put_u32(&g, EVG_A_MAP_FD, cache_of[index % DISKS].map_fd);
	}
	if (cmd == EVG_CMD_BIND)
		genl_put_u32(&g, EVG_A_WINDOW, 16);
	if (cmd == EVG_CMD_SET)
		genl_put_u32(&g, EVG_A_GRACE_MS, 0);
	if (cmd == EVG_CMD_BIND || cmd == EVG_CMD_REMOVE)
		genl_put(&g, EVG_A_FORCE, NULL, 0);
	if (cmd >= EVG_CMD_FILL)
		genl_put_u32(&g, EVG_A_GENERATION, chance(64));
	if (cmd == EVG_CMD_FILL || cmd == EVG_CMD_EVICT)
		genl_put_range(&g, any_block(index % DISKS), 1 + chance(32));
	if (cmd == EVG_CMD_FAIL) {
		genl_put_u64(&g, EVG_A_COOKIE, chance(64));
		genl_put_u32(&g, EVG_A_ERROR, EIO);
	}
	if (cmd == EVG_CMD_LINK)
		genl_put_u8(&g, EVG_A_REPORT, 1 + chance(EVG_REPORT_STALE));
	if (!ask(cmd, index, "of a stranger"))
		storm_fail("%s of disk %u was accepted", command_name(cmd), index);
}

static void stranger(void)
{
	int i;

	heard = NULL;
	if (!open_socket()) {
		nap(100000);
		return;
	}
	for (i = 0; i < TURN && !storm->over; i++) {
		stranger_acts();
		nap(percent(10) ? 50000 : 3000);
	}
}

/*
 * Any attribute with any value, as root, to the wild disks: to the calm and the
 * patient one what cannot change them.  No BIND, for it would be believed.
 */
static void raver_sends(void)
{
	static const uint64_t edges[] = {
		0, 1, 2, 31, 32, 511, 512, 4095, 4096, 0x7fffffff, 0xffffffff,
		1ull << 38, 1ull << 63, ~0ull,
	};
	uint8_t cmd = chance(EVG_CMD_MAX + 2);
	uint32_t index = WILD + chance(2);
	unsigned int n = chance(6);
	uint64_t value;

	if (cmd == EVG_CMD_BIND || (cmd == EVG_CMD_ADD && storm->quiet))
		index = 4000;
	if (cmd >= EVG_CMD_MAP && cmd <= EVG_CMD_MISSES)
		index = chance(DISKS);
	genl_begin(&g, g.family, cmd, chance(16) ? 0 : NLM_F_DUMP);
	while (n--) {
		value = percent(60) ? edges[chance(14)] : chance(~0ull);
		if (percent(50))
			genl_put_u32(&g, chance(EVG_A_MAX + 3), value);
		else if (percent(50))
			genl_put_u64(&g, chance(EVG_A_MAX + 3), value);
		else
			genl_put_range(&g, value, chance(512));
	}
	/* The last of its kind counts. */
	if (cmd == EVG_CMD_SET)
		genl_put_u32(&g, EVG_A_GRACE_MS, any_grace(index));
	if (cmd == EVG_CMD_SET)
		genl_put_u32(&g, EVG_A_DETECT_MS, rules[WILD].detect_ms * storm->slow);
	genl_put_u32(&g, EVG_A_INDEX, index);
	ask(cmd, index, "of any kind");
}

static void raver(void)
{
	int i;

	heard = NULL;
	if (!open_socket()) {
		nap(100000);
		return;
	}
	for (i = 0; i < TURN && !storm->over; i++) {
		raver_sends();
		nap(3000);
	}
}

#endif
