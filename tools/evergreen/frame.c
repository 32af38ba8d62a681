// SPDX-License-Identifier: GPL-2.0
#include "evergreen.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "parse.h"
#include "plain.h"
#include "version.h"

enum { SAID_MAX = 8192 };

const struct option common_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

static void say(const char *who, const char *format, va_list args)
{
	char text[SAID_MAX], plain[SAID_MAX];

	fflush(stdout);
	/* Names of files, and what servers say, are in it. */
	vsnprintf(text, sizeof(text), format, args);
	fprintf(stderr, "evergreen%s%s: %s", who ? " " : "", who ? who : "",
		plain_text(plain, sizeof(plain), text));
}

int say_failure(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(NULL, format, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_FAILED;
}

void say_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(NULL, format, args);
	va_end(args);
	fputc('\n', stderr);
}

int say_misuse(const struct verb *verb, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(verb->name, format, args);
	va_end(args);
	fprintf(stderr, "; try 'evergreen %s --help'\n", verb->name);
	return EXIT_USAGE;
}

static void print_help(const struct verb *verb)
{
	printf("usage: evergreen %s%s%s\n\n%s.\n", verb->name,
	       verb->operands[0] ? " " : "", verb->operands, verb->summary);
	printf("\n%s", verb->help);
	printf("  --help             show this and exit\n"
	       "  --version          show the version and exit\n");
}

int next_option(const struct verb *verb, int argc, char **argv,
		const struct option *known, int *status)
{
	static char **ordered;
	const char *bad = ordered == argv ? NULL :
			  args_order(argc, argv, known, "h",
				     strstr(verb->operands, "COMMAND") ? 2 : 0);
	int option;

	ordered = argv;
	if (bad) {
		*status = !bad[0] ? say_failure("out of memory") :
			  args_is_option(known, bad) ?
			  say_misuse(verb, "%s needs a value", bad) :
			  say_misuse(verb, "unknown option %s", bad);
		return 0;
	}
	option = getopt_long(argc, argv, "+:h", known, NULL);
	switch (option) {
	case 'h':
		print_help(verb);
		*status = EXIT_OK;
		return 0;
	case 'V':
		printf("evergreen %s\n", EVG_VERSION);
		*status = EXIT_OK;
		return 0;
	case '?':
		*status = say_misuse(verb, "%s takes no value", argv[optind - 1]);
		return 0;
	default:
		return option;
	}
}

bool only_flag(const struct verb *verb, int argc, char **argv, const char *name,
	       bool *given, int *status)
{
	const struct option known[] = {
		{ name, no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	int option;

	*given = false;
	while ((option = next_option(verb, argc, argv, known, status)) != -1) {
		if (!option)
			return false;
		*given = true;
	}
	return true;
}

int no_operand(const struct verb *verb, int argc, char **argv)
{
	if (optind < argc)
		return say_misuse(verb, "'%s' is one too many", argv[optind]);
	return EXIT_OK;
}

const char *one_operand(const struct verb *verb, int argc, char **argv,
			const char *what)
{
	if (optind >= argc) {
		say_misuse(verb, "%s is missing", what);
		return NULL;
	}
	optind++;
	return no_operand(verb, argc, argv) ? NULL : argv[optind - 1];
}

static int take_disk(const struct verb *verb, const char *text, uint32_t *index)
{
	if (!text)
		return EXIT_USAGE;
	if (parse_disk(text, index))
		return say_misuse(verb,
				  "'%s' is not a disk; say evg0, 0 or /dev/evg0",
				  text);
	return EXIT_OK;
}

int disk_operand(const struct verb *verb, int argc, char **argv,
		 uint32_t *index)
{
	return take_disk(verb, one_operand(verb, argc, argv, "the disk"), index);
}

int first_disk_operand(const struct verb *verb, int argc, char **argv,
		       uint32_t *index)
{
	if (optind >= argc)
		return say_misuse(verb, "the disk is missing");
	return take_disk(verb, argv[optind++], index);
}

struct evgnl *open_module(void)
{
	struct evgnl *nl;

	if (evgnl_open(&nl)) {
		say_failure("%s", evgnl_error(NULL));
		return NULL;
	}
	return nl;
}

struct evgnl *open_module_as_root(const struct verb *verb)
{
	if (geteuid()) {
		say_failure("%s needs root; run it with sudo", verb->name);
		return NULL;
	}
	return open_module();
}
