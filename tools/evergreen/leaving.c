// SPDX-License-Identifier: GPL-2.0
#include "evergreen.h"

#include <stdio.h>

#include "control.h"
#include "parse.h"

enum { LEAVING_MS = 600000 };		/* unless said otherwise */

static int leave(uint32_t index, uint32_t ms)
{
	char request[32];

	snprintf(request, sizeof(request), "leaving %u", (ms + 999) / 1000);
	if (control_ask(index, request, NULL))
		return say_failure("%s", control_error());
	return EXIT_OK;
}

int run_leaving(const struct verb *verb, int argc, char **argv)
{
	static const struct option known[] = {
		{ "in", required_argument, NULL, 'i' },
		{ "cancel", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	bool cancel = false, in = false;
	uint32_t index, ms = LEAVING_MS;
	int option, status;

	while ((option = next_option(verb, argc, argv, known, &status)) != -1) {
		if (!option)
			return status;
		if (option == 'c') {
			cancel = true;
			continue;
		}
		in = true;
		if (parse_seconds(optarg, false, &ms) || !ms)
			return say_misuse(verb, "--in '%s' is not seconds", optarg);
	}
	if (cancel && in)
		return say_misuse(verb, "--in and --cancel do not go together");
	status = disk_operand(verb, argc, argv, &index);
	if (status)
		return status;
	return leave(index, cancel ? 0 : ms);
}
