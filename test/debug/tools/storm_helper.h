/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Helpers.  Whatever they do, they keep the contract that the bytes depend on:
 * what is filled was written, what is punched was evicted and is not filled since,
 * both by who is bound.  For the latter a helper that is about to punch holds the
 * cache's lock and asks whether it is bound still; who takes the disk after that
 * writes after it.
 */
#ifndef EVG_DEBUG_STORM_HELPER_H
#define EVG_DEBUG_STORM_HELPER_H

#include <fcntl.h>
#include <grp.h>
#include <linux/falloc.h>
#include <sys/wait.h>

#include "pattern.h"
#include "storm_people.h"

enum { PENDING = 64, WINDOW = 16, EVICTS = 4 };

struct fetch {
	uint64_t cookie;
	uint64_t first;
	uint32_t count;
};

struct range {
	uint64_t first;
	uint32_t count;
};

static uint32_t disk, generation;
static unsigned int cache_number;
static struct fetch pending[PENDING];
static unsigned int n_pending;
static bool stopped, told;		/* by STOP; by LINK: a new generation */
static struct range evicting[EVICTS];	/* what was asked for */
static unsigned int n_evicting;
static bool evict_answered, evict_spoiled;
static uint32_t evict_error;
static char *bytes_out;

static bool overlaps_eviction(uint64_t first, uint32_t count)
{
	unsigned int i;

	for (i = 0; i < n_evicting; i++)
		if (first < evicting[i].first + evicting[i].count &&
		    evicting[i].first < first + count)
			return true;
	return false;
}

/* Is the answer of what was asked for last?  Its last RANGE is as good as any. */
static bool is_our_eviction(void)
{
	const struct range *last = &evicting[n_evicting - 1];
	const char *at;
	uint64_t first;
	uint32_t count;

	if (!n_evicting || !g.attr[EVG_A_RANGE])
		return false;
	at = (const char *)(g.attr[EVG_A_RANGE] + 1);
	memcpy(&first, at + 4, 8);
	memcpy(&count, at + 16, 4);
	return first == last->first && count == last->count;
}

static void helper_heard(int cmd)
{
	switch (cmd) {
	case EVG_CMD_FETCH:
		if (n_pending < PENDING)
			pending[n_pending++] = (struct fetch){
				.cookie = genl_u64(&g, EVG_A_COOKIE),
				.first = genl_u64(&g, EVG_A_FIRST),
				.count = genl_u32(&g, EVG_A_COUNT),
			};
		break;
	case EVG_CMD_LINK:
		if (genl_u32(&g, EVG_A_GENERATION) == generation)
			break;
		generation = genl_u32(&g, EVG_A_GENERATION);
		n_pending = 0;
		told = true;
		break;
	case EVG_CMD_EVICT:
		if (!is_our_eviction())
			break;
		evict_answered = true;
		evict_error = genl_u32(&g, EVG_A_ERROR);
		break;
	case EVG_CMD_STOP:
		stopped = true;
		break;
	}
}

static void begin_helpers(uint8_t cmd)
{
	begin_message(cmd, disk);
	genl_put_u32(&g, EVG_A_GENERATION, generation);
}

static int report(uint8_t what)
{
	static const char * const names[] = {
		"", "ALIVE", "SUSPECT", "LOST", "PROBED", "PROVED", "STALE",
	};

	begin_helpers(EVG_CMD_LINK);
	genl_put_u8(&g, EVG_A_REPORT, what);
	if (what == EVG_REPORT_PROVED)
		genl_put(&g, EVG_A_PROOF, "storm", 6);
	return ask(EVG_CMD_LINK, disk, names[what]);
}

static void prove(void)
{
	told = false;
	report(EVG_REPORT_PROBED);
	report(EVG_REPORT_PROVED);
}

static bool write_bytes(uint64_t first, uint32_t count, bool right)
{
	const struct cache *c = &cache_of[cache_number];
	size_t bytes = (size_t)count * EVG_BLOCK_SIZE;

	if (right)
		pattern_fill(cache_number + 1, first * EVG_BLOCK_SIZE, bytes_out, bytes);
	else
		memset(bytes_out, 0xee, bytes);
	return pwrite(c->clean_fd, bytes_out, bytes,
		      c->data_offset + first * EVG_BLOCK_SIZE) == (ssize_t)bytes;
}

/* Returns an errno. */
static int fill(uint64_t first, uint32_t count)
{
	int error = EIO;
	char what[40];

	snprintf(what, sizeof(what), "%llu+%u", (unsigned long long)first, count);
	lock_cache(cache_number);
	if (overlaps_eviction(first, count) && percent(80)) {
		error = EBUSY;
	} else if (write_bytes(first, count, true)) {
		begin_helpers(EVG_CMD_FILL);
		genl_put_range(&g, first, count);
		error = ask(EVG_CMD_FILL, disk, what);
		evict_spoiled |= error != EBUSY && overlaps_eviction(first, count);
	}
	unlock_cache(cache_number);
	return error;
}

static int fill_inline(const struct fetch *f)
{
	size_t at, n, bytes = (size_t)f->count * EVG_BLOCK_SIZE;

	pattern_fill(cache_number + 1, f->first * EVG_BLOCK_SIZE, bytes_out, bytes);
	begin_helpers(EVG_CMD_FILL);
	genl_put_u64(&g, EVG_A_COOKIE, f->cookie);
	for (at = 0; at < bytes; at += n) {
		n = bytes - at < EVG_DATA_MAX ? bytes - at : EVG_DATA_MAX;
		genl_put(&g, EVG_A_DATA, bytes_out + at, n);
	}
	return ask(EVG_CMD_FILL, disk, "inline");
}

static int fail_fetch(const struct fetch *f)
{
	begin_helpers(EVG_CMD_FAIL);
	genl_put_u64(&g, EVG_A_COOKIE, f->cookie);
	genl_put_u32(&g, EVG_A_ERROR, percent(50) ? EIO : ENODATA);
	return ask(EVG_CMD_FAIL, disk, "");
}

/* Unless a new generation began meanwhile. */
static void forget(unsigned int n, uint64_t cookie)
{
	if (n < n_pending && pending[n].cookie == cookie)
		pending[n] = pending[--n_pending];
}

/* One of those that wait, in any order; it may go unanswered. */
static void answer_one(void)
{
	unsigned int n = chance(n_pending), kind = chance(100);
	struct fetch f = pending[n];
	int error;

	if (kind < 15)
		error = fill_inline(&f);
	else if (kind < 20 && is_wild(disk))
		error = fail_fetch(&f);
	else if (kind < 22)
		error = 0;
	else
		error = fill(f.first, f.count);
	if (error != EAGAIN && error != EBUSY)
		forget(n, f.cookie);
}

static void begin_eviction(void)
{
	unsigned int i, n = 1 + chance(EVICTS);
	struct range range[EVICTS];

	begin_helpers(EVG_CMD_EVICT);
	for (i = 0; i < n; i++) {
		range[i].first = any_block(cache_number);
		range[i].count = 1 + chance(EVG_FETCH_MAX_BLOCKS);
		if (range[i].first + range[i].count > rules[cache_number].blocks)
			range[i].count = rules[cache_number].blocks - range[i].first;
		genl_put_range(&g, range[i].first, range[i].count);
	}
	lock_cache(cache_number);
	n_evicting = n;
	memcpy(evicting, range, n * sizeof(*range));
	evict_answered = false;
	evict_spoiled = false;
	if (ask(EVG_CMD_EVICT, disk, ""))
		n_evicting = 0;
	unlock_cache(cache_number);
}

/* What a crash of the file system, or another user of it, would leave there. */
static void punch(const struct range *r)
{
	const struct cache *c = &cache_of[cache_number];

	write_bytes(r->first, r->count, false);
	if (!c->is_bdev)
		fallocate(c->clean_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			  r->first * EVG_BLOCK_SIZE, (off_t)r->count * EVG_BLOCK_SIZE);
}

static void end_eviction(void)
{
	unsigned int i, n = n_evicting;

	lock_cache(cache_number);
	if (!evict_error && !evict_spoiled && !stopped &&
	    !report(EVG_REPORT_ALIVE)) {
		begin_deed(0, "punches %u ranges from %llu on", n,
			   (unsigned long long)evicting[0].first);
		for (i = 0; i < n; i++)
			punch(&evicting[i]);
		end_deed(0);
		__atomic_fetch_add(&storm->evictions, 1, __ATOMIC_RELAXED);
	}
	n_evicting = 0;
	evict_answered = false;
	unlock_cache(cache_number);
}

static void send_heat(void)
{
	uint8_t heat[16];

	memset(heat, chance(256), sizeof(heat));
	begin_helpers(EVG_CMD_HEAT);
	if (percent(30)) {
		genl_put(&g, EVG_A_COOL, NULL, 0);
	} else {
		genl_put_u64(&g, EVG_A_FIRST, any_block(cache_number));
		genl_put(&g, EVG_A_HEAT, heat, sizeof(heat));
	}
	ask(EVG_CMD_HEAT, disk, "");
}

static void speak_of_the_past(void)
{
	uint32_t now = generation;
	bool accepted;

	generation = now - 1 - chance(3);
	if (percent(50))
		accepted = !report(1 + chance(EVG_REPORT_PROVED));
	else
		accepted = !fill(any_block(cache_number) & ~31ull, 1 + chance(32));
	if (told)	/* of a new one, meanwhile */
		return;
	generation = now;
	if (accepted)
		storm_fail("an old generation of disk %u was accepted", disk);
}

static void helper_acts(void)
{
	static const uint8_t reports[] = {
		EVG_REPORT_ALIVE, EVG_REPORT_SUSPECT, EVG_REPORT_LOST,
		EVG_REPORT_PROBED, EVG_REPORT_PROVED, EVG_REPORT_STALE,
	};

	if (told && percent(90))
		prove();
	else if (n_pending && percent(70))
		answer_one();
	else if (n_evicting && evict_answered)
		end_eviction();
	else if (!n_evicting && percent(25))
		begin_eviction();
	else if (percent(15))
		report(reports[chance(is_wild(disk) && percent(10) ? 6 : 5)]);
	else if (percent(10))
		prove();
	else if (percent(10))
		send_heat();
	else if (!told && percent(10))
		speak_of_the_past();
	else if (percent(30))
		fill(any_block(cache_number) & ~31ull, 1 + chance(32));
}

/* The oldest, until it is done. */
static void answer_right(void)
{
	struct fetch f = pending[0];
	int error = fill(f.first, f.count);

	if (error != EAGAIN && error != EBUSY)
		forget(0, f.cookie);
}

/* The news that it is bound may come before the answer. */
static int bind_now(uint32_t index, unsigned int cache, bool force)
{
	int cmd, error = 0;

	begin_message(EVG_CMD_BIND, index);
	genl_put_u32(&g, EVG_A_WINDOW, WINDOW);
	genl_put_u32(&g, EVG_A_CLEAN_FD, cache_of[cache].clean_fd);
	genl_put_u32(&g, EVG_A_MAP_FD, cache_of[cache].map_fd);
	if (force)
		genl_put(&g, EVG_A_FORCE, NULL, 0);
	genl_send(&g);
	do {
		cmd = genl_receive(&g, 2 * LIMIT_MS * storm->slow, &error);
	} while (cmd > 0 && cmd != EVG_CMD_BIND);
	if (cmd != EVG_CMD_BIND)
		return cmd < 0 ? ETIME : error;
	generation = genl_u32(&g, EVG_A_GENERATION);
	return 0;
}

static bool take_disk(uint32_t index, bool force)
{
	unsigned int cache = index % DISKS;
	int error;

	/* What is filled elsewhere must not be read there. */
	if (percent(5))
		cache = chance(DISKS);
	disk = index;
	cache_number = index % DISKS;
	n_pending = 0;
	n_evicting = 0;
	stopped = false;
	told = false;
	heard = helper_heard;
	if (!open_socket())
		return false;
	begin_deed(LIMIT_MS, "BIND %u%s", index, force ? " by force" : "");
	error = bind_now(index, cache, force);
	end_deed(error);
	if (!error && cache != cache_number)
		storm_fail("a helper of cache %s was bound to disk %u", rules[cache].name,
			   index);
	return !error;
}

/* It ends by STOP, by and by, or without a word. */
static void helper_lives(unsigned int turns)
{
	prove();
	while (turns-- && !stopped && !storm->over) {
		hear(n_pending ? 0 : chance(20));
		helper_acts();
		if (percent(2))
			nap(400000);
	}
	close_socket();
}

static void drop_privileges(void)
{
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		storm_fail("cannot become nobody: %s", strerror(errno));
}

/* Each with a life of its own, for a process cannot get back what it gave up. */
static void helper(bool moves)
{
	pid_t pid;

	if (moves && percent(30))
		change_namespace();
	pid = fork();
	if (pid) {
		waitpid(pid, NULL, 0);
		nap(percent(20) ? 500000 : 5000);
		return;
	}
	chance_state += me->deeds;
	me->pid = getpid();
	if (!take_disk(any_index(), percent(50)))
		exit(0);
	if (percent(50))
		drop_privileges();
	helper_lives(chance(400));
	exit(0);
}

/* The calm disk's: adds it, serves it, and starts over when the module was away. */
static void keeper(void)
{
	unsigned int i;

	if (storm->quiet || !come_again()) {
		nap(100000);
		return;
	}
	add_disk(CALM, EVG_GRACE_INF);
	for (i = 0; i < 100 && !take_disk(CALM, true); i++)
		nap(50000);
	prove();
	/* To the end, for who reads still must be served. */
	while (!stopped && (storm->readers || !(storm->over || storm->quiet))) {
		hear(20);
		if (told)
			prove();
		for (i = 0; i < 8 && n_pending; i++)
			answer_right();
		if (n_evicting && evict_answered)
			end_eviction();
		else if (!n_evicting && percent(5))
			begin_eviction();
		if (percent(2) && report(EVG_REPORT_ALIVE) == ENODEV)
			break;
	}
	close_socket();
}

#endif
