// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/evergreend/cover.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "cover.h"

static struct cover cover;

static int fresh(void **state)
{
	(void)state;
	cover_init(&cover);
	return 0;
}

static void in_any_order(void **state)
{
	(void)state;
	cover_add(&cover, 4096, 4096);
	assert_false(cover_is(&cover, 16384));
	cover_add(&cover, 12288, 4096);
	cover_add(&cover, 0, 4096);
	cover_add(&cover, 8192, 4096);
	assert_true(cover_is(&cover, 16384));
}

static void nothing_is_no_piece(void **state)
{
	(void)state;
	cover_add(&cover, 100, 0);
	cover_add(&cover, 100, 0);
	assert_true(cover_is(&cover, 0));
	assert_false(cover_is(&cover, 1));
}

static void half_of_it_twice(void **state)
{
	(void)state;
	cover_add(&cover, 0, 2048);
	cover_add(&cover, 0, 2048);
	assert_false(cover_is(&cover, 4096));
}

static void a_byte_of_overlap(void **state)
{
	(void)state;
	cover_add(&cover, 0, 2049);
	cover_add(&cover, 2048, 2047);
	assert_false(cover_is(&cover, 4096));
}

static void within_another(void **state)
{
	(void)state;
	cover_add(&cover, 0, 8192);
	cover_add(&cover, 512, 1);
	assert_false(cover_is(&cover, 8193));
}

/* In order however many; apart only so many. */
static void many(void **state)
{
	uint64_t i;

	(void)state;
	for (i = 0; i < 1000; i++)
		cover_add(&cover, i, 1);
	assert_true(cover_is(&cover, 1000));
	cover_init(&cover);
	for (i = 0; i <= COVER_RUNS; i++)
		cover_add(&cover, i * 2, 1);
	assert_false(cover_is(&cover, COVER_RUNS + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(in_any_order, fresh),
		cmocka_unit_test_setup(nothing_is_no_piece, fresh),
		cmocka_unit_test_setup(half_of_it_twice, fresh),
		cmocka_unit_test_setup(a_byte_of_overlap, fresh),
		cmocka_unit_test_setup(within_another, fresh),
		cmocka_unit_test_setup(many, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
