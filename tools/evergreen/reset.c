// SPDX-License-Identifier: GPL-2.0
#include "evergreen.h"

int run_reset(const struct verb *verb, int argc, char **argv)
{
	struct evgnl *nl;
	uint32_t index;
	int status;

	if (!next_option(verb, argc, argv, common_options, &status))
		return status;
	status = disk_operand(verb, argc, argv, &index);
	if (status)
		return status;
	nl = open_module_as_root(verb);
	if (!nl)
		return EXIT_FAILED;
	if (evgnl_reset(nl, index))
		status = say_failure("/dev/evg%u: %s", index, evgnl_error(nl));
	evgnl_close(nl);
	return status;
}
