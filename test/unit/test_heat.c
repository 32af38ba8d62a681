// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/lib/crc32c.c */
/* Heat is about the logarithm of the reads, whatever their rhythm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../drivers/block/evergreen/heat.c"
#include "../../userspace/evergreend/heat.h"

enum { PAGES = 3, SOME = 16 };

static struct evg_heat heat;
static u64 count;

static int make(void **state)
{
	(void)state;
	count = 0;
	if (evg_heat_init(&heat, PAGES))
		return -1;
	return evg_heat_prepare(&heat, 0, EVG_MAP_BLOCKS);
}

static int unmake(void **state)
{
	(void)state;
	evg_heat_exit(&heat);
	return heat.page ? -1 : 0;
}

static void read_region(u32 region)
{
	evg_heat_touch(&heat, region * EVG_REGION_BLOCKS, 1, 0, ++count);
}

static u8 level(u32 region)
{
	return heat.page[0][region] & EVG_HEAT_MASK;
}

static void the_first_reads_are_counted(void **state)
{
	u32 i;

	(void)state;
	assert_int_equal(heat.page[0][7], 0);
	for (i = 1; i <= 4; i++) {
		read_region(7);
		assert_int_equal(heat.page[0][7], i | EVG_HEAT_TOUCHED);
	}
	assert_int_equal(heat.page[0][6], 0);
	assert_int_equal(heat.page[0][8], 0);
}

/* Level 4 * log2(1 + reads / 4), give or take, for each of a loop's regions. */
static void it_is_about_the_logarithm(void **state)
{
	u32 regions, i, round, wanted;

	(void)state;
	for (regions = 1; regions <= SOME; regions++) {
		memset(heat.page[0], 0, EVG_HEAT_BYTES);
		for (round = 1, wanted = 4; round <= 262144; round++) {
			for (i = 0; i < regions; i++)
				read_region(i);
			if (round != (4u << wanted / 4) - 4)
				continue;
			for (i = 0; i < regions; i++)
				assert_in_range(level(i), wanted - 4, wanted + 6);
			wanted += 4;
		}
		assert_int_equal(wanted, 68);
	}
}

static void a_read_warms_all_that_it_covers(void **state)
{
	u32 i;

	(void)state;
	evg_heat_touch(&heat, 15, 34, 0, ++count);
	for (i = 0; i < 4; i++)
		assert_int_equal(level(i), 1);
	assert_int_equal(level(4), 0);
	evg_heat_touch(&heat, EVG_MAP_BLOCKS - 1, 1, 0, ++count);
	assert_int_equal(level(EVG_HEAT_BYTES - 1), 1);
	/* Where nothing is cached nothing is counted. */
	evg_heat_touch(&heat, EVG_MAP_BLOCKS, 32, 0, ++count);
	assert_null(heat.page[1]);
	assert_int_equal(evg_heat_prepare(&heat, 2 * EVG_MAP_BLOCKS - 1, 2), 0);
	assert_non_null(heat.page[1]);
	assert_non_null(heat.page[2]);
}

static void a_run_counts_once(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < 4 * EVG_REGION_BLOCKS; i++)
		evg_heat_touch(&heat, i, 1, i, ++count);
	for (i = 0; i < 4; i++)
		assert_int_equal(level(i), 1);
	evg_heat_touch(&heat, 7, 20, 7, ++count);
	assert_int_equal(level(0), 1);
	assert_int_equal(level(1), 2);
	assert_int_equal(level(2), 1);
	evg_heat_touch(&heat, 7, 20, 8, ++count);
	assert_int_equal(level(0), 2);
}

static void the_hottest_stay_as_they_are(void **state)
{
	u32 i;

	(void)state;
	heat.page[0][0] = EVG_HEAT_MASK;
	for (i = 0; i < 1000; i++)
		evg_heat_touch(&heat, 0, 1, 5, 0);
	assert_int_equal(heat.page[0][0], EVG_HEAT_MASK | EVG_HEAT_TOUCHED);
}

static void cooling_halves_the_reads(void **state)
{
	static const u8 pairs[][2] = {
		{ 0, 0 }, { 1, 0 }, { 2, 1 }, { 4, 2 }, { 7, 3 }, { 8, 4 },
		{ 9, 5 }, { 40, 36 }, { 127, 123 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		heat.page[0][i] = pairs[i][0];
		heat.page[0][i + 100] = pairs[i][0] | EVG_HEAT_TOUCHED;
	}
	evg_heat_cool(&heat);
	for (i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		assert_int_equal(heat.page[0][i], pairs[i][1]);
		assert_int_equal(heat.page[0][i + 100], pairs[i][1] | EVG_HEAT_TOUCHED);
	}
}

/* What it keeps over a restart it halves by itself. */
static void the_helper_halves_likewise(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i <= EVG_HEAT_MASK; i++)
		assert_int_equal(heat_halved(i | EVG_HEAT_TOUCHED),
				 evg_heat_half(i));
}

static void what_was_kept_raises_only(void **state)
{
	static const u8 kept[] = { 0, 9, 3 | EVG_HEAT_TOUCHED, 7 };
	u8 copy[EVG_HEAT_BYTES];

	(void)state;
	read_region(0);
	heat.page[0][3] = 12 | EVG_HEAT_TOUCHED;
	assert_int_equal(evg_heat_raise(&heat, 0, kept, sizeof(kept)), 0);
	assert_true(evg_heat_copy(&heat, 0, copy));
	assert_int_equal(copy[0], 1 | EVG_HEAT_TOUCHED);
	assert_int_equal(copy[1], 9);
	assert_int_equal(copy[2], 3);
	assert_int_equal(copy[3], 12 | EVG_HEAT_TOUCHED);
	assert_false(evg_heat_copy(&heat, 1, copy));
	assert_int_equal(evg_heat_raise(&heat, 1, kept, sizeof(kept)), 0);
	assert_true(evg_heat_copy(&heat, 1, copy));
	assert_int_equal(copy[1], 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_first_reads_are_counted, make, unmake),
		cmocka_unit_test_setup_teardown(it_is_about_the_logarithm, make, unmake),
		cmocka_unit_test_setup_teardown(a_read_warms_all_that_it_covers, make, unmake),
		cmocka_unit_test_setup_teardown(a_run_counts_once, make, unmake),
		cmocka_unit_test_setup_teardown(the_hottest_stay_as_they_are, make, unmake),
		cmocka_unit_test_setup_teardown(cooling_halves_the_reads, make, unmake),
		cmocka_unit_test_setup_teardown(the_helper_halves_likewise, make, unmake),
		cmocka_unit_test_setup_teardown(what_was_kept_raises_only, make, unmake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
