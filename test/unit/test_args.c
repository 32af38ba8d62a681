// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/lib/args.c */
/* Options by their full names only; a command's own options are its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <args.h>

static const struct option known[] = {
	{ "overwrite", no_argument, NULL, 'o' },
	{ "json", no_argument, NULL, 'j' },
	{ "name", required_argument, NULL, 'n' },
	{ }
};

static char line[256], *argv[32];

/* The words of TEXT in order, or "! WORD" when that is no option. */
static const char *order(const char *text, int own)
{
	static char result[256];
	const char *bad;
	int argc = 0, i;
	size_t used = 0;

	snprintf(line, sizeof(line), "verb %s", text);
	for (argv[0] = strtok(line, " "); argv[argc]; argv[argc] = strtok(NULL, " "))
		argc++;
	bad = args_order(argc, argv, known, "hv", own);
	if (bad) {
		snprintf(result, sizeof(result), "! %s", bad);
		return result;
	}
	result[0] = '\0';
	for (i = 1; i < argc; i++)
		used += (size_t)snprintf(result + used, sizeof(result) - used, "%s%s",
					 used ? " " : "", argv[i]);
	return result;
}

static void options_go_first(void **state)
{
	(void)state;
	assert_string_equal(order("", 0), "");
	assert_string_equal(order("a --json b --name x c -v -", 0),
			    "--json --name x -v a b c -");
	assert_string_equal(order("a --name=x --name --json", 0),
			    "--name=x --name --json a");
	assert_string_equal(order("a -- --json", 0), "-- a --json");
	/* The operand before it is not its value. */
	assert_string_equal(order("a --name", 0), "! --name");
}

static void only_full_names_are_options(void **state)
{
	(void)state;
	assert_string_equal(order("--o", 0), "! --o");
	assert_string_equal(order("--over=1", 0), "! --over=1");
	assert_string_equal(order("a --jsonx", 0), "! --jsonx");
	assert_string_equal(order("-x", 0), "! -x");
	assert_string_equal(order("-hv", 0), "-hv");
	assert_string_equal(order("-json", 0), "! -json");
	assert_string_equal(order("--=x", 0), "! --=x");
}

static void a_command_has_its_own_options(void **state)
{
	(void)state;
	assert_string_equal(order("evg0 x ls -l --json", 2), "evg0 x ls -l --json");
	assert_string_equal(order("evg0 --json x ls -l", 2), "--json evg0 x ls -l");
	assert_string_equal(order("evg0 x -- ls -l", 2), "-- evg0 x ls -l");
	assert_string_equal(order("evg0 --json x -- --name", 2),
			    "--json -- evg0 x --name");
	assert_string_equal(order("evg0 x ls -- -l", 2), "evg0 x ls -- -l");
	assert_string_equal(order("evg0 --jso x ls", 2), "! --jso");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_go_first),
		cmocka_unit_test(only_full_names_are_options),
		cmocka_unit_test(a_command_has_its_own_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
