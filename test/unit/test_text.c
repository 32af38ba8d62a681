// SPDX-License-Identifier: GPL-2.0
/* evg-sources: tools/evergreen/text.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../tools/evergreen/text.h"

static char text[TEXT_BYTES];

static void sizes_read_well(void **state)
{
	(void)state;
	assert_string_equal(text_bytes(text, 0), "0 B");
	assert_string_equal(text_bytes(text, 1023), "1023 B");
	assert_string_equal(text_bytes(text, 1024), "1 KiB");
	assert_string_equal(text_bytes(text, 1536), "1.5 KiB");
	assert_string_equal(text_bytes(text, 700ULL << 20), "700 MiB");
	assert_string_equal(text_bytes(text, 16ULL << 40), "16 TiB");
	assert_string_equal(text_bytes(text, 1ULL << 50), "1 PiB");
	assert_string_equal(text_bytes(text, UINT64_MAX), "15.9 EiB");
}

static void times_read_well(void **state)
{
	(void)state;
	assert_string_equal(text_ms(text, 0), "0 s");
	assert_string_equal(text_ms(text, 1), "1 ms");
	assert_string_equal(text_ms(text, 999), "999 ms");
	assert_string_equal(text_ms(text, 1500), "1.5 s");
	assert_string_equal(text_ms(text, 3000), "3 s");
	assert_string_equal(text_ms(text, 30000), "30 s");
	assert_string_equal(text_ms(text, 185000), "3 min 5 s");
	assert_string_equal(text_ms(text, 7620000), "2 h 7 min");
	assert_string_equal(text_ms(text, EVG_GRACE_INF), "inf");
}

static void shares_are_exact_at_their_ends(void **state)
{
	(void)state;
	assert_string_equal(text_share(text, 0, 0), "-");
	assert_string_equal(text_share(text, 0, 7), "0 %");
	assert_string_equal(text_share(text, 7, 7), "100 %");
	assert_string_equal(text_share(text, 1, 100000), "< 0.1 %");
	assert_string_equal(text_share(text, 99999, 100000), "99.9 %");
	assert_string_equal(text_share(text, 1, 8), "12.5 %");
	assert_string_equal(text_share(text, (1ULL << 52) - 1, 1ULL << 52),
			    "99.9 %");
}

static void clock_says_what_a_miss_has_to_expect(void **state)
{
	(void)state;
	assert_string_equal(text_link(text, EVG_LINK_ONLINE, 0, 30000), "online");
	assert_string_equal(text_link(text, EVG_LINK_OFFLINE, 12000, 30000),
			    "offline for 12 s; misses fail in 18 s");
	assert_string_equal(text_link(text, EVG_LINK_OFFLINE, 30000, 30000),
			    "offline for 30 s; misses fail at once");
	assert_string_equal(text_link(text, EVG_LINK_OFFLINE, 1000, 0),
			    "offline for 1 s; misses fail at once");
	assert_string_equal(text_link(text, EVG_LINK_OFFLINE, 12000, EVG_GRACE_INF),
			    "offline for 12 s; misses wait until it is back");
	assert_string_equal(text_link(text, EVG_LINK_RECOVERING, 12000, 30000),
			    "recovering, offline for 12 s; misses fail in 18 s");
	assert_string_equal(text_link(text, EVG_LINK_STALE, 5, 30000),
			    "stale; the server has another image, misses fail at once");
}

static void fail_in_counts_the_rest_of_grace(void **state)
{
	(void)state;
	assert_int_equal(text_fail_in_ms(EVG_LINK_ONLINE, 0, 0), -1);
	assert_int_equal(text_fail_in_ms(EVG_LINK_SUSPECT, 0, 0), -1);
	assert_int_equal(text_fail_in_ms(EVG_LINK_OFFLINE, 1, 3000), 2999);
	assert_int_equal(text_fail_in_ms(EVG_LINK_OFFLINE, 3001, 3000), 0);
	assert_int_equal(text_fail_in_ms(EVG_LINK_RECOVERING, 0, 0), 0);
	assert_int_equal(text_fail_in_ms(EVG_LINK_OFFLINE, 9, EVG_GRACE_INF), -1);
	assert_int_equal(text_fail_in_ms(EVG_LINK_STALE, 9, EVG_GRACE_INF), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_read_well),
		cmocka_unit_test(times_read_well),
		cmocka_unit_test(shares_are_exact_at_their_ends),
		cmocka_unit_test(clock_says_what_a_miss_has_to_expect),
		cmocka_unit_test(fail_in_counts_the_rest_of_grace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
