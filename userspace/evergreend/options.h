/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EVG_OPTIONS_H
#define EVG_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
	const char *uri;
	char cache[4096];
	char source[1024];		/* the URI, without secrets */
	int index;			/* -1: the first that is free */
	uint32_t grace_ms;
	uint32_t detect_ms;
	uint32_t connections;
	int ready_fd;			/* -1: none */
	char home[4096];		/* empty: where it is by default */
	uint64_t rate;			/* bytes a second for prefetch; 0: any */
	uint64_t quota_bytes;		/* 0: none */
	bool hydrate;
	bool has_grace;			/* it was asked for */
	bool has_detect;
	bool overwrite;
	bool takeover;
	bool verbose;
};

enum { RATE_MAX = 1 << 30 };

/* Exits: 0 after --help and --version, 2 when they make no sense. */
void options_parse(struct options *o, int argc, char **argv);

#endif
