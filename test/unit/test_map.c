// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/lib/crc32c.c */
/* The map in memory against a model of one byte a block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../drivers/block/evergreen/map.c"

#define BLOCKS	(3 * EVG_MAP_BLOCKS + 77)

static u8 model[BLOCKS];

static void load_all(struct evg_map *map)
{
	u32 i;

	for (i = 0; i < map->pages; i++)
		evg_map_install(map, i, NULL);
}

static u32 model_run(u64 first, u32 max)
{
	u64 page_end = (first / EVG_MAP_BLOCKS + 1) * EVG_MAP_BLOCKS;
	u32 n = 0;

	while (n < max && first + n < page_end && model[first + n] == model[first])
		n++;
	return n;
}

static void set_both(struct evg_map *map, u64 first, u32 n)
{
	u32 fresh = 0, i;

	for (i = 0; i < n; i++) {
		fresh += !model[first + i];
		model[first + i] = 1;
	}
	assert_int_equal(evg_map_prepare(map, first, n), 0);
	assert_int_equal(evg_map_set_clean(map, first, n), fresh);
}

static void compare(struct evg_map *map, u64 first, u32 max)
{
	u32 n, i;
	bool all = true;

	assert_int_equal(evg_map_run(map, first, max, &n),
			 model[first] ? EVG_CLEAN : EVG_ABSENT);
	assert_int_equal(n, model_run(first, max));
	for (i = 0; i < max; i++)
		all &= model[first + i];
	assert_int_equal(evg_map_is_present(map, first, max), all);
}

static void nothing_is_known_before_it_is_loaded(void **state)
{
	struct evg_map map;
	u32 n;

	(void)state;
	assert_int_equal(evg_map_init(&map, BLOCKS), 0);
	assert_int_equal(map.pages, 4);
	assert_int_equal(evg_map_run(&map, 0, 5, &n), EVG_UNKNOWN);
	assert_int_equal(n, 5);
	assert_int_equal(evg_map_prepare(&map, 0, 1), -EAGAIN);
	assert_false(evg_map_is_present(&map, 0, 1));
	evg_map_install(&map, 0, NULL);
	assert_true(evg_map_is_loaded(&map, 0));
	assert_int_equal(evg_map_run(&map, 0, 5, &n), EVG_ABSENT);
	assert_int_equal(evg_map_prepare(&map, EVG_MAP_BLOCKS - 1, 2), -EAGAIN);
	evg_map_exit(&map);
	assert_null(map.page);
}

static void runs_end_where_presence_changes(void **state)
{
	static const u32 lengths[] = { 1, 2, 31, 32, 33, 64, 100, 1000 };
	struct evg_map map;
	unsigned int seed = 1;
	size_t i;
	u64 first;
	u32 n;
	int step;

	(void)state;
	memset(model, 0, sizeof(model));
	assert_int_equal(evg_map_init(&map, BLOCKS), 0);
	load_all(&map);
	/* Every offset in a word, with every short length, at a page's edges. */
	for (first = 0; first < 130; first++)
		for (n = 1; n < 70; n++)
			compare(&map, first, n);
	set_both(&map, 3, 1);
	set_both(&map, 32, 32);
	set_both(&map, 95, 2);
	set_both(&map, EVG_MAP_BLOCKS - 1, 2);
	for (first = 0; first < 130; first++)
		for (n = 1; n < 70; n++)
			compare(&map, first, n);
	for (step = 0; step < 3000; step++) {
		n = lengths[rand_r(&seed) % 8];
		first = rand_r(&seed) % (BLOCKS - n);
		if (step % 3)
			compare(&map, first, n);
		else
			set_both(&map, first, n);
	}
	for (i = 0; i < BLOCKS; i += 97)
		compare(&map, i, min(BLOCKS - i, 300UL));
	for (i = 0; i < map.pages; i++)
		assert_true(map.dirty[0] >> i & 1);
	evg_map_exit(&map);
}

static void what_is_set_is_marked_to_be_saved(void **state)
{
	struct evg_map map;

	(void)state;
	memset(model, 0, sizeof(model));
	assert_int_equal(evg_map_init(&map, BLOCKS), 0);
	load_all(&map);
	set_both(&map, 2 * EVG_MAP_BLOCKS, 1);
	assert_int_equal(map.dirty[0], 4);
	map.dirty[0] = 0;
	set_both(&map, 2 * EVG_MAP_BLOCKS, 1);
	assert_int_equal(map.dirty[0], 0);
	evg_map_exit(&map);
}

static void clear_both(struct evg_map *map, u64 first, u32 n)
{
	u32 cleared = 0, i;

	for (i = 0; i < n; i++) {
		cleared += model[first + i];
		model[first + i] = 0;
	}
	assert_int_equal(evg_map_clear(map, first, n), cleared);
}

static void what_is_cleared_is_absent(void **state)
{
	static const u32 lengths[] = { 1, 2, 16, 31, 32, 33, 64, 500 };
	struct evg_map map;
	unsigned int seed = 2;
	u64 first;
	u32 n;
	int step;

	(void)state;
	memset(model, 0, sizeof(model));
	assert_int_equal(evg_map_init(&map, BLOCKS), 0);
	load_all(&map);
	for (step = 0; step < 6000; step++) {
		n = lengths[rand_r(&seed) % 8];
		/* Mostly about the end of a page, so that they meet. */
		first = EVG_MAP_BLOCKS - 700 + rand_r(&seed) % 1400;
		if (step % 3 == 0)
			set_both(&map, first, n);
		else if (step % 3 == 1)
			clear_both(&map, first, n);
		else
			compare(&map, first, n);
	}
	for (first = EVG_MAP_BLOCKS - 700; first < EVG_MAP_BLOCKS + 1300; first++)
		compare(&map, first, 40);
	evg_map_exit(&map);
}

static void what_is_cleared_is_saved_and_dirty_stays(void **state)
{
	struct evg_map map;
	u32 n;

	(void)state;
	memset(model, 0, sizeof(model));
	assert_int_equal(evg_map_init(&map, BLOCKS), 0);
	load_all(&map);
	/* What is all absent has no page, and needs none. */
	assert_int_equal(evg_map_clear(&map, 0, 4 * EVG_MAP_WORD_BLOCKS), 0);
	assert_int_equal(map.dirty[0], 0);
	assert_ptr_equal(map.page[0], &evg_map_empty);

	set_both(&map, EVG_MAP_BLOCKS - 1, 2);
	map.page[0]->words[0] = cpu_to_le64(EVG_DIRTY << 2 | EVG_CLEAN);
	map.dirty[0] = 0;
	assert_int_equal(evg_map_clear(&map, 0, 32), 1);
	assert_int_equal(map.dirty[0], 1);
	assert_int_equal(evg_map_run(&map, 1, 9, &n), EVG_DIRTY);
	assert_int_equal(evg_map_run(&map, 0, 9, &n), EVG_ABSENT);
	/* Though nothing changes: the other slot on disk may claim them. */
	map.dirty[0] = 0;
	assert_int_equal(evg_map_clear(&map, EVG_MAP_BLOCKS - 50, 100), 2);
	assert_int_equal(map.dirty[0], 3);
	map.dirty[0] = 0;
	assert_int_equal(evg_map_clear(&map, EVG_MAP_BLOCKS - 50, 100), 0);
	assert_int_equal(map.dirty[0], 3);
	evg_map_exit(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_before_it_is_loaded),
		cmocka_unit_test(runs_end_where_presence_changes),
		cmocka_unit_test(what_is_cleared_is_absent),
		cmocka_unit_test(what_is_cleared_is_saved_and_dirty_stays),
		cmocka_unit_test(what_is_set_is_marked_to_be_saved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
