/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints: what becomes of each read, and of the link. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM evergreen

#if !defined(EVG_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define EVG_TRACE_H

#include <linux/tracepoint.h>
#include "evg.h"

DECLARE_EVENT_CLASS(evg_bio,
	TP_PROTO(const struct evg_disk *disk, const struct bio *bio),
	TP_ARGS(disk, bio),
	TP_STRUCT__entry(
		__field(u32, index)
		__field(u64, sector)
		__field(u32, bytes)
		__field(u32, opf)
	),
	TP_fast_assign(
		__entry->index = disk->index;
		__entry->sector = bio->bi_iter.bi_sector;
		__entry->bytes = bio->bi_iter.bi_size;
		__entry->opf = (__force u32)bio->bi_opf;
	),
	TP_printk("evg%u sector=%llu bytes=%u opf=0x%x", __entry->index,
		  __entry->sector, __entry->bytes, __entry->opf)
);

/*
 * A read as it comes, whatever becomes of it.  The rest after a split is told of
 * again.
 */
DEFINE_EVENT(evg_bio, evg_read,
	TP_PROTO(const struct evg_disk *disk, const struct bio *bio),
	TP_ARGS(disk, bio)
);

DEFINE_EVENT(evg_bio, evg_hit,
	TP_PROTO(const struct evg_disk *disk, const struct bio *bio),
	TP_ARGS(disk, bio)
);

DEFINE_EVENT(evg_bio, evg_miss,
	TP_PROTO(const struct evg_disk *disk, const struct bio *bio),
	TP_ARGS(disk, bio)
);

DEFINE_EVENT(evg_bio, evg_park,
	TP_PROTO(const struct evg_disk *disk, const struct bio *bio),
	TP_ARGS(disk, bio)
);

TRACE_EVENT(evg_fail,
	TP_PROTO(const struct evg_disk *disk, const struct bio *bio,
		 blk_status_t status),
	TP_ARGS(disk, bio, status),
	TP_STRUCT__entry(
		__field(u32, index)
		__field(u64, sector)
		__field(u32, bytes)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->index = disk->index;
		__entry->sector = bio->bi_iter.bi_sector;
		__entry->bytes = bio->bi_iter.bi_size;
		__entry->error = blk_status_to_errno(status);
	),
	TP_printk("evg%u sector=%llu bytes=%u error=%d", __entry->index,
		  __entry->sector, __entry->bytes, __entry->error)
);

TRACE_EVENT(evg_fetch,
	TP_PROTO(const struct evg_disk *disk, const struct evg_fetch_msg *msg),
	TP_ARGS(disk, msg),
	TP_STRUCT__entry(
		__field(u32, index)
		__field(u64, cookie)
		__field(u64, first)
		__field(u32, count)
		__field(u32, generation)
		__field(u8, class)
	),
	TP_fast_assign(
		__entry->index = disk->index;
		__entry->cookie = msg->cookie;
		__entry->first = msg->first;
		__entry->count = msg->count;
		__entry->generation = msg->generation;
		__entry->class = msg->class;
	),
	TP_printk("evg%u cookie=%llu first=%llu count=%u generation=%u class=%u",
		  __entry->index, __entry->cookie, __entry->first, __entry->count,
		  __entry->generation, __entry->class)
);

TRACE_EVENT(evg_fill,
	TP_PROTO(const struct evg_disk *disk, u64 first, u32 count),
	TP_ARGS(disk, first, count),
	TP_STRUCT__entry(
		__field(u32, index)
		__field(u64, first)
		__field(u32, count)
	),
	TP_fast_assign(
		__entry->index = disk->index;
		__entry->first = first;
		__entry->count = count;
	),
	TP_printk("evg%u first=%llu count=%u", __entry->index, __entry->first,
		  __entry->count)
);

TRACE_EVENT(evg_link,
	TP_PROTO(const struct evg_disk *disk, enum evg_link_state from,
		 enum evg_link_state to, enum evg_link_event cause),
	TP_ARGS(disk, from, to, cause),
	TP_STRUCT__entry(
		__field(u32, index)
		__field(u8, from)
		__field(u8, to)
		__field(u8, cause)
	),
	TP_fast_assign(
		__entry->index = disk->index;
		__entry->from = from;
		__entry->to = to;
		__entry->cause = cause;
	),
	TP_printk("evg%u from=%s to=%s cause=%s", __entry->index,
		  evg_link_state_name(__entry->from), evg_link_state_name(__entry->to),
		  evg_link_event_name(__entry->cause))
);

#endif /* EVG_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
