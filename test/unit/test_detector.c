// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/evergreend/detector.c */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "detector.h"

#define MS 1000000ULL
#define SECOND (1000 * MS)

static struct detector_request one, many[4096];
static const uint64_t start = 5 * SECOND;

/* A connection that has answered N requests, each after RTT. */
static uint64_t answered(struct detector *d, uint64_t rtt, int n)
{
	struct detector_request request;
	uint64_t now = start;

	detector_init(d, now, 7500 * MS, 0);
	while (n--) {
		detector_sent(d, now, 4096, &request);
		detector_done(d, now + rtt, &request);
		now += rtt;
	}
	return now;
}

static void idle_is_fine_and_then_wants_a_probe(void **state)
{
	struct detector d;
	uint64_t now = answered(&d, 20 * MS, 20);

	(void)state;
	assert_int_equal(detector_verdict(&d, now + 3600 * SECOND),
			 DETECTOR_FINE);
	assert_false(detector_wants_probe(&d, now + SECOND));
	assert_true(detector_wants_probe(&d, now + 4 * SECOND));
}

static void long_idle_is_asked_seldom(void **state)
{
	struct detector d;
	uint64_t now = answered(&d, 20 * MS, 20);

	(void)state;
	d.probes = DETECTOR_PROBES_OFTEN;
	assert_false(detector_wants_probe(&d, now + 29 * SECOND));
	assert_true(detector_wants_probe(&d, now + 31 * SECOND));
	detector_doubt(&d);
	assert_true(detector_wants_probe(&d, now));
}

static void silence_is_suspicious_then_lost(void **state)
{
	struct detector d;
	uint64_t now = answered(&d, 20 * MS, 20);

	(void)state;
	detector_sent(&d, now, 4096, &one);
	assert_int_equal(detector_verdict(&d, now + 100 * MS), DETECTOR_FINE);
	assert_int_equal(detector_verdict(&d, now + 400 * MS),
			 DETECTOR_SUSPECT);
	assert_int_equal(detector_verdict(&d, now + 1500 * MS), DETECTOR_LOST);
	assert_false(detector_wants_probe(&d, now + 4 * SECOND));
}

static void any_byte_is_progress(void **state)
{
	struct detector d;
	uint64_t now = answered(&d, 20 * MS, 20);
	int i;

	(void)state;
	detector_sent(&d, now, 128 << 10, &one);
	for (i = 0; i < 100; i++) {
		now += 200 * MS;
		assert_int_equal(detector_verdict(&d, now), DETECTOR_FINE);
		detector_progress(&d, now);
	}
}

static void a_slow_server_is_given_time(void **state)
{
	struct detector d;
	uint64_t now = answered(&d, 600 * MS, 50);

	(void)state;
	detector_sent(&d, now, 4096, &one);
	assert_int_equal(detector_verdict(&d, now + 600 * MS), DETECTOR_FINE);
	assert_int_equal(detector_verdict(&d, now + 2 * SECOND),
			 DETECTOR_SUSPECT);
	assert_int_equal(detector_verdict(&d, now + 6 * SECOND),
			 DETECTOR_LOST);
}

static void the_bound_holds_whatever_was_measured(void **state)
{
	struct detector d;
	uint64_t now = answered(&d, 30 * SECOND, 50);

	(void)state;
	detector_sent(&d, now, 4096, &one);
	assert_int_equal(detector_verdict(&d, now + 7400 * MS),
			 DETECTOR_SUSPECT);
	assert_int_equal(detector_verdict(&d, now + 7600 * MS), DETECTOR_LOST);
}

static void a_short_bound_wins_over_the_least_wait(void **state)
{
	struct detector d;

	(void)state;
	detector_init(&d, start, 75 * MS, 0);
	detector_sent(&d, start, 512, &one);
	assert_int_equal(detector_verdict(&d, start + 30 * MS), DETECTOR_FINE);
	assert_int_equal(detector_verdict(&d, start + 50 * MS),
			 DETECTOR_SUSPECT);
	assert_int_equal(detector_verdict(&d, start + 80 * MS), DETECTOR_LOST);
}

static void patience_doubles_each_wait(void **state)
{
	struct detector d;

	(void)state;
	detector_init(&d, start, 75 * SECOND, 2);
	detector_sent(&d, start, 512, &one);
	assert_int_equal(detector_verdict(&d, start + 3 * SECOND),
			 DETECTOR_FINE);
	assert_int_equal(detector_verdict(&d, start + 5 * SECOND),
			 DETECTOR_SUSPECT);
	assert_int_equal(detector_verdict(&d, start + 17 * SECOND),
			 DETECTOR_LOST);
}

static void doubt_is_lifted_by_a_byte_only(void **state)
{
	struct detector d;
	uint64_t now = answered(&d, 20 * MS, 5);

	(void)state;
	detector_doubt(&d);
	assert_int_equal(detector_verdict(&d, now), DETECTOR_SUSPECT);
	assert_true(detector_wants_probe(&d, now));
	detector_sent(&d, now, 512, &one);
	assert_int_equal(detector_verdict(&d, now + 100 * MS),
			 DETECTOR_SUSPECT);
	detector_progress(&d, now + 100 * MS);
	assert_int_equal(detector_verdict(&d, now + 100 * MS), DETECTOR_FINE);
}

static void a_stall_of_ours_is_not_their_silence(void **state)
{
	struct detector d;
	uint64_t now = answered(&d, 20 * MS, 20);

	(void)state;
	detector_sent(&d, now, 4096, &one);
	detector_stalled(&d, 60 * SECOND);
	assert_int_equal(detector_verdict(&d, now + 60 * SECOND + 100 * MS),
			 DETECTOR_FINE);
	assert_int_equal(detector_verdict(&d, now + 62 * SECOND),
			 DETECTOR_LOST);
}

/* 100 MB/s and 250 ms: the budget must grow to what the path holds. */
static void the_budget_grows_to_the_path(void **state)
{
	uint64_t now = start, sent, rtt = 250 * MS, flight;
	const uint32_t piece = 128 << 10;
	struct detector d;
	uint32_t n, i;
	int round;

	(void)state;
	detector_init(&d, now, 7500 * MS, 0);
	assert_in_range(detector_budget(&d), 128 << 10, 512 << 10);
	for (round = 0; round < 12; round++) {
		n = (uint32_t)(detector_budget(&d) / piece);
		flight = n * (uint64_t)piece;
		if (flight > 25000000)
			rtt = flight * 10;
		sent = now;
		for (i = 0; i < n; i++)
			detector_sent(&d, sent, piece, &many[i]);
		for (i = 0; i < n; i++)
			detector_done(&d, sent + rtt, &many[i]);
		now = sent + rtt;
	}
	assert_in_range(detector_budget(&d), 20 << 20, 32 << 20);
	assert_int_equal(d.outstanding, 0);
	assert_int_equal(d.outstanding_bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle_is_fine_and_then_wants_a_probe),
		cmocka_unit_test(long_idle_is_asked_seldom),
		cmocka_unit_test(silence_is_suspicious_then_lost),
		cmocka_unit_test(any_byte_is_progress),
		cmocka_unit_test(a_slow_server_is_given_time),
		cmocka_unit_test(the_bound_holds_whatever_was_measured),
		cmocka_unit_test(a_short_bound_wins_over_the_least_wait),
		cmocka_unit_test(patience_doubles_each_wait),
		cmocka_unit_test(doubt_is_lifted_by_a_byte_only),
		cmocka_unit_test(a_stall_of_ours_is_not_their_silence),
		cmocka_unit_test(the_budget_grows_to_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
