/* SPDX-License-Identifier: GPL-2.0 */
/* The command's own frame: verbs, options, messages. */
#ifndef EVERGREEN_H
#define EVERGREEN_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evgnl.h"

enum {
	EXIT_OK		= 0,
	EXIT_FAILED	= 1,
	EXIT_USAGE	= 2,
};

struct verb {
	const char *name;
	int (*run)(const struct verb *verb, int argc, char **argv);
	const char *operands;		/* as its usage line shows them; COMMAND comes
					 * after two others, with its own options
					 */
	const char *summary;
	const char *help;		/* its options, one line each */
};

int run_attach(const struct verb *verb, int argc, char **argv);
int run_detach(const struct verb *verb, int argc, char **argv);
int run_list(const struct verb *verb, int argc, char **argv);
int run_status(const struct verb *verb, int argc, char **argv);
int run_set(const struct verb *verb, int argc, char **argv);
int run_reset(const struct verb *verb, int argc, char **argv);
int run_watch(const struct verb *verb, int argc, char **argv);
int run_check(const struct verb *verb, int argc, char **argv);
int run_record(const struct verb *verb, int argc, char **argv);
int run_metadata(const struct verb *verb, int argc, char **argv);
int run_hoard(const struct verb *verb, int argc, char **argv);
int run_function(const struct verb *verb, int argc, char **argv);
int run_ready(const struct verb *verb, int argc, char **argv);
int run_why(const struct verb *verb, int argc, char **argv);
int run_drill(const struct verb *verb, int argc, char **argv);
int run_map(const struct verb *verb, int argc, char **argv);
int run_top(const struct verb *verb, int argc, char **argv);
int run_leaving(const struct verb *verb, int argc, char **argv);

/* One line on stderr; returns EXIT_FAILED. */
[[gnu::format(printf, 1, 2)]]
int say_failure(const char *format, ...);

/* One line on stderr that does not end the command. */
[[gnu::format(printf, 1, 2)]]
void say_note(const char *format, ...);

/* One line on stderr that points to the verb's help; returns EXIT_USAGE. */
[[gnu::format(printf, 2, 3)]]
int say_misuse(const struct verb *verb, const char *format, ...);

/* --help and --version, for a verb that has no other */
extern const struct option common_options[];

/* The next option's value, or -1 when the operands begin, or 0 when the verb
 * has to end with *status.
 */
int next_option(const struct verb *verb, int argc, char **argv,
		const struct option *known, int *status);

/* The options of a verb that has one flag, --NAME, besides: *given tells whether
 * it was.  False: the verb has to end with *status.
 */
bool only_flag(const struct verb *verb, int argc, char **argv, const char *name,
	       bool *given, int *status);

/* The operands that are left: none, one text called WHAT, or one disk.  They
 * return EXIT_OK, or EXIT_USAGE (the text: NULL) after a message.
 */
int no_operand(const struct verb *verb, int argc, char **argv);
const char *one_operand(const struct verb *verb, int argc, char **argv,
			const char *what);
int disk_operand(const struct verb *verb, int argc, char **argv,
		 uint32_t *index);

/* The first of several; the next one is argv[optind] then. */
int first_disk_operand(const struct verb *verb, int argc, char **argv,
		       uint32_t *index);

/* A handle on the module; NULL after a message. */
struct evgnl *open_module(void);
struct evgnl *open_module_as_root(const struct verb *verb);

#endif
