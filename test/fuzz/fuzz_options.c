// SPDX-License-Identifier: GPL-2.0
/* fuzz-sources: userspace/evergreend/name.c */
/* The helper's command line; a refusal's exit() is a jump back to here. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static jmp_buf out;

__attribute__((__noreturn__))
static void fuzz_exit(int status)
{
	longjmp(out, status + 1);
}

#define exit(status) fuzz_exit(status)
#include "../../userspace/evergreend/options.c"
#undef exit

enum { ARGS = 16 };

static void judge(const struct options *o)
{
	if (!o->uri || !*o->cache || o->index < -1 || o->index > 1 << 19 ||
	    o->connections < 1 || o->connections > 16 || o->ready_fd < -1 ||
	    o->detect_ms < 100 || o->detect_ms > 600000 ||
	    strnlen(o->source, sizeof(o->source)) == sizeof(o->source))
		abort();
}

/* Arguments are separated by line feeds. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct options options;
	char *argv[ARGS + 2] = { "evergreend" };
	static char *text;	/* outlives the jump */
	int argc = 1;
	char *at;

	text = malloc(size + 1);
	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	for (at = text; at && argc <= ARGS; argc++) {
		argv[argc] = at;
		at = strchr(at, '\n');
		if (at)
			*at++ = '\0';
	}
	if (!freopen("/dev/null", "w", stdout))
		abort();
	optind = 0;
	if (!setjmp(out)) {
		options_parse(&options, argc, argv);
		judge(&options);
	}
	free(text);
	return 0;
}
