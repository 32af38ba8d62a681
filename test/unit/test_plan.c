// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/evergreend/plan.c */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "plan.h"

enum { BLOCKS = 100000 };

static struct plan plan;

struct dropped {
	uint64_t cookie[64];
	int n;
};

static void note_dropped(const struct plan_want *want, void *arg)
{
	struct dropped *d = arg;

	d->cookie[d->n++] = want->cookie;
}

static int begin(void **state)
{
	(void)state;
	plan_init(&plan, BLOCKS);
	return 0;
}

static void expect_next(uint64_t first, uint32_t count, bool whole)
{
	uint64_t next_first;
	uint32_t next_count;
	bool next_whole;

	assert_true(plan_next(&plan, EVG_CLASS_READAHEAD, &next_first,
			      &next_count, &next_whole));
	assert_int_equal(next_first, first);
	assert_int_equal(next_count, count);
	assert_int_equal(next_whole, whole);
}

static void expect_nothing(void)
{
	uint64_t first;
	uint32_t count;
	bool whole;

	assert_false(plan_next(&plan, EVG_CLASS_READAHEAD, &first, &count,
			       &whole));
}

static void demand_goes_before_readahead(void **state)
{
	uint64_t first;
	uint32_t count;
	bool whole;

	(void)state;
	plan_add(&plan, 1, 1000, 32, EVG_CLASS_READAHEAD);
	assert_false(plan_next(&plan, EVG_CLASS_DEMAND, &first, &count,
			       &whole));
	plan_add(&plan, 2, 5000, 1, EVG_CLASS_DEMAND);
	plan_add(&plan, 3, 4000, 1, EVG_CLASS_DEMAND);
	expect_next(5000, 1, false);
	plan_start(&plan, 5000, 1);
	expect_next(4000, 1, false);
	plan_start(&plan, 4000, 1);
	expect_next(1000, 32, false);
	plan_start(&plan, 1000, 32);
	expect_nothing();
}

static void adjoining_wants_share_a_read(void **state)
{
	int read;

	(void)state;
	plan_add(&plan, 1, 0, 32, EVG_CLASS_READAHEAD);
	plan_add(&plan, 2, 32, 32, EVG_CLASS_READAHEAD);
	plan_add(&plan, 3, 64, 32, EVG_CLASS_READAHEAD);
	expect_next(0, 64, false);
	read = plan_start(&plan, 0, 64);
	expect_next(64, 32, false);
	plan_finish(&plan, read, PLAN_FILLED, NULL, NULL);
	assert_int_equal(plan.wants, 1);
}

static void classes_do_not_share_a_read(void **state)
{
	(void)state;
	plan_add(&plan, 1, 8, 8, EVG_CLASS_READAHEAD);
	plan_add(&plan, 2, 0, 8, EVG_CLASS_DEMAND);
	expect_next(0, 8, false);
}

static void blocks_under_way_are_not_read_again(void **state)
{
	int old, rest;

	(void)state;
	plan_add(&plan, 1, 100, 16, EVG_CLASS_DEMAND);
	old = plan_start(&plan, 100, 16);
	plan_forget(&plan);
	expect_nothing();
	/* the same, asked for again under a new generation, and some more */
	plan_add(&plan, 2, 90, 32, EVG_CLASS_DEMAND);
	expect_next(90, 10, false);
	rest = plan_start(&plan, 90, 10);
	expect_next(116, 6, false);
	plan_finish(&plan, old, PLAN_FILLED, NULL, NULL);
	plan_finish(&plan, rest, PLAN_FILLED, NULL, NULL);
	rest = plan_start(&plan, 116, 6);
	plan_finish(&plan, rest, PLAN_FILLED, NULL, NULL);
	assert_int_equal(plan.wants, 0);
	assert_int_equal(plan.reads, 0);
}

static void what_came_to_nothing_is_read_again(void **state)
{
	struct dropped dropped = { .n = 0 };
	int read;

	(void)state;
	plan_add(&plan, 1, 7, 3, EVG_CLASS_DEMAND);
	read = plan_start(&plan, 7, 3);
	plan_finish(&plan, read, PLAN_AGAIN, note_dropped, &dropped);
	assert_int_equal(dropped.n, 0);
	expect_next(7, 3, false);
}

static void what_fails_together_is_read_again_alone(void **state)
{
	struct dropped dropped = { .n = 0 };
	int read;

	(void)state;
	plan_add(&plan, 1, 0, 8, EVG_CLASS_DEMAND);
	plan_add(&plan, 2, 8, 8, EVG_CLASS_DEMAND);
	plan_add(&plan, 3, 500, 8, EVG_CLASS_DEMAND);
	read = plan_start(&plan, 0, 16);
	plan_finish(&plan, read, PLAN_FAILED, note_dropped, &dropped);
	assert_int_equal(dropped.n, 0);
	expect_next(0, 8, true);
	read = plan_start(&plan, 0, 8);
	plan_finish(&plan, read, PLAN_FILLED, note_dropped, &dropped);
	expect_next(8, 8, true);
	read = plan_start(&plan, 8, 8);
	plan_finish(&plan, read, PLAN_FAILED, note_dropped, &dropped);
	assert_int_equal(dropped.n, 1);
	assert_int_equal(dropped.cookie[0], 2);
	expect_next(500, 8, false);
}

static void a_unit_is_as_alone_as_it_gets(void **state)
{
	struct dropped dropped = { .n = 0 };
	int read;

	(void)state;
	plan_set_unit(&plan, 16);
	plan_add(&plan, 1, 33, 2, EVG_CLASS_DEMAND);
	read = plan_start(&plan, 32, 32);
	plan_finish(&plan, read, PLAN_FAILED, note_dropped, &dropped);
	assert_int_equal(dropped.n, 0);
	expect_next(32, 16, true);
	read = plan_start(&plan, 32, 16);
	plan_finish(&plan, read, PLAN_FAILED, note_dropped, &dropped);
	assert_int_equal(dropped.n, 1);
}

static void a_full_cache_needs_the_whole_want_in_one_read(void **state)
{
	struct dropped dropped = { .n = 0 };
	int one, two;

	(void)state;
	plan_add(&plan, 9, 50, 20, EVG_CLASS_DEMAND);
	one = plan_start(&plan, 50, 10);
	two = plan_start(&plan, 60, 10);
	plan_finish(&plan, one, PLAN_FULL, note_dropped, &dropped);
	assert_int_equal(dropped.n, 0);
	expect_nothing();
	plan_finish(&plan, two, PLAN_FILLED, NULL, NULL);
	expect_next(50, 20, true);
	one = plan_start(&plan, 50, 20);
	plan_finish(&plan, one, PLAN_FULL, note_dropped, &dropped);
	assert_int_equal(dropped.n, 1);
	assert_int_equal(dropped.cookie[0], 9);
	assert_int_equal(plan.wants, 0);
}

static void reads_keep_to_the_servers_alignment(void **state)
{
	(void)state;
	plan_set_unit(&plan, 16);
	plan_add(&plan, 1, 17, 2, EVG_CLASS_DEMAND);
	expect_next(16, 16, false);
	plan_start(&plan, 16, 16);
	plan_add(&plan, 2, 30, 4, EVG_CLASS_DEMAND);
	expect_next(32, 16, false);
	plan_start(&plan, 32, 16);
	expect_nothing();
	plan_add(&plan, 3, BLOCKS - 1, 1, EVG_CLASS_DEMAND);
	expect_next(BLOCKS - BLOCKS % 16 - (BLOCKS % 16 ? 0 : 16),
		    BLOCKS % 16 ? BLOCKS % 16 : 16, false);
}

static void impossible_wants_are_refused(void **state)
{
	uint32_t i;

	(void)state;
	assert_int_equal(plan_add(&plan, 1, 0, 0, EVG_CLASS_DEMAND), -EINVAL);
	assert_int_equal(plan_add(&plan, 1, 0, 33, EVG_CLASS_DEMAND), -EINVAL);
	assert_int_equal(plan_add(&plan, 1, BLOCKS, 1, EVG_CLASS_DEMAND),
			 -EINVAL);
	assert_int_equal(plan_add(&plan, 1, BLOCKS - 1, 2, EVG_CLASS_DEMAND),
			 -EINVAL);
	assert_int_equal(plan_add(&plan, 1, ~0ULL, 2, EVG_CLASS_DEMAND),
			 -EINVAL);
	for (i = 0; i < PLAN_WANTS; i++)
		assert_int_equal(plan_add(&plan, i, i, 1, EVG_CLASS_DEMAND), 0);
	assert_int_equal(plan_add(&plan, i, i, 1, EVG_CLASS_DEMAND), -ENOSPC);
}

/* Demand without end, and a link that is full: each fourth read is the oldest's. */
static void readahead_has_a_share(void **state)
{
	uint64_t first, cookie, begun = 0;
	unsigned int reads = 0, seen = 0;
	uint32_t count;
	int read;
	bool whole;

	(void)state;
	for (cookie = 1; cookie <= 5; cookie++)
		plan_add(&plan, cookie, 1000 * cookie, 32, EVG_CLASS_READAHEAD);
	while (seen < 5) {
		cookie++;
		assert_int_equal(plan_add(&plan, cookie, 20000 + 10 * cookie, 1,
					  EVG_CLASS_DEMAND), 0);
		assert_true(plan_next(&plan, EVG_CLASS_DEMAND, &first, &count, &whole));
		read = plan_start(&plan, first, count);
		plan_finish(&plan, read, PLAN_FILLED, NULL, NULL);
		reads++;
		if (first >= 20000)
			continue;
		assert_int_equal(first, 1000 * ++seen);
		assert_int_equal(reads - begun, PLAN_SHARE);
		begun = reads;
	}
}

/* Any order of events: no block in two reads at once, no want forgotten. */
/* For what a quota does: see keep.h. */
static void it_says_what_is_in_use(void **state)
{
	int read;

	(void)state;
	plan_add(&plan, 1, 100, 8, EVG_CLASS_DEMAND);
	read = plan_start(&plan, 200, 16);
	assert_false(plan_uses(&plan, 84, 16));
	assert_true(plan_uses(&plan, 85, 16));
	assert_true(plan_uses(&plan, 107, 1));
	assert_false(plan_uses(&plan, 108, 92));
	assert_true(plan_uses(&plan, 190, 11));
	assert_true(plan_uses(&plan, 215, 100));
	assert_false(plan_uses(&plan, 216, 100));
	assert_int_equal(plan_reading_blocks(&plan), 16);
	plan_finish(&plan, read, PLAN_FILLED, NULL, NULL);
	assert_int_equal(plan_reading_blocks(&plan), 0);
	assert_false(plan_uses(&plan, 200, 16));
}

static void wants_can_be_made_whole(void **state)
{
	(void)state;
	plan_add(&plan, 1, 100, 8, EVG_CLASS_DEMAND);
	plan_add(&plan, 2, 108, 8, EVG_CLASS_DEMAND);
	expect_next(100, 16, false);
	plan_set_whole(&plan);
	expect_next(100, 8, true);
	plan_start(&plan, 104, 2);
	expect_next(108, 8, true);
	plan_start(&plan, 108, 8);
	expect_nothing();
}

static void random_walk(void **state)
{
	static uint8_t reading[2048];
	int live[PLAN_READS], n = 0, step, pick;
	uint64_t first, cookie = 0, i;
	uint32_t count;
	bool whole;

	(void)state;
	plan_init(&plan, sizeof(reading));
	memset(reading, 0, sizeof(reading));
	srandom(1);
	for (step = 0; step < 200000; step++) {
		pick = (int)(random() % 8);
		if (pick < 3) {
			plan_add(&plan, cookie++, (uint64_t)random() % 2016,
				 (uint32_t)random() % 32 + 1,
				 (enum evg_class)(random() % 2));
		} else if (pick < 6 && n < 200 &&
			   plan_next(&plan, EVG_CLASS_READAHEAD, &first,
				     &count, &whole)) {
			assert_in_range(count, 1, PLAN_READ_MAX);
			if (!whole)
				count = (uint32_t)random() % count + 1;
			for (i = first; i < first + count; i++)
				assert_int_equal(reading[i]++, 0);
			live[n++] = plan_start(&plan, first, count);
		} else if (n) {
			i = (uint64_t)random() % (uint64_t)n;
			first = plan.read[live[i]].first;
			count = plan.read[live[i]].count;
			plan_finish(&plan, live[i],
				    (enum plan_end)(random() % 4), NULL, NULL);
			live[i] = live[--n];
			while (count--)
				reading[first + count]--;
		}
		if (step % 20000 == 19999)
			plan_forget(&plan);
	}
	while (n)
		plan_finish(&plan, live[--n], PLAN_AGAIN, NULL, NULL);
	while (plan_next(&plan, EVG_CLASS_READAHEAD, &first, &count, &whole))
		plan_finish(&plan, plan_start(&plan, first, count),
			    PLAN_FILLED, NULL, NULL);
	assert_int_equal(plan.wants, 0);
	assert_int_equal(plan.reads, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(demand_goes_before_readahead, begin),
		cmocka_unit_test_setup(readahead_has_a_share, begin),
		cmocka_unit_test_setup(adjoining_wants_share_a_read, begin),
		cmocka_unit_test_setup(classes_do_not_share_a_read, begin),
		cmocka_unit_test_setup(blocks_under_way_are_not_read_again,
				       begin),
		cmocka_unit_test_setup(what_came_to_nothing_is_read_again,
				       begin),
		cmocka_unit_test_setup(what_fails_together_is_read_again_alone,
				       begin),
		cmocka_unit_test_setup(a_unit_is_as_alone_as_it_gets, begin),
		cmocka_unit_test_setup(a_full_cache_needs_the_whole_want_in_one_read,
				       begin),
		cmocka_unit_test_setup(reads_keep_to_the_servers_alignment,
				       begin),
		cmocka_unit_test_setup(impossible_wants_are_refused, begin),
		cmocka_unit_test_setup(it_says_what_is_in_use, begin),
		cmocka_unit_test_setup(wants_can_be_made_whole, begin),
		cmocka_unit_test(random_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
