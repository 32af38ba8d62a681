// SPDX-License-Identifier: GPL-2.0
/* The commands and the helper's messages, one function each. */
#include "evgnl.h"
#include "evgnl_wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netlink/genl/ctrl.h>

enum {
	FILL_RANGES	= 1024,		/* in one message: 24 KiB */
	RANGE_BYTES	= 32,		/* at most, of one RANGE */
	FETCH_CHARGE	= 1024,		/* of a receive buffer, per FETCH */
	SPARE_FETCHES	= 64,		/* room for what is not a FETCH */
	BUFFER_BYTES	= 192 * 1024,	/* a whole FETCH of DATA can be sent */
};

static __thread char open_error[sizeof(((struct evgnl *)0)->error)];

static int take_index(struct nlmsghdr *h, struct nlattr **tb, void *arg)
{
	(void)h;
	*(uint32_t *)arg = evgnl_u32(tb[EVG_A_INDEX]);
	return 0;
}

static void take_stats(struct nlattr *stats, uint64_t stat[EVG_S_MAX + 1])
{
	struct nlattr *tb[EVG_S_MAX + 1];
	int i;

	if (!stats || nla_parse_nested(tb, EVG_S_MAX, stats, NULL))
		return;
	for (i = EVG_S_PAD + 1; i <= EVG_S_MAX; i++)
		if (tb[i] && nla_len(tb[i]) == sizeof(uint64_t))
			stat[i] = nla_get_u64(tb[i]);
}

static int take_disk(struct nlmsghdr *h, struct nlattr **tb, void *arg)
{
	struct evgnl_disk *disk = arg;

	(void)h;
	memset(disk, 0, sizeof(*disk));
	disk->index = evgnl_u32(tb[EVG_A_INDEX]);
	disk->size_bytes = evgnl_u64(tb[EVG_A_SIZE]);
	if (tb[EVG_A_UUID])
		memcpy(disk->uuid, nla_data(tb[EVG_A_UUID]), sizeof(disk->uuid));
	evgnl_text(disk->source, sizeof(disk->source), tb[EVG_A_SOURCE]);
	evgnl_text(disk->cache, sizeof(disk->cache), tb[EVG_A_CACHE]);
	evgnl_text(disk->proof, sizeof(disk->proof), tb[EVG_A_PROOF]);
	disk->grace_ms = evgnl_u32(tb[EVG_A_GRACE_MS]);
	disk->detect_ms = evgnl_u32(tb[EVG_A_DETECT_MS]);
	disk->state = evgnl_u8(tb[EVG_A_STATE]);
	disk->outage_ms = evgnl_u64(tb[EVG_A_OUTAGE_MS]);
	disk->saving = evgnl_u8(tb[EVG_A_SAVING]);
	disk->generation = evgnl_u32(tb[EVG_A_GENERATION]);
	disk->helper_port = evgnl_u32(tb[EVG_A_HELPER_PORT]);
	disk->helper_pid = evgnl_u32(tb[EVG_A_HELPER_PID]);
	take_stats(tb[EVG_A_STATS], disk->stat);
	return 0;
}

struct dump {
	int (*each)(const struct evgnl_disk *disk, void *arg);
	void *arg;
	int stopped;			/* each() said: no more */
};

static int take_dumped(struct nlmsghdr *h, struct nlattr **tb, void *arg)
{
	struct dump *dump = arg;
	struct evgnl_disk disk;

	if (dump->stopped)
		return 0;
	take_disk(h, tb, &disk);
	dump->stopped = dump->each(&disk, dump->arg);
	return dump->stopped;
}

struct bound {
	uint32_t window;
	uint32_t generation;
};

static int take_bound(struct nlmsghdr *h, struct nlattr **tb, void *arg)
{
	struct bound *bound = arg;

	(void)h;
	bound->window = evgnl_u32(tb[EVG_A_WINDOW]);
	bound->generation = evgnl_u32(tb[EVG_A_GENERATION]);
	return 0;
}

static int open_socket(struct evgnl *nl)
{
	int err, on = 1;

	nl->sk = nl_socket_alloc();
	if (!nl->sk)
		return evgnl_set_error(nl, -ENOMEM, "out of memory");
	err = genl_connect(nl->sk);
	if (err)
		return evgnl_set_error(nl, -EPROTO, "cannot open a netlink socket: %s",
				 nl_geterror(err));
	nl->family = genl_ctrl_resolve(nl->sk, EVG_GENL_NAME);
	if (nl->family < 0)
		return evgnl_set_error(nl, -ENOENT,
				 "the evergreen module is not loaded; run 'modprobe evergreen' or 'insmod evergreen.ko'");
	nl_socket_set_buffer_size(nl->sk, BUFFER_BYTES, BUFFER_BYTES);
	nl->fd = nl_socket_get_fd(nl->sk);
	if (setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(nl->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)))
		return evgnl_set_error(nl, -errno, "cannot set up a netlink socket: %s",
				 strerror(errno));
	return 0;
}

int evgnl_open(struct evgnl **out)
{
	struct evgnl *nl = calloc(1, sizeof(*nl));
	int err;

	*out = NULL;
	if (!nl) {
		snprintf(open_error, sizeof(open_error), "out of memory");
		return -ENOMEM;
	}
	err = open_socket(nl);
	if (err) {
		memcpy(open_error, nl->error, sizeof(open_error));
		evgnl_close(nl);
		return err;
	}
	*out = nl;
	return 0;
}

void evgnl_close(struct evgnl *nl)
{
	if (!nl)
		return;
	nl_socket_free(nl->sk);
	free(nl->held);
	free(nl);
}

int evgnl_fd(const struct evgnl *nl)
{
	return nl->fd;
}

/* NULL asks why evgnl_open() failed. */
const char *evgnl_error(const struct evgnl *nl)
{
	return nl ? nl->error : open_error;
}

int evgnl_add(struct evgnl *nl, const struct evgnl_add *add, uint32_t *index)
{
	struct evgnl_call call = { EVG_CMD_ADD, true, take_index, index };
	struct nl_msg *msg = evgnl_new(nl, EVG_CMD_ADD, NLM_F_ACK, EVGNL_SMALL);
	int bad = 0;

	if (msg) {
		if (add->index >= 0)
			bad |= nla_put_u32(msg, EVG_A_INDEX, add->index);
		bad |= nla_put_u32(msg, EVG_A_CLEAN_FD, add->clean_fd);
		bad |= nla_put_u32(msg, EVG_A_MAP_FD, add->map_fd);
		bad |= nla_put_u32(msg, EVG_A_GRACE_MS, add->grace_ms);
		bad |= nla_put_u32(msg, EVG_A_DETECT_MS, add->detect_ms);
		if (add->source)
			bad |= nla_put_string(msg, EVG_A_SOURCE, add->source);
		if (add->cache)
			bad |= nla_put_string(msg, EVG_A_CACHE, add->cache);
	}
	return evgnl_call(nl, msg, bad, &call);
}

int evgnl_remove(struct evgnl *nl, uint32_t index, bool force)
{
	struct evgnl_call call = { .done = true };
	struct nl_msg *msg = evgnl_new_small(nl, EVG_CMD_REMOVE, NLM_F_ACK, index);
	int bad = 0;

	if (msg && force)
		bad = nla_put_flag(msg, EVG_A_FORCE);
	return evgnl_call(nl, msg, bad, &call);
}

static int set_u32(struct evgnl *nl, uint32_t index, int attr, uint32_t value)
{
	struct evgnl_call call = { 0 };
	struct nl_msg *msg = evgnl_new_small(nl, EVG_CMD_SET, NLM_F_ACK, index);
	int bad = 0;

	if (msg)
		bad = nla_put_u32(msg, attr, value);
	return evgnl_call(nl, msg, bad, &call);
}

int evgnl_set_grace(struct evgnl *nl, uint32_t index, uint32_t grace_ms)
{
	return set_u32(nl, index, EVG_A_GRACE_MS, grace_ms);
}

int evgnl_set_detect(struct evgnl *nl, uint32_t index, uint32_t detect_ms)
{
	return set_u32(nl, index, EVG_A_DETECT_MS, detect_ms);
}

int evgnl_reset(struct evgnl *nl, uint32_t index)
{
	struct evgnl_call call = { 0 };
	struct nl_msg *msg = evgnl_new_small(nl, EVG_CMD_SET, NLM_F_ACK, index);
	int bad = 0;

	if (msg)
		bad = nla_put_flag(msg, EVG_A_RESET);
	return evgnl_call(nl, msg, bad, &call);
}

int evgnl_get(struct evgnl *nl, uint32_t index, struct evgnl_disk *disk)
{
	struct evgnl_call call = { EVG_CMD_GET, false, take_disk, disk };

	return evgnl_call(nl, evgnl_new_small(nl, EVG_CMD_GET, NLM_F_ACK, index), 0,
			   &call);
}

int evgnl_dump(struct evgnl *nl,
	       int (*each)(const struct evgnl_disk *disk, void *arg), void *arg)
{
	struct dump dump = { each, arg, 0 };
	struct evgnl_call call = { EVG_CMD_GET, false, take_dumped, &dump };

	return evgnl_call(nl, evgnl_new(nl, EVG_CMD_GET, NLM_F_DUMP,
					   EVGNL_SMALL), 0, &call);
}

int evgnl_subscribe(struct evgnl *nl)
{
	int group = genl_ctrl_resolve_grp(nl->sk, EVG_GENL_NAME,
					  EVG_MCGRP_EVENTS);

	if (group < 0)
		return evgnl_set_error(nl, -ENOENT,
				 "the module has no events; load the module of this version");
	if (nl_socket_add_membership(nl->sk, group))
		return evgnl_set_error(nl, -EPERM, "cannot listen to the module's events");
	return 0;
}

int evgnl_bind(struct evgnl *nl, uint32_t index, struct evgnl_bind *bind)
{
	int bytes = (bind->window + SPARE_FETCHES) * FETCH_CHARGE, on = 1, bad = 0;
	struct bound bound = { 0 };
	struct evgnl_call call = { EVG_CMD_BIND, false, take_bound, &bound };
	struct nl_msg *msg = evgnl_new_small(nl, EVG_CMD_BIND, NLM_F_ACK, index);
	int err;

	/* Too small a buffer makes the window smaller, no more. */
	if (setsockopt(nl->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(nl->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof(on));
	if (msg) {
		bad |= nla_put_u32(msg, EVG_A_WINDOW, bind->window);
		bad |= nla_put_u32(msg, EVG_A_CLEAN_FD, bind->clean_fd);
		bad |= nla_put_u32(msg, EVG_A_MAP_FD, bind->map_fd);
		if (bind->takeover)
			bad |= nla_put_flag(msg, EVG_A_FORCE);
	}
	err = evgnl_call(nl, msg, bad, &call);
	if (err)
		return err;
	bind->window = bound.window;
	bind->generation = bound.generation;
	return 0;
}

static int put_range(struct nl_msg *msg, const struct evgnl_range *range)
{
	struct nlattr *nest = nla_nest_start(msg, EVG_A_RANGE | NLA_F_NESTED);
	int bad = !nest;

	if (nest) {
		bad |= nla_put_u64(msg, EVG_A_FIRST, range->first);
		bad |= nla_put_u32(msg, EVG_A_COUNT, range->count);
		nla_nest_end(msg, nest);
	}
	return bad;
}

static struct nl_msg *new_ranges(struct evgnl *nl, enum evg_cmd cmd, uint32_t index,
				 uint32_t generation,
				 const struct evgnl_range *ranges, size_t n, int *bad)
{
	struct nl_msg *msg = evgnl_new(nl, cmd, 0, EVGNL_SMALL + n * RANGE_BYTES);
	size_t i;

	*bad = 0;
	if (msg) {
		*bad |= nla_put_u32(msg, EVG_A_INDEX, index);
		*bad |= nla_put_u32(msg, EVG_A_GENERATION, generation);
		for (i = 0; i < n; i++)
			*bad |= put_range(msg, &ranges[i]);
	}
	return msg;
}

int evgnl_fill(struct evgnl *nl, uint32_t index, uint32_t generation,
	       const struct evgnl_range *ranges, size_t n)
{
	struct nl_msg *msg;
	size_t some;
	int err, bad;

	for (; n; ranges += some, n -= some) {
		some = n < FILL_RANGES ? n : FILL_RANGES;
		msg = new_ranges(nl, EVG_CMD_FILL, index, generation, ranges, some,
				 &bad);
		err = evgnl_send(nl, msg, bad);
		if (err)
			return err;
	}
	return 0;
}

int evgnl_evict(struct evgnl *nl, uint32_t index, uint32_t generation, bool force,
		const struct evgnl_range *ranges, size_t n)
{
	struct nl_msg *msg;
	int bad;

	if (n > EVG_EVICT_RANGES)
		return evgnl_set_error(nl, -E2BIG, "more than %d ranges to evict",
				       EVG_EVICT_RANGES);
	msg = new_ranges(nl, EVG_CMD_EVICT, index, generation, ranges, n, &bad);
	if (msg && force)
		bad |= nla_put_flag(msg, EVG_A_FORCE);
	bad = evgnl_send(nl, msg, bad);
	nl->evict_seq = nl->seq;
	return bad;
}

int evgnl_set_heat(struct evgnl *nl, uint32_t index, uint32_t generation,
		   uint64_t first, const uint8_t *heat, size_t bytes)
{
	struct nl_msg *msg = evgnl_new_small(nl, EVG_CMD_HEAT, 0, index);
	int bad = 0;

	if (msg) {
		bad |= nla_put_u32(msg, EVG_A_GENERATION, generation);
		bad |= nla_put_u64(msg, EVG_A_FIRST, first);
		bad |= nla_put(msg, EVG_A_HEAT, bytes, heat);
	}
	return evgnl_send(nl, msg, bad);
}

int evgnl_cool(struct evgnl *nl, uint32_t index, uint32_t generation)
{
	struct nl_msg *msg = evgnl_new_small(nl, EVG_CMD_HEAT, 0, index);
	int bad = 0;

	if (msg) {
		bad |= nla_put_u32(msg, EVG_A_GENERATION, generation);
		bad |= nla_put_flag(msg, EVG_A_COOL);
	}
	return evgnl_send(nl, msg, bad);
}

int evgnl_fill_inline(struct evgnl *nl, uint32_t index, uint32_t generation,
		      uint64_t cookie, const void *data, size_t bytes)
{
	struct nl_msg *msg = evgnl_new(nl, EVG_CMD_FILL, 0,
					 EVGNL_SMALL + bytes);
	size_t some, at;
	int bad = 0;

	if (msg) {
		bad |= nla_put_u32(msg, EVG_A_INDEX, index);
		bad |= nla_put_u32(msg, EVG_A_GENERATION, generation);
		bad |= nla_put_u64(msg, EVG_A_COOKIE, cookie);
		for (at = 0; at < bytes; at += some) {
			some = bytes - at < EVG_DATA_MAX ? bytes - at : EVG_DATA_MAX;
			bad |= nla_put(msg, EVG_A_DATA, some,
				       (const char *)data + at);
		}
	}
	return evgnl_send(nl, msg, bad);
}

int evgnl_fail(struct evgnl *nl, uint32_t index, uint32_t generation,
	       uint64_t cookie, int error)
{
	struct nl_msg *msg = evgnl_new_small(nl, EVG_CMD_FAIL, 0, index);
	int bad = 0;

	if (msg) {
		bad |= nla_put_u32(msg, EVG_A_GENERATION, generation);
		bad |= nla_put_u64(msg, EVG_A_COOKIE, cookie);
		bad |= nla_put_u32(msg, EVG_A_ERROR, error);
	}
	return evgnl_send(nl, msg, bad);
}

int evgnl_report(struct evgnl *nl, uint32_t index, uint32_t generation,
		 enum evg_report report, const char *proof)
{
	struct nl_msg *msg = evgnl_new_small(nl, EVG_CMD_LINK, 0, index);
	int bad = 0;

	if (msg) {
		bad |= nla_put_u32(msg, EVG_A_GENERATION, generation);
		bad |= nla_put_u8(msg, EVG_A_REPORT, report);
		if (proof)
			bad |= nla_put_string(msg, EVG_A_PROOF, proof);
	}
	return evgnl_send(nl, msg, bad);
}

int evgnl_recv(struct evgnl *nl, struct evgnl_event *event)
{
	struct nlmsghdr *h;
	int err;

	if (evgnl_take_held(nl, event))
		return 1;
	while ((err = evgnl_next(nl, &h)) > 0) {
		if (h->nlmsg_type == nl->family) {
			err = evgnl_parse_event(nl, h, event);
			return err ? err : 1;
		}
		if (h->nlmsg_type != NLMSG_ERROR)
			continue;
		memset(event, 0, sizeof(*event));
		if (h->nlmsg_seq == nl->evict_seq)
			event->cmd = EVG_CMD_EVICT;
		event->error = -evgnl_parse_verdict(h, event->message,
					      sizeof(event->message));
		if (event->error)
			return 1;
	}
	return err;
}

const char *evgnl_state_name(enum evg_link_state state)
{
	static const char * const names[__EVG_LINK_STATES] = {
		[EVG_LINK_ONLINE]	= "online",
		[EVG_LINK_SUSPECT]	= "suspect",
		[EVG_LINK_OFFLINE]	= "offline",
		[EVG_LINK_RECOVERING]	= "recovering",
		[EVG_LINK_STALE]	= "stale",
	};

	return (unsigned int)state < __EVG_LINK_STATES ? names[state] : "unknown";
}

const char *evgnl_event_name(enum evg_link_event event)
{
	static const char * const names[__EVG_EVS] = {
		[EVG_EV_ALIVE]		= "alive",
		[EVG_EV_SUSPECT]	= "answer-overdue",
		[EVG_EV_LOST]		= "connection-lost",
		[EVG_EV_PROBED]		= "server-answers",
		[EVG_EV_PROVED]		= "image-proved",
		[EVG_EV_STALE]		= "other-image",
		[EVG_EV_BOUND]		= "helper-bound",
		[EVG_EV_UNBOUND]	= "helper-lost",
		[EVG_EV_FILLED]		= "filled",
		[EVG_EV_TICK]		= "no-progress",
		[EVG_EV_SUSPEND]	= "suspend",
		[EVG_EV_RESUME]		= "resume",
		[EVG_EV_RESET]		= "reset",
	};

	return (unsigned int)event < __EVG_EVS ? names[event] : "unknown";
}
