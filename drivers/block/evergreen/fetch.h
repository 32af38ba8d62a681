/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the fetch table share with each other and nobody else. */
#ifndef EVG_FETCH_H
#define EVG_FETCH_H

#include <linux/rbtree.h>
#include "evg.h"

/**
 * struct evg_fetch - a range that somebody wants, under evg_disk::lock
 * @node: in evg_table::root
 * @list: in evg_table::queued or evg_table::sent
 * @crowd: who waits for it, by haste
 * @first: the first block
 * @cookie: names it to the helper, new each time that it is sent; 0: not sent
 * @count: blocks
 * @class: the most urgent of its waiters'
 * @unreadable: the cache could not read blocks that it had of these
 * @sent_ns: when it was sent
 */
struct evg_fetch {
	struct rb_node node;
	struct list_head list;
	struct evg_crowd crowd[__EVG_HASTES];
	u64 first;
	u64 cookie;
	u32 count;
	u8 class;
	bool unreadable;
	u64 sent_ns;
};

int evg_wait_table_init(struct evg_table *table);
void evg_wait_table_exit(struct evg_table *table);
struct evg_fetch *evg_fetch_find(struct evg_table *table, u64 block);
struct evg_fetch *evg_fetch_by_cookie(struct evg_disk *disk, u64 cookie);
void evg_fetch_requeue_locked(struct evg_disk *disk, struct evg_fetch *fetch);
void evg_fetch_free(struct evg_disk *disk, struct evg_fetch *fetch);
void evg_fetch_note(struct evg_disk *disk, const struct bio *bio,
		    const struct evg_who *who, enum evg_outcome outcome, u64 now_ns);

#endif /* EVG_FETCH_H */
