// SPDX-License-Identifier: GPL-2.0
/* evg-sources: tools/evergreen/parse.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/evergreen.h>

#include "../../tools/evergreen/parse.h"

static void disk_names_are_understood(void **state)
{
	static const struct {
		const char *text;
		uint32_t index;
	} good[] = {
		{ "0", 0 }, { "7", 7 }, { "evg0", 0 }, { "evg12", 12 },
		{ "/dev/evg3", 3 }, { "1048575", PARSE_INDEX_MAX },
		{ NULL, 0 },
	};
	uint32_t index;
	int i;

	(void)state;
	for (i = 0; good[i].text; i++) {
		assert_int_equal(parse_disk(good[i].text, &index), 0);
		assert_int_equal(index, good[i].index);
	}
}

static void other_names_are_refused(void **state)
{
	static const char * const bad[] = {
		"", "evg", "/dev/evg", "/dev/3", "/dev/sda", "-1", "+1", " 1",
		"1 ", "01", "evg00", "0x1", "evg1p1", "1048576",
		"99999999999999999999", "evgevg1", "/dev//evg1", NULL,
	};
	uint32_t index = 42;
	int i;

	(void)state;
	for (i = 0; bad[i]; i++)
		assert_int_equal(parse_disk(bad[i], &index), -1);
	assert_int_equal(index, 42);
}

static void seconds_are_understood(void **state)
{
	static const struct {
		const char *text;
		uint32_t ms;
	} good[] = {
		{ "0", 0 }, { "30", 30000 }, { "0.25", 250 }, { "3.000", 3000 },
		{ "0.001", 1 }, { "1.5", 1500 }, { "0.0010", 1 },
		{ "4294967.294", EVG_GRACE_INF - 1 }, { "inf", EVG_GRACE_INF },
		{ NULL, 0 },
	};
	uint32_t ms;
	int i;

	(void)state;
	for (i = 0; good[i].text; i++) {
		assert_int_equal(parse_seconds(good[i].text, true, &ms), 0);
		assert_int_equal(ms, good[i].ms);
	}
}

static void other_times_are_refused(void **state)
{
	static const char * const bad[] = {
		"", ".", ".5", "1.", "-1", "+1", "1s", "1e3", "0.0005", "1,5",
		" 1", "infinite", "nan", "4294967.295", "4294968",
		"18446744073709551617", "0.1.2", NULL,
	};
	uint32_t ms = 42;
	int i;

	(void)state;
	for (i = 0; bad[i]; i++)
		assert_int_equal(parse_seconds(bad[i], true, &ms), -1);
	assert_int_equal(parse_seconds("inf", false, &ms), -1);
	assert_int_equal(ms, 42);
}

static void sizes_are_understood(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "1", 1 }, { "4096", 4096 }, { "512K", 524288 },
		{ "512KiB", 524288 }, { "1.5G", 1610612736 }, { "2TiB", 1ULL << 41 },
		{ "0.5M", 524288 }, { "1.125K", 1152 }, { "1023P", 1023ULL << 50 },
		{ NULL, 0 },
	};
	static const char * const bad[] = {
		"", "K", "0", "0K", "1.5", "1.K", ".5K", "-1", "+1", " 1", "1KB",
		"1Ki", "1kib", "1X", "1024P", "99999999999999999999", "1K ", "none",
		"0.0001K", NULL,
	};
	uint64_t bytes;
	int i;

	(void)state;
	for (i = 0; good[i].text; i++) {
		assert_int_equal(parse_size(good[i].text, &bytes), 0);
		assert_int_equal(bytes, good[i].bytes);
	}
	for (i = 0; bad[i]; i++)
		assert_int_equal(parse_size(bad[i], &bytes), -1);
}

static void uris_are_told_from_other_text(void **state)
{
	static const char * const good[] = {
		"nbd://server", "nbd://server:10810/export", "nbds://server/",
		"nbd+unix:///?socket=/run/s", "nbds+unix:///x?socket=/s", NULL,
	};
	static const char * const bad[] = {
		"", "server", "nbd:server", "nbd://", "http://server/image",
		"NBD://server", "/dev/sda", NULL,
	};
	int i;

	(void)state;
	for (i = 0; good[i]; i++)
		assert_int_equal(parse_uri(good[i]), 0);
	for (i = 0; bad[i]; i++)
		assert_int_equal(parse_uri(bad[i]), -1);
}

static void relative_sockets_are_noticed(void **state)
{
	static const char * const relative[] = {
		"nbd+unix:///?socket=s", "nbd+unix:///x?a=b&socket=run/s",
		"nbd+unix:///?socket=", NULL,
	};
	static const char * const absolute[] = {
		"nbd+unix:///?socket=/s", "nbd+unix:///?socket=%2Frun%2Fs",
		"nbd+unix:///?a=socket=s", "nbd://server/export", "nbd://s?", NULL,
	};
	int i;

	(void)state;
	for (i = 0; relative[i]; i++)
		assert_true(parse_uri_socket_is_relative(relative[i]));
	for (i = 0; absolute[i]; i++)
		assert_false(parse_uri_socket_is_relative(absolute[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(disk_names_are_understood),
		cmocka_unit_test(other_names_are_refused),
		cmocka_unit_test(seconds_are_understood),
		cmocka_unit_test(other_times_are_refused),
		cmocka_unit_test(sizes_are_understood),
		cmocka_unit_test(uris_are_told_from_other_text),
		cmocka_unit_test(relative_sockets_are_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
