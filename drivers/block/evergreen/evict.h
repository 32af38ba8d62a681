/* SPDX-License-Identifier: GPL-2.0 */
/* Eviction: clean blocks become absent, and the helper may punch them. */
#ifndef EVG_EVICT_H
#define EVG_EVICT_H

#include <linux/types.h>

struct evg_disk;
struct evg_session;
struct sock;

struct evg_range {
	u64 first;
	u32 count;
};

enum evg_evict_state {
	EVG_EVICT_NONE,
	EVG_EVICT_CLEARED,	/* of the map in memory; disk and hits to come */
	EVG_EVICT_DONE,		/* to be told */
};

/**
 * struct evg_evict - the one eviction of a disk, under evg_disk::lock
 * @state: where it is
 * @error: how it ended
 * @n: how many ranges
 * @sk: whose it is, held; NULL while there is none
 * @range: EVG_EVICT_RANGES of them
 * @answer: as many, that are being sent
 */
struct evg_evict {
	enum evg_evict_state state;
	int error;
	u32 n;
	struct sock *sk;
	struct evg_range *range;
	struct evg_range *answer;
};

/**
 * struct evg_evict_msg - the answer to an eviction
 * @range: the ranges, for the send work alone
 * @n: how many
 * @error: how it ended, 0 or a negative errno
 */
struct evg_evict_msg {
	const struct evg_range *range;
	u32 n;
	int error;
};

int evg_evict_init(struct evg_evict *evict);
void evg_evict_exit(struct evg_evict *evict);
int evg_evict_begin_locked(struct evg_disk *disk, const struct evg_range *range,
			   u32 n);
bool evg_evict_overlaps_locked(const struct evg_disk *disk, u64 first, u32 n);
bool evg_evict_is_begun(struct evg_disk *disk);
void evg_evict_mark(struct evg_disk *disk);
void evg_evict_saved(struct evg_disk *disk, int err);
bool evg_evict_take_locked(struct evg_disk *disk, struct evg_evict_msg *msg,
			   struct sock **gone);
void evg_evict_untake(struct evg_disk *disk, const struct evg_session *to,
		      const struct evg_evict_msg *msg);

#endif /* EVG_EVICT_H */
