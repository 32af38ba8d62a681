// SPDX-License-Identifier: GPL-2.0
/* What the kernel says: to the helper, to who asked, to who listens. */
#include "netlink.h"

/* Begin a message of our own, with its INDEX. */
static struct sk_buff *evg_netlink_new(const struct evg_disk *disk,
				       enum evg_cmd cmd, size_t bytes,
				       gfp_t gfp, void **head)
{
	struct sk_buff *msg = genlmsg_new(nla_total_size(sizeof(u32)) + bytes, gfp);

	if (!msg)
		return NULL;
	*head = genlmsg_put(msg, 0, 0, &evg_family, 0, cmd);
	if (*head && !nla_put_u32(msg, EVG_A_INDEX, disk->index))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

static int evg_netlink_unicast(struct sk_buff *msg, void *head,
			       const struct evg_session *to)
{
	genlmsg_end(msg, head);
	return genlmsg_unicast(to->net, msg, to->portid);
}

/**
 * evg_netlink_send_fetch() - ask the helper for blocks
 * @disk: the disk
 * @to: a copy of the session, its socket held
 * @fetch: what to ask for
 *
 * Context: a worker.
 * Return: 0; -EAGAIN: its buffer is full; -ECONNREFUSED: it is gone; -ENOMEM.
 */
int evg_netlink_send_fetch(struct evg_disk *disk, const struct evg_session *to,
			   const struct evg_fetch_msg *fetch)
{
	struct sk_buff *msg;
	void *head;

	msg = evg_netlink_new(disk, EVG_CMD_FETCH,
			      3 * nla_total_size(sizeof(u32)) +
			      2 * nla_total_size_64bit(sizeof(u64)) +
			      nla_total_size(0),
			      GFP_NOIO, &head);
	if (!msg)
		return -ENOMEM;
	if (nla_put_u32(msg, EVG_A_GENERATION, fetch->generation) ||
	    nla_put_u64_64bit(msg, EVG_A_COOKIE, fetch->cookie, EVG_A_PAD) ||
	    nla_put_u64_64bit(msg, EVG_A_FIRST, fetch->first, EVG_A_PAD) ||
	    nla_put_u32(msg, EVG_A_COUNT, fetch->count) ||
	    nla_put_u8(msg, EVG_A_CLASS, fetch->class) ||
	    (fetch->unreadable && nla_put_flag(msg, EVG_A_UNREADABLE))) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return evg_netlink_unicast(msg, head, to);
}

static int evg_netlink_put_range(struct sk_buff *msg, const struct evg_range *range)
{
	struct nlattr *nest = nla_nest_start(msg, EVG_A_RANGE);

	if (!nest || nla_put_u64_64bit(msg, EVG_A_FIRST, range->first, EVG_A_PAD) ||
	    nla_put_u32(msg, EVG_A_COUNT, range->count))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/**
 * evg_netlink_send_evict() - tell the helper how its eviction ended
 * @disk: the disk
 * @to: a copy of the session, its socket held
 * @evict: how, and of what
 *
 * Context: a worker.
 * Return: as evg_netlink_send_fetch().
 */
int evg_netlink_send_evict(struct evg_disk *disk, const struct evg_session *to,
			   const struct evg_evict_msg *evict)
{
	size_t each = nla_total_size(nla_total_size_64bit(sizeof(u64)) +
				     nla_total_size(sizeof(u32)));
	struct sk_buff *msg;
	void *head;
	int err;
	u32 i;

	msg = evg_netlink_new(disk, EVG_CMD_EVICT, nla_total_size(sizeof(u32)) +
			      evict->n * each, GFP_NOIO, &head);
	if (!msg)
		return -ENOMEM;
	err = nla_put_u32(msg, EVG_A_ERROR, -evict->error);
	for (i = 0; !err && i < evict->n; i++)
		err = evg_netlink_put_range(msg, &evict->range[i]);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return evg_netlink_unicast(msg, head, to);
}

/**
 * evg_netlink_send_link() - tell the helper what the kernel makes of the link
 * @disk: the disk
 * @to: a copy of the session, its socket held
 * @generation: to be used from now on
 * @state: the link's state
 *
 * Context: a worker.
 * Return: as evg_netlink_send_fetch().
 */
int evg_netlink_send_link(struct evg_disk *disk, const struct evg_session *to,
			  u32 generation, enum evg_link_state state)
{
	struct sk_buff *msg;
	void *head;

	msg = evg_netlink_new(disk, EVG_CMD_LINK, 2 * nla_total_size(sizeof(u32)),
			      GFP_NOIO, &head);
	if (!msg)
		return -ENOMEM;
	if (nla_put_u32(msg, EVG_A_GENERATION, generation) ||
	    nla_put_u8(msg, EVG_A_STATE, state)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return evg_netlink_unicast(msg, head, to);
}

/**
 * evg_netlink_send_stop() - tell a helper that the disk is no longer its own
 * @disk: the disk
 * @to: a copy of its session, the socket held
 *
 * Best effort: a helper that misses it learns by its next message.
 *
 * Context: may sleep.
 */
void evg_netlink_send_stop(struct evg_disk *disk, const struct evg_session *to)
{
	struct sk_buff *msg;
	void *head;

	msg = evg_netlink_new(disk, EVG_CMD_STOP, 0, GFP_NOIO, &head);
	if (msg)
		evg_netlink_unicast(msg, head, to);
}

/**
 * evg_netlink_send_done() - tell who asked how an add or a remove ended
 * @disk: the disk
 * @to: who is waiting for it
 * @error: 0 or a negative errno
 * @why: NULL, or what a person can do
 *
 * Somebody waits for it, so it must not be lost for want of memory.
 *
 * Context: may sleep.
 */
void evg_netlink_send_done(struct evg_disk *disk, const struct evg_requester *to,
			   int error, const char *why)
{
	struct sk_buff *msg;
	void *head;

	msg = evg_netlink_new(disk, EVG_CMD_DONE,
			      nla_total_size(sizeof(u32)) +
			      nla_total_size(why ? strlen(why) + 1 : 0),
			      GFP_KERNEL | __GFP_NOFAIL, &head);
	if (!msg)
		return;
	if (nla_put_u32(msg, EVG_A_ERROR, -error) ||
	    (why && nla_put_string(msg, EVG_A_MESSAGE, why))) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, head);
	genlmsg_unicast(to->net, msg, to->portid);
}

static void evg_netlink_multicast(struct net *net, struct evg_disk *disk,
				  enum evg_cmd cmd, enum evg_link_event cause)
{
	struct evg_netlink_view view;
	struct sk_buff *msg;
	void *head;

	msg = evg_netlink_new(disk, cmd, 3 * nla_total_size(sizeof(u32)),
			      GFP_NOIO, &head);
	if (!msg)
		return;
	evg_netlink_look(disk, &view);
	if (cmd == EVG_CMD_LINK &&
	    (nla_put_u32(msg, EVG_A_GENERATION, view.generation) ||
	     nla_put_u8(msg, EVG_A_STATE, view.link.state) ||
	     nla_put_u8(msg, EVG_A_CAUSE, cause))) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, head);
	genlmsg_multicast_netns(&evg_family, net, msg, 0, 0, GFP_NOIO);
}

/**
 * evg_netlink_event() - tell those who listen, where the disk was added and in
 *	the first network namespace
 * @disk: the disk
 * @cmd: EVG_CMD_ADD, EVG_CMD_REMOVE or EVG_CMD_LINK
 * @cause: of EVG_CMD_LINK
 *
 * Context: may sleep.
 */
void evg_netlink_event(struct evg_disk *disk, enum evg_cmd cmd,
		       enum evg_link_event cause)
{
	struct net *net;

	/* One that is going, evg_netlink_net_exit() takes away under the lock. */
	spin_lock(&disk->lock);
	net = disk->net ? maybe_get_net(disk->net) : NULL;
	spin_unlock(&disk->lock);
	if (net && !net_eq(net, &init_net))
		evg_netlink_multicast(net, disk, cmd, cause);
	if (net)
		put_net(net);
	evg_netlink_multicast(&init_net, disk, cmd, cause);
}
