// SPDX-License-Identifier: GPL-2.0
#include "evergreen.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "record.h"

struct watch {
	struct evgnl *nl;
	bool json;
};

/* EVENT, and what it left: a state and its cause, or neither. */
static void print_event(const struct watch *watch, uint32_t index,
			const char *event, const char *state, const char *cause)
{
	char stamp[32], time[48], disk[16];
	struct json_object *object;
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(time, sizeof(time), "%s.%03ld", stamp, now.tv_nsec / 1000000);
	strftime(stamp, sizeof(stamp), "%z", &tm);
	strcat(time, stamp);
	snprintf(disk, sizeof(disk), "evg%u", index);
	if (!watch->json) {
		printf("%s %s %s%s%s\n", time, disk, state ? state : event,
		       cause ? " " : "", cause ? cause : "");
		return;
	}
	object = json_object_new_object();
	json_object_object_add(object, "time", json_object_new_string(time));
	json_object_object_add(object, "disk", json_object_new_string(disk));
	json_object_object_add(object, "event", json_object_new_string(event));
	if (state)
		json_object_object_add(object, "link_state",
				       json_object_new_string(state));
	if (cause)
		json_object_object_add(object, "cause",
				       json_object_new_string(cause));
	json_print(object, stdout);
}

static void watch_event(const struct watch *watch,
			const struct evgnl_event *event)
{
	switch (event->cmd) {
	case EVG_CMD_ADD:
		print_event(watch, event->index, "added", NULL, NULL);
		break;
	case EVG_CMD_REMOVE:
		print_event(watch, event->index, "removed", NULL, NULL);
		break;
	case EVG_CMD_LINK:
		print_event(watch, event->index, "link",
			    evgnl_state_name(event->state),
			    evgnl_event_name(event->cause));
		break;
	default:
		break;
	}
}

static int print_state(const struct evgnl_disk *disk, void *arg)
{
	print_event(arg, disk->index, "link", evgnl_state_name(disk->state),
		    "read-back");
	return 0;
}

/* Some events did not fit: say how things stand instead. */
static int catch_up(struct watch *watch)
{
	say_note("events came too fast and some are lost; this is how things stand:");
	return evgnl_dump(watch->nl, print_state, watch);
}

static int watch_all(struct watch *watch)
{
	struct pollfd poller = { .fd = evgnl_fd(watch->nl), .events = POLLIN };
	struct evgnl_event event;
	int err;

	for (;;) {
		err = evgnl_recv(watch->nl, &event);
		if (err == 1)
			watch_event(watch, &event);
		else if (err == -ENOBUFS)
			err = catch_up(watch);
		else if (!err)
			poll(&poller, 1, -1);
		if (err < 0)
			return say_failure("%s", evgnl_error(watch->nl));
		if (ferror(stdout))
			return EXIT_FAILED;
	}
}

int run_watch(const struct verb *verb, int argc, char **argv)
{
	struct watch watch = { 0 };
	int status;

	if (!only_flag(verb, argc, argv, "json", &watch.json, &status))
		return status;
	status = no_operand(verb, argc, argv);
	if (status)
		return status;
	watch.nl = open_module();
	if (!watch.nl)
		return EXIT_FAILED;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (evgnl_subscribe(watch.nl))
		status = say_failure("%s", evgnl_error(watch.nl));
	else
		status = watch_all(&watch);
	evgnl_close(watch.nl);
	return status;
}
