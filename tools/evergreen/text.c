// SPDX-License-Identifier: GPL-2.0
#include "text.h"

#include <stdio.h>

const char *text_bytes(char text[TEXT_BYTES], unsigned long long bytes)
{
	static const char * const units[] = {
		"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB",
	};
	unsigned long long rest = 0;
	int unit = 0;

	for (; bytes >= 1024; bytes /= 1024) {
		rest = bytes % 1024;
		unit++;
	}
	if (bytes < 100 && rest * 10 / 1024)
		snprintf(text, TEXT_BYTES, "%llu.%llu %s", bytes,
			 rest * 10 / 1024, units[unit]);
	else
		snprintf(text, TEXT_BYTES, "%llu %s", bytes, units[unit]);
	return text;
}

const char *text_ms(char text[TEXT_BYTES], unsigned long long ms)
{
	unsigned long long s = ms / 1000;

	if (ms == EVG_GRACE_INF)
		snprintf(text, TEXT_BYTES, "inf");
	else if (ms && ms < 1000)
		snprintf(text, TEXT_BYTES, "%llu ms", ms);
	else if (s < 10 && ms % 1000 / 100)
		snprintf(text, TEXT_BYTES, "%llu.%llu s", s,
			 ms % 1000 / 100);
	else if (s < 120)
		snprintf(text, TEXT_BYTES, "%llu s", s);
	else if (s < 7200)
		snprintf(text, TEXT_BYTES, "%llu min %llu s",
			 s / 60, s % 60);
	else
		snprintf(text, TEXT_BYTES, "%llu h %llu min",
			 s / 3600, s % 3600 / 60);
	return text;
}

const char *text_share(char text[TEXT_BYTES], uint64_t part, uint64_t whole)
{
	unsigned int tenths = whole ? part * 1000 / whole : 0;

	if (part >= whole)
		snprintf(text, TEXT_BYTES, whole ? "100 %%" : "-");
	else if (!part)
		snprintf(text, TEXT_BYTES, "0 %%");
	else if (!tenths)
		snprintf(text, TEXT_BYTES, "< 0.1 %%");
	else
		snprintf(text, TEXT_BYTES, "%u.%u %%",
			 tenths / 10, tenths % 10);
	return text;
}

int64_t text_fail_in_ms(enum evg_link_state state, uint64_t outage_ms,
			uint32_t grace_ms)
{
	if (state == EVG_LINK_STALE)
		return 0;
	if (state != EVG_LINK_OFFLINE && state != EVG_LINK_RECOVERING)
		return -1;
	if (grace_ms == EVG_GRACE_INF)
		return -1;
	return outage_ms < grace_ms ? (int64_t)(grace_ms - outage_ms) : 0;
}

const char *text_link(char text[TEXT_BYTES], enum evg_link_state state,
		      uint64_t outage_ms, uint32_t grace_ms)
{
	int64_t fail_in = text_fail_in_ms(state, outage_ms, grace_ms);
	char since[TEXT_BYTES], clock[TEXT_BYTES];
	const char *name = "offline";

	switch (state) {
	case EVG_LINK_ONLINE:
		snprintf(text, TEXT_BYTES, "online");
		return text;
	case EVG_LINK_SUSPECT:
		snprintf(text, TEXT_BYTES,
			 "suspect; an answer is overdue, misses still go out");
		return text;
	case EVG_LINK_STALE:
		snprintf(text, TEXT_BYTES,
			 "stale; the server has another image, misses fail at once");
		return text;
	case EVG_LINK_RECOVERING:
		name = "recovering, offline";
		break;
	case EVG_LINK_OFFLINE:
		break;
	default:
		snprintf(text, TEXT_BYTES, "in state %d, unknown to this command",
			 (int)state);
		return text;
	}
	text_ms(since, outage_ms);
	if (fail_in < 0)
		snprintf(text, TEXT_BYTES,
			 "%s for %.40s; misses wait until it is back", name, since);
	else if (!fail_in)
		snprintf(text, TEXT_BYTES, "%s for %.40s; misses fail at once",
			 name, since);
	else
		snprintf(text, TEXT_BYTES, "%s for %.40s; misses fail in %.40s",
			 name, since, text_ms(clock, fail_in));
	return text;
}
