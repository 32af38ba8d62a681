// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/evergreend/spots.c */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "spots.h"

static struct spots spots;

static int begin(void **state)
{
	(void)state;
	memset(&spots, 0, sizeof(spots));
	return 0;
}

static void what_touches_is_one(void **state)
{
	(void)state;
	spots_add(&spots, 10, 1);
	spots_add(&spots, 12, 1);
	spots_add(&spots, 100, 4);
	assert_int_equal(spots.n, 3);
	spots_add(&spots, 11, 1);
	assert_int_equal(spots.n, 2);
	assert_int_equal(spots_blocks(&spots), 7);
	spots_add(&spots, 9, 200);
	assert_int_equal(spots.n, 1);
	assert_int_equal(spots_blocks(&spots), 200);
}

static void a_part_can_be_taken_out(void **state)
{
	(void)state;
	spots_add(&spots, 10, 10);
	spots_remove(&spots, 14, 2);
	assert_int_equal(spots_blocks(&spots), 8);
	assert_true(spots_touch(&spots, 13, 1));
	assert_false(spots_touch(&spots, 14, 2));
	assert_true(spots_touch(&spots, 14, 3));
	assert_false(spots_touch(&spots, 20, 1));
	assert_false(spots_touch(&spots, 0, 10));
	spots_remove(&spots, 0, 100);
	assert_int_equal(spots.n, 0);
}

static void the_oldest_is_forgotten(void **state)
{
	uint64_t i;

	(void)state;
	for (i = 0; i <= SPOTS_MAX; i++)
		spots_add(&spots, i * 2, 1);
	assert_int_equal(spots.n, SPOTS_MAX);
	assert_false(spots_touch(&spots, 0, 1));
	assert_true(spots_touch(&spots, 2, 1));
	assert_true(spots_touch(&spots, SPOTS_MAX * 2, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_touches_is_one, begin),
		cmocka_unit_test_setup(a_part_can_be_taken_out, begin),
		cmocka_unit_test_setup(the_oldest_is_forgotten, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
