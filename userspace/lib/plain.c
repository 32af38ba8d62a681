// SPDX-License-Identifier: GPL-2.0
#include "plain.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The character at TEXT, and its bytes; 0 bytes: it is no UTF-8 (RFC 3629). */
static size_t decode(const unsigned char *text, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n, i;

	*character = text[0];
	if (text[0] < 0x80)
		return 1;
	n = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
	if (text[0] < 0xc0 || text[0] > 0xf4)
		return 0;
	*character = text[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*character = *character << 6 | (text[i] & 0x3f);
	}
	if (*character < least[n] || *character > 0x10ffff ||
	    (*character >= 0xd800 && *character < 0xe000))
		return 0;
	return n;
}

/* C0, DEL and C1; and what turns the order of a line's text (bidi). */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static char *copy(char *to, size_t bytes, const char *from, bool controls)
{
	const unsigned char *text = (const unsigned char *)from;
	uint32_t character;
	size_t used = 0, n;
	bool bad;

	for (; *text; text += n) {
		n = decode(text, &character);
		bad = !n || (!controls && is_control(character));
		if (used + (bad ? 1 : n) >= bytes)
			break;
		if (bad)
			to[used++] = '?';
		else
			memcpy(to + used, text, n);
		used += bad ? 0 : n;
		n += !n;
	}
	to[used] = '\0';
	return to;
}

char *plain_text(char *to, size_t bytes, const char *from)
{
	return copy(to, bytes, from, false);
}

char *plain_utf8(char *to, size_t bytes, const char *from)
{
	return copy(to, bytes, from, true);
}
