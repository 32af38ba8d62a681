// SPDX-License-Identifier: GPL-2.0
/*
 * What share of a workload's accesses a cache of a given size can serve, by
 * what is put into it first.  Reads what test/bench/pareto/guest.sh recorded.
 *
 * An access is a block that an activity touches, once for each time that the
 * activity is done: what is touched again meanwhile comes from memory.
 * Activities are done with frequencies like 1, 1/2, 1/3, ... in their order in
 * the file.  The cache is filled from the runs named "record"; accesses are
 * counted in those named "again" (same input) and "other" (other input).
 */
#include "draw.h"

#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum {
	ACTIVITIES_MAX	= 64,
	NAME_MAX_BYTES	= 64,
	SESSIONS	= 64,		/* random ones, to take the mean of */
	SESSION_LENGTH	= 400,		/* activities */
	REGION		= 16,		/* blocks */
	STEPS		= 1000,		/* of the curve, from 0 to 100 % */
};

enum run { RECORD, AGAIN, OTHER, RUNS };

static const char *const run_names[RUNS] = { "record", "again", "other" };

struct list {
	uint32_t *block;
	size_t n, room;
};

struct activity {
	char name[NAME_MAX_BYTES];
	double share;			/* how often it is done */
	struct list touched[RUNS];	/* first touch first, each block once */
};

struct workload {
	struct activity activity[ACTIVITIES_MAX];
	unsigned int activities;
	struct list mount;		/* what mounting reads */
	uint32_t blocks;		/* the highest number, and one */
	uint32_t occupied;		/* the application's and those touched */
	bool *is_occupied;
	double *weight[RUNS];		/* of each block: accesses */
	uint64_t *users[RUNS];		/* and the activities that touch it */
};

/* A point of a curve: of accesses, and of activities that lack nothing. */
struct point {
	double accesses[RUNS];
	double whole[RUNS];
	double cached;			/* share of occupied blocks */
};

struct curve {
	struct point at[STEPS + 1];
};

static void list_add(struct list *l, uint32_t block)
{
	if (l->n == l->room) {
		l->room = l->room ? 2 * l->room : 256;
		l->block = need(realloc(l->block, l->room * sizeof(*l->block)));
	}
	l->block[l->n++] = block;
}

/*
 * Reading
 */

static void layout_read(struct workload *w, const char *path)
{
	FILE *file = open_or_die(path, "r");
	uint32_t first, count;

	while (fscanf(file, "%u %u", &first, &count) == 2) {
		uint32_t end = first + count;

		if (end > w->blocks) {
			w->is_occupied = need(realloc(w->is_occupied, end));
			memset(w->is_occupied + w->blocks, 0, end - w->blocks);
			w->blocks = end;
		}
		memset(w->is_occupied + first, 1, count);
	}
	if (!feof(file) || !w->blocks)
		errx(1, "%s is not a list of blocks", path);
	fclose(file);
}

/* The list that a line "= NAME RUN" begins. */
static struct list *list_begun(struct workload *w, const char *name,
			       const char *run)
{
	unsigned int i, r;

	if (!strcmp(name, "mount"))
		return &w->mount;
	for (r = 0; r < RUNS && strcmp(run, run_names[r]); r++)
		;
	for (i = 0; i < w->activities && strcmp(name, w->activity[i].name); i++)
		;
	if (r == RUNS || i == ACTIVITIES_MAX)
		errx(1, "'= %s %s': no such run, or too many activities", name, run);
	if (i == w->activities)
		snprintf(w->activity[w->activities++].name, NAME_MAX_BYTES, "%s", name);
	return &w->activity[i].touched[r];
}

static void reads_read(struct workload *w, const char *path)
{
	FILE *file = open_or_die(path, "r");
	char line[200], name[NAME_MAX_BYTES], run[NAME_MAX_BYTES];
	struct list *to = NULL;
	uint32_t first, count, i;

	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "= %63s %63s", name, run) == 2)
			to = list_begun(w, name, run);
		else if (to && sscanf(line, "%u %u", &first, &count) == 2)
			for (i = 0; i < count; i++)
				list_add(to, first + i);
		else
			errx(1, "%s: what does '%s' mean?", path, line);
	}
	fclose(file);
}

/* Leave each block once. */
static void list_make_unique(struct list *l, uint8_t *seen)
{
	size_t i, n = 0;

	for (i = 0; i < l->n; i++) {
		if (seen[l->block[i]]++)
			seen[l->block[i]] = 1;
		else
			l->block[n++] = l->block[i];
	}
	l->n = n;
	for (i = 0; i < n; i++)
		seen[l->block[i]] = 0;
}

static void workload_weigh(struct workload *w, unsigned int i, enum run r)
{
	const struct list *l = &w->activity[i].touched[r];
	size_t k;

	if (!l->n)
		errx(1, "nothing was read for %s %s", w->activity[i].name, run_names[r]);
	for (k = 0; k < l->n; k++) {
		w->weight[r][l->block[k]] += w->activity[i].share;
		w->users[r][l->block[k]] |= 1ull << i;
	}
}

static void workload_prepare(struct workload *w)
{
	uint32_t end = 0, b;
	double sum = 0;
	uint8_t *seen;
	unsigned int i;
	int r;
	size_t k;

	for (i = 0; i < w->activities; i++)
		for (r = 0; r < RUNS; r++)
			for (k = 0; k < w->activity[i].touched[r].n; k++)
				if (w->activity[i].touched[r].block[k] >= end)
					end = w->activity[i].touched[r].block[k] + 1;
	for (k = 0; k < w->mount.n; k++)
		if (w->mount.block[k] >= end)
			end = w->mount.block[k] + 1;
	if (end < w->blocks)
		end = w->blocks;
	w->is_occupied = need(realloc(w->is_occupied, end));
	memset(w->is_occupied + w->blocks, 0, end - w->blocks);
	w->blocks = end;
	seen = need(calloc(end, 1));
	list_make_unique(&w->mount, seen);
	for (r = 0; r < RUNS; r++) {
		w->weight[r] = need(calloc(end, sizeof(double)));
		w->users[r] = need(calloc(end, sizeof(uint64_t)));
	}
	for (i = 0; i < w->activities; i++)
		sum += w->activity[i].share = 1.0 / (i + 1);
	for (i = 0; i < w->activities; i++) {
		w->activity[i].share /= sum;
		for (r = 0; r < RUNS; r++) {
			list_make_unique(&w->activity[i].touched[r], seen);
			workload_weigh(w, i, r);
		}
	}
	free(seen);
	for (k = 0; k < w->mount.n; k++)
		w->is_occupied[w->mount.block[k]] = true;
	for (b = 0; b < end; b++) {
		w->is_occupied[b] |= w->users[0][b] || w->users[1][b] || w->users[2][b];
		w->occupied += w->is_occupied[b];
	}
}

/*
 * Filling: a cache grows block by block, and the curve is taken meanwhile.
 */

struct filling {
	const struct workload *w;
	bool *is_cached;
	uint32_t cached;
	double accesses[RUNS], all[RUNS];	/* weights */
	uint32_t absent[RUNS][ACTIVITIES_MAX];
	struct curve *curve;		/* to be added to */
	int next_step;
	uint32_t region;		/* blocks that are added together */
};

static struct point filling_point(const struct filling *f)
{
	struct point p = { .cached = (double)f->cached / f->w->occupied };
	unsigned int i;
	int r;

	for (r = 0; r < RUNS; r++) {
		p.accesses[r] = f->accesses[r] / f->all[r];
		for (i = 0; i < f->w->activities; i++)
			if (!f->absent[r][i])
				p.whole[r] += f->w->activity[i].share;
	}
	return p;
}

static void filling_note(struct filling *f, int until)
{
	struct point p = filling_point(f);
	int r;

	for (; f->next_step <= until; f->next_step++) {
		struct point *to = &f->curve->at[f->next_step];

		for (r = 0; r < RUNS; r++) {
			to->accesses[r] += p.accesses[r];
			to->whole[r] += p.whole[r];
		}
		to->cached += p.cached;
	}
}

static void filling_begin(struct filling *f, const struct workload *w,
			  struct curve *curve)
{
	unsigned int i;
	int r;

	memset(f, 0, sizeof(*f));
	f->w = w;
	f->curve = curve;
	f->region = 1;
	f->is_cached = need(calloc(w->blocks, sizeof(bool)));
	for (r = 0; r < RUNS; r++)
		for (i = 0; i < w->activities; i++) {
			f->absent[r][i] = (uint32_t)w->activity[i].touched[r].n;
			f->all[r] += w->activity[i].share * f->absent[r][i];
		}
}

/* The cache stays as it is for the rest of the curve. */
static void filling_end(struct filling *f)
{
	filling_note(f, STEPS);
	free(f->is_cached);
}

static void filling_add_one(struct filling *f, uint32_t block)
{
	unsigned int i;
	int r;

	if (f->is_cached[block] || !f->w->is_occupied[block])
		return;
	filling_note(f, (int)((double)f->cached * STEPS / f->w->occupied));
	f->is_cached[block] = true;
	f->cached++;
	for (r = 0; r < RUNS; r++) {
		f->accesses[r] += f->w->weight[r][block];
		for (i = 0; i < f->w->activities; i++)
			if (f->w->users[r][block] >> i & 1)
				f->absent[r][i]--;
	}
}

static void filling_add(struct filling *f, uint32_t block)
{
	uint32_t at = block - block % f->region, end = at + f->region;

	for (; at < end && at < f->w->blocks; at++)
		filling_add_one(f, at);
}

static void filling_add_list(struct filling *f, const struct list *l)
{
	size_t k;

	for (k = 0; k < l->n; k++)
		filling_add(f, l->block[k]);
}

static void filling_add_functions(struct filling *f)
{
	unsigned int i;

	filling_add_list(f, &f->w->mount);
	for (i = 0; i < f->w->activities; i++)
		filling_add_list(f, &f->w->activity[i].touched[RECORD]);
}

static void filling_add_rest(struct filling *f)
{
	uint32_t b;

	for (b = 0; b < f->w->blocks; b++)
		filling_add(f, b);
}

/*
 * What goes first
 */

/* No prefetch: what a session has touched so far; the mean of many. */
static void policy_demand(const struct workload *w, struct curve *curve)
{
	double *sums = zipf_sums(w->activities);
	struct filling f;
	int session, n, step, r;
	uint32_t i;

	for (session = 0; session < SESSIONS; session++) {
		filling_begin(&f, w, curve);
		filling_add_list(&f, &w->mount);
		for (n = 0; n < SESSION_LENGTH; n++) {
			i = zipf_draw(sums, w->activities);
			filling_add_list(&f, &w->activity[i].touched[RECORD]);
		}
		filling_end(&f);
	}
	for (step = 0; step <= STEPS; step++) {
		for (r = 0; r < RUNS; r++) {
			curve->at[step].accesses[r] /= SESSIONS;
			curve->at[step].whole[r] /= SESSIONS;
		}
		curve->at[step].cached /= SESSIONS;
	}
	free(sums);
}

/* Hydration from the first block to the last. */
static void policy_linear(const struct workload *w, struct curve *curve)
{
	struct filling f;

	filling_begin(&f, w, curve);
	filling_add_rest(&f);
	filling_end(&f);
}

/* Functions, what is done most often first; then hydration. */
static void policy_functions(const struct workload *w, struct curve *curve)
{
	struct filling f;

	filling_begin(&f, w, curve);
	filling_add_functions(&f);
	filling_add_rest(&f);
	filling_end(&f);
}

/* The same, and with each block the others of its region of 64 KiB. */
static void policy_regions(const struct workload *w, struct curve *curve)
{
	struct filling f;

	filling_begin(&f, w, curve);
	f.region = REGION;
	filling_add_functions(&f);
	f.region = 1;
	filling_add_rest(&f);
	filling_end(&f);
}

static const double *best_weight;

static int best_compare(const void *a, const void *b)
{
	double x = best_weight[*(const uint32_t *)a];
	double y = best_weight[*(const uint32_t *)b];

	return (x < y) - (x > y);
}

/* With hindsight: for each run, its own blocks by how often it needs them. */
static void policy_best(const struct workload *w, struct curve *curve)
{
	struct curve *one = need(malloc(sizeof(*one)));
	struct list order = { 0 };
	struct filling f;
	uint32_t b;
	int r, step;

	for (b = 0; b < w->blocks; b++)
		list_add(&order, b);
	for (r = 0; r < RUNS; r++) {
		best_weight = w->weight[r];
		qsort(order.block, order.n, sizeof(*order.block), best_compare);
		memset(one, 0, sizeof(*one));
		filling_begin(&f, w, one);
		filling_add_list(&f, &order);
		filling_end(&f);
		for (step = 0; step <= STEPS; step++) {
			curve->at[step].accesses[r] = one->at[step].accesses[r];
			curve->at[step].whole[r] = one->at[step].whole[r];
			curve->at[step].cached = one->at[step].cached;
		}
	}
	free(order.block);
	free(one);
}

/*
 * Telling
 */

static void tell_curve(const char *policy, const struct curve *c)
{
	int step;

	for (step = 0; step <= STEPS; step++)
		printf("curve\t%s\t%.1f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\n", policy,
		       100.0 * step / STEPS, 100 * c->at[step].cached,
		       100 * c->at[step].accesses[AGAIN],
		       100 * c->at[step].accesses[OTHER],
		       100 * c->at[step].whole[AGAIN],
		       100 * c->at[step].whole[OTHER]);
}

static void tell_activities(const struct workload *w)
{
	struct curve *unused = need(calloc(1, sizeof(*unused)));
	struct filling f;
	struct point p;
	unsigned int i;

	printf("occupied\t%u\n", w->occupied);
	for (i = 0; i < w->activities; i++) {
		const struct activity *a = &w->activity[i];

		filling_begin(&f, w, unused);
		filling_add_list(&f, &w->mount);
		filling_add_list(&f, &a->touched[RECORD]);
		printf("activity\t%s\t%.4f\t%zu\t%zu\t%u\t%zu\t%u\n", a->name,
		       a->share, a->touched[RECORD].n, a->touched[AGAIN].n,
		       f.absent[AGAIN][i], a->touched[OTHER].n, f.absent[OTHER][i]);
		free(f.is_cached);
	}
	for (f.region = 1; f.region <= REGION; f.region += REGION - 1) {
		uint32_t region = f.region;

		filling_begin(&f, w, unused);
		f.region = region;
		filling_add_functions(&f);
		p = filling_point(&f);
		printf("functions\t%u\t%u\t%.2f\t%.2f\t%.2f\t%.2f\n", region,
		       f.cached, 100 * p.accesses[AGAIN], 100 * p.accesses[OTHER],
		       100 * p.whole[AGAIN], 100 * p.whole[OTHER]);
		free(f.is_cached);
	}
	free(unused);
}

static void tell(const struct workload *w)
{
	static const struct {
		const char *name;
		void (*fill)(const struct workload *w, struct curve *curve);
	} policies[] = {
		{ "no prefetch", policy_demand },
		{ "sequential", policy_linear },
		{ "functions", policy_functions },
		{ "functions, regions", policy_regions },
		{ "best", policy_best },
	};
	size_t i;

	tell_activities(w);
	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		struct curve *curve = need(calloc(1, sizeof(*curve)));

		policies[i].fill(w, curve);
		tell_curve(policies[i].name, curve);
		free(curve);
	}
}

int main(int argc, char **argv)
{
	static struct workload w;

	if (argc != 3) {
		fputs("usage: pareto LAYOUT READS\n", stderr);
		return 2;
	}
	layout_read(&w, argv[1]);
	reads_read(&w, argv[2]);
	workload_prepare(&w);
	tell(&w);
	return 0;
}
