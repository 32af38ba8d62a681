/* SPDX-License-Identifier: GPL-2.0 */
/* What is known of the next outage: functions that would run, the share of
 * reads that would be served, what the helper does about the rest.
 */
#ifndef EVERGREEN_AHEAD_H
#define EVERGREEN_AHEAD_H

#include <stdio.h>
#include <json-c/json.h>

#include "evgnl.h"

struct ahead {
	size_t ready, functions;
	char unknown[512];		/* why these are not known, or empty */
	double offline_share;		/* 0 to 1; -1: not known */
	struct json_object *helper;	/* its answer; NULL: none */
	char silent[512];		/* why not */
};

/* The helper has CONTROL_MS to answer. */
void ahead_make(struct ahead *ahead, struct evgnl *nl,
		const struct evgnl_disk *disk, unsigned int control_ms);
void ahead_free(struct ahead *ahead);

/* Adds its keys to the object of a disk. */
void ahead_add(const struct ahead *ahead, struct json_object *to);
void ahead_print(const struct ahead *ahead, const struct evgnl_disk *disk,
		 FILE *out);

/* "editor, 3 MiB to go"; for people */
enum { AHEAD_PREFETCH = 512 };
const char *ahead_prefetch(const struct ahead *ahead, char text[AHEAD_PREFETCH]);

#endif
