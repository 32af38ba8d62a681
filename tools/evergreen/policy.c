// SPDX-License-Identifier: GPL-2.0
#include "policy.h"

#include <stdio.h>
#include <string.h>

#include "control.h"
#include "parse.h"

static int take_bytes(const struct verb *verb, const char *name,
		      const char *value, char text[POLICY_BYTES])
{
	uint64_t bytes;

	if (!strcmp(value, "none"))
		snprintf(text, POLICY_BYTES, "none");
	else if (parse_size(value, &bytes))
		return say_misuse(verb, "%s '%s' is neither bytes, such as 512K or 20G, nor none",
				  name, value);
	else
		snprintf(text, POLICY_BYTES, "%ju", (uintmax_t)bytes);
	return EXIT_OK;
}

int policy_option(const struct verb *verb, struct policy *policy, int option,
		  const char *value)
{
	if (option == 'r')
		return take_bytes(verb, "--rate", value, policy->rate);
	if (option == 'q')
		return take_bytes(verb, "--quota", value, policy->quota);
	if (strcmp(value, "on") && strcmp(value, "off"))
		return say_misuse(verb, "--hydrate '%s' is neither on nor off", value);
	snprintf(policy->hydrate, POLICY_BYTES, "%s", value);
	return EXIT_OK;
}

bool policy_is_empty(const struct policy *policy)
{
	return !policy->hydrate[0] && !policy->rate[0] && !policy->quota[0];
}

static int send_one(uint32_t index, const char *what, const char *value)
{
	char request[64];

	if (!value[0])
		return EXIT_OK;
	snprintf(request, sizeof(request), "set %s %s", what, value);
	if (control_ask(index, request, NULL))
		return say_failure("%s", control_error());
	return EXIT_OK;
}

int policy_send(const struct policy *policy, uint32_t index)
{
	int status = send_one(index, "quota", policy->quota);

	if (!status)
		status = send_one(index, "rate", policy->rate);
	if (!status)
		status = send_one(index, "hydrate", policy->hydrate);
	return status;
}
