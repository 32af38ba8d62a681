// SPDX-License-Identifier: GPL-2.0
/*
 * What a cache's header says of its use.
 *
 * usage: header use CACHE     mark it as in use, as evergreend does
 *        header v1 CACHE      make it one of format 1, as an older evergreend did
 *        header show CACHE    print its format, and "in use" or "at rest"
 *        header image CACHE   the image, as a function's file says it
 */
#define _GNU_SOURCE
#include <endian.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"

static void make_format_1(struct cache *c)
{
	static struct evg_header slot[2];
	const size_t old = offsetof(struct evg_header, generation);

	memcpy(&slot[0], &c->header, old);
	slot[0].version = htole32(1);
	slot[0].flags = 0;
	slot[0].crc = htole32(crc32c(0, &slot[0],
				     offsetof(struct evg_header, crc)));
	if (pwrite(c->map_fd, slot, sizeof(slot), 0) != sizeof(slot))
		exit(1);
}

static void print_image(const struct evg_header *h)
{
	uint32_t i;

	printf("{ \"bytes\": %llu, \"fingerprint\": \"",
	       (unsigned long long)le64toh(h->image_bytes));
	for (i = 0; i < sizeof(h->fingerprint); i++)
		printf("%02x", h->fingerprint[i]);
	fputs("\", \"samples\": [", stdout);
	for (i = 0; i < le32toh(h->samples); i++)
		printf("%s%llu", i ? ", " : "", (unsigned long long)le64toh(h->sample[i]));
	puts("] }");
}

int main(int argc, char **argv)
{
	struct cache c;
	int ret = 0;

	if (argc != 3) {
		fputs("usage: header use|v1|show|image CACHE\n", stderr);
		return 64;
	}
	if (cache_open(&c, argv[2], argv[1][0] == 's' || argv[1][0] == 'i')) {
		fprintf(stderr, "header: %s\n", cache_error());
		return 1;
	}
	if (!strcmp(argv[1], "use"))
		ret = cache_begin_use(&c);
	else if (!strcmp(argv[1], "v1"))
		make_format_1(&c);
	else if (!strcmp(argv[1], "image"))
		print_image(&c.header);
	else
		printf("format %u, %s\n", le32toh(c.header.version),
		       le32toh(c.header.flags) & EVG_HEADER_IN_USE ?
		       "in use" : "at rest");
	cache_close(&c);
	return !!ret;
}
