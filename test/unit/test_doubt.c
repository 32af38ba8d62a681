// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/evergreend/doubt.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "doubt.h"

enum { BLOCKS = 1 << 22 };

static struct doubt d, other;
static uint8_t named[BLOCKS];

static int begin(void **state)
{
	(void)state;
	memset(named, 0, sizeof(named));
	return doubt_init(&d) || doubt_init(&other);
}

static int end(void **state)
{
	(void)state;
	free(d.range);
	free(other.range);
	return 0;
}

static size_t take_all(uint64_t blocks)
{
	struct evgnl_range out[7];
	size_t n, i, ranges = 0;

	while ((n = doubt_take(&d, out, 7, blocks))) {
		for (i = 0; i < n; i++) {
			assert_in_range(out[i].count, 1, EVG_RANGE_BLOCKS);
			assert_true(out[i].first + out[i].count <= blocks);
			memset(named + out[i].first, 1, out[i].count);
		}
		ranges += n;
	}
	return ranges;
}

static void what_follows_upon_each_other_is_one(void **state)
{
	(void)state;
	doubt_add(&d, 10, 5);
	doubt_add(&d, 15, 5);
	doubt_add(&d, 40, 1);
	assert_int_equal(take_all(BLOCKS), 2);
	assert_int_equal(named[9] + named[20] + named[39] + named[41], 0);
	assert_int_equal(named[10] + named[19] + named[40], 3);
	assert_int_equal(take_all(BLOCKS), 0);
}

static void a_long_run_is_taken_in_parts(void **state)
{
	(void)state;
	doubt_add(&d, 3, 2 * EVG_RANGE_BLOCKS + 1);
	assert_int_equal(take_all(BLOCKS), 3);
	assert_int_equal(named[2] + named[4 + 2 * EVG_RANGE_BLOCKS], 0);
	assert_int_equal(named[3] + named[3 + 2 * EVG_RANGE_BLOCKS], 2);
}

static void all_moves(void **state)
{
	(void)state;
	doubt_add(&other, 7, 1);
	doubt_add(&d, 1, 1);
	doubt_move(&d, &other);
	assert_int_equal(other.n, 0);
	assert_int_equal(take_all(BLOCKS), 2);
	assert_int_equal(named[1] + named[7], 2);
}

static void none_is_forgotten_when_there_are_too_many(void **state)
{
	uint64_t block;

	(void)state;
	for (block = 1; block < BLOCKS; block += 2)
		doubt_add(&d, block * 7919 % BLOCKS, 1);
	assert_true(d.n <= DOUBT_RANGES);
	take_all(BLOCKS - 3);
	for (block = 1; block < BLOCKS; block += 2)
		if (block * 7919 % BLOCKS < BLOCKS - 3)
			assert_true(named[block * 7919 % BLOCKS]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_follows_upon_each_other_is_one,
						begin, end),
		cmocka_unit_test_setup_teardown(a_long_run_is_taken_in_parts,
						begin, end),
		cmocka_unit_test_setup_teardown(all_moves, begin, end),
		cmocka_unit_test_setup_teardown(none_is_forgotten_when_there_are_too_many,
						begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
