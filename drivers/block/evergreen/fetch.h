/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the fetch table share with each other and nobody else. */
#ifndef EVG_FETCH_H
#define EVG_FETCH_H

#include <linux/rbtree.h>
#include "evg.h"

/**
 * struct evg_fetch - a range that somebody wants, under evg_disk::lock
 * @node: in evg_table::root
 * @age: in evg_table::age while there are waiters
 * @list: in evg_table::queued or evg_table::sent
 * @waiters: bios
 * @first: the first block
 * @cookie: names it to the helper, new each time that it is sent; 0: not sent
 * @count: blocks
 * @class: the most urgent of its waiters'
 * @who: the first waiter that is not hasty
 * @since_ns: when the longest waiter came
 * @sent_ns: when it was sent
 */
struct evg_fetch {
	struct rb_node node;
	struct list_head age;
	struct list_head list;
	struct bio_list waiters;
	u64 first;
	u64 cookie;
	u32 count;
	u8 class;
	struct evg_who who;
	u64 since_ns;
	u64 sent_ns;
};

struct evg_fetch *evg_fetch_find(struct evg_table *table, u64 block);
struct evg_fetch *evg_fetch_by_cookie(struct evg_disk *disk, u64 cookie);
void evg_fetch_take(struct evg_disk *disk, struct evg_fetch *fetch,
		    struct bio_list *to);
void evg_fetch_free(struct evg_disk *disk, struct evg_fetch *fetch);

#endif /* EVG_FETCH_H */
