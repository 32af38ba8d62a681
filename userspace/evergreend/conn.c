// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "conn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "link.h"
#include "netwatch.h"
#include "transfer.h"

static void ready(uv_poll_t *poll, int status, int events);

static void listen_on(struct conn *c)
{
	unsigned int wanted = c->source->ops->events(c->source);
	int events = 0;

	if (wanted & SOURCE_READABLE)
		events |= UV_READABLE;
	if (wanted & SOURCE_WRITABLE)
		events |= UV_WRITABLE;
	uv_poll_start(&c->poll, events, ready);
}

static void ready(uv_poll_t *poll, int status, int events)
{
	struct conn *c = poll->data;
	struct daemon *d = c->daemon;
	unsigned int seen = 0;

	if (events & UV_READABLE) {
		seen |= SOURCE_READABLE;
		detector_progress(&c->detector, daemon_now());
	}
	if (events & UV_WRITABLE)
		seen |= SOURCE_WRITABLE;
	if (status < 0 || c->source->ops->notify(c->source, seen) < 0) {
		link_conn_broke(c, "the server closed the connection");
		return;
	}
	listen_on(c);
	link_progress(d);
	transfers_kick(d);
}

uint64_t conn_patience_ns(const struct daemon *d)
{
	return d->detect_ms * 1000000ULL / 4 * 3;
}

int conn_new(struct daemon *d, struct source *s)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		goto err_source;
	c->daemon = d;
	c->source = s;
	c->fd = fcntl(s->ops->fd(s), F_DUPFD_CLOEXEC, 3);
	if (c->fd < 0)
		goto err_free;
	if (uv_poll_init(&d->loop, &c->poll, c->fd))
		goto err_fd;
	c->poll.data = c;
	c->interface = netwatch_interface(c->fd);
	detector_init(&c->detector, daemon_now(), conn_patience_ns(d),
		      d->link.patience);
	c->next = d->link.conns;
	d->link.conns = c;
	listen_on(c);
	return 0;

err_fd:
	close(c->fd);
err_free:
	free(c);
err_source:
	s->ops->close(s);
	return -ENOMEM;
}

int conn_submit(struct conn *c, struct transfer *t)
{
	int ret;

	t->conn = c;
	t->next = c->transfers;
	c->transfers = t;
	detector_sent(&c->detector, daemon_now(),
		      t->request.buf ? t->request.bytes : 0, &t->timing);
	c->detector.probes = t->kind == TRANSFER_PROBE ?
			     c->detector.probes + 1 : 0;
	ret = c->source->ops->submit(c->source, &t->request);
	if (ret)
		c->dead = true;
	else
		listen_on(c);
	return ret;
}

static void conn_free(uv_handle_t *handle)
{
	struct conn *c = handle->data;

	close(c->fd);
	free(c);
}

void conn_close(struct conn *c)
{
	struct conn **link = &c->daemon->link.conns;
	struct transfer *t;

	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	uv_poll_stop(&c->poll);
	c->source->ops->close(c->source);
	while ((t = c->transfers)) {
		c->transfers = t->next;
		transfer_orphaned(t);
	}
	uv_close((uv_handle_t *)&c->poll, conn_free);
}

void conn_probe(struct conn *c)
{
	struct transfer *t;

	for (t = c->transfers; t; t = t->next) {
		if (t->kind == TRANSFER_PROBE)
			return;
	}
	t = transfer_probe(c->daemon, c->source->min_bytes);
	if (t)
		conn_submit(c, t);
}
