// SPDX-License-Identifier: GPL-2.0
#include "evergreen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ahead.h"
#include "control.h"
#include "screen.h"
#include "text.h"
#include "view.h"

enum {
	STEP_MS		= 1000,
	HELPER_MS	= 300,		/* to answer, or the view would stand still */
	DISKS		= 16,
	BAR		= 20,
	NAME_COLUMNS	= 24,
};

/* What a disk had at the last look, to tell what came since. */
struct seen {
	uint32_t index;
	uint64_t stat[EVG_S_MAX + 1];
	int64_t at_ms;
};

struct top {
	struct evgnl *nl;
	bool all;
	uint32_t index;
	struct evgnl_disk disk[DISKS];
	size_t disks;
	struct seen seen[DISKS];
	size_t seens;
	size_t functions_shown;		/* of each disk */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int keep_disk(const struct evgnl_disk *disk, void *arg)
{
	struct top *top = arg;

	if (top->disks < DISKS && (top->all || disk->index == top->index))
		top->disk[top->disks++] = *disk;
	return 0;
}

static int by_index(const void *a, const void *b)
{
	const struct evgnl_disk *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static int look(struct top *top)
{
	top->disks = 0;
	if (evgnl_dump(top->nl, keep_disk, top))
		return say_failure("%s", evgnl_error(top->nl));
	if (!top->disks && !top->all)
		return say_failure("there is no /dev/evg%u; 'evergreen list' shows all",
				   top->index);
	qsort(top->disk, top->disks, sizeof(top->disk[0]), by_index);
	return EXIT_OK;
}

static struct seen *find_seen(struct top *top, uint32_t index)
{
	struct seen *seen;
	size_t i;

	for (i = 0; i < top->seens; i++)
		if (top->seen[i].index == index)
			return &top->seen[i];
	seen = &top->seen[top->seens < DISKS ? top->seens++ : 0];
	memset(seen, 0, sizeof(*seen));
	seen->index = index;
	return seen;
}

/* Since the last frame; in the first one, since the disk was attached. */
static void put_reads(FILE *out, struct seen *seen,
		      const struct evgnl_disk *disk)
{
	uint64_t since[EVG_S_MAX + 1], reads;
	char share[TEXT_BYTES], filled[TEXT_BYTES];
	int64_t now = now_ms(), ms = now - seen->at_ms;
	bool first = !seen->at_ms;
	int i;

	for (i = 0; i <= EVG_S_MAX; i++)
		since[i] = disk->stat[i] >= seen->stat[i] ?
			disk->stat[i] - seen->stat[i] : disk->stat[i];
	reads = since[EVG_S_HITS] + since[EVG_S_MISSES];
	fprintf(out, "  reads     %ju %s, %s of them served from the cache\n",
		(uintmax_t)(first ? reads : reads * 1000 / (ms > 0 ? ms : 1)),
		first ? "since it was attached" : "a second",
		reads ? text_share(share, since[EVG_S_HITS], reads) : "-");
	text_bytes(filled, first || ms <= 0 ? since[EVG_S_FILLED] :
		   since[EVG_S_FILLED] * 1000 / (uint64_t)ms);
	fprintf(out, "  fetch     %ju reads wait; %ju fetches, %s%s came; %ju reads failed\n",
		(uintmax_t)disk->stat[EVG_S_PARKED],
		(uintmax_t)since[EVG_S_FETCHES], filled, first ? "" : "/s",
		(uintmax_t)since[EVG_S_FAILED]);
	memcpy(seen->stat, disk->stat, sizeof(seen->stat));
	seen->at_ms = now;
}

static void put_helper(FILE *out, const struct ahead *ahead,
		       const struct evgnl_disk *disk)
{
	char prefetch[AHEAD_PREFETCH], text[TEXT_BYTES];
	double latency, bps, leaving;

	if (!ahead->helper) {
		fprintf(out, "  helper    %s\n", disk->helper_port ?
			ahead->silent : "none");
		return;
	}
	latency = control_number(ahead->helper, "latency_ms");
	bps = control_number(ahead->helper, "rate_bps");
	leaving = control_number(ahead->helper, "leaving_s");
	fprintf(out, "  latency   ");
	if (latency >= 0)
		fprintf(out, "%.1f ms", latency);
	else
		fprintf(out, "not known yet");
	if (bps > 0)
		fprintf(out, ", %.1f Mbit/s", bps / 1e6);
	fprintf(out, "\n  prefetch  %s\n", ahead_prefetch(ahead, prefetch));
	if (leaving > 0)
		fprintf(out, "  leaving   in %s\n",
			text_ms(text, (unsigned long long)(leaving * 1000)));
}

static void put_bar(FILE *out, uint64_t part, uint64_t whole)
{
	unsigned int full = whole ? (unsigned int)(part * BAR / whole) : 0, i;

	for (i = 0; i < BAR; i++)
		fputs(i < full ? "█" : "░", out);
}

static void put_functions(const struct top *top, FILE *out,
			  const struct evgnl_disk *disk)
{
	char why[512], size[TEXT_BYTES], share[TEXT_BYTES];
	const struct function *f;
	struct view view;
	size_t i;

	if (view_look(&view, top->nl, disk, why, sizeof(why)))
		fprintf(out, "  functions not known: %s\n", why);
	else
		for (i = 0; i < view.functions && i < top->functions_shown; i++) {
			f = &view.function[i];
			fprintf(out, "  %-*s %9s  ", NAME_COLUMNS, f->name,
				text_bytes(size, f->blocks * EVG_BLOCK_SIZE));
			put_bar(out, view.present[i], f->blocks);
			fprintf(out, " %7s  %s\n",
				text_share(share, view.present[i], f->blocks),
				view_is_ready(&view, f) ? "ready" : "");
		}
	if (view.functions > top->functions_shown)
		fprintf(out, "  and %zu more\n",
			view.functions - top->functions_shown);
	view_close(&view);
}

static void put_disk(struct top *top, FILE *out, const struct evgnl_disk *disk)
{
	char link[TEXT_BYTES], size[TEXT_BYTES];
	struct ahead ahead;

	ahead_make(&ahead, top->nl, disk, HELPER_MS);
	fprintf(out, "\nevg%u  %s  %s\n", disk->index,
		text_bytes(size, disk->size_bytes), disk->source);
	fprintf(out, "  link      %s\n",
		text_link(link, disk->state, disk->outage_ms, disk->grace_ms));
	put_reads(out, find_seen(top, disk->index), disk);
	put_helper(out, &ahead, disk);
	fprintf(out, "  offline   ");
	if (ahead.offline_share >= 0)
		fprintf(out, "about %d %% of reads would be served, ",
			(int)(ahead.offline_share * 100));
	fprintf(out, "%zu of %zu functions would run\n", ahead.ready,
		ahead.functions);
	put_functions(top, out, disk);
	ahead_free(&ahead);
}

/* To be freed; NULL after a message. */
static char *make_frame(struct top *top, bool live)
{
	char stamp[32], *frame = NULL;
	time_t now = time(NULL);
	size_t i, bytes;
	struct tm tm;
	FILE *out;

	if (look(top))
		return NULL;
	out = open_memstream(&frame, &bytes);
	if (!out) {
		say_failure("out of memory");
		return NULL;
	}
	strftime(stamp, sizeof(stamp), "%H:%M:%S", localtime_r(&now, &tm));
	fprintf(out, "evergreen  %s%s\n", stamp, live ? "  q quits" : "");
	if (!top->disks)
		fprintf(out, "\nno disks; 'evergreen attach URI' makes one\n");
	for (i = 0; i < top->disks; i++)
		put_disk(top, out, &top->disk[i]);
	fclose(out);
	return frame;
}

static int print_once(struct top *top)
{
	char *frame;

	top->functions_shown = SIZE_MAX;
	frame = make_frame(top, false);
	if (!frame)
		return EXIT_FAILED;
	fputs(frame, stdout);
	free(frame);
	return EXIT_OK;
}

static int run_live(struct top *top)
{
	int status = EXIT_OK, key = 0;
	char *frame;

	top->functions_shown = top->all ? 4 : SIZE_MAX;
	/* What is wrong is to be said on the terminal as it was. */
	if (look(top) || screen_begin())
		return EXIT_FAILED;
	while (key != 'q' && !status) {
		frame = make_frame(top, true);
		if (frame)
			screen_draw(frame);
		else
			status = EXIT_FAILED;
		free(frame);
		if (!status)
			key = screen_wait(STEP_MS);
	}
	screen_end();
	if (status)
		look(top);
	return status;
}

int run_top(const struct verb *verb, int argc, char **argv)
{
	struct top top = { .all = true };
	bool once;
	int status;

	if (!only_flag(verb, argc, argv, "once", &once, &status))
		return status;
	if (optind < argc) {
		top.all = false;
		status = disk_operand(verb, argc, argv, &top.index);
		if (status)
			return status;
	}
	top.nl = open_module();
	if (!top.nl)
		return EXIT_FAILED;
	status = once || !screen_is_there() ? print_once(&top) : run_live(&top);
	evgnl_close(top.nl);
	return status;
}
