// SPDX-License-Identifier: GPL-2.0
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "plain.h"

static char log_name[32] = "evergreend";
static bool is_verbose;

void log_init(const char *name, bool verbose)
{
	snprintf(log_name, sizeof(log_name), "%s", name);
	is_verbose = verbose;
}

static void log_line(const char *format, va_list args)
{
	time_t now = time(NULL);
	char when[32], text[1024], plain[1024];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	vsnprintf(text, sizeof(text), format, args);
	fprintf(stderr, "%s %s: %s\n", when, log_name,
		plain_text(plain, sizeof(plain), text));
}

void log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(format, args);
	va_end(args);
}

void log_debug(const char *format, ...)
{
	va_list args;

	if (!is_verbose)
		return;
	va_start(args, format);
	log_line(format, args);
	va_end(args);
}
