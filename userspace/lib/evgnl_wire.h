/* SPDX-License-Identifier: GPL-2.0 */
/* Inside the netlink library only: one handle's socket, sending and waiting. */
#ifndef EVGNL_WIRE_H
#define EVGNL_WIRE_H

#include "evgnl.h"

#include <linux/netlink.h>
#include <netlink/netlink.h>
#include <netlink/genl/genl.h>

enum {
	RECV_BYTES	= 65536,	/* a dump's piece is at most 32 KiB */
	ANSWER_MS	= 60000,	/* adding and removing sync the disk */
	EVGNL_SMALL	= 4096,		/* any message but a FILL */
};

struct evgnl {
	struct nl_sock *sk;
	int fd;
	int family;
	uint32_t seq;
	uint32_t evict_seq;		/* of the last EVICT */
	struct nlmsghdr *next;		/* in buf, not looked at yet */
	int left;			/* bytes from there on */
	struct evgnl_event *held;	/* came while an answer was awaited */
	size_t held_first, held_count;
	char error[512];
	uint64_t buf[RECV_BYTES / sizeof(uint64_t)];
};

/* What a request waits for, besides its acknowledgment. */
struct evgnl_call {
	enum evg_cmd reply;		/* EVG_CMD_UNSPEC: no reply */
	bool done;			/* DONE, too */
	int (*take)(struct nlmsghdr *h, struct nlattr **tb, void *arg);
	void *arg;
};

[[gnu::format(printf, 3, 4)]]
int evgnl_set_error(struct evgnl *nl, int error, const char *format, ...);

/* 1: a message of the kernel, valid until the next call; 0: none now. */
int evgnl_next(struct evgnl *nl, struct nlmsghdr **message);

/* The errno (0 or negative) of an NLMSG_ERROR or NLMSG_DONE, and its text. */
int evgnl_parse_verdict(struct nlmsghdr *h, char *text, size_t bytes);

int evgnl_parse_event(struct evgnl *nl, struct nlmsghdr *h,
		      struct evgnl_event *event);
int evgnl_parse_misses(struct nlmsghdr *h, struct evgnl_miss *miss, size_t max);
bool evgnl_take_held(struct evgnl *nl, struct evgnl_event *event);

/* NULL when there is no memory; the small ones have an INDEX. */
struct nl_msg *evgnl_new(struct evgnl *nl, enum evg_cmd cmd, int flags, size_t bytes);
struct nl_msg *evgnl_new_small(struct evgnl *nl, enum evg_cmd cmd, int flags,
			       uint32_t index);

/* Both send and free MSG; BAD says that something did not fit in it. */
int evgnl_send(struct evgnl *nl, struct nl_msg *msg, int bad);
int evgnl_call(struct evgnl *nl, struct nl_msg *msg, int bad,
	       struct evgnl_call *call);

static inline uint32_t evgnl_u32(struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

static inline uint64_t evgnl_u64(struct nlattr *attr)
{
	return attr ? nla_get_u64(attr) : 0;
}

static inline uint8_t evgnl_u8(struct nlattr *attr)
{
	return attr ? nla_get_u8(attr) : 0;
}

static inline void evgnl_text(char *to, size_t bytes, struct nlattr *attr)
{
	to[0] = '\0';
	if (attr)
		nla_strlcpy(to, attr, bytes);
}

#endif
