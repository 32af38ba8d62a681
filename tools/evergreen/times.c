// SPDX-License-Identifier: GPL-2.0
#include "times.h"

#include "parse.h"

enum { DETECT_MIN_MS = 100, DETECT_MAX_MS = 600000 };

int times_option(const struct verb *verb, struct times *times, int option,
		 const char *value)
{
	if (option == 'g') {
		if (parse_seconds(value, true, &times->grace_ms))
			return say_misuse(verb,
					  "--grace '%s' is neither seconds nor inf",
					  value);
		times->has_grace = true;
		return EXIT_OK;
	}
	if (parse_seconds(value, false, &times->detect_ms) ||
	    times->detect_ms < DETECT_MIN_MS || times->detect_ms > DETECT_MAX_MS)
		return say_misuse(verb,
				  "--detect '%s' is not seconds from 0.1 to 600",
				  value);
	times->has_detect = true;
	return EXIT_OK;
}
