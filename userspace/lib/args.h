/* SPDX-License-Identifier: GPL-2.0 */
/* The grammar of both programs' command lines, before getopt_long() reads it. */
#ifndef EVG_ARGS_H
#define EVG_ARGS_H

#include <getopt.h>
#include <stdbool.h>

/* Put options first, then "--" if it was given, then operands, as they came;
 * getopt_long() with "+" reads the result.  Other than getopt_long() by itself,
 *
 * - an option counts by its full name only, so that no later option can change
 *   what an abbreviation means;
 * - with OWN not 0, all that follows the OWNth operand is a command, whose options
 *   are its own.
 *
 * LETTERS are the options of one letter; none has a value.  NULL, or the argument
 * that is at fault: args_is_option() tells whether it is one, whose value is missing;
 * "" when there is no memory.
 */
const char *args_order(int argc, char **argv, const struct option *known,
		       const char *letters, int own);
bool args_is_option(const struct option *known, const char *arg);

#endif
