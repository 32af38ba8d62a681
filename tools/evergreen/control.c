// SPDX-License-Identifier: GPL-2.0
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CONTROL_DIR	"/run/evergreen"

enum {
	REPLY_MAX	= 4 << 20,	/* some thousand functions */
	REPLY_STEP	= 16384,
};

struct ask {
	uint32_t index;
	int fd;
	int64_t until_ms;
	char *reply;
	size_t got;
	size_t room;
};

static char error_line[512];

[[gnu::format(printf, 2, 3)]]
static int set_error(int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error_line, sizeof(error_line), format, args);
	va_end(args);
	return err;
}

const char *control_error(void)
{
	return error_line;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int say_silent(const struct ask *ask)
{
	return set_error(-ETIMEDOUT,
			 "the helper of /dev/evg%u does not answer; 'evergreen attach --takeover' replaces it",
			 ask->index);
}

static int wait_for(const struct ask *ask, short events)
{
	struct pollfd poller = { .fd = ask->fd, .events = events };
	int64_t left;
	int ready;

	do {
		left = ask->until_ms - now_ms();
		ready = poll(&poller, 1, left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	return ready > 0 ? 0 : say_silent(ask);
}

/* Without waiting: a helper that hangs has a full queue of connections. */
static int open_socket(struct ask *ask)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	snprintf(to.sun_path, sizeof(to.sun_path), CONTROL_DIR "/evg%u.sock",
		 ask->index);
	ask->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ask->fd < 0)
		return set_error(-errno, "cannot make a socket: %s", strerror(errno));
	if (!connect(ask->fd, (struct sockaddr *)&to, sizeof(to)))
		return 0;
	if (errno == EAGAIN)
		return say_silent(ask);
	if (errno == ENOENT || errno == ECONNREFUSED)
		return set_error(-ENOENT, "/dev/evg%u has no helper to ask; "
				 "'evergreen attach --name evg%u' starts one",
				 ask->index, ask->index);
	if (errno == EACCES || errno == EPERM)
		return set_error(-errno, "only root may ask the helper of /dev/evg%u; use sudo",
				 ask->index);
	return set_error(-errno, "%s: %s", to.sun_path, strerror(errno));
}

static int send_line(struct ask *ask, const char *request)
{
	size_t length = strlen(request) + 1, sent = 0;
	char *line;
	ssize_t n;
	int err = 0;

	line = malloc(length + 1);
	if (!line)
		return set_error(-ENOMEM, "out of memory");
	snprintf(line, length + 1, "%s\n", request);
	while (sent < length && !err) {
		n = send(ask->fd, line + sent, length - sent, MSG_NOSIGNAL);
		if (n > 0)
			sent += n;
		else if (errno == EAGAIN)
			err = wait_for(ask, POLLOUT);
		else if (errno != EINTR)
			err = set_error(-errno, "cannot ask the helper of /dev/evg%u: %s",
					ask->index, strerror(errno));
	}
	free(line);
	return err;
}

static int make_room(struct ask *ask)
{
	char *grown;

	if (ask->got + 1 < ask->room)
		return 0;
	if (ask->room >= REPLY_MAX)
		return set_error(-EMSGSIZE, "the helper of /dev/evg%u says too much",
				 ask->index);
	grown = realloc(ask->reply, ask->room + REPLY_STEP);
	if (!grown)
		return set_error(-ENOMEM, "out of memory");
	ask->reply = grown;
	ask->room += REPLY_STEP;
	return 0;
}

static int read_line(struct ask *ask)
{
	ssize_t n;
	int err;

	for (;;) {
		err = make_room(ask);
		if (!err)
			err = wait_for(ask, POLLIN);
		if (err)
			return err;
		n = recv(ask->fd, ask->reply + ask->got,
			 ask->room - ask->got - 1, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return set_error(-EPIPE,
					 "the helper of /dev/evg%u ended when it was asked",
					 ask->index);
		ask->got += n;
		ask->reply[ask->got] = '\0';
		if (strchr(ask->reply + ask->got - n, '\n'))
			return 0;
	}
}

static int take_reply(const struct ask *ask, struct json_object **reply)
{
	struct json_object *object, *ok;
	const char *why;

	object = json_tokener_parse(ask->reply);
	if (!object || !json_object_object_get_ex(object, "ok", &ok)) {
		json_object_put(object);
		return set_error(-EPROTO, "the helper of /dev/evg%u gave a strange answer",
				 ask->index);
	}
	if (!json_object_get_boolean(ok)) {
		why = control_text(object, "error");
		set_error(0, "/dev/evg%u: %s", ask->index,
			  why ? why : "the helper refuses");
		json_object_put(object);
		return -EREMOTEIO;
	}
	if (reply)
		*reply = object;
	else
		json_object_put(object);
	return 0;
}

int control_ask_within(uint32_t index, const char *request, unsigned int ms,
		       struct json_object **reply)
{
	struct ask ask = { .index = index, .until_ms = now_ms() + ms };
	int err;

	err = open_socket(&ask);
	if (!err)
		err = send_line(&ask, request);
	if (!err)
		err = read_line(&ask);
	if (!err)
		err = take_reply(&ask, reply);
	if (ask.fd >= 0)
		close(ask.fd);
	free(ask.reply);
	return err;
}

int control_ask(uint32_t index, const char *request, struct json_object **reply)
{
	return control_ask_within(index, request, CONTROL_MS, reply);
}

const char *control_text(struct json_object *reply, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(reply, key, &value) || !value)
		return NULL;
	return json_object_get_string(value);
}

double control_number(struct json_object *reply, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(reply, key, &value) || !value)
		return -1;
	return json_object_get_double(value);
}
