// SPDX-License-Identifier: GPL-2.0
/* fuzz-sources: userspace/lib/evgnl_wire.c */
/* What the netlink library parses of the kernel's messages. */
#include <stdlib.h>
#include <string.h>

#include "evgnl_wire.h"

/* A message is as long as its header says, in memory of just that size. */
static struct nlmsghdr *make_message(const uint8_t *data, size_t size)
{
	struct nlmsghdr *h;

	if (size < sizeof(*h))
		return NULL;
	h = malloc(size);
	if (!h)
		abort();
	memcpy(h, data, size);
	h->nlmsg_len = size;
	return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct evgnl nl;
	struct nlmsghdr *h = make_message(data, size);
	struct evgnl_event event;
	char text[64];

	if (!h)
		return 0;
	if (!evgnl_parse_event(&nl, h, &event) &&
	    strnlen(event.message, sizeof(event.message)) ==
	    sizeof(event.message))
		abort();
	evgnl_parse_verdict(h, text, sizeof(text));
	if (strnlen(text, sizeof(text)) == sizeof(text))
		abort();
	free(h);
	return 0;
}
