/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The generic netlink interface of the Evergreen block driver.
 *
 * Every message carries EVG_A_INDEX, the N of /dev/evgN, unless noted.
 * A "block" is EVG_BLOCK_SIZE bytes; FIRST and COUNT are in blocks.
 *
 * A person's commands (CAP_SYS_ADMIN, but for GET):
 *
 *   ADD     -> [INDEX] CLEAN_FD MAP_FD [GRACE_MS] [DETECT_MS] [SOURCE] [CACHE]
 *           <- INDEX             the disk is being made; then, to this socket:
 *           <- DONE INDEX ERROR [MESSAGE]
 *   REMOVE  -> INDEX [FORCE]
 *           <- DONE INDEX ERROR [MESSAGE]
 *   SET     -> INDEX [GRACE_MS] [DETECT_MS] [RESET]
 *   GET     -> [INDEX]           one disk, or with NLM_F_DUMP all of them
 *           <- INDEX SIZE STATE ... STATS { ... }   and what is private: SOURCE,
 *                                CACHE
 *   DRILL   -> INDEX [CGROUP_FD] from now on misses of that cgroup's processes
 *                                fail with ENOLINK, whatever the link does;
 *                                without CGROUP_FD, or when the socket closes,
 *                                no more
 *
 * What is private.  It is told to sockets whose opener has CAP_SYS_ADMIN in the user
 * namespace that owns the network namespace in which the disk was added; others are
 * refused with EPERM, and GET leaves it out:
 *
 *   MAP     -> INDEX FIRST       FIRST lies anywhere in a page of the map
 *           <- INDEX FIRST COUNT WORDS [UNREAD]  of that page; EAGAIN: it is
 *                                being loaded, ask again
 *   HEAT    -> INDEX FIRST       likewise, but never EAGAIN
 *           <- INDEX FIRST COUNT HEAT    a byte a region of EVG_REGION_BLOCKS:
 *                                how often its blocks are read, see EVG_HEAT_*;
 *                                no HEAT where none is known
 *   MISSES  -> INDEX SEQ         those after SEQ, as many as fit; ask again with
 *                                the last one's SEQ until none comes
 *           <- INDEX [MISS { SEQ FIRST COUNT COMM PID AGE_MS OUTCOME }] ...
 *
 * The helper's side.  BIND makes the sending socket the disk's helper; the
 * other messages are accepted from that socket alone and need no privilege:
 *
 *   BIND    -> INDEX WINDOW CLEAN_FD MAP_FD [FORCE]
 *           <- INDEX GENERATION WINDOW STATE
 *   FETCH   <- INDEX GENERATION COOKIE FIRST COUNT CLASS [UNREADABLE]
 *   FILL    -> INDEX GENERATION RANGE { FIRST COUNT } ...
 *           or INDEX GENERATION COOKIE DATA ...
 *   FAIL    -> INDEX GENERATION COOKIE ERROR
 *   LINK    -> INDEX GENERATION REPORT [PROOF]
 *           <- INDEX GENERATION STATE
 *   EVICT   -> INDEX GENERATION [FORCE] RANGE { FIRST COUNT } ...
 *           <- INDEX ERROR RANGE { FIRST COUNT } ...
 *   HEAT    -> INDEX GENERATION FIRST HEAT     what was kept of FIRST's page,
 *                                from its first region on: raises, never lowers
 *           or INDEX GENERATION COOL           halve all
 *   STOP    <- INDEX             the disk is gone, or another helper has it
 *
 * BIND's CLEAN_FD and MAP_FD are what the helper has open, to write there.  They
 * are refused with EXDEV when they are not the disk's own files: what is FILLed
 * must be what is read.
 *
 * The generation grows at each BIND and each time the link is declared
 * OFFLINE.  The kernel tells the helper by LINK; from then on messages with an
 * older generation are refused with ESTALE, and FETCHes of older generations
 * are void: whatever is still wanted is sent again once the helper has said
 * EVG_REPORT_PROVED.
 * A LINK may overtake the reply to BIND; the reply is as new.
 *
 * A FILL says that the bytes are in the cache already.  It may name blocks
 * that nobody asked for (prefetch) and blocks that are present (no change).
 * FILL with COOKIE and DATA is for a cache without room: the bytes of that
 * whole FETCH, in pieces of at most EVG_DATA_MAX each, go to those who wait
 * and are not kept.
 *
 * A FETCH that is UNREADABLE has blocks that were in the cache and could not be
 * read there.  A FILL that wrote them again may help; what comes back UNREADABLE
 * is to be passed on.  With a read-only MAP_FD each FILL but those with DATA is
 * refused with EROFS, and so is EVICT.
 *
 * FAIL ends the reads of the whole FETCH; those of a part of it ask again.
 *
 * EVICT takes clean blocks away.  It is refused with EBUSY while the link is not
 * ONLINE (what cannot be fetched back is not thrown away) or while another one
 * is under way; and with EIO while the map cannot be saved (SAVING), or where it
 * cannot be read (UNREAD), for then nobody knows what the disk claims.  When it is
 * accepted these blocks are absent at once; the answer comes when no hit reads
 * them any more and no copy of the map on disk claims them.  Only then, and only
 * if ERROR is 0, may the helper punch them, and it writes nothing there in between.
 * With FORCE it is accepted in any of these cases: that is for blocks that may be of
 * another image.
 *
 * MISSES are the reads that waited or failed because the link was not up, and
 * those that a drill made fail; the kernel remembers the last EVG_LEDGER_MAX of
 * them, adjoining ones of one process as one, which gets a new SEQ each time.
 * PID is 0 and COMM empty where it is not known who read.  PID and HELPER_PID are of
 * the asker's pid namespace, and 0 for a process that it does not show.
 *
 * Multicast group "events", a hint that may be lost (GET has the truth), in the first
 * network namespace and in the disk's.  Anybody there may join: they tell nothing that
 * is private.
 *
 *   LINK    <- INDEX GENERATION STATE CAUSE
 *   ADD     <- INDEX             a disk has come
 *   REMOVE  <- INDEX             a disk has gone
 *
 * They go to the network namespace that the disk was added in, while that lives,
 * and to the first one.  Of one disk they come in order: ADD, DONE to who added
 * it, LINK, REMOVE, DONE to who removed it; only then its number and its cache
 * are free.  (A LINK may be first if a helper binds before it can know of a disk.)
 */
#ifndef _UAPI_LINUX_EVERGREEN_H
#define _UAPI_LINUX_EVERGREEN_H

#define EVG_GENL_NAME		"evergreen"
#define EVG_GENL_VERSION	1
#define EVG_MCGRP_EVENTS	"events"

enum {
	EVG_BLOCK_SIZE		= 4096,
	EVG_FETCH_MAX_BLOCKS	= 32,		/* the longest FETCH */
	EVG_DATA_MAX		= 32768,	/* bytes in one DATA attribute */
	EVG_WINDOW_MAX		= 1024,		/* FETCHes outstanding */
	EVG_TEXT_MAX		= 1024,		/* SOURCE, CACHE; with the 0 */
	EVG_PROOF_MAX		= 96,		/* PROOF; with the 0 */
	EVG_REGION_BLOCKS	= 16,		/* that share a byte of heat */
	EVG_RANGE_BLOCKS	= 16256,	/* in a RANGE of a FILL or EVICT */
	EVG_EVICT_RANGES	= 256,		/* in one EVICT */
	EVG_EVICT_BLOCKS	= 65536,	/* in all of these together */
	EVG_LEDGER_MAX		= 4096,		/* misses that are remembered */
	EVG_COMM_MAX		= 16,		/* COMM; with the 0 */
};

/*
 * A region's heat: in the lower bits about the logarithm of how often it was
 * read, and whether it was read since the disk was added.
 */
enum {
	EVG_HEAT_MASK		= 0x7f,
	EVG_HEAT_TOUCHED	= 0x80,
};

#define EVG_GRACE_INF		0xffffffffU	/* misses wait for ever */

enum evg_cmd {
	EVG_CMD_UNSPEC,
	EVG_CMD_ADD,
	EVG_CMD_REMOVE,
	EVG_CMD_SET,
	EVG_CMD_GET,
	EVG_CMD_DONE,
	EVG_CMD_BIND,
	EVG_CMD_FETCH,
	EVG_CMD_FILL,
	EVG_CMD_FAIL,
	EVG_CMD_LINK,
	EVG_CMD_STOP,
	EVG_CMD_DRILL,
	EVG_CMD_MAP,
	EVG_CMD_HEAT,
	EVG_CMD_MISSES,
	EVG_CMD_EVICT,
	__EVG_CMD_MAX,
};

#define EVG_CMD_MAX (__EVG_CMD_MAX - 1)

enum evg_attr {
	EVG_A_UNSPEC,
	EVG_A_PAD,
	EVG_A_INDEX,		/* u32 */
	EVG_A_CLEAN_FD,		/* u32, O_DIRECT: the data; file or block device */
	EVG_A_MAP_FD,		/* u32, buffered: header and map; read-only: nothing is kept */
	EVG_A_GRACE_MS,		/* u32, or EVG_GRACE_INF */
	EVG_A_DETECT_MS,	/* u32, 100 to 600000: no progress means OFFLINE */
	EVG_A_SOURCE,		/* string, for display: the URI without secrets */
	EVG_A_CACHE,		/* string, for display: the cache's path */
	EVG_A_FORCE,		/* flag */
	EVG_A_RESET,		/* flag: leave STALE */
	EVG_A_ERROR,		/* u32, a positive errno; 0 is success */
	EVG_A_MESSAGE,		/* string: what was wrong and what to do */
	EVG_A_WINDOW,		/* u32, FETCHes that may be outstanding */
	EVG_A_GENERATION,	/* u32 */
	EVG_A_COOKIE,		/* u64, names one FETCH */
	EVG_A_FIRST,		/* u64, block */
	EVG_A_COUNT,		/* u32, blocks, at least 1 */
	EVG_A_CLASS,		/* u8, enum evg_class */
	EVG_A_RANGE,		/* nested FIRST, COUNT; may be repeated */
	EVG_A_DATA,		/* binary; may be repeated */
	EVG_A_REPORT,		/* u8, enum evg_report */
	EVG_A_PROOF,		/* string: how identity was proved */
	EVG_A_STATE,		/* u8, enum evg_link_state */
	EVG_A_CAUSE,		/* u8, enum evg_link_event */
	EVG_A_SIZE,		/* u64, bytes */
	EVG_A_UUID,		/* binary, 16: the cache's */
	EVG_A_OUTAGE_MS,	/* u64, 0 when ONLINE */
	EVG_A_HELPER_PORT,	/* u32, netlink port; absent when none is bound */
	EVG_A_HELPER_PID,	/* u32, its process when it bound */
	EVG_A_STATS,		/* nested EVG_S_*, each u64 */
	EVG_A_CGROUP_FD,	/* u32, a directory of the cgroup2 file system */
	EVG_A_WORDS,		/* binary: a map page's words, as on disk */
	EVG_A_HEAT,		/* binary */
	EVG_A_COOL,		/* flag */
	EVG_A_SEQ,		/* u64, of a miss; 1 and up */
	EVG_A_MISS,		/* nested; may be repeated */
	EVG_A_COMM,		/* string: the process's name */
	EVG_A_PID,		/* u32 */
	EVG_A_AGE_MS,		/* u64, since it happened */
	EVG_A_OUTCOME,		/* u8, enum evg_outcome */
	EVG_A_SAVING,		/* u8, enum evg_saving_state */
	EVG_A_UNREAD,		/* flag: the map on disk cannot be read there */
	EVG_A_UNREADABLE,	/* flag: the cache had these blocks and cannot read them */
	__EVG_A_MAX,
};

#define EVG_A_MAX (__EVG_A_MAX - 1)

enum evg_stat {
	EVG_S_UNSPEC,
	EVG_S_PAD,
	EVG_S_HITS,		/* reads served from the cache at once */
	EVG_S_HIT_BYTES,
	EVG_S_MISSES,		/* reads that had to wait or fail */
	EVG_S_FETCHES,		/* FETCH messages sent */
	EVG_S_FILLED,		/* bytes made present */
	EVG_S_INLINED,		/* bytes passed through and not cached */
	EVG_S_FAILED,		/* reads failed for want of the link */
	EVG_S_PARKED,		/* reads waiting now */
	EVG_S_OUTAGES,		/* times the link went from ONLINE or SUSPECT to an outage */
	EVG_S_WAIT_MAX_MS,	/* the longest a miss has waited */
	EVG_S_IO_ERRORS,	/* the cache itself failed to read or write */
	EVG_S_EVICTED,		/* bytes made absent by EVICT */
	EVG_S_LEDGER,		/* SEQ of the last miss that was remembered, 0: none */
	EVG_S_UNREAD,		/* pages of the map that cannot be read */
	__EVG_S_MAX,
};

#define EVG_S_MAX (__EVG_S_MAX - 1)

/* What a FETCH is for; lower is more urgent. */
enum evg_class {
	EVG_CLASS_DEMAND,
	EVG_CLASS_READAHEAD,
	__EVG_CLASS_MAX,
};

/* What became of a miss that found the link not up, or was drilled. */
enum evg_outcome {
	EVG_OUTCOME_WAITED,	/* parked; it may have been served or failed since */
	EVG_OUTCOME_FAILED,	/* at once */
	EVG_OUTCOME_DRILLED,
	__EVG_OUTCOME_MAX,
};

/* What the helper says of the network. */
enum evg_report {
	EVG_REPORT_UNSPEC,
	EVG_REPORT_ALIVE,	/* the server answers; a suspicion is lifted */
	EVG_REPORT_SUSPECT,	/* an answer is overdue, or the carrier is gone */
	EVG_REPORT_LOST,	/* the connection is lost, or as good as lost */
	EVG_REPORT_PROBED,	/* the server answers; identity is being proved */
	EVG_REPORT_PROVED,	/* it is the image that the cache holds */
	EVG_REPORT_STALE,	/* it is another image */
	__EVG_REPORT_MAX,
};

enum evg_link_state {
	EVG_LINK_ONLINE,
	EVG_LINK_SUSPECT,
	EVG_LINK_OFFLINE,
	EVG_LINK_RECOVERING,
	EVG_LINK_STALE,
	__EVG_LINK_STATES,
};

/* Is the map on disk kept as the one in memory? */
enum evg_saving_state {
	EVG_SAVING_OK,		/* within some seconds */
	EVG_SAVING_RETRYING,	/* it could not be written; it is tried again */
	EVG_SAVING_STOPPED,	/* a flush failed: not until it is added again */
	__EVG_SAVING_STATES,
};

/* What makes the link change its state. */
enum evg_link_event {
	EVG_EV_ALIVE,		/* the helper's reports, in their order */
	EVG_EV_SUSPECT,
	EVG_EV_LOST,
	EVG_EV_PROBED,
	EVG_EV_PROVED,
	EVG_EV_STALE,
	EVG_EV_BOUND,		/* a helper took the disk */
	EVG_EV_UNBOUND,		/* the helper's socket closed */
	EVG_EV_FILLED,		/* the helper filled something: progress */
	EVG_EV_TICK,		/* time passed */
	EVG_EV_SUSPEND,		/* the machine is about to sleep */
	EVG_EV_RESUME,
	EVG_EV_RESET,		/* a person says: try again */
	__EVG_EVS,
};

#endif /* _UAPI_LINUX_EVERGREEN_H */
