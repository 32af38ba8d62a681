// SPDX-License-Identifier: GPL-2.0
#include "parse.h"

#include <string.h>
#include <linux/evergreen.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool skip_prefix(const char **text, const char *prefix)
{
	size_t n = strlen(prefix);

	if (strncmp(*text, prefix, n))
		return false;
	*text += n;
	return true;
}

int parse_disk(const char *text, uint32_t *index)
{
	uint32_t value = 0;

	if (skip_prefix(&text, "/dev/")) {
		if (!skip_prefix(&text, "evg"))
			return -1;
	} else {
		skip_prefix(&text, "evg");
	}
	if (!is_digit(*text) || (text[0] == '0' && text[1]))
		return -1;
	for (; is_digit(*text); text++) {
		value = value * 10 + (*text - '0');
		if (value > PARSE_INDEX_MAX)
			return -1;
	}
	if (*text)
		return -1;
	*index = value;
	return 0;
}

int parse_seconds(const char *text, bool inf, uint32_t *ms)
{
	uint64_t value = 0, unit = 1000;

	if (inf && !strcmp(text, "inf")) {
		*ms = EVG_GRACE_INF;
		return 0;
	}
	if (!is_digit(*text))
		return -1;
	for (; is_digit(*text); text++) {
		value = value * 10 + (*text - '0') * 1000;
		if (value >= EVG_GRACE_INF)
			return -1;
	}
	if (*text == '.') {
		text++;
		if (!is_digit(*text))
			return -1;
		for (; is_digit(*text); text++) {
			unit /= 10;
			if (!unit && *text != '0')
				return -1;
			value += (*text - '0') * unit;
		}
	}
	if (*text || value >= EVG_GRACE_INF)
		return -1;
	*ms = value;
	return 0;
}

/* How often to shift by 10: "", "K" or "KiB" and so on; -1: none of these. */
static int unit_of(const char *text)
{
	static const char units[] = "KMGTP";
	const char *unit;

	if (!*text)
		return 0;
	unit = strchr(units, *text);
	if (!unit || (text[1] && strcmp(text + 1, "iB")))
		return -1;
	return unit - units + 1;
}

int parse_size(const char *text, uint64_t *bytes)
{
	uint64_t whole = 0, part = 0, scale = 1;
	int unit;

	if (!is_digit(*text))
		return -1;
	for (; is_digit(*text); text++) {
		whole = whole * 10 + (*text - '0');
		if (whole > UINT64_MAX >> 14)
			return -1;
	}
	if (*text == '.') {
		text++;
		if (!is_digit(*text))
			return -1;
		for (; is_digit(*text) && scale < 1000; text++) {
			part = part * 10 + (*text - '0');
			scale *= 10;
		}
	}
	unit = unit_of(text);
	if (unit < 0 || (scale > 1 && !unit) ||
	    whole >= (1ULL << 60) >> (10 * unit))
		return -1;
	*bytes = (whole << (10 * unit)) + ((part << (10 * unit)) / scale);
	return *bytes ? 0 : -1;
}

int parse_uri(const char *text)
{
	static const char * const schemes[] = {
		"nbd://", "nbds://", "nbd+unix://", "nbds+unix://", NULL,
	};
	size_t i;

	for (i = 0; schemes[i]; i++)
		if (!strncmp(text, schemes[i], strlen(schemes[i])))
			return text[strlen(schemes[i])] ? 0 : -1;
	return -1;
}

bool parse_uri_socket_is_relative(const char *text)
{
	const char *at = strchr(text, '?');

	for (; at; at = strchr(at, '&')) {
		at++;
		if (skip_prefix(&at, "socket="))
			return *at != '/' && *at != '%';
	}
	return false;
}
