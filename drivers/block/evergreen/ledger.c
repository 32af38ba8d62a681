// SPDX-License-Identifier: GPL-2.0
/*
 * The ledger: the last misses that found the link not up, in memory.
 *
 * A process that reads on through a file, or tries again, makes one entry, not
 * thousands: a miss that adjoins or overlaps the last entry, of the same process
 * and outcome, makes that one longer.  Then the entry gets a new seq, so who
 * has read it already is told what it has become.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "ledger.h"

/**
 * evg_ledger_init() - make an empty ledger
 * @ledger: to be set
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int evg_ledger_init(struct evg_ledger *ledger)
{
	ledger->miss = kvcalloc(EVG_LEDGER_MAX, sizeof(*ledger->miss), GFP_KERNEL);
	return ledger->miss ? 0 : -ENOMEM;
}

/**
 * evg_ledger_exit() - free a ledger; safe on one that was never made
 * @ledger: zeroed, or from evg_ledger_init()
 */
void evg_ledger_exit(struct evg_ledger *ledger)
{
	kvfree(ledger->miss);
	ledger->miss = NULL;
}

/* The entry that is @back before the last; 0 is the last. */
static struct evg_miss *evg_ledger_entry(const struct evg_ledger *ledger, u32 back)
{
	return &ledger->miss[(ledger->next + EVG_LEDGER_MAX - 1 - back) %
			     EVG_LEDGER_MAX];
}

static bool evg_ledger_merge(struct evg_miss *last, const struct evg_miss *miss)
{
	u64 end = max(last->first + last->count, miss->first + miss->count);
	u64 first = min(last->first, miss->first);

	if (last->who.pid != miss->who.pid || last->outcome != miss->outcome ||
	    miss->first > last->first + last->count ||
	    last->first > miss->first + miss->count || end - first > U32_MAX)
		return false;
	last->first = first;
	last->count = end - first;
	last->time_ns = miss->time_ns;
	return true;
}

/**
 * evg_ledger_write() - remember a miss
 * @ledger: the ledger
 * @miss: all but its seq
 *
 * Context: any.
 */
void evg_ledger_write(struct evg_ledger *ledger, const struct evg_miss *miss)
{
	struct evg_miss *last = evg_ledger_entry(ledger, 0);

	if (!ledger->n || !evg_ledger_merge(last, miss)) {
		last = &ledger->miss[ledger->next];
		*last = *miss;
		ledger->next = (ledger->next + 1) % EVG_LEDGER_MAX;
		ledger->n = min_t(u32, ledger->n + 1, EVG_LEDGER_MAX);
	}
	last->seq = ++ledger->seq;
}

/**
 * evg_ledger_read() - copy the entries after one
 * @ledger: the ledger
 * @seq: of that one; 0: from the oldest on
 * @to: room for @max
 * @max: at most so many
 *
 * Context: any.
 * Return: how many.
 */
u32 evg_ledger_read(const struct evg_ledger *ledger, u64 seq,
		    struct evg_miss *to, u32 max)
{
	u32 low = 0, high = ledger->n, middle, i, n;

	/* How many are newer than @seq: they are in order, the last is 0 back. */
	while (low < high) {
		middle = (low + high) / 2;
		if (evg_ledger_entry(ledger, middle)->seq > seq)
			low = middle + 1;
		else
			high = middle;
	}
	n = min(low, max);
	for (i = 0; i < n; i++)
		to[i] = *evg_ledger_entry(ledger, low - 1 - i);
	return n;
}
