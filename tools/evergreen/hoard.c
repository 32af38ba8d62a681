// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE		/* nftw, O_PATH */
#include "evergreen.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "blocks.h"
#include "control.h"
#include "deps.h"
#include "metadata.h"
#include "mount_root.h"
#include "presence.h"
#include "recording.h"
#include "text.h"

enum {
	DESCRIPTORS	= 32,		/* that the walk may hold open */
	STEP_NS		= 250000000,	/* between two looks at what is cached */
};

#define DEFAULT_NAME "hoard"

struct hoard {
	uint32_t index;
	const char *name;
	bool deps;
	bool wait;
	bool metadata;
	char **path;
	struct place place;
	struct function f;
	struct blocks blocks;
	char root[PATH_MAX];		/* the mount that the path is on */
};

static struct hoard *hoard;		/* nftw() takes no argument */

/* A file that another one needs; what is not on the disk is there anyway. */
static int add_needed(int fd, const char *path, void *arg)
{
	struct hoard *h = arg;
	struct stat st;

	if (fstat(fd, &st))
		return say_failure("%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || !place_volume(&h->place, st.st_dev))
		return EXIT_OK;
	return blocks_add(&h->blocks, fd, path, 0, UINT64_MAX);
}

/* What is / to the program: the mount, if it is a whole system's, else ours. */
static int add_deps(struct hoard *h, int fd, const char *path)
{
	struct deps deps = { .each = add_needed, .arg = h };
	size_t n = strlen(h->root);
	char loader[PATH_MAX];
	bool whole;

	snprintf(loader, sizeof(loader), "%.4000s/etc", h->root);
	whole = n > 1 && !access(loader, F_OK) && !strncmp(path, h->root, n);
	return whole ? deps_find(&deps, h->root, fd, path + n) :
	       deps_find(&deps, "/", fd, path);
}

static int add_path(const char *path, const struct stat *st, int type,
		    struct FTW *at)
{
	int fd, status;

	(void)at;
	if (type == FTW_NS || type == FTW_DNR)
		return say_failure("%s cannot be read: %s", path, strerror(errno));
	if (!S_ISREG(st->st_mode))
		return EXIT_OK;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return say_failure("%s: %s", path, strerror(errno));
	status = blocks_add(&hoard->blocks, fd, path, 0, UINT64_MAX);
	if (!status && hoard->deps && st->st_mode & 0111)
		status = add_deps(hoard, fd, path);
	close(fd);
	return status;
}

static int add_tree(struct hoard *h, const char *given)
{
	char path[PATH_MAX];
	struct stat st;
	int ret;

	if (!realpath(given, path) || stat(path, &st))
		return say_failure("%s: %s", given, strerror(errno));
	if (!place_volume(&h->place, st.st_dev))
		return say_failure("%s is not on a file system of /dev/evg%u",
				   given, h->index);
	if (mount_root(path, h->root, sizeof(h->root)))
		return EXIT_FAILED;
	hoard = h;
	ret = nftw(path, add_path, DESCRIPTORS, FTW_PHYS | FTW_MOUNT);
	if (ret < 0)
		return say_failure("%s: %s", given, strerror(errno));
	return ret;
}

static int add_all(struct hoard *h)
{
	int status = EXIT_OK;
	char **path;

	h->blocks.place = &h->place;
	h->blocks.f = &h->f;
	for (path = h->path; *path && !status; path++)
		status = add_tree(h, *path);
	if (!status)
		status = blocks_finish(&h->blocks);
	blocks_free(&h->blocks);
	return status;
}

/* What was hoarded, for people: all paths, as often as it was done. */
static void describe(struct hoard *h)
{
	char text[FUNCTION_COMMAND_MAX];
	size_t used;
	char **path;

	used = (size_t)snprintf(text, sizeof(text), "%s",
				h->f.command ? h->f.command : "");
	for (path = h->path; *path && used < sizeof(text); path++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
					 used ? " " : "", *path);
	free(h->f.command);
	h->f.command = strdup(text);
}

static int count_absent(struct evgnl *nl, const struct hoard *h, uint64_t *absent)
{
	struct presence *presence = presence_open(nl, &h->place.disk);
	uint64_t present = 0;
	int status = EXIT_OK;

	if (!presence)
		return say_failure("out of memory");
	if (presence_of_function(presence, &h->f, &present))
		status = say_failure("%s", evgnl_error(nl));
	presence_close(presence);
	*absent = h->f.blocks - present;
	return status;
}

/* Until all of it is there; the helper may have to wait for the link. */
static int wait_until_cached(struct evgnl *nl, const struct hoard *h)
{
	struct timespec step = { .tv_nsec = STEP_NS };
	bool show = isatty(STDERR_FILENO);
	char text[TEXT_BYTES], request[128];
	uint64_t absent = 0;
	int status;

	snprintf(request, sizeof(request), "prefetch %s", h->name);
	if (control_ask(h->index, request, NULL))
		return say_failure("%s", control_error());
	for (;;) {
		status = count_absent(nl, h, &absent);
		if (status || !absent)
			break;
		if (show)
			fprintf(stderr, "\r\033[K%s: %s to fetch", h->name,
				text_bytes(text, absent * EVG_BLOCK_SIZE));
		nanosleep(&step, NULL);
	}
	if (show)
		fprintf(stderr, "\r\033[K");
	return status;
}

static int keep(struct evgnl *nl, struct hoard *h)
{
	int status = place_find(&h->place, nl, h->index);

	if (status)
		return status;
	if (h->metadata)
		metadata_record_first(&h->place);
	status = place_load(&h->place, h->name, true, &h->f);
	if (status)
		return status;
	h->f.pinned = true;
	h->f.recorded = (uint64_t)time(NULL);
	status = add_all(h);
	if (!status) {
		describe(h);
		status = place_add(&h->place, &h->f);
	}
	if (!status)
		recording_tell(&h->place, &h->f);
	if (!status && h->wait)
		status = wait_until_cached(nl, h);
	function_free(&h->f);
	return status;
}

static int run(const struct verb *verb, struct hoard *h)
{
	struct evgnl *nl = open_module_as_root(verb);
	int status;

	if (!nl)
		return EXIT_FAILED;
	status = keep(nl, h);
	evgnl_close(nl);
	return status;
}

int run_hoard(const struct verb *verb, int argc, char **argv)
{
	static const struct option known[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "deps", no_argument, NULL, 'd' },
		{ "wait", no_argument, NULL, 'w' },
		{ "no-metadata", no_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	struct hoard h = { .name = DEFAULT_NAME, .metadata = true };
	int option, status;

	while ((option = next_option(verb, argc, argv, known, &status)) != -1) {
		if (!option)
			return status;
		h.deps |= option == 'd';
		h.wait |= option == 'w';
		h.metadata &= option != 'm';
		if (option == 'n')
			h.name = optarg;
	}
	if (!function_name_is_good(h.name) || !strcmp(h.name, FUNCTION_METADATA) ||
	    !strcmp(h.name, FUNCTION_SESSION))
		return say_misuse(verb, "'%s' is no name for it", h.name);
	status = first_disk_operand(verb, argc, argv, &h.index);
	if (status)
		return status;
	if (optind == argc)
		return say_misuse(verb, "the path is missing");
	h.path = argv + optind;
	return run(verb, &h);
}
