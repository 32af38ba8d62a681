// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/evergreend/zeroes.c */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "zeroes.h"

static struct zeroes zeroes;

static int begin(void **state)
{
	(void)state;
	zeroes_init(&zeroes);
	return 0;
}

static uint32_t run(uint64_t first, uint32_t count, bool expected)
{
	bool zero;
	uint32_t n = zeroes_run(&zeroes, first, count, &zero);

	assert_int_equal(zero, expected);
	return n;
}

static void a_window_is_asked_about_once(void **state)
{
	(void)state;
	assert_true(zeroes_ask(&zeroes, 5));
	assert_false(zeroes_ask(&zeroes, 4095));
	assert_true(zeroes_ask(&zeroes, 4096));
}

static void what_is_unknown_is_not_zero(void **state)
{
	(void)state;
	assert_int_equal(run(0, 64, false), 64);
	/* told, but of a window that nobody asked about */
	zeroes_add(&zeroes, 0, 1 << 20);
	assert_int_equal(run(0, 64, false), 64);
}

static void only_whole_blocks_count(void **state)
{
	(void)state;
	zeroes_ask(&zeroes, 0);
	zeroes_add(&zeroes, 4096 * 2 + 1, 4096 * 3);
	assert_int_equal(run(0, 64, false), 3);
	assert_int_equal(run(3, 64, true), 2);
	assert_int_equal(run(5, 59, false), 59);
}

static void runs_cross_windows(void **state)
{
	(void)state;
	zeroes_ask(&zeroes, 0);
	zeroes_ask(&zeroes, 4096);
	zeroes_add(&zeroes, 0, 1ULL << 32);
	assert_int_equal(run(4090, 12, true), 12);
	assert_int_equal(run(8190, 12, true), 2);
}

static void an_old_window_gives_way(void **state)
{
	const uint64_t far = (uint64_t)ZEROES_WINDOWS * ZEROES_WINDOW_BLOCKS;

	(void)state;
	zeroes_ask(&zeroes, 0);
	zeroes_add(&zeroes, 0, 1 << 20);
	assert_true(zeroes_ask(&zeroes, far));
	assert_int_equal(run(0, 8, false), 8);
	assert_int_equal(run(far, 8, false), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_window_is_asked_about_once, begin),
		cmocka_unit_test_setup(what_is_unknown_is_not_zero, begin),
		cmocka_unit_test_setup(only_whole_blocks_count, begin),
		cmocka_unit_test_setup(runs_cross_windows, begin),
		cmocka_unit_test_setup(an_old_window_gives_way, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
