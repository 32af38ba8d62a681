/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A thin library over the "evergreen" generic netlink family.
 *
 * Every function returns 0 or a negative errno, and on failure
 * evgnl_error() has one line that says what was wrong.  A handle is for one
 * thread.  Use one handle for commands (add, remove, set, get, dump: each
 * waits for its answer) and another, after evgnl_bind(), for the helper's
 * session: fill, fail and report are sent without waiting, and what the kernel
 * says comes from evgnl_recv(), refusals included.
 */
#ifndef EVGNL_H
#define EVGNL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/evergreen.h>
#include <linux/evergreen_format.h>

struct evgnl;

struct evgnl_disk {
	uint32_t index;
	uint64_t size_bytes;
	uint8_t uuid[16];
	char source[EVG_TEXT_MAX];
	char cache[EVG_TEXT_MAX];
	char proof[EVG_PROOF_MAX];
	uint32_t grace_ms;		/* or EVG_GRACE_INF */
	uint32_t detect_ms;
	enum evg_link_state state;
	uint64_t outage_ms;
	enum evg_saving_state saving;
	uint32_t generation;
	uint32_t helper_port;		/* 0: no helper is bound */
	uint32_t helper_pid;
	uint64_t stat[EVG_S_MAX + 1];	/* by enum evg_stat */
};

/* The blocks of a disk; the last may be a part of one. */
static inline uint64_t evgnl_blocks(const struct evgnl_disk *disk)
{
	return (disk->size_bytes + EVG_BLOCK_SIZE - 1) / EVG_BLOCK_SIZE;
}

struct evgnl_add {
	int index;			/* -1: the first that is free */
	int clean_fd;
	int map_fd;
	uint32_t grace_ms;
	uint32_t detect_ms;
	const char *source;
	const char *cache;
};

struct evgnl_range {
	uint64_t first;			/* block */
	uint32_t count;			/* blocks */
};

/* A page of the map, or of the heat. */
struct evgnl_page {
	uint64_t first;			/* block */
	uint32_t count;			/* blocks */
	uint64_t words[EVG_MAP_WORDS];	/* MAP: 2 bits a block, in host order */
	bool unread;			/* MAP: what the disk claims is not known */
	uint8_t heat[EVG_MAP_BLOCKS / EVG_REGION_BLOCKS];	/* HEAT */
};

struct evgnl_miss {
	uint64_t seq;
	uint64_t first;			/* block */
	uint32_t count;			/* blocks */
	uint32_t pid;
	uint64_t age_ms;
	enum evg_outcome outcome;
	char comm[EVG_COMM_MAX];
};

/* What comes from evgnl_recv(); only the fields of its command are set. */
struct evgnl_event {
	enum evg_cmd cmd;		/* EVG_CMD_UNSPEC: a refusal, see error */
	uint32_t index;
	uint32_t generation;
	uint64_t cookie;		/* FETCH */
	struct evgnl_range range;	/* FETCH */
	enum evg_class class;		/* FETCH */
	bool unreadable;		/* FETCH: the cache had it, and lost it */
	enum evg_link_state state;	/* LINK */
	enum evg_link_event cause;	/* LINK, to listeners */
	struct evgnl_range evicted[EVG_EVICT_RANGES];	/* EVICT */
	size_t evicteds;		/* EVICT; 0: it was refused */
	int error;			/* positive errno: DONE, EVICT, refusal */
	char message[256];		/* DONE, refusal */
};

int evgnl_open(struct evgnl **nl);	/* -ENOENT: the module is not loaded */
void evgnl_close(struct evgnl *nl);
int evgnl_fd(const struct evgnl *nl);	/* to poll for reading */
const char *evgnl_error(const struct evgnl *nl);

int evgnl_add(struct evgnl *nl, const struct evgnl_add *add, uint32_t *index);
int evgnl_remove(struct evgnl *nl, uint32_t index, bool force);
int evgnl_set_grace(struct evgnl *nl, uint32_t index, uint32_t grace_ms);
int evgnl_set_detect(struct evgnl *nl, uint32_t index, uint32_t detect_ms);
int evgnl_reset(struct evgnl *nl, uint32_t index);
int evgnl_get(struct evgnl *nl, uint32_t index, struct evgnl_disk *disk);
int evgnl_dump(struct evgnl *nl,
	       int (*each)(const struct evgnl_disk *disk, void *arg), void *arg);

/* The page that holds block FIRST.  -EAGAIN: it is being loaded, ask again in
 * some milliseconds; evgnl_map_wait() does, for up to 5 s.
 */
int evgnl_map(struct evgnl *nl, uint32_t index, uint64_t first,
	      struct evgnl_page *page);
int evgnl_map_wait(struct evgnl *nl, uint32_t index, uint64_t first,
		   struct evgnl_page *page);
int evgnl_heat(struct evgnl *nl, uint32_t index, uint64_t first,
	       struct evgnl_page *page);

/* Those after SEQ, oldest first; returns how many, at most MAX, or an error. */
int evgnl_misses(struct evgnl *nl, uint32_t index, uint64_t seq,
		 struct evgnl_miss *miss, size_t max);

/* cgroup_fd -1 ends it; it ends with the handle, too. */
int evgnl_drill(struct evgnl *nl, uint32_t index, int cgroup_fd);
int evgnl_subscribe(struct evgnl *nl);	/* events; then evgnl_recv() */

struct evgnl_bind {
	int clean_fd;			/* what the helper has open; -EXDEV when */
	int map_fd;			/* the disk reads other files */
	bool takeover;
	uint32_t window;		/* may be less afterwards */
	uint32_t generation;		/* set */
};

int evgnl_bind(struct evgnl *nl, uint32_t index, struct evgnl_bind *bind);
int evgnl_fill(struct evgnl *nl, uint32_t index, uint32_t generation,
	       const struct evgnl_range *ranges, size_t n);
int evgnl_fill_inline(struct evgnl *nl, uint32_t index, uint32_t generation,
		      uint64_t cookie, const void *data, size_t bytes);
int evgnl_fail(struct evgnl *nl, uint32_t index, uint32_t generation,
	       uint64_t cookie, int error);
int evgnl_report(struct evgnl *nl, uint32_t index, uint32_t generation,
		 enum evg_report report, const char *proof);
/* FORCE: though they cannot be fetched back now. */
int evgnl_evict(struct evgnl *nl, uint32_t index, uint32_t generation, bool force,
		const struct evgnl_range *ranges, size_t n);
int evgnl_set_heat(struct evgnl *nl, uint32_t index, uint32_t generation,
		   uint64_t first, const uint8_t *heat, size_t bytes);
int evgnl_cool(struct evgnl *nl, uint32_t index, uint32_t generation);

/* 1: *event is set; 0: nothing to read now; negative errno: socket trouble. */
int evgnl_recv(struct evgnl *nl, struct evgnl_event *event);

/* Names as people read them: "online", "suspect", ...; "helper-lost", ... */
const char *evgnl_state_name(enum evg_link_state state);
const char *evgnl_event_name(enum evg_link_event event);

#endif
