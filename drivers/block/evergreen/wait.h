/* SPDX-License-Identifier: GPL-2.0 */
/* Reads that wait for a fetch, each with a deadline of its own. */
#ifndef EVG_WAIT_H
#define EVG_WAIT_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>
#include "ledger.h"

struct bio;
struct evg_disk;
struct evg_fetch;

/* Who is hasty waits for a sound link only. */
enum evg_haste {
	EVG_PATIENT,
	EVG_HASTY,		/* readahead and failfast */
	__EVG_HASTES,
};

/* Why a read that waited fails. */
enum evg_failure {
	EVG_FAIL_LINK,		/* the outage is longer than grace */
	EVG_FAIL_LATE,		/* detect + grace are over */
	EVG_FAIL_GONE,		/* the disk is being removed */
	EVG_FAIL_IO,		/* the helper says so: these four */
	EVG_FAIL_MEDIUM,
	EVG_FAIL_TIMEOUT,
	EVG_FAIL_TRANSPORT,
	__EVG_FAILURES,
};

/**
 * struct evg_entry - what is known of a read from when it first missed
 * @since_ns: when that was; its deadline counts from here
 * @who: read it
 */
struct evg_entry {
	u64 since_ns;
	struct evg_who who;
};

/**
 * struct evg_wait - a read that waits, under evg_disk::lock
 * @list: in an evg_crowd, evg_table::ready or one of evg_table::failed
 * @news: in evg_table::unnoted or evg_table::to_note, if anywhere
 * @bio: the read
 * @start: for the disk's statistics
 * @entry: who and when
 */
struct evg_wait {
	struct list_head list;
	struct list_head news;
	struct bio *bio;
	unsigned long start;
	struct evg_entry entry;
};

/**
 * struct evg_crowd - those who wait for one fetch, under evg_disk::lock
 * @age: in one of evg_table::age, by the first of them; while there are any
 * @waits: who has waited longest comes first
 * @n: how many
 */
struct evg_crowd {
	struct rb_node age;
	struct list_head waits;
	u32 n;
};

int evg_wait_init(void);
void evg_wait_exit(void);
struct evg_wait *evg_wait_alloc(struct evg_disk *disk, struct bio *bio,
				const struct evg_entry *entry);
void evg_wait_free(struct evg_disk *disk, struct evg_wait *wait);
enum evg_haste evg_wait_haste(const struct bio *bio);
void evg_wait_add_locked(struct evg_disk *disk, struct evg_fetch *fetch,
			 struct evg_wait *wait, bool noted);
bool evg_wait_is_wanted(const struct evg_fetch *fetch);
void evg_wait_take_all_locked(struct evg_disk *disk, struct evg_fetch *fetch,
			      struct list_head *to);
void evg_wait_wake_locked(struct evg_disk *disk, struct evg_fetch *fetch);
void evg_wait_part_locked(struct evg_disk *disk, struct evg_fetch *fetch);
void evg_wait_fail_all_locked(struct evg_disk *disk, struct evg_fetch *fetch,
			      enum evg_failure why);
bool evg_wait_pop_locked(struct list_head *from, struct list_head *to);
void evg_wait_note_all_locked(struct evg_disk *disk);
u64 evg_wait_due_locked(const struct evg_disk *disk, u64 now_ns);
void evg_wait_expire(struct evg_disk *disk);

#endif /* EVG_WAIT_H */
