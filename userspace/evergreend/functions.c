// SPDX-License-Identifier: GPL-2.0
#include "functions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MEMBERS_MAX = 1 << 26 };

/* Where a range of a function begins or ends. */
struct edge {
	uint64_t block;
	uint32_t function;
	bool begins;
};

/* The functions that the sweep is in at the moment. */
struct sweep {
	struct edge *edge;
	size_t edges;
	uint32_t *active;
	uint32_t actives;
	size_t members;
	size_t room;
};

void functions_free(struct functions *fs)
{
	size_t i;

	for (i = 0; i < fs->n; i++)
		function_free(&fs->loaded[i].f);
	free(fs->loaded);
	free(fs->part);
	free(fs->member);
	memset(fs, 0, sizeof(*fs));
}

/* At one block ends go first, so that no part is counted twice. */
static int compare_edges(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return (int)x->begins - (int)y->begins;
}

static int find_edges(const struct functions *fs, struct sweep *s)
{
	const struct function *f;
	struct edge *edge;
	size_t i, j;

	for (i = 0; i < fs->n; i++)
		s->edges += 2 * fs->loaded[i].f.ranges;
	s->edge = calloc(s->edges + 1, sizeof(*s->edge));
	s->active = calloc(fs->n + 1, sizeof(*s->active));
	if (!s->edge || !s->active)
		return -ENOMEM;
	edge = s->edge;
	for (i = 0; i < fs->n; i++) {
		f = &fs->loaded[i].f;
		for (j = 0; j < f->ranges; j++) {
			*edge++ = (struct edge){ f->range[j].first,
						 (uint32_t)i, true };
			*edge++ = (struct edge){ f->range[j].first +
						 f->range[j].count,
						 (uint32_t)i, false };
		}
	}
	qsort(s->edge, s->edges, sizeof(*s->edge), compare_edges);
	return 0;
}

static void cross(struct sweep *s, const struct edge *edge)
{
	uint32_t i = 0;

	if (edge->begins) {
		s->active[s->actives++] = edge->function;
		return;
	}
	while (s->active[i] != edge->function)
		i++;
	s->active[i] = s->active[--s->actives];
}

static int add_part(struct functions *fs, struct sweep *s, uint64_t first)
{
	struct functions_part *part = &fs->part[fs->parts++];
	uint32_t *grown;

	if (s->members + s->actives > s->room) {
		s->room = 2 * (s->members + s->actives) + 64;
		grown = s->room > MEMBERS_MAX ? NULL :
			realloc(fs->member, s->room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		fs->member = grown;
	}
	part->first = first;
	part->member = (uint32_t)s->members;
	part->members = s->actives;
	if (s->actives)
		memcpy(fs->member + s->members, s->active,
		       s->actives * sizeof(*s->active));
	s->members += s->actives;
	return 0;
}

static int make_parts(struct functions *fs)
{
	struct sweep s = { 0 };
	int ret = find_edges(fs, &s);
	size_t i;

	fs->part = calloc(s.edges + 1, sizeof(*fs->part));
	if (!fs->part)
		ret = -ENOMEM;
	for (i = 0; i < s.edges && !ret; i++) {
		cross(&s, &s.edge[i]);
		if (i + 1 == s.edges || s.edge[i + 1].block != s.edge[i].block)
			ret = add_part(fs, &s, s.edge[i].block);
	}
	free(s.edge);
	free(s.active);
	return ret;
}

static void free_all(struct function *all, size_t n)
{
	while (n)
		function_free(&all[--n]);
	free(all);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct function *)a)->name,
		      ((const struct function *)b)->name);
}

int functions_take(struct functions *fs, struct function *all, size_t n)
{
	size_t i;
	int ret;

	functions_free(fs);
	qsort(all, n, sizeof(*all), compare_names);
	fs->loaded = calloc(n + 1, sizeof(*fs->loaded));
	if (!fs->loaded) {
		free_all(all, n);
		return -ENOMEM;
	}
	for (i = 0; i < n; i++) {
		fs->loaded[i].f = all[i];
		fs->loaded[i].list.range = all[i].range;
		fs->loaded[i].list.ranges = all[i].ranges;
		fs->loaded[i].list.weight = all[i].weight;
	}
	fs->n = n;
	free(all);
	ret = make_parts(fs);
	if (ret)
		functions_free(fs);
	return ret;
}

static int compare_with_name(const void *name, const void *loaded)
{
	return strcmp(name, ((const struct loaded *)loaded)->f.name);
}

struct loaded *functions_find(struct functions *fs, const char *name)
{
	return fs->n ? bsearch(name, fs->loaded, fs->n, sizeof(*fs->loaded),
			       compare_with_name) : NULL;
}

const uint32_t *functions_of(const struct functions *fs, uint64_t block,
			     uint32_t *n)
{
	size_t low = 0, high = fs->parts, middle;

	*n = 0;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (fs->part[middle].first <= block)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	*n = fs->part[low - 1].members;
	return fs->member + fs->part[low - 1].member;
}

/* False: *block is not known. */
static bool count_one(struct loaded *l, const struct present *p,
		      uint64_t *block)
{
	uint64_t absent = 0;
	uint32_t done, run;
	size_t i;

	for (i = 0; i < l->f.ranges; i++) {
		for (done = 0; done < l->f.range[i].count; done += run) {
			*block = l->f.range[i].first + done;
			switch (present_run(p, *block,
					    l->f.range[i].count - done, &run)) {
			case PRESENT_UNKNOWN:
				return false;
			case PRESENT_NO:
				absent += run;
				break;
			case PRESENT_YES:
				break;
			}
		}
	}
	l->list.absent = absent;
	l->counted = true;
	return true;
}

bool functions_count(struct functions *fs, const struct present *p,
		     uint64_t *block)
{
	size_t i;

	for (i = 0; i < fs->n; i++)
		if (!fs->loaded[i].counted &&
		    !count_one(&fs->loaded[i], p, block))
			return false;
	return true;
}

void functions_doubt(struct functions *fs)
{
	size_t i;

	for (i = 0; i < fs->n; i++)
		fs->loaded[i].counted = false;
}

void functions_came(struct functions *fs, uint64_t block, functions_whole_fn *whole,
		    void *arg)
{
	const uint32_t *member;
	struct loaded *l;
	uint32_t n;

	member = functions_of(fs, block, &n);
	for (; n; n--, member++) {
		l = &fs->loaded[*member];
		if (l->counted && !--l->list.absent && !l->whole)
			whole(l, arg);
	}
}

void functions_went(struct functions *fs, uint64_t block)
{
	const uint32_t *member;
	struct loaded *l;
	uint32_t n;

	member = functions_of(fs, block, &n);
	for (; n; n--, member++) {
		l = &fs->loaded[*member];
		l->list.absent += l->counted;
		l->whole = false;
	}
}
