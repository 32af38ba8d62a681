// SPDX-License-Identifier: GPL-2.0
#include "evergreen.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adopt.h"
#include "launch.h"
#include "parse.h"
#include "policy.h"
#include "settle.h"
#include "times.h"
#include "uri.h"

struct attach {
	const char *uri;
	const char *name;
	const char *cache;
	const char *grace;		/* as typed; times has checked it */
	const char *detect;
	struct policy policy;
	bool overwrite;
	bool takeover;
};

static int take_option(const struct verb *verb, struct attach *attach,
		       int option, const char *value)
{
	struct times times;
	uint32_t index;

	switch (option) {
	case 'n':
		attach->name = value;
		if (parse_disk(value, &index))
			return say_misuse(verb,
					  "--name '%s' is not a disk; say evg0 or 0",
					  value);
		break;
	case 'c':
		attach->cache = value;
		if (!*value)
			return say_misuse(verb, "--cache needs a path");
		break;
	case 'g':
		attach->grace = value;
		return times_option(verb, &times, option, value);
	case 'd':
		attach->detect = value;
		return times_option(verb, &times, option, value);
	case 'H':
	case 'r':
	case 'q':
		return policy_option(verb, &attach->policy, option,
				     option == 'H' ? "on" : value);
	case 'o':
		attach->overwrite = true;
		break;
	case 't':
		attach->takeover = true;
		break;
	}
	return EXIT_OK;
}

static int take_uri(const struct verb *verb, struct attach *attach, int argc,
		    char **argv)
{
	if (!one_operand(verb, argc, argv, "the URI"))
		return EXIT_USAGE;
	/* Freed by the command's end. */
	attach->uri = uri_hide(argv[optind - 1]);
	if (!attach->uri)
		return say_failure("out of memory");
	if (parse_uri(attach->uri))
		return say_misuse(verb, "'%s' is not a URI such as nbd://server/export",
				  attach->uri);
	if (parse_uri_socket_is_relative(attach->uri))
		return say_misuse(verb, "the socket's path in '%s' must begin with /",
				  attach->uri);
	return EXIT_OK;
}

/* evergreend runs in /, and the path is kept to be shown and opened later. */
static int make_absolute(const char *path, char absolute[PATH_MAX])
{
	char here[PATH_MAX];
	int n;

	if (path[0] == '/')
		n = snprintf(absolute, PATH_MAX, "%s", path);
	else if (!getcwd(here, sizeof(here)))
		return say_failure("cannot tell where --cache '%s' is: %s", path,
				   strerror(errno));
	else
		n = snprintf(absolute, PATH_MAX, "%s/%s", here, path);
	if (n >= PATH_MAX)
		return say_failure("--cache is too long a path");
	return EXIT_OK;
}

static void pass_value(struct launch *launch, const char *option,
		       const char *value)
{
	if (!value || !*value)
		return;
	launch_arg(launch, option);
	launch_arg(launch, value);
}

/* ANSWER is "ok /dev/evgN online", "ok /dev/evgN offline: WHY" or "error WHY". */
static int take_answer(struct evgnl *nl, char *answer)
{
	char *node, *state, *save = NULL;
	uint32_t index;
	int status;

	if (!strncmp(answer, "error ", 6))
		return say_failure("%s", answer + 6);
	if (strcmp(strtok_r(answer, " ", &save) ?: "", "ok"))
		return say_failure("evergreend gave a strange answer; see %s",
				   LAUNCH_LOG);
	node = strtok_r(NULL, " ", &save);
	state = strtok_r(NULL, "", &save);
	if (!node || !state || parse_disk(node, &index))
		return say_failure("evergreend gave a strange answer; see %s",
				   LAUNCH_LOG);
	status = settle_node(index);
	if (status)
		return status;
	settle_partitions(index);
	adopt_functions(nl, index);
	if (strcmp(state, "online"))
		say_note("/dev/evg%u is %s; what is cached can be read", index,
			 state);
	printf("/dev/evg%u\n", index);
	return EXIT_OK;
}

static int attach(const struct verb *verb, const struct attach *attach)
{
	char cache[PATH_MAX] = "", answer[LAUNCH_ANSWER];
	struct launch launch = { .argv = { "evergreend" }, .count = 1 };
	struct evgnl *nl;
	int status;

	nl = open_module_as_root(verb);
	if (!nl)
		return EXIT_FAILED;
	status = EXIT_OK;
	if (attach->cache)
		status = make_absolute(attach->cache, cache);
	pass_value(&launch, "--name", attach->name);
	pass_value(&launch, "--cache", attach->cache ? cache : NULL);
	pass_value(&launch, "--grace", attach->grace);
	pass_value(&launch, "--detect", attach->detect);
	pass_value(&launch, "--rate", attach->policy.rate);
	pass_value(&launch, "--quota", attach->policy.quota);
	if (attach->policy.hydrate[0])
		launch_arg(&launch, "--hydrate");
	if (attach->overwrite)
		launch_arg(&launch, "--overwrite");
	if (attach->takeover)
		launch_arg(&launch, "--takeover");
	launch_arg(&launch, attach->uri);
	if (!status)
		status = launch_run(&launch, answer);
	if (!status)
		status = take_answer(nl, answer);
	evgnl_close(nl);
	return status;
}

int run_attach(const struct verb *verb, int argc, char **argv)
{
	static const struct option known[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "cache", required_argument, NULL, 'c' },
		{ "grace", required_argument, NULL, 'g' },
		{ "detect", required_argument, NULL, 'd' },
		{ "hydrate", no_argument, NULL, 'H' },
		{ "rate", required_argument, NULL, 'r' },
		{ "quota", required_argument, NULL, 'q' },
		{ "overwrite", no_argument, NULL, 'o' },
		{ "takeover", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	struct attach what = { 0 };
	int option, status;

	while ((option = next_option(verb, argc, argv, known, &status)) != -1) {
		if (!option)
			return status;
		status = take_option(verb, &what, option, optarg);
		if (status)
			return status;
	}
	status = take_uri(verb, &what, argc, argv);
	return status ? status : attach(verb, &what);
}
