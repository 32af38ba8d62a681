/* SPDX-License-Identifier: GPL-2.0 */
/* --hydrate, --rate and --quota, as attach and set take them. */
#ifndef EVERGREEN_POLICY_H
#define EVERGREEN_POLICY_H

#include "evergreen.h"

enum { POLICY_BYTES = 24 };

/* As the helper takes them: "on" or "off", bytes or "none"; empty: not said. */
struct policy {
	char hydrate[POLICY_BYTES];
	char rate[POLICY_BYTES];
	char quota[POLICY_BYTES];
};

/* OPTION is 'H', 'r' or 'q'.  Returns EXIT_OK, or EXIT_USAGE after a message. */
int policy_option(const struct verb *verb, struct policy *policy, int option,
		  const char *value);
bool policy_is_empty(const struct policy *policy);

/* Have the helper take it.  Returns EXIT_OK, or EXIT_FAILED after a message. */
int policy_send(const struct policy *policy, uint32_t index);

#endif
