// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/evergreend/bucket.c */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "bucket.h"

#define MS 1000000ULL
#define SECOND (1000 * MS)

static const uint64_t start = 5 * SECOND;

/* What one gets who asks every STEP and takes SIZE each time it is allowed. */
static uint64_t taken(uint64_t rate, uint64_t step, uint64_t size,
		      uint64_t span)
{
	uint64_t now, sum = 0;
	struct bucket b;

	bucket_init(&b, start, rate);
	for (now = start; now < start + span; now += step) {
		while (bucket_allows(&b, now)) {
			bucket_take(&b, size);
			sum += size;
		}
	}
	return sum;
}

static void without_a_limit_all_is_allowed(void **state)
{
	struct bucket b;

	(void)state;
	bucket_init(&b, start, 0);
	bucket_take(&b, 1ULL << 40);
	assert_true(bucket_allows(&b, start));
}

static void the_rate_is_kept(void **state)
{
	(void)state;
	assert_in_range(taken(1000000, 10 * MS, 65536, 100 * SECOND), 99000000,
			101000000);
	/* asked so often that less than a byte comes between */
	assert_in_range(taken(1000, 100000, 100, 10 * SECOND), 9900, 10100);
	/* a request as large as several seconds of the rate */
	assert_in_range(taken(10000, 100 * MS, 65536, 100 * SECOND), 1000000,
			1070000);
}

static void what_is_not_used_is_lost(void **state)
{
	uint64_t now = start + 3600 * SECOND, sum = 0;
	struct bucket b;

	(void)state;
	bucket_init(&b, start, 1000000);
	while (bucket_allows(&b, now)) {
		bucket_take(&b, 1000);
		sum += 1000;
	}
	assert_in_range(sum, 99000, 101000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_limit_all_is_allowed),
		cmocka_unit_test(the_rate_is_kept),
		cmocka_unit_test(what_is_not_used_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
