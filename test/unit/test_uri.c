// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/lib/uri.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "userspace/lib/uri.h"

static const struct {
	const char *uri;
	const char *shown;
} cases[] = {
	{ "nbd://server/export", "nbd://server/export" },
	{ "nbds://alice@server/", "nbds://server/" },
	{ "nbds://alice:secret@server:10809/x", "nbds://server:10809/x" },
	{ "nbds://alice:se@cret@server/x", "nbds://server/x" },
	{ "nbd://server/path@with?an@at", "nbd://server/path@with?an@at" },
	{ "nbd+unix:///?socket=/run/a@b", "nbd+unix:///?socket=/run/a@b" },
	{ "nbds+unix://me@/x?socket=/s", "nbds+unix:///x?socket=/s" },
	{ "nbd://u:p@[::1]:1/", "nbd://[::1]:1/" },
};

static void test_shown(void **state)
{
	char out[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uri_shown(cases[i].uri, out, sizeof(out));
		assert_string_equal(out, cases[i].shown);
	}
}

static void test_hidden(void **state)
{
	char arg[256], *whole;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		memset(arg, 'x', sizeof(arg));
		strcpy(arg, cases[i].uri);
		whole = uri_hide(arg);
		assert_non_null(whole);
		assert_string_equal(whole, cases[i].uri);
		assert_string_equal(arg, cases[i].shown);
		/* and nothing is left behind its end */
		for (j = strlen(arg); j < strlen(whole); j++)
			assert_int_equal(arg[j], 0);
		assert_int_equal(arg[strlen(whole) + 1], 'x');
		free(whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_hidden),
	};

	return cmocka_run_group_tests_name("uri", tests, NULL, NULL);
}
