// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon.h"
#include "log.h"
#include "requests.h"

#define CONTROL_DIR "/run/evergreen"

enum {
	LINE_BYTES	= 512,
	CLIENTS_MAX	= 16,
	BACKLOG		= 16,
};

struct client {
	uv_pipe_t pipe;
	uv_write_t write;
	struct daemon *daemon;
	struct client *next;
	uint64_t heard_ns;
	char line[LINE_BYTES];
	size_t bytes;
	char *reply;			/* being written */
	bool waits;			/* for functions to be loaded */
	bool ends;			/* after the reply */
	bool closing;
};

static void serve_client(struct client *c);

static void socket_path(const struct daemon *d, struct sockaddr_un *address)
{
	address->sun_family = AF_UNIX;
	snprintf(address->sun_path, sizeof(address->sun_path),
		 CONTROL_DIR "/evg%u.sock", d->index);
}

static int bind_socket(int fd, const struct sockaddr_un *address)
{
	mode_t mask = umask(0177);
	int ret;

	unlink(address->sun_path);
	ret = bind(fd, (const struct sockaddr *)address, sizeof(*address));
	if (ret)
		ret = -errno;
	umask(mask);
	return ret ? ret : listen(fd, BACKLOG) ? -errno : 0;
}

void control_open(struct daemon *d)
{
	struct control *control = &d->control;
	struct sockaddr_un address;
	struct stat info;
	int ret = 0;

	socket_path(d, &address);
	if (mkdir(CONTROL_DIR, 0755) && errno != EEXIST)
		ret = -errno;
	control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (control->fd < 0)
		ret = -errno;
	if (!ret)
		ret = bind_socket(control->fd, &address);
	if (!ret && stat(address.sun_path, &info))
		ret = -errno;
	if (!ret) {
		control->inode = info.st_ino;
		return;
	}
	log_info("%s: %s; this helper cannot be asked or told anything",
		 address.sun_path, strerror(-ret));
	if (control->fd >= 0)
		close(control->fd);
	control->fd = -1;
}

void control_close(struct daemon *d)
{
	struct sockaddr_un address;
	struct stat info;

	socket_path(d, &address);
	if (d->control.inode && !stat(address.sun_path, &info) &&
	    info.st_ino == d->control.inode)
		unlink(address.sun_path);
}

static void client_free(uv_handle_t *handle)
{
	struct client *c = handle->data;

	free(c->reply);
	free(c);
}

static void client_close(struct client *c)
{
	struct client **link = &c->daemon->control.clients;

	if (c->closing)
		return;
	c->closing = true;
	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	c->daemon->control.n--;
	uv_close((uv_handle_t *)&c->pipe, client_free);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct client *c = handle->data;

	(void)suggested;
	*buf = uv_buf_init(c->line + c->bytes,
			   (unsigned int)(LINE_BYTES - c->bytes));
}

static void heard(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct client *c = stream->data;

	(void)buf;
	if (n < 0) {
		client_close(c);
		return;
	}
	c->bytes += (size_t)n;
	c->heard_ns = daemon_now();
	serve_client(c);
}

static void written(uv_write_t *write, int status)
{
	struct client *c = write->data;

	free(c->reply);
	c->reply = NULL;
	if (status || c->ends)
		client_close(c);
	else
		serve_client(c);
}

/* Takes REPLY over; NULL: there was no memory for it. */
static void answer(struct client *c, char *reply)
{
	uv_buf_t buf;

	c->waits = false;
	c->reply = reply;
	if (!reply) {
		client_close(c);
		return;
	}
	uv_read_stop((uv_stream_t *)&c->pipe);
	buf = uv_buf_init(reply, (unsigned int)strlen(reply));
	if (uv_write(&c->write, (uv_stream_t *)&c->pipe, &buf, 1, written))
		client_close(c);
}

/* One request at a time: the next is read when this one is answered. */
static void serve_client(struct client *c)
{
	char line[LINE_BYTES], *end = memchr(c->line, '\n', c->bytes);
	bool later = false;
	char *reply;
	size_t n;

	if (c->closing)
		return;
	if (!end && c->bytes == LINE_BYTES) {
		c->ends = true;
		answer(c, requests_refuse("a request is one short line"));
		return;
	}
	if (!end) {
		uv_read_start((uv_stream_t *)&c->pipe, give_room, heard);
		return;
	}
	n = (size_t)(end - c->line);
	memcpy(line, c->line, n);
	line[n] = '\0';
	c->bytes -= n + 1;
	memmove(c->line, end + 1, c->bytes);
	if (memchr(line, '\0', n))
		line[0] = '\0';
	reply = requests_answer(c->daemon, line, &later);
	if (!later) {
		answer(c, reply);
		return;
	}
	c->waits = true;
	uv_read_stop((uv_stream_t *)&c->pipe);
}

void control_reloaded(struct daemon *d, const char *error)
{
	struct client *c, *next;

	for (c = d->control.clients; c; c = next) {
		next = c->next;
		if (c->waits)
			answer(c, error ? requests_refuse(error) :
				  requests_ok());
	}
}

/* Whoever has been silent for longest gives way. */
static void drop_idlest(struct control *control)
{
	struct client *c, *idlest = NULL;

	for (c = control->clients; c; c = c->next)
		if (!idlest || c->heard_ns < idlest->heard_ns)
			idlest = c;
	if (idlest)
		client_close(idlest);
}

static void somebody_came(uv_stream_t *server, int status)
{
	struct daemon *d = server->data;
	struct client *c;

	if (status < 0)
		return;
	c = calloc(1, sizeof(*c));
	if (!c)
		return;
	if (d->control.n == CLIENTS_MAX)
		drop_idlest(&d->control);
	c->daemon = d;
	c->heard_ns = daemon_now();
	c->pipe.data = c;
	c->write.data = c;
	c->next = d->control.clients;
	d->control.clients = c;
	d->control.n++;
	uv_pipe_init(&d->loop, &c->pipe, 0);
	if (uv_accept(server, (uv_stream_t *)&c->pipe))
		client_close(c);
	else
		serve_client(c);
}

void control_start(struct daemon *d)
{
	struct control *control = &d->control;

	if (control->fd < 0)
		return;
	control->pipe.data = d;
	uv_pipe_init(&d->loop, &control->pipe, 0);
	if (uv_pipe_open(&control->pipe, control->fd) ||
	    uv_listen((uv_stream_t *)&control->pipe, BACKLOG, somebody_came))
		log_info("the control socket cannot be served");
}
