// SPDX-License-Identifier: GPL-2.0
/*
 * A workload out of nothing, in the form that pareto reads.
 *
 * An application of 1 GiB in extents of 1 to 64 blocks, which have popularities
 * like 1, 1/2, 1/3, ... in random order, and activities that draw 200 of them
 * each.  With other input an activity draws one in ten anew.
 */
#include "draw.h"

#include <err.h>
#include <stdlib.h>

enum {
	BLOCKS		= 262144,
	EXTENTS		= 8000,
	EXTENT_MAX	= 64,		/* blocks */
	ACTIVITIES	= 32,
	DRAWS		= 200,
	ONE_IN		= 10,		/* is drawn anew */
};

struct extent {
	uint32_t first, count;
};

/* Shuffled: an extent's place in the table is its popularity's. */
static void make_extents(struct extent *extent)
{
	uint32_t i, j, at = 0;

	for (i = 0; i < EXTENTS; i++) {
		struct extent e = { at, 1 + random_below(EXTENT_MAX) };

		at += e.count;
		j = random_below(i + 1);
		extent[i] = extent[j];
		extent[j] = e;
	}
	if (at >= BLOCKS)
		errx(1, "the extents do not fit");
}

static void write_run(FILE *to, uint32_t activity, const char *run,
		      const struct extent *extent, const uint32_t *draw)
{
	int i;

	fprintf(to, "= a%u %s\n", activity, run);
	for (i = 0; i < DRAWS; i++)
		fprintf(to, "%u %u\n", extent[draw[i]].first, extent[draw[i]].count);
}

static void write_activity(FILE *to, uint32_t activity,
			   const struct extent *extent, const double *sums)
{
	uint32_t draw[DRAWS];
	int i;

	for (i = 0; i < DRAWS; i++)
		draw[i] = zipf_draw(sums, EXTENTS);
	write_run(to, activity, "record", extent, draw);
	write_run(to, activity, "again", extent, draw);
	for (i = 0; i < DRAWS; i++)
		if (!random_below(ONE_IN))
			draw[i] = zipf_draw(sums, EXTENTS);
	write_run(to, activity, "other", extent, draw);
}

int main(int argc, char **argv)
{
	static struct extent extent[EXTENTS];
	double *sums = zipf_sums(EXTENTS);
	uint32_t i;
	FILE *file;

	if (argc != 3) {
		fputs("usage: synthetic LAYOUT READS\n", stderr);
		return 2;
	}
	file = open_or_die(argv[1], "w");
	fprintf(file, "0 %d\n", BLOCKS);
	fclose(file);
	make_extents(extent);
	file = open_or_die(argv[2], "w");
	fprintf(file, "= mount record\n%d 1\n", BLOCKS - 1);
	for (i = 0; i < ACTIVITIES; i++)
		write_activity(file, i, extent, sums);
	fclose(file);
	free(sums);
	return 0;
}
