// SPDX-License-Identifier: GPL-2.0
#include "picture_svg.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "evergreen.h"
#include "text.h"

enum {
	CELL		= 9,		/* pixels, and one of gap */
	STEP		= CELL + 1,
	LEFT		= 84,		/* where the cells begin */
	TOP		= 76,
	RIGHT		= 24,
	LEGEND		= 104,		/* below the cells */
	WIDTH_MIN	= 800,		/* what the legend takes */
};

static const char * const fills[PICTURE_LOOKS] = {
	[PICTURE_ABSENT]	= "#e9ecef",
	[PICTURE_SOME]		= "#c5e3c8",
	[PICTURE_MOST]		= "#8fcb98",
	[PICTURE_CLEAN]		= "#3f9b55",
	[PICTURE_DIRTY]		= "#8e44ad",
	[PICTURE_PINNED]	= "#2f6fb5",
	[PICTURE_WANTED]	= "#d64545",
};

/* A dot in the cell, wider and warmer the more it is read. */
static const struct {
	double radius;
	const char *fill;
	const char *name;
} dots[] = {
	{ 0, "", "" },
	{ 1.8, "#f7dc6f", "read often" },
	{ 3.2, "#e8590c", "read very often" },
};

static const char style[] =
	"<style>\n"
	"text { font-family: 'DejaVu Sans', Verdana, sans-serif; fill: #343a40 }\n"
	".title { font-size: 20px; font-weight: bold }\n"
	".note { font-size: 13px }\n"
	".at { font-size: 10px; text-anchor: end; fill: #868e96 }\n"
	".key { font-size: 12px }\n"
	"</style>\n";

static void put_cell(FILE *out, unsigned int x, unsigned int y,
		     enum picture_look look, int heat)
{
	fprintf(out,
		"<rect x=\"%u\" y=\"%u\" width=\"%d\" height=\"%d\" rx=\"1.5\" fill=\"%s\"/>\n",
		x, y, CELL, CELL, fills[look]);
	if (heat)
		fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>\n",
			x + CELL / 2.0, y + CELL / 2.0, dots[heat].radius,
			dots[heat].fill);
}

static void put_text(FILE *out, unsigned int x, unsigned int y,
		     const char *class, const char *text)
{
	fprintf(out, "<text x=\"%u\" y=\"%u\" class=\"%s\">%s</text>\n", x, y,
		class, text);
}

static void put_head(FILE *out, const struct picture *picture,
		     const struct view *view)
{
	char size[TEXT_BYTES], there[TEXT_BYTES], share[TEXT_BYTES];
	char cell[TEXT_BYTES], line[4 * TEXT_BYTES];
	uint64_t present = picture->all.clean + picture->all.dirty;

	snprintf(line, sizeof(line), "/dev/evg%u", view->disk.index);
	put_text(out, LEFT, 32, "title", line);
	snprintf(line, sizeof(line), "%s, of which %s (%s) are cached; a cell is %s",
		 text_bytes(size, view->disk.size_bytes),
		 text_bytes(there, present * EVG_BLOCK_SIZE),
		 text_share(share, present, picture->blocks),
		 text_bytes(cell, picture->per_cell * EVG_BLOCK_SIZE));
	put_text(out, LEFT, 54, "note", line);
}

static void put_cells(FILE *out, const struct picture *picture,
		      unsigned int width)
{
	const struct cell_of_disk *cell;
	unsigned int x, y;
	char at[TEXT_BYTES];
	size_t i;

	for (i = 0; i < picture->cells; i++) {
		cell = &picture->cell[i];
		x = LEFT + (unsigned int)(i % width) * STEP;
		y = TOP + (unsigned int)(i / width) * STEP;
		if (i % width == 0 && i / width % 4 == 0)
			put_text(out, LEFT - 10, y + CELL - 1, "at",
				 text_bytes(at, i * picture->per_cell *
					    EVG_BLOCK_SIZE));
		put_cell(out, x, y, picture_look(cell),
			 picture_heat(cell));
	}
}

static void put_legend(FILE *out, unsigned int y)
{
	unsigned int x = LEFT;
	int i;

	for (i = 0; i < PICTURE_LOOKS; i++) {
		if (i == PICTURE_DIRTY)
			continue;	/* no disk has such blocks yet */
		put_cell(out, x, y, i, 0);
		put_text(out, x + STEP + 4, y + CELL - 1, "key",
			 picture_look_name(i));
		x += 116;
	}
	x = LEFT;
	for (i = 1; i < 3; i++) {
		put_cell(out, x, y + 26, PICTURE_CLEAN, i);
		put_text(out, x + STEP + 4, y + 26 + CELL - 1, "key",
			 dots[i].name);
		x += 116;
	}
	put_text(out, LEFT, y + 66, "key",
		 "Blocks in their order on the disk, line by line. A pinned cell has blocks of a pinned function.");
}

static void put_all(FILE *out, const struct picture *picture,
		    const struct view *view, unsigned int width)
{
	unsigned int lines = (unsigned int)((picture->cells + width - 1) / width);
	unsigned int wide = LEFT + width * STEP + RIGHT;
	unsigned int high = TOP + lines * STEP + LEGEND;

	if (wide < WIDTH_MIN)
		wide = WIDTH_MIN;
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\">\n",
		wide, high);
	fprintf(out, "<title>evg%u: what is cached</title>\n", view->disk.index);
	fputs(style, out);
	fprintf(out, "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n");
	put_head(out, picture, view);
	put_cells(out, picture, width);
	put_legend(out, TOP + lines * STEP + 22);
	fprintf(out, "</svg>\n");
}

int picture_svg(const struct picture *picture, const struct view *view,
		unsigned int width, const char *path)
{
	FILE *out;
	bool bad;

	if (!strcmp(path, "-")) {
		put_all(stdout, picture, view, width);
		return EXIT_OK;
	}
	out = fopen(path, "we");
	if (!out)
		return say_failure("cannot write %s: %s", path, strerror(errno));
	put_all(out, picture, view, width);
	bad = ferror(out);
	if (fclose(out) || bad)
		return say_failure("cannot write %s: %s", path, strerror(errno));
	return EXIT_OK;
}
