// SPDX-License-Identifier: GPL-2.0
#include "evergreen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "picture.h"
#include "picture_svg.h"
#include "record.h"
#include "text.h"

enum {
	WIDTH		= 64,		/* cells a line, if nothing says otherwise */
	WIDTH_MIN	= 8,
	WIDTH_MAX	= 1000,
	LINES		= 16,
	SVG_WIDTH	= 96,
	SVG_LINES	= 40,
};

struct map_job {
	uint32_t index;
	unsigned int width;		/* 0: not said */
	const char *svg;
	bool json;
};

/* For a terminal: colour and a glyph of its own; else the letter. */
static const struct {
	char letter;
	const char *glyph;
	const char *colour;
} looks[PICTURE_LOOKS] = {
	[PICTURE_ABSENT]	= { '.', "·", "38;5;244" },
	[PICTURE_SOME]		= { '-', "░", "38;5;71" },
	[PICTURE_MOST]		= { '+', "▒", "38;5;71" },
	[PICTURE_CLEAN]		= { '#', "█", "38;5;71" },
	[PICTURE_DIRTY]		= { 'D', "█", "38;5;170" },
	[PICTURE_PINNED]	= { 'P', "█", "38;5;33" },
	[PICTURE_WANTED]	= { '!', "▒", "38;5;196" },
};

/* What is cached and read often. */
static const char * const heats[] = { "", "38;5;220", "38;5;208" };

static bool wants_colour(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && term &&
	       strcmp(term, "dumb");
}

static void print_cell(const struct cell_of_disk *cell, bool colour)
{
	enum picture_look look = picture_look(cell);
	int heat = picture_heat(cell);
	const char *shade = looks[look].colour;

	if (!colour) {
		putchar(heat == 2 && look == PICTURE_CLEAN ? 'H' :
			looks[look].letter);
		return;
	}
	if (heat && look >= PICTURE_SOME && look <= PICTURE_CLEAN)
		shade = heats[heat];
	printf("\033[%sm%s\033[0m", shade, looks[look].glyph);
}

static void print_legend(bool colour)
{
	int look;

	for (look = 0; look < PICTURE_LOOKS; look++) {
		if (look == PICTURE_DIRTY)
			continue;	/* no disk has such blocks yet */
		if (colour)
			printf("\033[%sm%s\033[0m", looks[look].colour,
			       looks[look].glyph);
		else
			putchar(looks[look].letter);
		printf(" %s   ", picture_look_name(look));
	}
	if (colour)
		printf("\033[%sm█\033[0m read often   \033[%sm█\033[0m very often\n",
		       heats[1], heats[2]);
	else
		printf("H cached, read very often\n");
}

static void print_text(const struct view *view, const struct picture *picture,
		       unsigned int width)
{
	char size[TEXT_BYTES], cached[TEXT_BYTES], cell[TEXT_BYTES];
	bool colour = wants_colour();
	size_t i;

	printf("evg%u  %s, %s cached, %s a cell\n", view->disk.index,
	       text_bytes(size, view->disk.size_bytes),
	       text_share(cached, picture->all.clean + picture->all.dirty,
			  picture->blocks),
	       text_bytes(cell, picture->per_cell * EVG_BLOCK_SIZE));
	for (i = 0; i < picture->cells; i++) {
		if (i % width == 0)
			printf("%9s  ", text_bytes(size, i * picture->per_cell *
						   EVG_BLOCK_SIZE));
		print_cell(&picture->cell[i], colour);
		if (i % width == width - 1 || i == picture->cells - 1)
			putchar('\n');
	}
	print_legend(colour);
}

static void add_counts(struct json_object *to, const struct cell_of_disk *cell)
{
	json_object_object_add(to, "blocks", json_object_new_uint64(cell->blocks));
	json_object_object_add(to, "clean", json_object_new_uint64(cell->clean));
	json_object_object_add(to, "dirty", json_object_new_uint64(cell->dirty));
	json_object_object_add(to, "pinned", json_object_new_uint64(cell->pinned));
	json_object_object_add(to, "pinned_absent",
			       json_object_new_uint64(cell->pinned_absent));
	json_object_object_add(to, "reads",
			       json_object_new_uint64((uint64_t)cell->reads));
}

static void print_json(const struct picture *picture)
{
	struct json_object *map = json_object_new_object();
	struct json_object *cells = json_object_new_array();
	struct json_object *cell;
	size_t i;

	add_counts(map, &picture->all);
	for (i = 0; i < picture->cells; i++) {
		cell = json_object_new_object();
		add_counts(cell, &picture->cell[i]);
		json_object_array_add(cells, cell);
	}
	json_object_object_add(map, "cells", cells);
	json_print(map, stdout);
}

/* What fits, with room for where a line begins. */
static unsigned int terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col < 32)
		return WIDTH;
	return size.ws_col - 12 < 128 ? size.ws_col - 12 : 128;
}

static int draw(struct view *view, const struct map_job *job)
{
	unsigned int width = job->width;
	struct picture picture;
	int status;

	if (!width)
		width = job->svg ? SVG_WIDTH : terminal_width();
	status = picture_make(&picture, view,
			      (size_t)width * (job->svg ? SVG_LINES : LINES));
	if (!status && job->svg)
		status = picture_svg(&picture, view, width, job->svg);
	else if (!status && job->json)
		print_json(&picture);
	else if (!status)
		print_text(view, &picture, width);
	picture_free(&picture);
	return status;
}

static int map(struct evgnl *nl, const struct map_job *job)
{
	struct view view;
	int status;

	status = view_open(&view, nl, job->index);
	if (!status)
		status = view_count(&view);
	if (!status)
		status = draw(&view, job);
	view_close(&view);
	return status;
}

static int take_width(const struct verb *verb, const char *text,
		      unsigned int *width)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end || n < WIDTH_MIN || n > WIDTH_MAX)
		return say_misuse(verb, "--width '%s' is not a number from %d to %d",
				  text, WIDTH_MIN, WIDTH_MAX);
	*width = (unsigned int)n;
	return EXIT_OK;
}

int run_map(const struct verb *verb, int argc, char **argv)
{
	static const struct option known[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "svg", required_argument, NULL, 's' },
		{ "width", required_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	struct map_job job = { 0 };
	struct evgnl *nl;
	int option, status;

	while ((option = next_option(verb, argc, argv, known, &status)) != -1) {
		if (!option)
			return status;
		if (option == 'j')
			job.json = true;
		else if (option == 's')
			job.svg = optarg;
		else if (take_width(verb, optarg, &job.width))
			return EXIT_USAGE;
	}
	if (job.json && job.svg)
		return say_misuse(verb, "--json and --svg do not go together");
	status = disk_operand(verb, argc, argv, &job.index);
	if (status)
		return status;
	nl = open_module();
	if (!nl)
		return EXIT_FAILED;
	status = map(nl, &job);
	evgnl_close(nl);
	return status;
}
