/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Evergreen block driver: its objects, who guards them, who calls whom.
 *
 * The read path is evg_submit_bio() in submit.c and, for a miss,
 * evg_fetch_miss() in fetch.c.
 *
 * LOCK ORDER
 *	gendisk::open_mutex	the core's: it opens and closes a disk, and reads its
 *				partition table, under it; we do the latter, too.
 *				No netlink handler takes it: see scan.c
 *	evg_disks (xarray)	index to disk
 *	evg_disk::lock		a leaf; taken under the first by evg_open(), and under
 *				the second by evg_disk_each()'s callers, who look at
 *				each disk's session
 *	evg_repair::lock	a leaf, alone
 * Under evg_disk::lock there is no allocation, no I/O, no netlink and no bio's
 * end, and nothing that takes longer the more reads wait: see wait.c.  It is never
 * taken from an interrupt.
 * The hit path takes none of them.
 */
#ifndef EVG_H
#define EVG_H

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/mempool.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/evergreen.h>
#include <linux/evergreen_format.h>
#include "epoch.h"
#include "evict.h"
#include "heat.h"
#include "ledger.h"
#include "link.h"
#include "map.h"
#include "wait.h"

#define EVG_SECTOR_SHIFT	(12 - SECTOR_SHIFT)	/* sectors in a block */
#define EVG_GRACE_DEFAULT_MS	30000
#define EVG_DETECT_DEFAULT_MS	10000
#define EVG_DETECT_MIN_MS	100
#define EVG_DETECT_MAX_MS	600000
#define EVG_COMMIT_INTERVAL	(5 * HZ)
#define EVG_COMMIT_BATCH	16U		/* map pages */
#define EVG_COMMIT_PAUSE_MAX	(60 * HZ)	/* between tries */

struct evg_disk;
struct evg_drill;

/* Counted on each CPU, summed by evg_stats_sum(). */
struct evg_hot_stats {
	u64 hits;
	u64 hit_bytes;
	u64 misses;
	u64 io_errors;
	u64 end;		/* the block after the last hit's */
};

/* Counted under evg_disk::lock. */
struct evg_stats {
	u64 fetches;
	u64 filled_bytes;
	u64 inlined_bytes;
	u64 failed;
	u64 parked;
	u64 outages;
	u64 wait_max_ns;
	u64 evicted_bytes;
};

/**
 * struct evg_store_ops - a place where the image's bytes are kept
 * @flush: make durable what was written; an error may mean that some of it, of
 *	any time, is lost
 * @read: serve @bio, whose blocks are all present; must end it and its accounting,
 *	which began at @start, then leave the epoch; may be called by any
 *	submitter, must not wait for other bios of this disk
 * @exit: free what open made; no read is under way
 */
struct evg_store_ops {
	int (*flush)(struct evg_disk *disk);
	void (*read)(struct evg_disk *disk, struct bio *bio,
		     struct evg_epoch *epoch, unsigned long start);
	void (*exit)(struct evg_disk *disk);
};

/**
 * struct evg_store - the cache of one disk; immutable once the disk is live
 * @ops: by the kind of @clean
 * @clean: the image's bytes from @data_offset on
 * @given: what the person gave as CLEAN_FD, kept for its lock and claim
 * @given_map: what the person gave as MAP_FD, likewise
 * @map: the map, an open file of our own: nobody else changes its flags or takes
 *	its error; for reading only: nothing is kept
 * @bdev: of @clean when that is a block device
 * @data_offset: in @clean, bytes
 * @remap_set: of hits, when @clean is a block device
 * @io_pool: of hits, when @clean is a file
 * @memory: a mask, how memory must be aligned to be read into
 * @align: a mask, how reads and their memory must be; 0: sectors will do
 * @wide_set: of hits that do not fit @align
 * @wide_pages: theirs
 * @lane: one for each CPU when @clean is a file
 * @lane_wq: where they run
 */
struct evg_store {
	const struct evg_store_ops *ops;
	struct file *clean;
	struct file *given;
	struct file *given_map;
	struct file *map;
	struct block_device *bdev;
	u64 data_offset;
	struct bio_set remap_set;
	mempool_t io_pool;
	u32 memory;
	u32 align;
	struct bio_set wide_set;
	mempool_t wide_pages;
	struct evg_lane __percpu *lane;
	struct workqueue_struct *lane_wq;
};

/**
 * struct evg_repair - hits that the store could not read
 * @lock: protects @bios; a leaf, taken from interrupts
 * @bios: for @work
 * @work: reads them again, or fetches them
 */
struct evg_repair {
	spinlock_t lock;		/* protects bios */
	struct bio_list bios;
	struct work_struct work;
};

/**
 * struct evg_session - the helper that is bound, under evg_disk::lock
 * @sk: its socket, held; NULL when none is bound
 * @net: of @sk, pinned by it
 * @portid: of @sk
 * @pid: the process that bound, to show
 * @since_ns: when
 * @window: fetches that may be outstanding
 * @used: fetches that are, counting those whose answer is void
 * @tell: the link changed since the helper was last told
 */
struct evg_session {
	struct sock *sk;
	struct net *net;
	u32 portid;
	u32 pid;
	u64 since_ns;
	u32 window;
	u32 used;
	bool tell;
};

/**
 * struct evg_table - misses and the fetches that will end them, under
 *	evg_disk::lock
 * @root: every fetch, by its first block; none overlap
 * @age: crowds, the longest wait first, by haste
 * @queued: fetches to be sent, by class
 * @sent: fetches that the helper has, the oldest first
 * @ready: waits whose reads are to be looked at again, by ready_work
 * @failed: waits whose reads fail, by reason; tick_work ends them
 * @unnoted: patient waits that are not in the ledger
 * @to_note: those that are to be: the link was lost while they waited
 * @send_late: jiffies until a message that found the helper's buffer full is sent
 *	again; 0: it takes what it is sent
 * @passed: fetches of demand that were sent in a row before one of readahead
 * @cookie: the last one given
 * @progress_ns: when the helper last got something done
 * @pool: of the fetches; guards itself
 * @wait_pool: of the waits; guards itself
 */
struct evg_table {
	struct rb_root root;
	struct rb_root_cached age[__EVG_HASTES];
	struct list_head queued[__EVG_CLASS_MAX];
	struct list_head sent;
	struct list_head ready;
	struct list_head failed[__EVG_FAILURES];
	struct list_head unnoted;
	struct list_head to_note;
	unsigned long send_late;
	u32 passed;
	u64 cookie;
	u64 progress_ns;
	mempool_t pool;
	mempool_t wait_pool;
};

/**
 * struct evg_saving - how it goes with the map on disk; of the commit work, which
 *	never runs beside itself
 * @state: written under evg_disk::lock
 * @tries: to save it, that failed in a row
 * @read_tries: to read pages that could not be read, likewise
 * @read_at: when to do so again, jiffies
 * @page: EVG_COMMIT_BATCH of them
 */
struct evg_saving {
	enum evg_saving_state state;
	u32 tries;
	u32 read_tries;
	unsigned long read_at;
	struct evg_map_page *page;
};

enum evg_life {
	EVG_ADDING,
	EVG_LIVE,
	EVG_REMOVING,
};

/* Who is waiting for DONE. */
struct evg_requester {
	struct net *net;
	u32 portid;
};

struct evg_disk {
	/* Immutable once live. */
	u32 index;
	u64 image_bytes;
	u8 uuid[16];
	struct gendisk *gd;
	struct evg_store store;
	struct bio_set hit_set;		/* fronts of reads that were split, */
	struct bio_set miss_set;	/* see submit.c */
	struct workqueue_struct *io_wq;	/* of works that wait for the cache */
	char *source;
	char *cache;
	struct user_namespace *owner;	/* of where it was added: its root sees all */
	struct evg_hot_stats __percpu *hot;
	struct evg_map map;		/* guards itself, see map.h */
	struct evg_heat heat;		/* needs no guard, see heat.h */
	struct evg_drill __rcu *drill;	/* written under lock, see drill.c */

	/* Lifetime. */
	struct kref ref;
	struct evg_epochs epochs;	/* every hit is in one until it ends */
	struct completion added;	/* the one who asked knows; see disk.c */
	struct work_struct free_work;

	spinlock_t lock;		/* protects from here to "end of lock" */
	enum evg_life life;
	bool dead;			/* misses fail and no work is queued: not
					 * live yet, or removal has begun
					 */
	bool scanned;			/* for partitions: udev knows */
	u32 opens;			/* less closes; also under open_mutex */
	struct net *net;		/* where it was added, which gets the
					 * events; not held, NULL when it is gone
					 */
	u32 generation;
	struct evg_link link;
	struct evg_link_config config;
	u64 tick_ns;			/* when tick_work runs; EVG_NS_INF: never */
	struct evg_session session;
	struct evg_table table;
	struct evg_stats stats;
	struct evg_ledger ledger;
	struct evg_evict evict;
	struct bio_list unloaded;	/* wait for a page of the map */
	u32 wish;			/* a page of the map to load, + 1; 0: none */
	char proof[EVG_PROOF_MAX];
	/* end of lock */

	struct task_struct *scanner;	/* written under open_mutex, see scan.c */
	struct ratelimit_state log;	/* of what a helper can cause; guards itself */

	struct work_struct scan_work;	/* on evg_ctl_wq */
	struct evg_repair repair;

	/* On evg_wq. */
	struct work_struct unbind_work;
	struct delayed_work send_work;
	struct delayed_work tick_work;

	/*
	 * On io_wq: they wait for the cache.  Not with the lanes, for they wait
	 * for hits, too: for what those hold of a pool, or for their end.
	 */
	struct work_struct load_work;
	struct work_struct ready_work;
	struct delayed_work commit_work;
	struct evg_saving saving;
};

/* main.c */
extern struct workqueue_struct *evg_wq;
extern struct workqueue_struct *evg_ctl_wq;

/* disk.c */
struct evg_add {
	struct file *clean;
	struct file *map;
	u32 grace_ms;
	u32 detect_ms;
	char *source;
	char *cache;
	struct evg_requester requester;
};

int evg_disk_add(const struct evg_add *add, s64 index, u32 *got);
int evg_disk_remove(struct evg_disk *disk, bool force,
		    const struct evg_requester *requester, const char **why);
struct evg_disk *evg_disk_get(u32 index);
struct evg_disk *evg_disk_get_next(unsigned long *index);
void evg_disk_put(struct evg_disk *disk);
void evg_disk_each(void (*each)(struct evg_disk *disk, void *arg), void *arg);
void evg_disk_wait_gone(void);

/* submit.c */
extern const struct block_device_operations evg_fops;
void evg_submit_again(struct evg_disk *disk, struct bio_list *bios);
void evg_submit_waited(struct evg_disk *disk, struct evg_wait *wait);
struct bio *evg_submit_split(struct bio *bio, u32 n, struct bio_set *set);
void evg_bio_fail(struct bio *bio, blk_status_t status);

static inline u64 evg_bio_first(const struct bio *bio)
{
	return bio->bi_iter.bi_sector >> EVG_SECTOR_SHIFT;
}

static inline u32 evg_bio_blocks(const struct bio *bio)
{
	return ((bio_end_sector(bio) - 1) >> EVG_SECTOR_SHIFT) -
		evg_bio_first(bio) + 1;
}

/* scan.c */
int evg_scan_begin_locked(struct evg_disk *disk);
void evg_scan_work(struct work_struct *work);

/* Is this the bio of a scan for partitions?  Then it does not wait for the link. */
static inline void evg_scan_mark(const struct evg_disk *disk, struct bio *bio)
{
	if (unlikely(READ_ONCE(disk->scanner) == current))
		bio->bi_opf |= REQ_FAILFAST_TRANSPORT;
}

/* store.c */
int evg_store_open(struct evg_disk *disk, const struct evg_header *header,
		   const char **why);
void evg_store_close(struct evg_disk *disk);
bool evg_store_is_read_only(const struct evg_store *store);
bool evg_store_has(const struct evg_store *store, const struct file *file);
bool evg_store_is(const struct evg_store *store, const struct file *clean,
		  const struct file *map);
void evg_store_count_hit(struct evg_disk *disk, const struct bio *bio);
void evg_store_would_block(struct bio *bio, struct evg_epoch *epoch,
			   unsigned long start);
int evg_store_bdev_open(struct evg_disk *disk);
int evg_store_file_init(void);
void evg_store_file_exit(void);
int evg_store_file_open(struct evg_disk *disk);

/* widen.c */
int evg_widen_open(struct evg_store *store);
void evg_widen_close(struct evg_store *store);
u32 evg_widen_reach(const struct evg_store *store, const struct bio *bio, u32 n);
bool evg_widen_must(const struct evg_store *store, const struct bio *bio);
void evg_widen_read(struct evg_disk *disk, struct bio *bio,
		    struct evg_epoch *epoch);
struct bio *evg_widen_undo(struct bio *bio);

/* repair.c */
void evg_repair_init(struct evg_repair *repair);
void evg_repair_hit(struct evg_disk *disk, struct bio *bio);

/* mapfile.c */
int evg_mapfile_read_header(struct file *file, struct evg_header *header,
			    const char **why);
void evg_mapfile_load_work(struct work_struct *work);
void evg_mapfile_commit_work(struct work_struct *work);
void evg_mapfile_want(struct evg_disk *disk, struct bio *bio);
void evg_mapfile_wish(struct evg_disk *disk, u32 index, bool urgent);

/* fetch.c */
int evg_fetch_init(void);
void evg_fetch_exit(void);
int evg_table_init(struct evg_table *table);
void evg_table_exit(struct evg_table *table);
u32 evg_fetch_reach(struct evg_disk *disk, u64 first, u32 n);
bool evg_fetch_miss(struct evg_disk *disk, struct bio *bio,
		    const struct evg_entry *entry);
void evg_fetch_filled_locked(struct evg_disk *disk, u64 first, u32 n);
int evg_fetch_fail(struct evg_disk *disk, u64 cookie, int error);
struct evg_inline;
int evg_fetch_inline(struct evg_disk *disk, u64 cookie,
		     const struct evg_inline *pieces, u32 n);
void evg_fetch_hold_locked(struct evg_disk *disk);
void evg_fetch_recall_locked(struct evg_disk *disk, const struct evg_range *range,
			     u32 n);
void evg_fetch_kick_locked(struct evg_disk *disk);
void evg_fetch_heard_locked(struct evg_disk *disk);
u64 evg_fetch_quiet_since_locked(struct evg_disk *disk);
void evg_fetch_send_work(struct work_struct *work);
void evg_fetch_ready_work(struct work_struct *work);

/**
 * struct evg_inline - a piece of an inline fill
 * @data: its bytes
 * @bytes: how many
 */
struct evg_inline {
	const void *data;
	u32 bytes;
};

/**
 * struct evg_bind - what a helper comes with
 * @session: its socket, not held yet, and what it granted
 * @clean: what it will write as the cache's data
 * @map: what it will prepare as the cache's map
 * @force: it takes over from a live helper
 */
struct evg_bind {
	struct evg_session session;
	struct file *clean;
	struct file *map;
	bool force;
};

/* linkctl.c */
void evg_linkctl_event(struct evg_disk *disk, enum evg_link_event event);
void evg_linkctl_report(struct evg_disk *disk, enum evg_link_event event,
			const struct sock *by, u32 generation, const char *proof);
void evg_linkctl_arm_locked(struct evg_disk *disk);
void evg_linkctl_tick_work(struct work_struct *work);
void evg_linkctl_unbind_work(struct work_struct *work);
int evg_linkctl_bind(struct evg_disk *disk, const struct evg_bind *bind,
		     u32 *generation, enum evg_link_state *state);
int evg_linkctl_check_locked(const struct evg_disk *disk, const struct sock *by,
			     u32 generation);
void evg_linkctl_drop_session(struct evg_disk *disk);
int evg_linkctl_init(void);
void evg_linkctl_exit(void);

/* power.c */
bool evg_power_must_wait(const struct bio *bio);
void evg_power_wait(void);
int evg_power_init(void);
void evg_power_exit(void);

/* netlink.c */
int evg_netlink_init(void);
void evg_netlink_exit(void);

struct evg_fetch_msg {
	u64 cookie;
	u64 first;
	u32 count;
	u32 generation;
	u8 class;
	bool unreadable;
};

int evg_netlink_send_fetch(struct evg_disk *disk, const struct evg_session *to,
			   const struct evg_fetch_msg *msg);
int evg_netlink_send_evict(struct evg_disk *disk, const struct evg_session *to,
			   const struct evg_evict_msg *msg);
int evg_netlink_send_link(struct evg_disk *disk, const struct evg_session *to,
			  u32 generation, enum evg_link_state state);
void evg_netlink_send_stop(struct evg_disk *disk, const struct evg_session *to);
void evg_netlink_send_done(struct evg_disk *disk, const struct evg_requester *to,
			   int error, const char *why);
void evg_netlink_event(struct evg_disk *disk, enum evg_cmd cmd,
		       enum evg_link_event cause);

/* who.c */
u32 evg_who_pid(u32 pid, u64 seen_ns);

/* sysfs.c */
extern const struct attribute_group *evg_sysfs_groups[];
void evg_stats_sum(struct evg_disk *disk, u64 *stat);
u64 evg_outage_ms(struct evg_disk *disk);

#endif /* EVG_H */
