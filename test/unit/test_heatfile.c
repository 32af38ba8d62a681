// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/evergreend/heatfile.c userspace/lib/crc32c.c */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "heatfile.h"

enum { BLOCKS = 5 * EVG_MAP_BLOCKS - 7 };	/* the last page is page 4 */

static const uint8_t ours[16] = "this cache";
static const uint8_t theirs[16] = "another";

static uint8_t heat[HEATFILE_REGIONS];
static struct heatfile file, read_back;

static int make(void **state)
{
	(void)state;
	memset(heat, 0, sizeof(heat));
	memset(&file, 0, sizeof(file));
	memset(&read_back, 0, sizeof(read_back));
	heat[0] = 9;
	heat[HEATFILE_REGIONS - 1] = 33 | EVG_HEAT_TOUCHED;
	assert_int_equal(heatfile_add(&file, 1, heat), 0);
	heat[5] = 1;
	assert_int_equal(heatfile_add(&file, 4, heat), 0);
	return 0;
}

static int tidy(void **state)
{
	(void)state;
	heatfile_free(&file);
	heatfile_free(&read_back);
	return 0;
}

static void what_is_written_is_read(void **state)
{
	size_t bytes = heatfile_seal(&file, ours);

	(void)state;
	assert_int_equal(bytes, 64 + 2 * 1024);
	assert_int_equal(heatfile_parse(&read_back, file.image, bytes, ours,
					BLOCKS), 0);
	assert_int_equal(read_back.pages, 2);
	assert_int_equal(read_back.image->page[0].index, 1);
	assert_int_equal(read_back.image->page[1].index, 4);
	assert_int_equal(read_back.image->page[0].heat[0], 9);
	assert_int_equal(read_back.image->page[1].heat[5], 1);
	assert_int_equal(read_back.image->page[1].heat[HEATFILE_REGIONS - 1],
			 33);
}

static void cold_pages_are_left_out(void **state)
{
	(void)state;
	memset(heat, EVG_HEAT_TOUCHED, sizeof(heat));
	assert_int_equal(heatfile_add(&file, 5, heat), 0);
	assert_int_equal(file.pages, 2);
	assert_int_equal(heatfile_seal(&read_back, ours), 0);
}

static void halving_is_one_less_of_a_logarithm(void **state)
{
	uint8_t before = file.image->page[0].heat[0];

	(void)state;
	heatfile_halve(&file);
	assert_true(file.image->page[0].heat[0] < before);
	assert_int_equal(file.image->page[0].heat[1], 0);
	assert_int_equal(file.image->page[1].heat[5], 0);
}

/* Each bit, and each length. */
static void damage_is_noticed(void **state)
{
	size_t i, bytes = heatfile_seal(&file, ours);
	uint8_t *data = (uint8_t *)file.image;
	void *copy;

	(void)state;
	for (i = 0; i < bytes * 8; i++) {
		data[i / 8] ^= 1 << i % 8;
		assert_int_equal(heatfile_parse(&read_back, data, bytes, ours,
						BLOCKS), -EUCLEAN);
		assert_int_equal(read_back.pages, 0);
		data[i / 8] ^= 1 << i % 8;
	}
	for (i = 0; i < bytes; i++) {
		copy = malloc(i);
		memcpy(copy, data, i);
		assert_int_equal(heatfile_parse(&read_back, copy, i, ours,
						BLOCKS), -EUCLEAN);
		free(copy);
	}
}

static void that_of_another_cache_is_refused(void **state)
{
	size_t bytes = heatfile_seal(&file, theirs);

	(void)state;
	assert_int_equal(heatfile_parse(&read_back, file.image, bytes, ours,
					BLOCKS), -EUCLEAN);
}

static void pages_beyond_the_end_are_refused(void **state)
{
	size_t bytes = heatfile_seal(&file, ours);

	(void)state;
	assert_int_equal(heatfile_parse(&read_back, file.image, bytes, ours,
					4 * EVG_MAP_BLOCKS), -EUCLEAN);
	assert_null(read_back.image);
}

static void pages_out_of_order_are_refused(void **state)
{
	size_t bytes;

	(void)state;
	assert_int_equal(heatfile_add(&file, 4, heat), 0);
	bytes = heatfile_seal(&file, ours);
	assert_int_equal(heatfile_parse(&read_back, file.image, bytes, ours,
					BLOCKS), -EUCLEAN);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, tidy)
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_is_read),
		TEST(cold_pages_are_left_out),
		TEST(halving_is_one_less_of_a_logarithm),
		TEST(damage_is_noticed),
		TEST(that_of_another_cache_is_refused),
		TEST(pages_beyond_the_end_are_refused),
		TEST(pages_out_of_order_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
