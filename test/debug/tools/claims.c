// SPDX-License-Identifier: GPL-2.0
/*
 * Is every block that a cache's map claims image 1's?  Prints the number of
 * blocks claimed; exit status 1 when one is wrong, 2 when there is no cache or
 * it says itself that it is damaged.  A cache that is not believed to be the one
 * that was in use fails, too.
 *
 * usage: claims CACHE
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "pattern.h"

enum { BLOCK = 4096 };

static unsigned long claimed, wrong;
static struct cache cache;
static char *seen;

static int check_run(uint64_t first, uint64_t count, void *arg)
{
	char right[BLOCK];

	(void)arg;
	for (; count; count--, first++) {
		claimed++;
		pattern_fill(1, first * BLOCK, right, BLOCK);
		if (pread(cache.clean_fd, seen, BLOCK,
			  cache.data_offset + first * BLOCK) == BLOCK &&
		    !memcmp(seen, right, BLOCK))
			continue;
		if (wrong++ < 5)
			printf("block %llu is claimed, and wrong\n",
			       (unsigned long long)first);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: claims CACHE\n", stderr);
		return 64;
	}
	if (cache_open(&cache, argv[1], true)) {
		fprintf(stderr, "claims: %s\n", cache_error());
		return 2;
	}
	if (cache_distrusts(&cache)) {
		printf("%s\n", cache_distrusts(&cache));
		return 1;
	}
	if (posix_memalign((void **)&seen, BLOCK, BLOCK) ||
	    cache_each_present(&cache, 0, cache.blocks, check_run, NULL)) {
		fprintf(stderr, "claims: %s cannot be read\n", argv[1]);
		return 3;
	}
	printf("%lu\n", claimed);
	return !!wrong;
}
