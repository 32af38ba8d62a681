// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/lib/crc32c.c */
/* The ledger: what it merges, forgets and tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../drivers/block/evergreen/ledger.c"

static void write_miss(struct evg_ledger *ledger, u64 first, u32 count, u32 pid,
		       enum evg_outcome outcome)
{
	struct evg_miss miss = {
		.first = first, .count = count, .outcome = outcome,
		.who = { .pid = pid, .comm = "reader" }, .time_ns = ledger->seq + 1,
	};

	evg_ledger_write(ledger, &miss);
}

static void one_that_reads_on_makes_one_entry(void **state)
{
	struct evg_ledger ledger = { 0 };
	struct evg_miss got[4];
	u64 i;

	(void)state;
	assert_int_equal(evg_ledger_init(&ledger), 0);
	assert_int_equal(evg_ledger_read(&ledger, 0, got, 4), 0);
	for (i = 0; i < 1000; i++)
		write_miss(&ledger, 100 + i * 8, 8, 7, EVG_OUTCOME_WAITED);
	assert_int_equal(evg_ledger_read(&ledger, 0, got, 4), 1);
	assert_int_equal(got[0].seq, 1000);
	assert_int_equal(got[0].first, 100);
	assert_int_equal(got[0].count, 8000);
	assert_int_equal(got[0].time_ns, 1000);
	assert_string_equal(got[0].who.comm, "reader");
	/* Who has read it is told that it grew, backwards, too; or was tried again. */
	write_miss(&ledger, 90, 10, 7, EVG_OUTCOME_WAITED);
	assert_int_equal(evg_ledger_read(&ledger, 1000, got, 4), 1);
	assert_int_equal(got[0].first, 90);
	assert_int_equal(got[0].count, 8010);
	write_miss(&ledger, 200, 1, 7, EVG_OUTCOME_WAITED);
	assert_int_equal(evg_ledger_read(&ledger, 1001, got, 4), 1);
	assert_int_equal(got[0].seq, 1002);
	assert_int_equal(got[0].count, 8010);
	assert_int_equal(evg_ledger_read(&ledger, 1002, got, 4), 0);
	evg_ledger_exit(&ledger);
	assert_null(ledger.miss);
}

static void others_make_their_own(void **state)
{
	struct evg_ledger ledger = { 0 };
	struct evg_miss got[9];

	(void)state;
	assert_int_equal(evg_ledger_init(&ledger), 0);
	write_miss(&ledger, 100, 8, 7, EVG_OUTCOME_WAITED);
	write_miss(&ledger, 109, 8, 7, EVG_OUTCOME_WAITED);	/* a gap */
	write_miss(&ledger, 100, 8, 7, EVG_OUTCOME_WAITED);
	write_miss(&ledger, 108, 8, 8, EVG_OUTCOME_WAITED);
	write_miss(&ledger, 116, 8, 8, EVG_OUTCOME_FAILED);
	/* No count can hold both. */
	write_miss(&ledger, 124, U32_MAX, 8, EVG_OUTCOME_FAILED);
	assert_int_equal(evg_ledger_read(&ledger, 0, got, 9), 6);
	assert_int_equal(got[0].first, 100);
	assert_int_equal(got[1].first, 109);
	assert_int_equal(got[4].outcome, EVG_OUTCOME_FAILED);
	assert_int_equal(got[5].count, U32_MAX);
	assert_int_equal(evg_ledger_read(&ledger, 2, got, 2), 2);
	assert_int_equal(got[0].seq, 3);
	assert_int_equal(got[1].seq, 4);
	evg_ledger_exit(&ledger);
}

static void the_oldest_are_forgotten(void **state)
{
	struct evg_ledger ledger = { 0 };
	struct evg_miss got[100];
	u64 i, seq = 0, n = 0;
	u32 some, j;

	(void)state;
	assert_int_equal(evg_ledger_init(&ledger), 0);
	for (i = 1; i <= EVG_LEDGER_MAX + 500; i++)
		write_miss(&ledger, i * 10, 1, 7, EVG_OUTCOME_DRILLED);
	assert_int_equal(evg_ledger_read(&ledger, 0, got, 1), 1);
	assert_int_equal(got[0].seq, 501);
	while ((some = evg_ledger_read(&ledger, seq, got, 100))) {
		for (j = 0; j < some; j++) {
			assert_true(got[j].seq > seq);
			seq = got[j].seq;
			assert_int_equal(got[j].first, seq * 10);
		}
		n += some;
	}
	assert_int_equal(n, EVG_LEDGER_MAX);
	assert_int_equal(seq, EVG_LEDGER_MAX + 500);
	evg_ledger_exit(&ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_reads_on_makes_one_entry),
		cmocka_unit_test(others_make_their_own),
		cmocka_unit_test(the_oldest_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
