// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/evergreend/present.c */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "present.h"

enum { BLOCKS = 2 * EVG_MAP_BLOCKS + 100 };

static struct present present;
static uint64_t words[EVG_MAP_WORDS];

static int begin(void **state)
{
	(void)state;
	memset(words, 0, sizeof(words));
	return present_init(&present, BLOCKS);
}

static int end(void **state)
{
	(void)state;
	present_free(&present);
	return 0;
}

static void mark(uint32_t block, enum evg_block what)
{
	words[block / 32] |= (uint64_t)what << (block % 32 * 2);
}

static void expect(uint64_t first, uint32_t count, enum present_state state,
		   uint32_t run)
{
	uint32_t n;

	assert_int_equal(present_run(&present, first, count, &n), state);
	assert_int_equal(n, run);
}

static void nothing_is_known_at_first(void **state)
{
	(void)state;
	expect(5, 100, PRESENT_UNKNOWN, 100);
	assert_false(present_set(&present, 5));
	assert_false(present_clear(&present, 5));
	expect(5, 100, PRESENT_UNKNOWN, 100);
}

static void runs_are_as_the_map_says(void **state)
{
	(void)state;
	mark(10, EVG_CLEAN);
	mark(11, EVG_DIRTY);
	mark(13, EVG_CLEAN);
	assert_int_equal(present_learn(&present, 12, words), 0);
	expect(0, 100, PRESENT_NO, 10);
	expect(10, 100, PRESENT_YES, 2);
	expect(12, 100, PRESENT_NO, 1);
	expect(13, 1, PRESENT_YES, 1);
	expect(14, 7, PRESENT_NO, 7);
}

static void runs_end_with_the_page(void **state)
{
	(void)state;
	present_learn(&present, 0, words);
	expect(EVG_MAP_BLOCKS - 3, 100, PRESENT_NO, 3);
	expect(EVG_MAP_BLOCKS, 100, PRESENT_UNKNOWN, 100);
}

static void fills_and_evictions_are_news_once(void **state)
{
	(void)state;
	present_learn(&present, 0, words);
	assert_true(present_set(&present, 7));
	assert_false(present_set(&present, 7));
	expect(7, 5, PRESENT_YES, 1);
	assert_true(present_clear(&present, 7));
	assert_false(present_clear(&present, 7));
	expect(7, 5, PRESENT_NO, 5);
}

/* A full page needs no bits; the last page is short. */
static void a_full_page_is_known_as_such(void **state)
{
	const uint64_t first = 2 * EVG_MAP_BLOCKS;
	uint32_t i;

	(void)state;
	present_learn(&present, first, words);
	for (i = 0; i < 100; i++)
		assert_true(present_set(&present, first + i));
	assert_null(present.page[2].bits);
	expect(first, 100, PRESENT_YES, 100);
	assert_false(present_set(&present, first + 3));
	assert_true(present_clear(&present, first + 50));
	expect(first, 100, PRESENT_YES, 50);
	expect(first + 50, 50, PRESENT_NO, 1);
	expect(first + 51, 49, PRESENT_YES, 49);
	assert_true(present_set(&present, first + 50));
	assert_null(present.page[2].bits);
}

static void learned_anew_it_is_as_new(void **state)
{
	(void)state;
	mark(3, EVG_CLEAN);
	present_learn(&present, 0, words);
	present_set(&present, 4);
	present_learn(&present, 0, words);
	expect(3, 5, PRESENT_YES, 1);
	assert_int_equal(present.page[0].count, 1);
	present_forget(&present);
	expect(3, 5, PRESENT_UNKNOWN, 5);
	assert_null(present.known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_known_at_first,
						begin, end),
		cmocka_unit_test_setup_teardown(runs_are_as_the_map_says,
						begin, end),
		cmocka_unit_test_setup_teardown(runs_end_with_the_page,
						begin, end),
		cmocka_unit_test_setup_teardown(fills_and_evictions_are_news_once,
						begin, end),
		cmocka_unit_test_setup_teardown(a_full_page_is_known_as_such,
						begin, end),
		cmocka_unit_test_setup_teardown(learned_anew_it_is_as_new,
						begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
