// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/lib/plain.c */
/* What others named cannot command a terminal or break JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <plain.h>

static const char *text(const char *from)
{
	static char to[64];

	return plain_text(to, sizeof(to), from);
}

static const char *utf8(const char *from)
{
	static char to[64];

	return plain_utf8(to, sizeof(to), from);
}

static void terminals_get_no_commands(void **state)
{
	(void)state;
	assert_string_equal(text("plain"), "plain");
	assert_string_equal(text("Gr\xc3\xbc\xc3\x9f" "e \xe2\x82\xac \xf0\x9f\x8c\xb2"),
			    "Gr\xc3\xbc\xc3\x9f" "e \xe2\x82\xac \xf0\x9f\x8c\xb2");
	assert_string_equal(text("\033]0;title\007\n\t\177"), "?]0;title????");
	assert_string_equal(text("C1: \xc2\x9b" "2J"), "C1: ?2J");
	assert_string_equal(text("raw C1: \x9b" "2J"), "raw C1: ?2J");
	assert_string_equal(text("gpj.\xe2\x80\xae" "exe"), "gpj.?exe");
}

static void what_is_no_utf8_is_replaced(void **state)
{
	static const char * const bad[] = {
		"\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x8c",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(utf8(bad[i])[0], '?');
		assert_int_equal(strspn(utf8(bad[i]), "?"), strlen(bad[i]));
		assert_int_equal(strspn(text(bad[i]), "?"), strlen(bad[i]));
	}
	assert_string_equal(utf8("a\xff" "b\nc"), "a?b\nc");
}

static void what_is_too_long_is_cut_between_characters(void **state)
{
	char to[6];

	(void)state;
	assert_string_equal(plain_text(to, sizeof(to), "1234567"), "12345");
	assert_string_equal(plain_text(to, sizeof(to), "1234\xc3\xbc"), "1234");
	assert_string_equal(plain_text(to, sizeof(to), "123\xc3\xbc"), "123\xc3\xbc");
	assert_string_equal(plain_text(to, 1, "x"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terminals_get_no_commands),
		cmocka_unit_test(what_is_no_utf8_is_replaced),
		cmocka_unit_test(what_is_too_long_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
