// SPDX-License-Identifier: GPL-2.0
/* evg-sources: drivers/block/evergreen/link.c */
/*
 * The link state machine: every state with every event at every edge of the
 * clock, and then every path of events to a depth that goes round every cycle.
 *
 * "test_link --table" prints the table for Documentation/link-states.rst.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../drivers/block/evergreen/link.h"

#define SECOND	1000000000ULL
#define GRACE	(30 * SECOND)
#define DETECT	(10 * SECOND)
#define START	(1000 * SECOND)

static const struct evg_link_config config = { GRACE, DETECT };
static const struct evg_link_config for_ever = { EVG_NS_INF, DETECT };
static const struct evg_link_config at_once = { 0, DETECT };

static bool is_up(enum evg_link_state state)
{
	return state == EVG_LINK_ONLINE || state == EVG_LINK_SUSPECT;
}

static struct evg_link link_in(enum evg_link_state state)
{
	struct evg_link link = { .state = state, .wait_ns = START };

	if (!is_up(state))
		link.outage_ns = START;
	return link;
}

static void starts_offline_and_lets_misses_wait(void **state)
{
	struct evg_link link;

	(void)state;
	evg_link_init(&link, START);
	assert_int_equal(link.state, EVG_LINK_OFFLINE);
	assert_int_equal(evg_link_miss(&link, false, START, &config), EVG_MISS_PARK);
	assert_int_equal(evg_link_miss(&link, true, START, &config), EVG_MISS_FAIL);
	assert_int_equal(evg_link_miss(&link, false, START, &at_once), EVG_MISS_FAIL);
}

/* What must hold after any step from any state, at any time. */
static void check_step(const struct evg_link *before, enum evg_link_event event,
		       u64 now, u64 quiet, const struct evg_link_config *conf)
{
	struct evg_link link = *before;
	u32 actions = evg_link_step(&link, event, now, quiet, conf);
	bool over = !is_up(link.state) &&
		    evg_link_miss(&link, false, now, conf) == EVG_MISS_FAIL;

	assert_in_range(link.state, 0, __EVG_LINK_STATES - 1);
	assert_false(link.asleep && is_up(link.state));
	/* A change is told, and nothing else is. */
	assert_int_equal(!!(actions & EVG_LINK_NOTIFY), link.state != before->state);
	/* ONLINE out of an outage is by proof alone. */
	if (link.state == EVG_LINK_ONLINE && !is_up(before->state)) {
		assert_int_equal(event, EVG_EV_PROVED);
		assert_int_equal(before->state, EVG_LINK_RECOVERING);
		assert_false(before->asleep);
	}
	/* STALE is left by a person alone. */
	if (before->state == EVG_LINK_STALE && link.state != EVG_LINK_STALE)
		assert_int_equal(event, EVG_EV_RESET);
	/* Nothing is with the helper while the link is lost. */
	if (link.state == EVG_LINK_OFFLINE && before->state != EVG_LINK_OFFLINE)
		assert_true(actions & EVG_LINK_HOLD);
	/* Who is hasty waits for a sound link alone, and for no less than others. */
	assert_int_equal(evg_link_miss(&link, true, now, conf) == EVG_MISS_FETCH,
			 link.state == EVG_LINK_ONLINE);
	/* Entering ONLINE sends what waited. */
	assert_int_equal(!!(actions & EVG_LINK_SEND),
			 link.state == EVG_LINK_ONLINE && before->state != EVG_LINK_ONLINE);
	/* The outage's clock runs while there is an outage, and only then. */
	assert_int_equal(!!link.outage_ns, !is_up(link.state));
	if (!is_up(before->state) && !is_up(link.state))
		assert_int_equal(link.outage_ns, before->outage_ns);
	/* A clock from before the last step is no proof that grace is over. */
	if (now < before->wait_ns && conf->grace_ns && before->state != EVG_LINK_STALE &&
	    !link.asleep)
		assert_false(over && link.state != EVG_LINK_STALE);
	assert_true(link.wait_ns >= before->wait_ns);
	/* Time does something: a tick is due, or a person or a proof must come. */
	if (now < before->wait_ns)
		now = before->wait_ns;
	if (!is_up(link.state) && !over && conf->grace_ns != EVG_NS_INF)
		assert_in_range(evg_link_due(&link, EVG_NS_INF, conf), now,
				now + conf->grace_ns);
}

static unsigned int steps;

/* A state and an event, at every edge of the clock. */
static void check_at_every_edge(enum evg_link_state state, bool asleep,
				enum evg_link_event event)
{
	static const u64 later[] = { -START, -GRACE, -1ULL, 0, 1, GRACE - 1, GRACE, GRACE + 1,
				     1000 * GRACE };
	static const u64 quiet[] = { 0, DETECT / 2 - 1, DETECT / 2, DETECT - 1,
				     DETECT, 100 * DETECT };
	const struct evg_link_config *conf[] = { &config, &for_ever, &at_once };
	struct evg_link link = link_in(state);
	size_t c, l, q;

	link.asleep = asleep;
	for (c = 0; c < 3; c++) {
		for (l = 0; l < sizeof(later) / sizeof(*later); l++) {
			for (q = 0; q < 6; q++, steps++)
				check_step(&link, event, START + later[l],
					   quiet[q], conf[c]);
		}
	}
}

static void every_state_with_every_event(void **unused)
{
	int s, e;

	(void)unused;
	for (s = 0; s < __EVG_LINK_STATES; s++) {
		for (e = 0; e < __EVG_EVS; e++) {
			check_at_every_edge(s, false, e);
			/* Asleep and up: see that in every_path_of_events(). */
			if (!is_up(s))
				check_at_every_edge(s, true, e);
		}
	}
	print_message("# figure: link steps checked %u\n", steps);
}

static void a_tick_judges_quiet_fetches(void **unused)
{
	struct evg_link link = link_in(EVG_LINK_ONLINE);

	(void)unused;
	evg_link_step(&link, EVG_EV_TICK, START, DETECT / 2 - 1, &config);
	assert_int_equal(link.state, EVG_LINK_ONLINE);
	evg_link_step(&link, EVG_EV_TICK, START, DETECT / 2, &config);
	assert_int_equal(link.state, EVG_LINK_SUSPECT);
	evg_link_step(&link, EVG_EV_FILLED, START, 0, &config);
	assert_int_equal(link.state, EVG_LINK_ONLINE);
	evg_link_step(&link, EVG_EV_TICK, START, DETECT, &config);
	assert_int_equal(link.state, EVG_LINK_OFFLINE);
}

static void flapping_does_not_prolong_grace(void **unused)
{
	struct evg_link link = link_in(EVG_LINK_ONLINE);
	u64 now = START;

	(void)unused;
	evg_link_step(&link, EVG_EV_LOST, now, 0, &config);
	for (; now < START + GRACE; now += SECOND) {
		assert_int_equal(evg_link_miss(&link, false, now, &config), EVG_MISS_PARK);
		evg_link_step(&link, EVG_EV_PROBED, now, 0, &config);
		assert_int_equal(link.state, EVG_LINK_RECOVERING);
		evg_link_step(&link, EVG_EV_LOST, now, 0, &config);
	}
	assert_int_equal(evg_link_miss(&link, false, now, &config), EVG_MISS_FAIL);
	assert_int_equal(link.outage_ns, START);
}

static void nothing_waits_or_is_believed_while_asleep(void **unused)
{
	struct evg_link link = link_in(EVG_LINK_ONLINE);
	u32 actions;

	(void)unused;
	evg_link_step(&link, EVG_EV_SUSPEND, START, 0, &for_ever);
	assert_int_equal(evg_link_miss(&link, false, START, &for_ever), EVG_MISS_FAIL);
	evg_link_step(&link, EVG_EV_PROBED, START, 0, &for_ever);
	evg_link_step(&link, EVG_EV_PROVED, START, 0, &for_ever);
	assert_int_equal(link.state, EVG_LINK_OFFLINE);
	assert_int_equal(evg_link_miss(&link, false, START, &for_ever), EVG_MISS_FAIL);
	/* Grace counts anew from the resume; the outage does not. */
	actions = evg_link_step(&link, EVG_EV_RESUME, START + 3600 * SECOND, 0, &config);
	assert_true(actions & EVG_LINK_HOLD);
	assert_int_equal(link.outage_ns, START);
	assert_int_equal(evg_link_miss(&link, false, START + 3601 * SECOND, &config),
			 EVG_MISS_PARK);
	/* Told again, when the link is proved: nothing. */
	evg_link_step(&link, EVG_EV_PROBED, START + 3602 * SECOND, 0, &config);
	evg_link_step(&link, EVG_EV_PROVED, START + 3602 * SECOND, 0, &config);
	actions = evg_link_step(&link, EVG_EV_RESUME, START + 3603 * SECOND, 0, &config);
	assert_int_equal(actions, 0);
	assert_int_equal(link.state, EVG_LINK_ONLINE);
}

/*
 * Two CPUs: the one that declares the link lost reads the clock last, but comes
 * first.
 */
static void a_late_clock_fails_nobody(void **unused)
{
	struct evg_link link = link_in(EVG_LINK_ONLINE);

	(void)unused;
	evg_link_step(&link, EVG_EV_LOST, START, 0, &config);
	assert_int_equal(evg_link_miss(&link, false, START - 1, &config), EVG_MISS_PARK);
	evg_link_step(&link, EVG_EV_TICK, START - SECOND, 0, &config);
	assert_int_equal(evg_link_miss(&link, false, START - SECOND, &config), EVG_MISS_PARK);
	/* Nor does it make an outage older than the last one's end. */
	evg_link_step(&link, EVG_EV_PROBED, START + 1, 0, &config);
	evg_link_step(&link, EVG_EV_PROVED, START + 1, 0, &config);
	evg_link_step(&link, EVG_EV_LOST, START - GRACE, 0, &config);
	assert_int_equal(link.outage_ns, START);
	assert_int_equal(evg_link_miss(&link, false, START + GRACE - 1, &config),
			 EVG_MISS_PARK);
}

static void a_longer_grace_takes_effect_at_once(void **unused)
{
	struct evg_link link = link_in(EVG_LINK_OFFLINE);
	u64 now = START + 2 * GRACE;

	(void)unused;
	assert_int_equal(evg_link_miss(&link, false, now, &config), EVG_MISS_FAIL);
	assert_int_equal(evg_link_miss(&link, false, now, &for_ever), EVG_MISS_PARK);
}

#define DEPTH	6

static unsigned int paths;

/* Every path of events; time moves on by a part of grace with each. */
static void walk(const struct evg_link *from, u64 now, int depth)
{
	struct evg_link link;
	int e;

	for (e = 0; e < __EVG_EVS; e++) {
		check_step(from, e, now, DETECT, &config);
		link = *from;
		evg_link_step(&link, e, now, DETECT, &config);
		paths++;
		if (depth)
			walk(&link, now + GRACE / 4, depth - 1);
	}
}

static void every_path_of_events(void **unused)
{
	struct evg_link link;

	(void)unused;
	evg_link_init(&link, START);
	walk(&link, START + 1, DEPTH - 1);
	print_message("# figure: link paths walked %u\n", paths);
}

static void recovery_is_always_reachable(void **unused)
{
	static const enum evg_link_event cure[] = {
		EVG_EV_RESUME, EVG_EV_RESET, EVG_EV_PROBED, EVG_EV_PROVED,
	};
	struct evg_link link;
	size_t i;
	int s;

	(void)unused;
	for (s = 0; s < __EVG_LINK_STATES; s++) {
		link = link_in(s);
		link.asleep = true;
		for (i = 0; i < sizeof(cure) / sizeof(*cure); i++)
			evg_link_step(&link, cure[i], START + 10 * GRACE, 0, &config);
		assert_int_equal(link.state, EVG_LINK_ONLINE);
	}
}

static int print_table(void)
{
	int s, e;

	printf("%-14s", "event");
	for (s = 0; s < __EVG_LINK_STATES; s++)
		printf(" %-10s", evg_link_state_name(s));
	printf("\n");
	for (e = 0; e < __EVG_EVS; e++) {
		printf("%-14s", evg_link_event_name(e));
		for (s = 0; s < __EVG_LINK_STATES; s++)
			printf(" %-10s", (int)evg_link_next(s, e) == s ? "." :
			       evg_link_state_name(evg_link_next(s, e)));
		printf("\n");
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_offline_and_lets_misses_wait),
		cmocka_unit_test(every_state_with_every_event),
		cmocka_unit_test(a_tick_judges_quiet_fetches),
		cmocka_unit_test(flapping_does_not_prolong_grace),
		cmocka_unit_test(nothing_waits_or_is_believed_while_asleep),
		cmocka_unit_test(a_late_clock_fails_nobody),
		cmocka_unit_test(a_longer_grace_takes_effect_at_once),
		cmocka_unit_test(every_path_of_events),
		cmocka_unit_test(recovery_is_always_reachable),
	};

	if (argc > 1 && !strcmp(argv[1], "--table"))
		return print_table();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
