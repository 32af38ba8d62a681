// SPDX-License-Identifier: GPL-2.0
/*
 * NBD by libnbd, one handle a connection: a handle cannot connect again.
 * libnbd has no time-outs and resolves names within connect.
 */
#include <errno.h>
#include <libnbd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "source.h"
#include "trust.h"

enum {
	CONNECT_MS	= 2000,		/* one address */
	HANDSHAKE_MS	= 4000,		/* without a sign of life */
	CONNECT_MAX_MS	= 12000,	/* the whole, resolver aside */
	MIN_MAX		= 128 << 10,	/* the largest minimum that we bear */
	REQUEST_MAX	= 256 << 10,
	USER_TIMEOUT_MS	= 20000,
};

static const char *const schemes[] = {
	"nbd", "nbds", "nbd+unix", "nbds+unix", NULL
};

struct source_nbd {
	struct source source;
	struct nbd_handle *nbd;
	uint32_t request_bytes;		/* larger reads are split */
	struct source_request *ended;	/* done() is due */
};

static struct source_nbd *nbd_of(const struct source *s)
{
	return (struct source_nbd *)s;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* libnbd's text without the name of the function that made it. */
static void explain(char *why, size_t bytes)
{
	const char *text = nbd_get_error();
	const char *rest;

	if (!text)
		text = "unknown trouble";
	if (strstr(text, "certificate verification")) {
		snprintf(why, bytes,
			 "the server's certificate is not accepted: its name, its authority or its dates are wrong");
		return;
	}
	rest = strstr(text, ": ");
	snprintf(why, bytes, "%s", rest ? rest + 2 : text);
}

static int configure(struct nbd_handle *nbd, const char *uri, const char *trust)
{
	bool tls = !strncmp(uri, "nbds", 4);

	return (trust[0] && nbd_set_tls_certificates(nbd, trust)) ||
	       nbd_set_uri_allow_transports(nbd, LIBNBD_ALLOW_TRANSPORT_TCP |
					    LIBNBD_ALLOW_TRANSPORT_UNIX) ||
	       nbd_set_uri_allow_tls(nbd, tls ? LIBNBD_TLS_REQUIRE :
					  LIBNBD_TLS_DISABLE) ||
	       nbd_set_uri_allow_local_file(nbd, true) ||
	       nbd_add_meta_context(nbd, LIBNBD_CONTEXT_BASE_ALLOCATION) ||
	       nbd_aio_connect_uri(nbd, uri);
}

/* An address that does not answer gives way to the next one: a socket that is
 * shut down while it connects fails, and libnbd goes on to the next address.
 */
static int connect_wait(struct nbd_handle *nbd, char *why, size_t why_bytes)
{
	int64_t start = now_ms(), alive = start, limit;
	bool connecting;
	int ret;

	while (!nbd_aio_is_ready(nbd)) {
		if (nbd_aio_is_dead(nbd) || nbd_aio_is_closed(nbd)) {
			explain(why, why_bytes);
			return -ECONNRESET;
		}
		ret = nbd_poll(nbd, 100);
		if (ret < 0) {
			explain(why, why_bytes);
			return -ECONNREFUSED;
		}
		if (ret > 0)
			alive = now_ms();
		connecting = nbd_aio_is_connecting(nbd) &&
			     nbd_aio_get_direction(nbd) & LIBNBD_AIO_DIRECTION_WRITE;
		limit = connecting ? CONNECT_MS : HANDSHAKE_MS;
		if (now_ms() - start > CONNECT_MAX_MS ||
		    (now_ms() - alive > limit &&
		     shutdown(nbd_aio_get_fd(nbd), SHUT_RDWR))) {
			snprintf(why, why_bytes, "the server does not answer");
			return -ETIMEDOUT;
		}
		if (now_ms() - alive > limit)
			alive = now_ms();
	}
	return 0;
}

static void keep_alive(int fd)
{
	const int on = 1, idle = 5, interval = 2, count = 4;
	const int timeout = USER_TIMEOUT_MS;

	/* a Unix socket refuses these, and needs none */
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
}

static int learn(struct source_nbd *s, char *why, size_t why_bytes)
{
	int64_t size = nbd_get_size(s->nbd);
	int64_t min = nbd_get_block_size(s->nbd, LIBNBD_SIZE_MINIMUM);
	int64_t max = nbd_get_block_size(s->nbd, LIBNBD_SIZE_MAXIMUM);

	if (size <= 0) {
		snprintf(why, why_bytes, "the server's image is empty");
		return -EINVAL;
	}
	if (min > MIN_MAX || (min > 0 && min & (min - 1)) ||
	    (max > 0 && (max < 4096 || max < min))) {
		snprintf(why, why_bytes,
			 "the server wants requests of %lld to %lld bytes; at most %d and at least 4096 are possible",
			 (long long)min, (long long)max, MIN_MAX);
		return -EINVAL;
	}
	s->source.size_bytes = (uint64_t)size;
	s->source.min_bytes = min > 0 ? (uint32_t)min : 1;
	s->request_bytes = max > 0 && max < REQUEST_MAX ?
			   (uint32_t)(max - max % s->source.min_bytes) :
			   REQUEST_MAX;
	s->source.several = nbd_can_multi_conn(s->nbd) > 0;
	s->source.tells_zeroes =
		nbd_can_meta_context(s->nbd,
				     LIBNBD_CONTEXT_BASE_ALLOCATION) > 0;
	return 0;
}

static struct source *nbd_source_open(const char *uri, char *why,
				      size_t why_bytes)
{
	struct source_nbd *s = calloc(1, sizeof(*s));
	char trust[PATH_MAX];

	if (!s) {
		snprintf(why, why_bytes, "no memory");
		return NULL;
	}
	if (trust_choose(uri, trust, why, why_bytes))
		goto err_free;
	s->source.ops = &source_nbd;
	s->nbd = nbd_create();
	if (!s->nbd) {
		explain(why, why_bytes);
		goto err_free;
	}
	if (configure(s->nbd, uri, trust)) {
		explain(why, why_bytes);
		goto err_close;
	}
	if (connect_wait(s->nbd, why, why_bytes))
		goto err_close;
	keep_alive(nbd_aio_get_fd(s->nbd));
	if (learn(s, why, why_bytes))
		goto err_close;
	return &s->source;

err_close:
	nbd_close(s->nbd);
err_free:
	free(s);
	return NULL;
}

/* Without a word to the server: the link may be dead. */
static void nbd_source_close(struct source *source)
{
	struct source_nbd *s = nbd_of(source);

	nbd_close(s->nbd);
	free(s);
}

static int nbd_source_fd(const struct source *source)
{
	return nbd_aio_get_fd(nbd_of(source)->nbd);
}

static unsigned int nbd_source_events(const struct source *source)
{
	unsigned int direction = nbd_aio_get_direction(nbd_of(source)->nbd);

	return (direction & LIBNBD_AIO_DIRECTION_READ ? SOURCE_READABLE : 0) |
	       (direction & LIBNBD_AIO_DIRECTION_WRITE ? SOURCE_WRITABLE : 0);
}

/* done() may submit, so it is called outside libnbd only. */
static int finish(struct source_nbd *s)
{
	struct source_request *r;

	if (nbd_aio_is_dead(s->nbd) || nbd_aio_is_closed(s->nbd))
		return -ECONNRESET;
	while ((r = s->ended)) {
		if (r->error == -ESHUTDOWN)
			return -ESHUTDOWN;
		s->ended = r->next;
		r->done(r, r->error);
	}
	return 0;
}

static int nbd_source_notify(struct source *source, unsigned int events)
{
	struct source_nbd *s = nbd_of(source);
	unsigned int direction = nbd_source_events(source);

	if (events & direction & SOURCE_READABLE)
		nbd_aio_notify_read(s->nbd);
	else if (events & direction & SOURCE_WRITABLE)
		nbd_aio_notify_write(s->nbd);
	return finish(s);
}

static int nbd_source_wait(struct source *source, int timeout_ms)
{
	struct source_nbd *s = nbd_of(source);
	int ret = nbd_poll(s->nbd, timeout_ms);

	if (ret < 0)
		return -ECONNRESET;
	return ret ? finish(s) : -ETIMEDOUT;
}

static int read_chunk(void *arg, const void *data, size_t count,
		      uint64_t offset, unsigned int status, int *error)
{
	struct source_request *r = arg;

	(void)data;
	(void)error;
	if (status == LIBNBD_READ_HOLE || status == LIBNBD_READ_DATA)
		cover_add(&r->cover, offset, count);
	return 0;
}

static int extents_seen(void *arg, const char *context, uint64_t offset,
			uint32_t *entries, size_t n, int *error)
{
	struct source_request *r = arg;
	size_t i;

	(void)error;
	if (strcmp(context, LIBNBD_CONTEXT_BASE_ALLOCATION))
		return 0;
	for (i = 0; i + 1 < n; i += 2) {
		if (entries[i + 1] & LIBNBD_STATE_ZERO)
			r->zeroes(r, offset, entries[i]);
		offset += entries[i];
	}
	return 0;
}

static int request_ended(void *arg, int *error)
{
	struct source_request *r = arg;
	struct source_nbd *s = nbd_of(r->source);

	if (*error && !r->error)
		r->error = -*error;
	if (--r->parts)
		return 1;
	if (!r->error && r->buf && !cover_is(&r->cover, r->bytes))
		r->error = -EPROTO;
	r->next = s->ended;
	s->ended = r;
	return 1;
}

static int64_t submit_read(struct source_nbd *s, struct source_request *r)
{
	nbd_completion_callback ended = {
		.callback = request_ended, .user_data = r };
	nbd_chunk_callback chunk = {
		.callback = read_chunk, .user_data = r };
	uint32_t done = 0, bytes;
	int64_t ret = 0;

	r->parts = (r->bytes + s->request_bytes - 1) / s->request_bytes;
	for (; done < r->bytes && ret >= 0; done += bytes) {
		bytes = r->bytes - done;
		if (bytes > s->request_bytes)
			bytes = s->request_bytes;
		ret = nbd_aio_pread_structured(s->nbd,
					       (uint8_t *)r->buf + done, bytes,
					       r->offset + done, chunk, ended,
					       0);
	}
	return ret;
}

static int nbd_source_submit(struct source *source, struct source_request *r)
{
	struct source_nbd *s = nbd_of(source);
	nbd_completion_callback ended = {
		.callback = request_ended, .user_data = r };
	nbd_extent_callback extent = {
		.callback = extents_seen, .user_data = r };
	int64_t ret;

	r->source = source;
	cover_init(&r->cover);
	r->error = 0;
	r->parts = 1;
	if (r->buf)
		ret = submit_read(s, r);
	else
		ret = nbd_aio_block_status(s->nbd, r->bytes, r->offset, extent,
					   ended, 0);
	if (ret < 0 || nbd_aio_is_dead(s->nbd) || nbd_aio_is_closed(s->nbd))
		return -ECONNRESET;
	return 0;
}

const struct source_ops source_nbd = {
	.schemes = schemes,
	.open = nbd_source_open,
	.close = nbd_source_close,
	.fd = nbd_source_fd,
	.events = nbd_source_events,
	.notify = nbd_source_notify,
	.wait = nbd_source_wait,
	.submit = nbd_source_submit,
};
