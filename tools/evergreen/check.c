// SPDX-License-Identifier: GPL-2.0
#include "evergreen.h"

#include <stdio.h>

#include "cache.h"

int run_check(const struct verb *verb, int argc, char **argv)
{
	const char *path;
	int status, findings;

	if (!next_option(verb, argc, argv, common_options, &status))
		return status;
	path = one_operand(verb, argc, argv, "the cache");
	if (!path)
		return EXIT_USAGE;
	findings = cache_check(path, stdout);
	if (findings < 0)
		return say_failure("%s", cache_error());
	if (findings)
		return EXIT_FAILED;
	printf("%s: nothing wrong\n", path);
	return EXIT_OK;
}
