/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A storm's sockets: unlike genl.h's they outlive the module, and see what comes
 * while they wait for an answer.
 */
#ifndef EVG_DEBUG_STORM_NET_H
#define EVG_DEBUG_STORM_NET_H

#include <sched.h>

#include "genl.h"
#include "storm.h"

static struct genl g = { .fd = -1 };
static uint32_t events_group;

/* What the kernel says besides the answer; each role has its own. */
static void (*heard)(int cmd);

static void close_socket(void)
{
	if (g.fd >= 0)
		close(g.fd);
	g.fd = -1;
}

static void find_group(const struct nlattr *groups)
{
	char *at = (char *)(groups + 1), *end = (char *)groups + groups->nla_len;
	struct genl *inner;

	/* One group of one family: its id is the only u32 two levels down. */
	inner = calloc(1, sizeof(*inner));
	if (!inner)
		exit(3);
	genl_parse(inner, at + NLA_HDRLEN, end);
	events_group = genl_u32(inner, CTRL_ATTR_MCAST_GRP_ID);
	free(inner);
}

/* Ask for the family's number: true when the module is there. */
static bool find_family(void)
{
	int cmd, error = 0;

	genl_begin(&g, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	genl_put(&g, CTRL_ATTR_FAMILY_NAME, EVG_GENL_NAME, sizeof(EVG_GENL_NAME));
	genl_send(&g);
	do {
		cmd = genl_receive(&g, LIMIT_MS * storm->slow, &error);
	} while (cmd >= 0 && ((struct nlmsghdr *)g.in)->nlmsg_seq != g.seq);
	if (cmd != CTRL_CMD_NEWFAMILY)
		return false;
	memcpy(&g.family, g.attr[CTRL_ATTR_FAMILY_ID] + 1, 2);
	if (g.attr[CTRL_ATTR_MCAST_GROUPS])
		find_group(g.attr[CTRL_ATTR_MCAST_GROUPS]);
	return true;
}

/* A new socket; what was owed to the old one is forgotten. */
static bool open_socket(void)
{
	close_socket();
	g.fd = genl_socket();
	g.seq = chance(1 << 20);
	return find_family();
}

static void listen_to_events(void)
{
	if (events_group)
		setsockopt(g.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &events_group,
			   sizeof(events_group));
}

static void begin_message(uint8_t cmd, uint32_t index)
{
	genl_begin(&g, g.family, cmd, 0);
	genl_put_u32(&g, EVG_A_INDEX, index);
}

/* Hear what has come, for up to MS. */
static void hear(int ms)
{
	int cmd, error = 0;

	while ((cmd = genl_receive(&g, ms, &error)) >= 0) {
		ms = 0;
		if (cmd && heard)
			heard(cmd);
	}
}

/* Send, and wait for the ack or the refusal: 0 or a positive errno. */
static int ask_now(void)
{
	uint32_t seq = genl_message(&g)->nlmsg_seq;
	int cmd, error = 0, ms = 2 * LIMIT_MS * storm->slow;

	genl_message(&g)->nlmsg_flags |= NLM_F_ACK;
	genl_send(&g);
	for (;;) {
		errno = 0;
		cmd = genl_receive(&g, ms, &error);
		/* Too much news at once: the answer may have been lost with it. */
		if (cmd < 0)
			return errno ? errno : ETIME;
		if (!cmd && ((struct nlmsghdr *)g.in)->nlmsg_seq == seq)
			return error;
		if (cmd && heard)
			heard(cmd);
	}
}

static const char * const command_names[] = {
	[EVG_CMD_ADD] = "ADD", [EVG_CMD_REMOVE] = "REMOVE", [EVG_CMD_SET] = "SET",
	[EVG_CMD_GET] = "GET", [EVG_CMD_BIND] = "BIND", [EVG_CMD_FILL] = "FILL",
	[EVG_CMD_FAIL] = "FAIL", [EVG_CMD_LINK] = "LINK", [EVG_CMD_DRILL] = "DRILL",
	[EVG_CMD_MAP] = "MAP", [EVG_CMD_HEAT] = "HEAT", [EVG_CMD_MISSES] = "MISSES",
	[EVG_CMD_EVICT] = "EVICT",
};

static const char *command_name(uint8_t cmd)
{
	const char *name = NULL;

	if (cmd < sizeof(command_names) / sizeof(*command_names))
		name = command_names[cmd];
	return name ? name : "?";
}

/* The same, written down, and bounded. */
static int ask(uint8_t cmd, uint32_t index, const char *more)
{
	int error;

	begin_deed(LIMIT_MS, "%s %u %s", command_name(cmd), index, more);
	error = ask_now();
	end_deed(error);
	return error;
}

/* Another network namespace; when its last socket goes, so does the old one. */
static void change_namespace(void)
{
	begin_deed(0, "another network namespace");
	end_deed(unshare(CLONE_NEWNET) ? errno : 0);
}

#endif
