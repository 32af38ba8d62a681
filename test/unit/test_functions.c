// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/ev*d/functions.c userspace/ev*d/present.c userspace/lib/function.c */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "functions.h"

enum {
	BLOCKS		= 3 * EVG_MAP_BLOCKS,
	MANY		= 40,
	RANGES		= 50,
};

static struct functions functions;
static struct present present;

static int begin(void **state)
{
	static const uint64_t words[EVG_MAP_WORDS];

	(void)state;
	memset(&functions, 0, sizeof(functions));
	if (present_init(&present, BLOCKS))
		return -1;
	present_learn(&present, 0, words);
	return present_learn(&present, EVG_MAP_BLOCKS, words);
}

static int end(void **state)
{
	(void)state;
	functions_free(&functions);
	present_free(&present);
	return 0;
}

static struct function *new_functions(size_t n)
{
	struct function *all = calloc(n + 1, sizeof(*all));
	size_t i;

	for (i = 0; i < n; i++) {
		all[i].image_bytes = (uint64_t)BLOCKS * 4096;
		snprintf(all[i].name, sizeof(all[i].name), "f%03zu", i);
	}
	return all;
}

static bool has(uint64_t block, uint32_t number)
{
	const uint32_t *member;
	uint32_t n;

	member = functions_of(&functions, block, &n);
	for (; n; n--, member++)
		if (*member == number)
			return true;
	return false;
}

static uint32_t members(uint64_t block)
{
	uint32_t n;

	functions_of(&functions, block, &n);
	return n;
}

static void no_functions_have_no_blocks(void **state)
{
	(void)state;
	assert_int_equal(members(5), 0);
	assert_int_equal(functions_take(&functions, new_functions(0), 0), 0);
	assert_int_equal(members(5), 0);
	assert_null(functions_find(&functions, "f000"));
}

static void a_block_belongs_to_those_that_have_it(void **state)
{
	struct function *all = new_functions(3);

	(void)state;
	function_add(&all[0], 10, 10);
	function_add(&all[1], 15, 10);
	function_add(&all[1], 5, 5);
	function_add(&all[2], 20, 1);
	function_add(&all[2], 21, 1);
	assert_int_equal(functions_take(&functions, all, 3), 0);
	assert_int_equal(members(4), 0);
	assert_true(has(5, 1) && members(5) == 1);
	assert_true(has(10, 0) && members(10) == 1);
	assert_true(has(15, 0) && has(15, 1) && members(15) == 2);
	assert_true(has(20, 1) && has(20, 2) && members(20) == 2);
	assert_true(has(21, 1) && has(21, 2) && members(21) == 2);
	assert_true(has(22, 1) && members(22) == 1);
	assert_int_equal(members(25), 0);
	assert_ptr_equal(functions_find(&functions, "f001"),
			 &functions.loaded[1]);
}

/* Against the plain way to see it. */
static void any_choice_of_ranges_is_right(void **state)
{
	static bool model[MANY][2 * EVG_MAP_BLOCKS];
	struct function *all = new_functions(MANY);
	uint32_t i, j, k, expected;

	(void)state;
	srandom(1);
	for (i = 0; i < MANY; i++) {
		for (j = 0; j < RANGES; j++) {
			uint32_t first = (uint32_t)random() % 2000;
			uint32_t count = 1 + (uint32_t)random() % 40;

			function_add(&all[i], first, count);
			for (k = first; k < first + count; k++)
				model[i][k] = true;
		}
	}
	assert_int_equal(functions_take(&functions, all, MANY), 0);
	for (k = 0; k < 2100; k++) {
		expected = 0;
		for (i = 0; i < MANY; i++) {
			assert_int_equal(has(k, i), model[i][k]);
			expected += model[i][k];
		}
		assert_int_equal(members(k), expected);
	}
}

static const char *wholes;		/* the last one that became whole */

static void note_whole(struct loaded *l, void *arg)
{
	(void)arg;
	l->whole = true;
	wholes = l->f.name;
}

static void what_is_absent_is_counted_and_kept(void **state)
{
	struct function *all = new_functions(2);
	struct loaded *l;
	uint64_t block;

	(void)state;
	function_add(&all[0], 100, 10);
	function_add(&all[1], 105, 100);
	present_set(&present, 104);
	present_set(&present, 105);
	functions_take(&functions, all, 2);
	l = functions.loaded;
	functions_came(&functions, 105, note_whole, NULL);	/* not counted yet: no change */
	assert_true(functions_count(&functions, &present, &block));
	assert_int_equal(l[0].list.absent, 8);
	assert_int_equal(l[1].list.absent, 99);
	functions_came(&functions, 106, note_whole, NULL);
	functions_came(&functions, 120, note_whole, NULL);
	assert_int_equal(l[0].list.absent, 7);
	assert_int_equal(l[1].list.absent, 97);
	functions_went(&functions, 105);
	assert_int_equal(l[0].list.absent, 8);
	assert_int_equal(l[1].list.absent, 98);
	assert_null(wholes);
	for (block = 100; block < 110; block++)
		if (block != 104 && block != 106)
			functions_came(&functions, block, note_whole, NULL);
	assert_string_equal(wholes, "f000");
}

static void names_are_found_in_any_order(void **state)
{
	static const char * const name[] = { "b", "a-c", "a", "z", "a.c", "B" };
	struct function *all = new_functions(6);
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++)
		snprintf(all[i].name, sizeof(all[i].name), "%s", name[i]);
	functions_take(&functions, all, 6);
	for (i = 0; i < 6; i++)
		assert_string_equal(functions_find(&functions, name[i])->f.name, name[i]);
	assert_null(functions_find(&functions, "c"));
	functions_free(&functions);
	assert_null(functions_find(&functions, "a"));
}

static void what_is_unknown_is_asked_about(void **state)
{
	static const uint64_t words[EVG_MAP_WORDS];
	struct function *all = new_functions(1);
	uint64_t block;

	(void)state;
	function_add(&all[0], 10, 5);
	function_add(&all[0], 2 * EVG_MAP_BLOCKS + 7, 5);
	functions_take(&functions, all, 1);
	assert_false(functions_count(&functions, &present, &block));
	assert_int_equal(block, 2 * EVG_MAP_BLOCKS + 7);
	assert_false(functions.loaded[0].counted);
	present_learn(&present, block, words);
	assert_true(functions_count(&functions, &present, &block));
	assert_int_equal(functions.loaded[0].list.absent, 10);
	functions_doubt(&functions);
	assert_false(functions.loaded[0].counted);
}

static void the_next_set_replaces_the_last(void **state)
{
	struct function *all = new_functions(2);

	(void)state;
	function_add(&all[0], 10, 5);
	function_add(&all[1], 10, 5);
	functions_take(&functions, all, 2);
	all = new_functions(1);
	function_add(&all[0], 50, 5);
	functions_take(&functions, all, 1);
	assert_int_equal(functions.n, 1);
	assert_int_equal(members(10), 0);
	assert_int_equal(members(50), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_functions_have_no_blocks,
						begin, end),
		cmocka_unit_test_setup_teardown(a_block_belongs_to_those_that_have_it,
						begin, end),
		cmocka_unit_test_setup_teardown(any_choice_of_ranges_is_right,
						begin, end),
		cmocka_unit_test_setup_teardown(names_are_found_in_any_order,
						begin, end),
		cmocka_unit_test_setup_teardown(what_is_absent_is_counted_and_kept,
						begin, end),
		cmocka_unit_test_setup_teardown(what_is_unknown_is_asked_about,
						begin, end),
		cmocka_unit_test_setup_teardown(the_next_set_replaces_the_last,
						begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
