// SPDX-License-Identifier: GPL-2.0
#include "args.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct option *find_option(const struct option *known, const char *arg)
{
	size_t n = strcspn(arg, "=");

	for (; known->name; known++)
		if (!strncmp(arg, "--", 2) && strlen(known->name) + 2 == n &&
		    !strncmp(arg + 2, known->name, n - 2))
			return known;
	return NULL;
}

bool args_is_option(const struct option *known, const char *arg)
{
	return find_option(known, arg);
}

static bool is_letters(const char *arg, const char *letters)
{
	return arg[1] != '-' && strspn(arg + 1, letters) == strlen(arg + 1);
}

const char *args_order(int argc, char **argv, const struct option *known,
		       const char *letters, int own)
{
	char **operand = calloc((size_t)argc, sizeof(*operand));
	const struct option *option;
	int i, at = 1, operands = 0;
	bool takes;

	if (!operand)
		return "";
	for (i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (argv[i][0] != '-' || !argv[i][1]) {
			operand[operands++] = argv[i];
			if (operands != own)
				continue;
			i++;
			break;
		}
		option = find_option(known, argv[i]);
		takes = option && option->has_arg && !strchr(argv[i], '=');
		if ((!option && !is_letters(argv[i], letters)) ||
		    (takes && i + 1 == argc)) {
			free(operand);
			return argv[i];
		}
		argv[at++] = argv[i];
		if (takes)
			argv[at++] = argv[++i];
	}
	if (i < argc && !strcmp(argv[i], "--"))
		argv[at++] = argv[i];
	memcpy(&argv[at], operand, (size_t)operands * sizeof(*operand));
	free(operand);
	return NULL;
}
