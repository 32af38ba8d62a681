/* SPDX-License-Identifier: GPL-2.0 */
/* --grace and --detect, as attach and set take them. */
#ifndef EVERGREEN_TIMES_H
#define EVERGREEN_TIMES_H

#include "evergreen.h"

struct times {
	bool has_grace, has_detect;
	uint32_t grace_ms, detect_ms;
};

/* OPTION is 'g' or 'd'.  Returns EXIT_OK, or EXIT_USAGE after a message. */
int times_option(const struct verb *verb, struct times *times, int option,
		 const char *value);

#endif
