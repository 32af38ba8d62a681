// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/evergreend/queue.c */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "queue.h"

enum { BLOCKS = 1000 };

static struct queue queue;
static enum queue_state state[BLOCKS];	/* what look() says of each */
static uint32_t looks;

static enum queue_state look(uint64_t first, uint32_t count, uint32_t *run,
			     void *arg)
{
	(void)arg;
	looks++;
	assert_true(count > 0 && first + count <= BLOCKS);
	for (*run = 1; *run < count; ++*run)
		if (state[first + *run] != state[first])
			break;
	return state[first];
}

static int begin(void **unused)
{
	uint32_t i;

	(void)unused;
	queue_init(&queue);
	looks = 0;
	for (i = 0; i < BLOCKS; i++)
		state[i] = QUEUE_LACKS;
	return 0;
}

static void put(struct queue_list *list, const struct function_range *range,
		size_t ranges, enum queue_class class)
{
	memset(list, 0, sizeof(*list));
	list->range = range;
	list->ranges = ranges;
	list->class = class;
	queue_put(&queue, list);
}

/* As one who fetches at once what is given. */
static void expect_run(enum queue_mode mode, uint64_t first, uint32_t count)
{
	struct queue_run run;
	uint32_t i;

	assert_int_equal(queue_next(&queue, mode, 16, look, NULL, &run),
			 QUEUE_RUN);
	assert_int_equal(run.first, first);
	assert_int_equal(run.count, count);
	for (i = 0; i < count; i++)
		state[first + i] = QUEUE_HAS;
}

static void expect_nothing(enum queue_mode mode)
{
	struct queue_run run;

	assert_int_equal(queue_next(&queue, mode, 16, look, NULL, &run),
			 QUEUE_NOTHING);
}

static void ranges_keep_their_order(void **unused)
{
	const struct function_range range[] = { { 500, 3 }, { 10, 40 }, { 2, 1 } };
	struct queue_list list;

	(void)unused;
	put(&list, range, 3, QUEUE_FUNCTION);
	expect_run(QUEUE_ALL, 500, 3);
	expect_run(QUEUE_ALL, 10, 16);
	expect_run(QUEUE_ALL, 26, 16);
	expect_run(QUEUE_ALL, 42, 8);
	expect_run(QUEUE_ALL, 2, 1);
	expect_nothing(QUEUE_ALL);
}

static void what_is_there_is_passed_by(void **unused)
{
	const struct function_range range[] = { { 10, 20 } };
	struct queue_list list;

	(void)unused;
	state[10] = QUEUE_HAS;
	state[15] = QUEUE_HAS;
	put(&list, range, 1, QUEUE_FUNCTION);
	expect_run(QUEUE_ALL, 11, 4);
	expect_run(QUEUE_ALL, 16, 14);
	expect_nothing(QUEUE_ALL);
}

static void a_run_is_given_until_it_is_there(void **unused)
{
	const struct function_range range[] = { { 10, 20 } };
	struct queue_list list;
	struct queue_run run;
	int i;

	(void)unused;
	put(&list, range, 1, QUEUE_FUNCTION);
	for (i = 0; i < 2; i++) {
		assert_int_equal(queue_next(&queue, QUEUE_ALL, 4, look, NULL,
					    &run), QUEUE_RUN);
		assert_int_equal(run.first, 10);
		assert_int_equal(run.count, 4);
		assert_ptr_equal(run.list, &list);
	}
}

static void classes_go_in_their_order(void **unused)
{
	const struct function_range range[] = {
		{ 0, 1 }, { 1, 1 }, { 2, 1 }, { 3, 1 }, { 4, 1 }, { 5, 1 },
	};
	struct queue_list list[6];
	uint64_t i;

	(void)unused;
	for (i = 6; i--;) {
		put(&list[i], &range[i], 1, (enum queue_class)i);
		list[i].weight = (uint32_t)i;
	}
	for (i = 0; i < 6; i++)
		expect_run(QUEUE_ALL, i, 1);
	expect_nothing(QUEUE_ALL);
}

static void more_weight_goes_first(void **unused)
{
	const struct function_range range[] = { { 0, 1 }, { 1, 1 }, { 2, 1 } };
	const uint32_t weight[] = { 10, 1000, 100 };
	struct queue_list list[3];
	int i;

	(void)unused;
	for (i = 0; i < 3; i++) {
		put(&list[i], &range[i], 1, QUEUE_FUNCTION);
		list[i].weight = weight[i];
	}
	expect_run(QUEUE_ALL, 1, 1);
	expect_run(QUEUE_ALL, 2, 1);
	expect_run(QUEUE_ALL, 0, 1);
}

static void later_orders_go_first(void **unused)
{
	const struct function_range range[] = { { 0, 1 }, { 1, 1 } };
	struct queue_list list[2];

	(void)unused;
	put(&list[0], &range[0], 1, QUEUE_ASKED);
	put(&list[1], &range[1], 1, QUEUE_ASKED);
	list[0].order = 1;
	list[1].order = 2;
	expect_run(QUEUE_ALL, 1, 1);
	expect_run(QUEUE_ALL, 0, 1);
}

static void a_function_in_front_interrupts_another(void **unused)
{
	const struct function_range range[] = { { 0, 40 }, { 100, 8 } };
	struct queue_list list[2];

	(void)unused;
	put(&list[0], &range[0], 1, QUEUE_FUNCTION);
	put(&list[1], &range[1], 1, QUEUE_FUNCTION);
	list[0].weight = 1;
	expect_run(QUEUE_ALL, 0, 16);
	list[1].class = QUEUE_ASKED;
	queue_put(&queue, &list[1]);
	expect_run(QUEUE_ALL, 100, 8);
	expect_run(QUEUE_ALL, 16, 16);
}

static void soonest_is_what_lacks_least(void **unused)
{
	const struct function_range range[] = {
		{ 0, 9 }, { 20, 3 }, { 40, 6 }, { 60, 30 }, { 100, 8 }, { 200, 8 },
	};
	struct queue_list list[6];
	int i;

	(void)unused;
	for (i = 0; i < 6; i++) {
		put(&list[i], &range[i], 1, QUEUE_FUNCTION);
		list[i].absent = range[i].count;
	}
	list[0].weight = 1000;
	list[3].class = QUEUE_METADATA;
	list[4].class = QUEUE_SESSION;
	list[5].class = QUEUE_HYDRATE;
	expect_run(QUEUE_SOONEST, 60, 16);
	expect_run(QUEUE_SOONEST, 76, 14);
	expect_run(QUEUE_SOONEST, 20, 3);
	expect_run(QUEUE_SOONEST, 40, 6);
	expect_run(QUEUE_SOONEST, 0, 9);
	expect_nothing(QUEUE_SOONEST);
	expect_run(QUEUE_ALL, 100, 8);
}

static void where_room_is_short_only_what_matters_goes(void **unused)
{
	const struct function_range range[] = { { 0, 9 }, { 20, 3 } };
	struct queue_list list[2];

	(void)unused;
	put(&list[0], &range[0], 1, QUEUE_ASKED);
	put(&list[1], &range[1], 1, QUEUE_FUNCTION);
	list[1].matters = true;
	queue.tight = true;
	expect_run(QUEUE_ALL, 20, 3);
	expect_nothing(QUEUE_ALL);
	queue.tight = false;
	expect_run(QUEUE_ALL, 0, 9);
}

static void what_is_unknown_is_asked(void **unused)
{
	const struct function_range range[] = { { 10, 4 }, { 300, 4 } };
	struct queue_list list;
	struct queue_run run;

	(void)unused;
	state[300] = QUEUE_UNKNOWN;
	put(&list, range, 2, QUEUE_FUNCTION);
	expect_run(QUEUE_ALL, 10, 4);
	assert_int_equal(queue_next(&queue, QUEUE_ALL, 16, look, NULL, &run),
			 QUEUE_ASK);
	assert_int_equal(run.first, 300);
	state[300] = QUEUE_LACKS;
	expect_run(QUEUE_ALL, 300, 4);
}

static void rewound_it_finds_what_went(void **unused)
{
	const struct function_range range[] = { { 10, 4 } };
	struct queue_list list;

	(void)unused;
	put(&list, range, 1, QUEUE_FUNCTION);
	expect_run(QUEUE_ALL, 10, 4);
	expect_nothing(QUEUE_ALL);
	state[12] = QUEUE_LACKS;
	expect_nothing(QUEUE_ALL);
	queue_rewind(&queue);
	expect_run(QUEUE_ALL, 12, 1);
}

static void a_list_removed_is_gone(void **unused)
{
	const struct function_range range[] = { { 10, 4 }, { 20, 4 } };
	struct queue_list list[2];

	(void)unused;
	put(&list[0], &range[0], 1, QUEUE_FUNCTION);
	put(&list[1], &range[1], 1, QUEUE_FUNCTION);
	queue_remove(&queue, &list[0]);
	queue_remove(&queue, &list[0]);
	expect_run(QUEUE_ALL, 20, 4);
	expect_nothing(QUEUE_ALL);
}

static void empty_lists_hold_nobody_up(void **unused)
{
	const struct function_range range[] = { { 20, 4 } };
	struct queue_list list[2];

	(void)unused;
	put(&list[0], NULL, 0, QUEUE_LEDGER);
	put(&list[1], range, 1, QUEUE_FUNCTION);
	expect_run(QUEUE_ALL, 20, 4);
	expect_nothing(QUEUE_ALL);
}

/* Many small ranges that are there must not hold up the loop. */
static void it_does_not_look_for_ever(void **unused)
{
	static struct function_range range[10000];
	struct queue_list list;
	uint32_t i;

	(void)unused;
	for (i = 0; i < 10000; i++)
		range[i] = (struct function_range){ i % 999, 1 };
	for (i = 0; i < 999; i++)
		state[i] = QUEUE_HAS;
	range[9999].first = 999;
	put(&list, range, 10000, QUEUE_FUNCTION);
	expect_nothing(QUEUE_ALL);
	assert_in_range(looks, 1, 5000);
	expect_nothing(QUEUE_ALL);
	expect_run(QUEUE_ALL, 999, 1);
}

/* The loop that serves readers runs this: no step of it may take long. */
static void many_lists_cost_little(void **unused)
{
	enum { MANY = 100000 };
	static struct queue_list list[MANY];
	static const struct function_range whole = { 0, 1 }, lacks = { 1, 1 };
	struct queue_run run;
	int i, calls = 0;

	(void)unused;
	state[0] = QUEUE_HAS;
	alarm(20);		/* it took minutes */
	for (i = 0; i < MANY; i++)
		put(&list[i], i == MANY / 2 ? &lacks : &whole, 1, QUEUE_FUNCTION);
	while (queue_next(&queue, QUEUE_ALL, 16, look, NULL, &run) == QUEUE_NOTHING)
		calls++;
	assert_ptr_equal(run.list, &list[MANY / 2]);
	assert_in_range(calls, 1, MANY / 4096 + 1);
	expect_run(QUEUE_SOONEST, 1, 1);
	for (i = 0; i < MANY; i++) {
		list[i].weight = (uint32_t)i % 7;
		queue_put(&queue, &list[i]);
	}
	state[1] = QUEUE_LACKS;
	for (i = 0; i < MANY; i += 2)
		queue_remove(&queue, &list[i]);
	list[77777].range = &lacks;
	while (queue_next(&queue, QUEUE_ALL, 16, look, NULL, &run) == QUEUE_NOTHING)
		;
	assert_ptr_equal(run.list, &list[77777]);
	alarm(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ranges_keep_their_order, begin),
		cmocka_unit_test_setup(what_is_there_is_passed_by, begin),
		cmocka_unit_test_setup(a_run_is_given_until_it_is_there, begin),
		cmocka_unit_test_setup(classes_go_in_their_order, begin),
		cmocka_unit_test_setup(more_weight_goes_first, begin),
		cmocka_unit_test_setup(later_orders_go_first, begin),
		cmocka_unit_test_setup(a_function_in_front_interrupts_another,
				       begin),
		cmocka_unit_test_setup(soonest_is_what_lacks_least, begin),
		cmocka_unit_test_setup(where_room_is_short_only_what_matters_goes,
				       begin),
		cmocka_unit_test_setup(what_is_unknown_is_asked, begin),
		cmocka_unit_test_setup(rewound_it_finds_what_went, begin),
		cmocka_unit_test_setup(a_list_removed_is_gone, begin),
		cmocka_unit_test_setup(empty_lists_hold_nobody_up, begin),
		cmocka_unit_test_setup(it_does_not_look_for_ever, begin),
		cmocka_unit_test_setup(many_lists_cost_little, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
