// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of an old generation are refused (ESTALE), which is normal and of
 * no consequence: what is still wanted is sent again under the new one.
 */
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "link.h"
#include "log.h"
#include "transfer.h"

enum { WINDOW = 256 };

static const char *const report_name[] = {
	[EVG_REPORT_ALIVE] = "alive",
	[EVG_REPORT_SUSPECT] = "suspect",
	[EVG_REPORT_LOST] = "lost",
	[EVG_REPORT_PROBED] = "probed",
	[EVG_REPORT_PROVED] = "proved",
	[EVG_REPORT_STALE] = "stale",
};

static void explain(const struct daemon *d, const struct evgnl_disk *disk,
		    int ret, char *why, size_t why_bytes)
{
	const char *path = d->cache.path;

	if (ret == -EBUSY)
		snprintf(why, why_bytes,
			 "/dev/evg%u has a helper that lives; use --takeover to replace it",
			 d->index);
	else if (ret == -EXDEV && strcmp(path, disk->cache))
		snprintf(why, why_bytes,
			 "/dev/evg%u uses the cache %s, and %s is a copy of it; name that one, or detach the disk first",
			 d->index, *disk->cache ? disk->cache : "of another path",
			 path);
	else if (ret == -EXDEV)
		snprintf(why, why_bytes,
			 "/dev/evg%u uses the cache that was at %s before these files took its place; detach the disk first",
			 d->index, path);
	else
		snprintf(why, why_bytes, "/dev/evg%u: %.200s", d->index,
			 evgnl_error(d->session.nl));
}

int session_open(struct daemon *d, char *why, size_t why_bytes)
{
	struct session *s = &d->session;
	struct evgnl_disk disk;
	struct evgnl_bind bind = {
		.clean_fd = d->cache.clean_fd,
		.map_fd = d->cache.map_fd,
		.takeover = d->options.takeover,
		.window = WINDOW,
	};
	int ret;

	ret = evgnl_open(&s->nl);
	if (ret) {
		snprintf(why, why_bytes,
			 "no netlink to the evergreen module: %s",
			 strerror(-ret));
		return ret;
	}
	/* before BIND: this handle waits for answers until then */
	memset(&disk, 0, sizeof(disk));
	ret = evgnl_get(s->nl, d->index, &disk);
	if (!ret)
		ret = evgnl_bind(s->nl, d->index, &bind);
	if (ret) {
		explain(d, &disk, ret, why, why_bytes);
		return ret;
	}
	s->generation = bind.generation;
	s->state = disk.state == EVG_LINK_STALE ? EVG_LINK_STALE :
						  EVG_LINK_OFFLINE;
	d->detect_ms = disk.detect_ms;
	return 0;
}

static void fetch_said(struct daemon *d, const struct evgnl_event *event)
{
	int ret;

	if (event->generation != d->session.generation)
		return;
	ret = plan_add(&d->plan, event->cookie, event->range.first,
		       event->range.count, event->class);
	if (ret)
		session_fail(d, event->cookie, -ret);
	else
		prefetch_wanted(d, event->range.first, event->range.count,
				event->class);
	if (event->unreadable)
		transfer_unreadable(d, event->range.first, event->range.count);
}

static void link_said(struct daemon *d, const struct evgnl_event *event)
{
	struct session *s = &d->session;
	bool is_new = event->generation != s->generation;

	log_debug("the kernel says: %s, generation %u",
		  evgnl_state_name(event->state), event->generation);
	s->state = event->state;
	if (is_new) {
		s->generation = event->generation;
		plan_forget(&d->plan);
		prefetch_doubt(d);
	}
	if (s->state == EVG_LINK_ONLINE)
		ledger_ask(d);
	link_state_said(d, is_new);
}

static void message_said(struct daemon *d, const struct evgnl_event *event)
{
	switch (event->cmd) {
	case EVG_CMD_FETCH:
		fetch_said(d, event);
		break;
	case EVG_CMD_LINK:
		link_said(d, event);
		break;
	case EVG_CMD_EVICT:
		keep_evicted(d, event);
		break;
	case EVG_CMD_STOP:
		log_info("the disk is gone, or another helper has it");
		daemon_exit(d, 0);
	case EVG_CMD_UNSPEC:
		if (event->error != ESTALE)
			log_info("the kernel refused a message: %s%s%s",
				 strerror(event->error),
				 *event->message ? ": " : "", event->message);
		break;
	default:
		break;
	}
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct daemon *d = poll->data;
	struct evgnl_event event;
	int ret;

	(void)status;
	(void)events;
	while ((ret = evgnl_recv(d->session.nl, &event)) > 0)
		message_said(d, &event);
	if (ret < 0) {
		log_info("netlink: %s", evgnl_error(d->session.nl));
		daemon_exit(d, 1);
	}
	transfers_kick(d);
}

static void before_sleep(uv_check_t *check)
{
	session_flush(check->data);
}

void session_start(struct daemon *d)
{
	struct session *s = &d->session;

	s->poll.data = d;
	s->check.data = d;
	uv_poll_init(&d->loop, &s->poll, evgnl_fd(s->nl));
	uv_poll_start(&s->poll, UV_READABLE, readable);
	uv_check_init(&d->loop, &s->check);
	uv_check_start(&s->check, before_sleep);
}

static void sent(struct daemon *d, int ret)
{
	if (ret && ret != -ESTALE)
		log_info("netlink: %s", evgnl_error(d->session.nl));
}

void session_flush(struct daemon *d)
{
	struct session *s = &d->session;

	if (!s->ranges)
		return;
	sent(d, evgnl_fill(s->nl, d->index, s->generation, s->range,
			   s->ranges));
	s->ranges = 0;
}

void session_filled(struct daemon *d, uint64_t first, uint32_t count)
{
	struct session *s = &d->session;
	struct evgnl_range *last = s->range;

	compare_filled(d, first, count);
	if (s->ranges)
		last += s->ranges - 1;
	if (s->ranges && last->first + last->count == first &&
	    last->count + count <= EVG_RANGE_BLOCKS) {
		last->count += count;
		return;
	}
	if (s->ranges == RANGES_MAX)
		session_flush(d);
	s->range[s->ranges].first = first;
	s->range[s->ranges++].count = count;
}

void session_inline(struct daemon *d, uint64_t cookie, const void *data,
		    size_t bytes)
{
	struct session *s = &d->session;

	sent(d, evgnl_fill_inline(s->nl, d->index, s->generation, cookie, data,
				  bytes));
}

void session_fail(struct daemon *d, uint64_t cookie, int error)
{
	struct session *s = &d->session;

	sent(d, evgnl_fail(s->nl, d->index, s->generation, cookie, error));
}

void session_report(struct daemon *d, enum evg_report report,
		    const char *proof)
{
	struct session *s = &d->session;

	session_flush(d);
	log_debug("report: %s%s%s", report_name[report], proof ? ": " : "",
		  proof ? proof : "");
	sent(d, evgnl_report(s->nl, d->index, s->generation, report, proof));
}
