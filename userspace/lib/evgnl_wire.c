// SPDX-License-Identifier: GPL-2.0
/*
 * libnl builds and parses the messages and finds the family.  Receiving is our
 * own: on a session's socket FETCHes come between a request and its answer and
 * must not be lost, and a FETCH must cost one system call.
 */
#include "evgnl_wire.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static struct nla_policy attr_policy[EVG_A_MAX + 1] = {
	[EVG_A_INDEX]		= { .type = NLA_U32 },
	[EVG_A_GRACE_MS]	= { .type = NLA_U32 },
	[EVG_A_DETECT_MS]	= { .type = NLA_U32 },
	[EVG_A_SOURCE]		= { .type = NLA_STRING },
	[EVG_A_CACHE]		= { .type = NLA_STRING },
	[EVG_A_ERROR]		= { .type = NLA_U32 },
	[EVG_A_MESSAGE]		= { .type = NLA_STRING },
	[EVG_A_WINDOW]		= { .type = NLA_U32 },
	[EVG_A_GENERATION]	= { .type = NLA_U32 },
	[EVG_A_COOKIE]		= { .type = NLA_U64 },
	[EVG_A_FIRST]		= { .type = NLA_U64 },
	[EVG_A_COUNT]		= { .type = NLA_U32 },
	[EVG_A_CLASS]		= { .type = NLA_U8 },
	[EVG_A_PROOF]		= { .type = NLA_STRING },
	[EVG_A_STATE]		= { .type = NLA_U8 },
	[EVG_A_CAUSE]		= { .type = NLA_U8 },
	[EVG_A_SIZE]		= { .type = NLA_U64 },
	[EVG_A_UUID]		= { .type = NLA_UNSPEC, .minlen = 16 },
	[EVG_A_OUTAGE_MS]	= { .type = NLA_U64 },
	[EVG_A_HELPER_PORT]	= { .type = NLA_U32 },
	[EVG_A_HELPER_PID]	= { .type = NLA_U32 },
	[EVG_A_STATS]		= { .type = NLA_NESTED },
	[EVG_A_RANGE]		= { .type = NLA_NESTED },
	[EVG_A_WORDS]		= { .type = NLA_UNSPEC },
	[EVG_A_HEAT]		= { .type = NLA_UNSPEC },
	[EVG_A_SEQ]		= { .type = NLA_U64 },
	[EVG_A_MISS]		= { .type = NLA_NESTED },
	[EVG_A_COMM]		= { .type = NLA_STRING },
	[EVG_A_PID]		= { .type = NLA_U32 },
	[EVG_A_AGE_MS]		= { .type = NLA_U64 },
	[EVG_A_OUTCOME]		= { .type = NLA_U8 },
	[EVG_A_SAVING]		= { .type = NLA_U8 },
	[EVG_A_UNREAD]		= { .type = NLA_FLAG },
	[EVG_A_UNREADABLE]	= { .type = NLA_FLAG },
};

int evgnl_set_error(struct evgnl *nl, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(nl->error, sizeof(nl->error), format, args);
	va_end(args);
	return error;
}

/* TEXT is what the kernel said, or empty. */
static int set_refusal(struct evgnl *nl, int error, const char *text)
{
	if (text[0])
		return evgnl_set_error(nl, error, "%s", text);
	if (error == -EPERM || error == -EACCES)
		return evgnl_set_error(nl, error, "this needs root");
	if (error == -ENODEV)
		return evgnl_set_error(nl, error,
				 "there is no such disk; see 'evergreen list'");
	return evgnl_set_error(nl, error, "the kernel refused: %s", strerror(-error));
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

int evgnl_next(struct evgnl *nl, struct nlmsghdr **message)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { nl->buf, sizeof(nl->buf) };
	ssize_t n;

	while (!nlmsg_ok(nl->next, nl->left)) {
		struct msghdr msg = {
			.msg_name = &from, .msg_namelen = sizeof(from),
			.msg_iov = &iov, .msg_iovlen = 1,
		};

		nl->left = 0;
		n = recvmsg(nl->fd, &msg, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			return evgnl_set_error(nl, -errno, "cannot read from netlink: %s",
					 strerror(errno));
		if (msg.msg_flags & MSG_TRUNC)
			return evgnl_set_error(nl, -EMSGSIZE,
					 "a message of the kernel is too long");
		if (from.nl_pid)
			continue;
		nl->next = (void *)nl->buf;
		nl->left = n;
	}
	*message = nl->next;
	nl->next = nlmsg_next(nl->next, &nl->left);
	return 1;
}

static int wait_message(struct evgnl *nl, int64_t deadline,
			struct nlmsghdr **message)
{
	struct pollfd poller = { .fd = nl->fd, .events = POLLIN };
	int64_t left;
	int err;

	while (!(err = evgnl_next(nl, message))) {
		left = deadline - now_ms();
		if (left <= 0)
			return evgnl_set_error(nl, -ETIMEDOUT,
					 "the kernel has not answered for %d s; see its log ('dmesg')",
					 ANSWER_MS / 1000);
		if (poll(&poller, 1, left) < 0 && errno != EINTR)
			return evgnl_set_error(nl, -errno, "cannot wait for netlink: %s",
					 strerror(errno));
	}
	return err < 0 ? err : 0;
}

int evgnl_parse_verdict(struct nlmsghdr *h, char *text, size_t bytes)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1] = { NULL };
	int error, skip = sizeof(int);

	text[0] = '\0';
	if (nlmsg_datalen(h) < skip)
		return 0;
	memcpy(&error, nlmsg_data(h), sizeof(error));
	if (h->nlmsg_type == NLMSG_ERROR) {
		struct nlmsgerr *e = nlmsg_data(h);

		skip = sizeof(*e);
		if (nlmsg_datalen(h) < skip)
			return error;
		if (!(h->nlmsg_flags & NLM_F_CAPPED)) {
			if (e->msg.nlmsg_len < NLMSG_HDRLEN ||
			    e->msg.nlmsg_len > (uint32_t)nlmsg_datalen(h))
				return error;
			skip += NLMSG_ALIGN(e->msg.nlmsg_len) - NLMSG_HDRLEN;
		}
	}
	if ((h->nlmsg_flags & NLM_F_ACK_TLVS) && nlmsg_datalen(h) > skip &&
	    !nla_parse(tb, NLMSGERR_ATTR_MAX,
		       (struct nlattr *)((char *)nlmsg_data(h) + skip),
		       nlmsg_datalen(h) - skip, NULL))
		evgnl_text(text, bytes, tb[NLMSGERR_ATTR_MSG]);
	return error;
}

/* The ranges of a message, as many as fit; one that makes no sense ends it. */
static size_t parse_ranges(struct nlmsghdr *h, struct evgnl_range *range, size_t max)
{
	struct nlattr *tb[EVG_A_MAX + 1], *nest;
	size_t n = 0;
	int rest;

	nla_for_each_attr(nest, genlmsg_attrdata(genlmsg_hdr(h), 0),
			  genlmsg_attrlen(genlmsg_hdr(h), 0), rest) {
		if (nla_type(nest) != EVG_A_RANGE)
			continue;
		if (n == max || nla_parse_nested(tb, EVG_A_MAX, nest, attr_policy))
			break;
		range[n].first = evgnl_u64(tb[EVG_A_FIRST]);
		range[n++].count = evgnl_u32(tb[EVG_A_COUNT]);
	}
	return n;
}

/* How many misses, at most MAX, the message H has; -EBADMSG. */
int evgnl_parse_misses(struct nlmsghdr *h, struct evgnl_miss *miss, size_t max)
{
	struct nlattr *tb[EVG_A_MAX + 1], *nest;
	size_t n = 0;
	int rest;

	nla_for_each_attr(nest, genlmsg_attrdata(genlmsg_hdr(h), 0),
			  genlmsg_attrlen(genlmsg_hdr(h), 0), rest) {
		if (nla_type(nest) != EVG_A_MISS)
			continue;
		if (n == max)
			break;
		if (nla_parse_nested(tb, EVG_A_MAX, nest, attr_policy) ||
		    !tb[EVG_A_SEQ])
			return -EBADMSG;
		miss[n].seq = evgnl_u64(tb[EVG_A_SEQ]);
		miss[n].first = evgnl_u64(tb[EVG_A_FIRST]);
		miss[n].count = evgnl_u32(tb[EVG_A_COUNT]);
		miss[n].pid = evgnl_u32(tb[EVG_A_PID]);
		miss[n].age_ms = evgnl_u64(tb[EVG_A_AGE_MS]);
		miss[n].outcome = evgnl_u8(tb[EVG_A_OUTCOME]);
		evgnl_text(miss[n].comm, sizeof(miss[n].comm), tb[EVG_A_COMM]);
		n++;
	}
	return n;
}

int evgnl_parse_event(struct evgnl *nl, struct nlmsghdr *h,
		      struct evgnl_event *event)
{
	struct nlattr *tb[EVG_A_MAX + 1];

	if (genlmsg_parse(h, 0, tb, EVG_A_MAX, attr_policy))
		return evgnl_set_error(nl, -EBADMSG,
				 "a message of the kernel makes no sense; module and command are of different versions");
	memset(event, 0, sizeof(*event));
	event->cmd = genlmsg_hdr(h)->cmd;
	event->index = evgnl_u32(tb[EVG_A_INDEX]);
	event->generation = evgnl_u32(tb[EVG_A_GENERATION]);
	event->cookie = evgnl_u64(tb[EVG_A_COOKIE]);
	event->range.first = evgnl_u64(tb[EVG_A_FIRST]);
	event->range.count = evgnl_u32(tb[EVG_A_COUNT]);
	event->class = evgnl_u8(tb[EVG_A_CLASS]);
	event->unreadable = tb[EVG_A_UNREADABLE];
	event->state = evgnl_u8(tb[EVG_A_STATE]);
	event->cause = evgnl_u8(tb[EVG_A_CAUSE]);
	event->error = evgnl_u32(tb[EVG_A_ERROR]);
	if (event->cmd == EVG_CMD_EVICT)
		event->evicteds = parse_ranges(h, event->evicted, EVG_EVICT_RANGES);
	evgnl_text(event->message, sizeof(event->message), tb[EVG_A_MESSAGE]);
	return 0;
}

/* Keep what came between a request and its answer, for evgnl_recv(). */
static int hold_event(struct evgnl *nl, const struct evgnl_event *event)
{
	struct evgnl_event *held;

	held = realloc(nl->held, (nl->held_count + 1) * sizeof(*held));
	if (!held)
		return evgnl_set_error(nl, -ENOMEM, "out of memory");
	held[nl->held_count++] = *event;
	nl->held = held;
	return 0;
}

bool evgnl_take_held(struct evgnl *nl, struct evgnl_event *event)
{
	if (nl->held_first == nl->held_count)
		return false;
	*event = nl->held[nl->held_first++];
	if (nl->held_first == nl->held_count) {
		free(nl->held);
		nl->held = NULL;
		nl->held_first = 0;
		nl->held_count = 0;
	}
	return true;
}

struct nl_msg *evgnl_new(struct evgnl *nl, enum evg_cmd cmd, int flags, size_t bytes)
{
	struct nl_msg *msg = nlmsg_alloc_size(bytes);

	if (msg && !genlmsg_put(msg, 0, 0, nl->family, 0, NLM_F_REQUEST | flags,
				cmd, EVG_GENL_VERSION)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

struct nl_msg *evgnl_new_small(struct evgnl *nl, enum evg_cmd cmd, int flags,
			       uint32_t index)
{
	struct nl_msg *msg = evgnl_new(nl, cmd, flags, EVGNL_SMALL);

	if (msg)
		nla_put_u32(msg, EVG_A_INDEX, index);
	return msg;
}

int evgnl_send(struct evgnl *nl, struct nl_msg *msg, int bad)
{
	struct nlmsghdr *h;
	ssize_t n;
	int err = 0;

	if (!msg)
		return evgnl_set_error(nl, -ENOMEM, "out of memory");
	if (bad) {
		nlmsg_free(msg);
		return evgnl_set_error(nl, -EMSGSIZE, "a name or a path is too long");
	}
	h = nlmsg_hdr(msg);
	h->nlmsg_seq = ++nl->seq;
	do
		n = send(nl->fd, h, h->nlmsg_len, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		err = evgnl_set_error(nl, -errno, "cannot write to netlink: %s",
				      strerror(errno));
	nlmsg_free(msg);
	return err;
}

/* A message of the family while CALL waits.  Clears what CALL got. */
static int call_message(struct evgnl *nl, struct nlmsghdr *h, struct evgnl_call *call,
			bool *replied)
{
	struct nlattr *tb[EVG_A_MAX + 1];
	struct evgnl_event event;
	int err;

	if (h->nlmsg_seq == nl->seq && call->reply &&
	    genlmsg_hdr(h)->cmd == call->reply) {
		err = genlmsg_parse(h, 0, tb, EVG_A_MAX, attr_policy);
		if (err)
			return evgnl_set_error(nl, -EBADMSG,
					 "an answer of the kernel makes no sense");
		*replied = true;
		return call->take(h, tb, call->arg);
	}
	err = evgnl_parse_event(nl, h, &event);
	if (err)
		return err;
	if (event.cmd != EVG_CMD_DONE || !call->done)
		return hold_event(nl, &event);
	call->done = false;
	return event.error ? set_refusal(nl, -event.error, event.message) : 0;
}

int evgnl_call(struct evgnl *nl, struct nl_msg *msg, int bad,
	       struct evgnl_call *call)
{
	int64_t deadline = now_ms() + ANSWER_MS;
	bool dump = msg && (nlmsg_hdr(msg)->nlmsg_flags & NLM_F_DUMP);
	bool acked = false, replied = !call->reply || dump;
	struct nlmsghdr *h;
	char text[256];
	int err, first = 0;

	err = evgnl_send(nl, msg, bad);
	if (err)
		return err;
	while (!acked || call->done) {
		err = wait_message(nl, deadline, &h);
		if (err)
			return err;
		if (h->nlmsg_type == nl->family) {
			err = call_message(nl, h, call, &replied);
			if (err && !dump)
				return err;
			if (err && !first)
				first = err;	/* read on to the dump's end */
		} else if (h->nlmsg_seq == nl->seq &&
			   (h->nlmsg_type == NLMSG_ERROR ||
			    h->nlmsg_type == NLMSG_DONE)) {
			err = evgnl_parse_verdict(h, text, sizeof(text));
			if (err)
				return set_refusal(nl, err, text);
			acked = true;
		}
	}
	if (!replied)
		return evgnl_set_error(nl, -EPROTO, "the kernel gave no answer");
	return first;
}

