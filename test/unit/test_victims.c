// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/evergreend/victims.c */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "victims.h"

enum { MAX = 64 };

static struct victims v;
static struct victim chosen[MAX];

static int begin(void **state)
{
	(void)state;
	return victims_init(&v, MAX);
}

static int end(void **state)
{
	(void)state;
	victims_free(&v);
	return 0;
}

static void offer(uint64_t region, uint8_t heat)
{
	const struct victim candidate = {
		.region = region, .heat = heat, .blocks = EVG_REGION_BLOCKS,
	};

	victims_offer(&v, &candidate);
}

static void add_function(uint64_t first_region, uint32_t regions,
			 uint32_t weight, bool ready)
{
	const struct function_range range = {
		.first = first_region * EVG_REGION_BLOCKS,
		.count = regions * EVG_REGION_BLOCKS,
	};

	assert_int_equal(victims_add_function(&v, &range, 1, weight, false,
					      ready), 0);
}

static void expect(size_t n, const uint64_t *regions)
{
	size_t i, seen = victims_choose(&v, UINT64_MAX, chosen);

	assert_int_equal(seen, n);
	for (i = 0; i < n; i++)
		assert_int_equal(chosen[i].region, regions[i]);
}

#define EXPECT(...) \
	expect(sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), \
	       (uint64_t[]){__VA_ARGS__})

static void the_coldest_goes_first(void **state)
{
	(void)state;
	victims_begin(&v);
	victims_index(&v);
	offer(1, 40);
	offer(2, 60);
	offer(3, 20);
	offer(4, 50 | EVG_HEAT_TOUCHED);
	EXPECT(3, 1, 4, 2);
}

static void never_read_is_worth_as_much_as_read_once(void **state)
{
	(void)state;
	victims_begin(&v);
	victims_index(&v);
	offer(1, 1);
	offer(2, 0);
	offer(3, 1);
	EXPECT(1, 2, 3);
}

static void no_more_go_than_are_needed(void **state)
{
	(void)state;
	victims_begin(&v);
	victims_index(&v);
	offer(1, 9);
	offer(2, 9);
	offer(3, 9);
	assert_int_equal(victims_choose(&v, EVG_REGION_BLOCKS + 1, chosen), 2);
	assert_int_equal(victims_choose(&v, 1, chosen), 0);
}

static void those_kept_are_the_coldest_of_many(void **state)
{
	uint64_t i, hash;
	size_t n;

	(void)state;
	victims_begin(&v);
	victims_index(&v);
	/* 13 and 127 have no common divisor: each heat comes 32 times */
	for (i = 0; i < 127 * 32; i++) {
		hash = i * 13 % 127;
		offer(i, (uint8_t)hash);
	}
	n = victims_choose(&v, UINT64_MAX, chosen);
	assert_int_equal(n, MAX);
	for (i = 0; i < n; i++)
		assert_in_range(chosen[i].heat, 0, 1);
}

static void pinned_regions_stay(void **state)
{
	const struct function_range range = { 5 * EVG_REGION_BLOCKS + 3, 16 };

	(void)state;
	victims_begin(&v);
	assert_int_equal(victims_add_function(&v, &range, 1, 1, true, false),
			 0);
	victims_index(&v);
	offer(4, 0);
	offer(5, 0);
	offer(6, 0);
	offer(7, 0);
	EXPECT(4, 7);
	assert_int_equal(v.pinned_blocks, 2 * EVG_REGION_BLOCKS);
}

static void among_equals_no_function_breaks(void **state)
{
	(void)state;
	victims_begin(&v);
	add_function(1, 1, 100, true);
	add_function(2, 1, 100, false);
	victims_index(&v);
	offer(1, 5);
	offer(2, 5);
	offer(3, 5);
	EXPECT(3, 2, 1);
}

static void heat_counts_more_than_functions(void **state)
{
	(void)state;
	victims_begin(&v);
	add_function(1, 1, 1000, true);
	victims_index(&v);
	offer(1, 20);
	offer(2, 60);
	EXPECT(1, 2);
}

static void the_fewest_functions_break(void **state)
{
	(void)state;
	victims_begin(&v);
	add_function(1, 2, 1, true);
	add_function(2, 1, 1, true);
	add_function(3, 1, 1000, true);
	victims_index(&v);
	offer(2, 5);
	offer(3, 5);
	assert_int_equal(victims_choose(&v, 1, chosen), 1);
	assert_int_equal(chosen[0].region, 3);
}

static void the_least_weight_breaks(void **state)
{
	(void)state;
	victims_begin(&v);
	add_function(1, 1, 100, true);
	add_function(2, 1, 10, true);
	add_function(3, 1, 1000, true);
	victims_index(&v);
	offer(1, 5);
	offer(2, 5);
	offer(3, 5);
	EXPECT(2, 1, 3);
}

/* The third of the broken one goes before the other function's first. */
static void what_is_broken_goes_whole(void **state)
{
	(void)state;
	victims_begin(&v);
	add_function(1, 3, 100, true);
	add_function(11, 3, 101, true);
	victims_index(&v);
	offer(11, 5);
	offer(1, 5);
	offer(12, 5);
	offer(2, 5);
	offer(3, 5);
	EXPECT(1, 2, 3, 11, 12);
}

/* Broken by its cold region, its warm ones are no longer spared. */
static void a_function_broken_when_cold_is_not_spared_when_warm(void **state)
{
	(void)state;
	victims_begin(&v);
	add_function(1, 2, 1000, true);
	add_function(5, 1, 1, true);
	victims_index(&v);
	offer(1, 10);
	offer(2, 60);
	offer(5, 60);
	EXPECT(1, 2, 5);
}

static void what_is_lost_already_goes_before_all(void **state)
{
	const struct victim lost = { .region = 8, .heat = 100, .blocks = 3,
				     .lost = true };

	(void)state;
	victims_begin(&v);
	victims_index(&v);
	offer(1, 0);
	victims_offer(&v, &lost);
	EXPECT(8, 1);
}

static void the_next_round_goes_on_where_the_last_ended(void **state)
{
	uint64_t i;

	(void)state;
	victims_begin(&v);
	victims_index(&v);
	for (i = 0; i < 6; i++)
		offer(i, 0);
	assert_int_equal(victims_choose(&v, 3 * EVG_REGION_BLOCKS, chosen), 3);
	assert_int_equal(chosen[2].region, 2);
	victims_begin(&v);
	victims_index(&v);
	for (i = 0; i < 6; i++)
		offer(i, 0);
	EXPECT(3, 4, 5, 0, 1, 2);
}

static void a_function_may_touch_a_region_often(void **state)
{
	const struct function_range range[] = {
		{ 16, 1 }, { 48, 2 }, { 18, 1 }, { 17, 1 }, { 30, 4 },
	};

	(void)state;
	victims_begin(&v);
	assert_int_equal(victims_add_function(&v, range, 5, 7, false, true), 0);
	add_function(4, 1, 8, true);
	victims_index(&v);
	assert_int_equal(v.members, 4);
	offer(4, 5);
	offer(3, 5);
	offer(2, 5);
	offer(1, 5);
	EXPECT(1, 2, 3, 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(the_coldest_goes_first),
		TEST(never_read_is_worth_as_much_as_read_once),
		TEST(no_more_go_than_are_needed),
		TEST(those_kept_are_the_coldest_of_many),
		TEST(pinned_regions_stay),
		TEST(among_equals_no_function_breaks),
		TEST(heat_counts_more_than_functions),
		TEST(the_fewest_functions_break),
		TEST(the_least_weight_breaks),
		TEST(what_is_broken_goes_whole),
		TEST(a_function_broken_when_cold_is_not_spared_when_warm),
		TEST(what_is_lost_already_goes_before_all),
		TEST(the_next_round_goes_on_where_the_last_ended),
		TEST(a_function_may_touch_a_region_often),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
