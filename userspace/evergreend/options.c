// SPDX-License-Identifier: GPL-2.0
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/evergreen.h>

#include "args.h"
#include "keep.h"
#include "name.h"
#include "uri.h"
#include "version.h"

#define CACHE_HOME "/var/cache/evergreen"

static const char help[] =
"Usage: evergreend [OPTIONS] URI\n"
"Serve one Evergreen disk from the server that URI names, in the foreground.\n"
"\n"
"  --name N           the disk: evg3, 3 or /dev/evg3; default: the first free\n"
"  --cache PATH       directory or block device; default: a directory in\n"
"                     " CACHE_HOME " named after the URI\n"
"  --overwrite        make a cache on a block device that holds something else\n"
"  --grace S|inf      seconds that a miss waits from an outage's start; 30\n"
"  --detect S         seconds without progress that the kernel calls an outage; 10\n"
"  --takeover         replace a helper that lives\n"
"  --hydrate          fetch the whole image, when there is nothing better to do\n"
"  --rate BYTES[K|M|G]  a second at most for what nobody waits for\n"
"  --quota SIZE[K|M|G|T]  what a cache in a directory may take; 16M at least\n"
"  --home DIR         functions and what is learned; default: the cache's\n"
"                     directory, /var/lib/evergreen/UUID for a block device\n"
"  --connections K    at most so many, where the server allows several; 4\n"
"  --ready-fd FD      write one line there when the disk is ready, or why not\n"
"  -v, --verbose      say more\n"
"  --help, --version\n"
"\n"
"URI: nbd://HOST[:PORT]/[EXPORT], nbds://..., nbd+unix:///[EXPORT]?socket=PATH,\n"
"nbds+unix://...\n";

__attribute__((__format__(gnu_printf, 1, 2), __noreturn__))
static void usage(const char *format, ...)
{
	va_list args;

	fputs("evergreend: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("; try 'evergreend --help'\n", stderr);
	exit(2);
}

static uint32_t whole(const char *option, const char *text, uint32_t min,
		      uint32_t max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value < min ||
	    value > max)
		usage("--%s %s: a number from %u to %u is wanted", option, text,
		      min, max);
	return (uint32_t)value;
}

static uint32_t milliseconds(const char *option, const char *text, double min,
			     double max)
{
	double value;
	char *end;

	value = strtod(text, &end);
	if (end == text || *end || !isfinite(value) || value < min ||
	    value > max)
		usage("--%s %s: seconds from %g to %g are wanted", option, text,
		      min, max);
	return (uint32_t)(value * 1000 + 0.5);
}

/* With K, M, G or T: powers of 1024; 0 for "none". */
static uint64_t bytes_of(const char *option, const char *text, uint64_t min,
			 uint64_t max)
{
	static const char units[] = "KMGT";
	const char *unit;
	uint64_t value;
	char *end;
	int shift = 0;

	if (!strcmp(text, "none"))
		return 0;
	errno = 0;
	value = strtoull(text, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (unit) {
		shift = 10 * (int)(unit - units + 1);
		end++;
	}
	if (errno || *text < '0' || *text > '9' || *end ||
	    value > max >> shift || value << shift < min)
		usage("--%s %s: bytes from %llu to %llu are wanted, as 500K, 20M or 3G, or 'none'",
		      option, text, (unsigned long long)min,
		      (unsigned long long)max);
	return value << shift;
}

static int disk_index(const char *text)
{
	const char *digits = text;

	if (!strncmp(digits, "/dev/", 5))
		digits += 5;
	if (!strncmp(digits, "evg", 3))
		digits += 3;
	if (*digits < '0' || *digits > '9')
		usage("--name %s: evg3, 3 or /dev/evg3 is wanted", text);
	return (int)whole("name", digits, 0, 1 << 19);
}

static void take(struct options *o, int option, const char *value)
{
	switch (option) {
	case 'n':
		o->index = disk_index(value);
		break;
	case 'c':
		if (!*value || strlen(value) >= sizeof(o->cache))
			usage("--cache: a path is wanted");
		memcpy(o->cache, value, strlen(value) + 1);
		break;
	case 'o':
		o->overwrite = true;
		break;
	case 'g':
		o->has_grace = true;
		o->grace_ms = !strcmp(value, "inf") ? EVG_GRACE_INF :
			      milliseconds("grace", value, 0, 4000000);
		break;
	case 'd':
		o->has_detect = true;
		o->detect_ms = milliseconds("detect", value, 0.1, 600);
		break;
	case 't':
		o->takeover = true;
		break;
	case 'H':
		o->hydrate = true;
		break;
	case 'R':
		o->rate = bytes_of("rate", value, 1, RATE_MAX);
		break;
	case 'Q':
		o->quota_bytes = bytes_of("quota", value, KEEP_QUOTA_MIN, 1ULL << 50);
		break;
	case 'D':
		if (!*value || strlen(value) >= sizeof(o->home))
			usage("--home: a directory is wanted");
		memcpy(o->home, value, strlen(value) + 1);
		break;
	case 'k':
		o->connections = whole("connections", value, 1, 16);
		break;
	case 'r':
		o->ready_fd = (int)whole("ready-fd", value, 0, 1 << 20);
		break;
	case 'v':
		o->verbose = true;
		break;
	case 'h':
		fputs(help, stdout);
		exit(0);
	case 'V':
		puts("evergreend " EVG_VERSION);
		exit(0);
	}
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct option table[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "cache", required_argument, NULL, 'c' },
		{ "overwrite", no_argument, NULL, 'o' },
		{ "grace", required_argument, NULL, 'g' },
		{ "detect", required_argument, NULL, 'd' },
		{ "takeover", no_argument, NULL, 't' },
		{ "hydrate", no_argument, NULL, 'H' },
		{ "rate", required_argument, NULL, 'R' },
		{ "quota", required_argument, NULL, 'Q' },
		{ "home", required_argument, NULL, 'D' },
		{ "connections", required_argument, NULL, 'k' },
		{ "ready-fd", required_argument, NULL, 'r' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ }
	};
	const char *bad;
	int option;

	memset(o, 0, sizeof(*o));
	o->index = -1;
	o->ready_fd = -1;
	o->grace_ms = 30000;
	o->detect_ms = 10000;
	o->connections = 4;
	opterr = 0;
	bad = args_order(argc, argv, table, "vh", 0);
	if (bad)
		usage(args_is_option(table, bad) ? "%s wants a value" :
		      "%s: no such option", bad);
	while ((option = getopt_long(argc, argv, "+:vh", table, NULL)) != -1) {
		if (option == '?')
			usage("%s wants no value", argv[optind - 1]);
		take(o, option, optarg);
	}
	if (optind >= argc)
		usage("the server's URI is missing");
	if (optind + 1 < argc)
		usage("%s: one URI is enough", argv[optind + 1]);
	o->uri = uri_hide(argv[optind]);
	if (!o->uri)
		usage("there is no memory");
	uri_shown(o->uri, o->source, sizeof(o->source));
	if (!*o->cache)
		name_cache(o->uri, CACHE_HOME, o->cache, sizeof(o->cache));
}
