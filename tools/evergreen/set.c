// SPDX-License-Identifier: GPL-2.0
#include "evergreen.h"

#include "policy.h"
#include "times.h"

static int set(struct evgnl *nl, uint32_t index, const struct times *times)
{
	if (times->has_grace && evgnl_set_grace(nl, index, times->grace_ms))
		return say_failure("/dev/evg%u: %s", index, evgnl_error(nl));
	if (times->has_detect && evgnl_set_detect(nl, index, times->detect_ms))
		return say_failure("/dev/evg%u: %s", index, evgnl_error(nl));
	return EXIT_OK;
}

int run_set(const struct verb *verb, int argc, char **argv)
{
	static const struct option known[] = {
		{ "grace", required_argument, NULL, 'g' },
		{ "detect", required_argument, NULL, 'd' },
		{ "hydrate", required_argument, NULL, 'H' },
		{ "rate", required_argument, NULL, 'r' },
		{ "quota", required_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	struct policy policy = { 0 };
	struct times times = { 0 };
	struct evgnl *nl;
	uint32_t index;
	int option, status;

	while ((option = next_option(verb, argc, argv, known, &status)) != -1) {
		if (!option)
			return status;
		if (option == 'g' || option == 'd')
			status = times_option(verb, &times, option, optarg);
		else
			status = policy_option(verb, &policy, option, optarg);
		if (status)
			return status;
	}
	status = disk_operand(verb, argc, argv, &index);
	if (status)
		return status;
	if (!times.has_grace && !times.has_detect && policy_is_empty(&policy))
		return say_misuse(verb, "nothing to set");
	nl = open_module_as_root(verb);
	if (!nl)
		return EXIT_FAILED;
	status = policy_send(&policy, index);
	if (!status)
		status = set(nl, index, &times);
	evgnl_close(nl);
	return status;
}
