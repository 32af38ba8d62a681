// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family.  The interface is described in
 * include/uapi/linux/evergreen.h.
 *
 * A handler checks everything before it changes anything, and says by an
 * extended ack what was wrong.  None waits for the network, a helper or a
 * flush: all of generic netlink would wait with it.
 */
#include <linux/capability.h>
#include <net/sock.h>
#include <net/net_namespace.h>
#include "compat/compat.h"
#include "netlink.h"

/* Not const: 6.1 takes it so. */
static struct netlink_range_validation evg_range_detect = {
	.min = EVG_DETECT_MIN_MS,
	.max = EVG_DETECT_MAX_MS,
};

static const struct nla_policy evg_policy_add[EVG_A_MAX + 1] = {
	[EVG_A_INDEX]		= { .type = NLA_U32 },
	[EVG_A_CLEAN_FD]	= { .type = NLA_U32 },
	[EVG_A_MAP_FD]		= { .type = NLA_U32 },
	[EVG_A_GRACE_MS]	= { .type = NLA_U32 },
	[EVG_A_DETECT_MS]	= NLA_POLICY_FULL_RANGE(NLA_U32, &evg_range_detect),
	[EVG_A_SOURCE]		= { .type = NLA_NUL_STRING, .len = EVG_TEXT_MAX - 1 },
	[EVG_A_CACHE]		= { .type = NLA_NUL_STRING, .len = EVG_TEXT_MAX - 1 },
};

static const struct nla_policy evg_policy_remove[EVG_A_MAX + 1] = {
	[EVG_A_INDEX]		= { .type = NLA_U32 },
	[EVG_A_FORCE]		= { .type = NLA_FLAG },
};

static const struct nla_policy evg_policy_set[EVG_A_MAX + 1] = {
	[EVG_A_INDEX]		= { .type = NLA_U32 },
	[EVG_A_GRACE_MS]	= { .type = NLA_U32 },
	[EVG_A_DETECT_MS]	= NLA_POLICY_FULL_RANGE(NLA_U32, &evg_range_detect),
	[EVG_A_RESET]		= { .type = NLA_FLAG },
};

static const struct nla_policy evg_policy_get[EVG_A_MAX + 1] = {
	[EVG_A_INDEX]		= { .type = NLA_U32 },
};

static const struct nla_policy evg_policy_bind[EVG_A_MAX + 1] = {
	[EVG_A_INDEX]		= { .type = NLA_U32 },
	[EVG_A_WINDOW]		= NLA_POLICY_RANGE(NLA_U32, 1, EVG_WINDOW_MAX),
	[EVG_A_CLEAN_FD]	= { .type = NLA_U32 },
	[EVG_A_MAP_FD]		= { .type = NLA_U32 },
	[EVG_A_FORCE]		= { .type = NLA_FLAG },
};

/* The lock of the disk is held for a RANGE: so it is no longer than that. */
const struct nla_policy evg_policy_range[EVG_A_MAX + 1] = {
	[EVG_A_FIRST]		= { .type = NLA_U64 },
	[EVG_A_COUNT]		= NLA_POLICY_RANGE(NLA_U32, 1, EVG_RANGE_BLOCKS),
};

static const struct nla_policy evg_policy_fill[EVG_A_MAX + 1] = {
	[EVG_A_INDEX]		= { .type = NLA_U32 },
	[EVG_A_GENERATION]	= { .type = NLA_U32 },
	[EVG_A_RANGE]		= NLA_POLICY_NESTED(evg_policy_range),
	[EVG_A_COOKIE]		= { .type = NLA_U64 },
	[EVG_A_DATA]		= { .type = NLA_BINARY, .len = EVG_DATA_MAX },
};

static const struct nla_policy evg_policy_fail[EVG_A_MAX + 1] = {
	[EVG_A_INDEX]		= { .type = NLA_U32 },
	[EVG_A_GENERATION]	= { .type = NLA_U32 },
	[EVG_A_COOKIE]		= { .type = NLA_U64 },
	[EVG_A_ERROR]		= NLA_POLICY_RANGE(NLA_U32, 1, MAX_ERRNO),
};

static const struct nla_policy evg_policy_link[EVG_A_MAX + 1] = {
	[EVG_A_INDEX]		= { .type = NLA_U32 },
	[EVG_A_GENERATION]	= { .type = NLA_U32 },
	[EVG_A_REPORT]		= NLA_POLICY_RANGE(NLA_U8, EVG_REPORT_ALIVE,
						   EVG_REPORT_STALE),
	[EVG_A_PROOF]		= { .type = NLA_NUL_STRING, .len = EVG_PROOF_MAX - 1 },
};

static const struct nla_policy evg_policy_map[EVG_A_MAX + 1] = {
	[EVG_A_INDEX]		= { .type = NLA_U32 },
	[EVG_A_FIRST]		= { .type = NLA_U64 },
};

static const struct nla_policy evg_policy_misses[EVG_A_MAX + 1] = {
	[EVG_A_INDEX]		= { .type = NLA_U32 },
	[EVG_A_SEQ]		= { .type = NLA_U64 },
};

static const struct nla_policy evg_policy_heat[EVG_A_MAX + 1] = {
	[EVG_A_INDEX]		= { .type = NLA_U32 },
	[EVG_A_FIRST]		= { .type = NLA_U64 },
	[EVG_A_GENERATION]	= { .type = NLA_U32 },
	[EVG_A_HEAT]		= { .type = NLA_BINARY, .len = EVG_HEAT_BYTES },
	[EVG_A_COOL]		= { .type = NLA_FLAG },
};

static const struct nla_policy evg_policy_drill[EVG_A_MAX + 1] = {
	[EVG_A_INDEX]		= { .type = NLA_U32 },
	[EVG_A_CGROUP_FD]	= { .type = NLA_U32 },
};

static const struct nla_policy evg_policy_evict[EVG_A_MAX + 1] = {
	[EVG_A_INDEX]		= { .type = NLA_U32 },
	[EVG_A_GENERATION]	= { .type = NLA_U32 },
	[EVG_A_RANGE]		= NLA_POLICY_NESTED(evg_policy_range),
	[EVG_A_FORCE]		= { .type = NLA_FLAG },
};

/**
 * evg_netlink_say() - tell the sender what was wrong
 * @info: the request
 * @attr: the attribute at fault, or NULL
 * @what: a string that stays
 */
void evg_netlink_say(struct genl_info *info, const struct nlattr *attr,
		     const char *what)
{
	if (!info->extack)
		return;
	info->extack->_msg = what;
	info->extack->bad_attr = attr;
}

/**
 * evg_netlink_new_reply() - begin an answer
 * @info: the request
 * @cmd: enum evg_cmd
 * @bytes: room for what is put into it
 * @head: set, for genlmsg_end()
 *
 * Context: may sleep.
 * Return: the message, or NULL for want of memory.
 */
struct sk_buff *evg_netlink_new_reply(struct genl_info *info, u8 cmd, size_t bytes,
				      void **head)
{
	struct sk_buff *msg = genlmsg_new(bytes, GFP_KERNEL);

	if (!msg)
		return NULL;
	*head = genlmsg_put_reply(msg, info, &evg_family, 0, cmd);
	if (*head)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/**
 * evg_netlink_want() - an attribute must be there
 * @info: the request
 * @attr: enum evg_attr
 * @what: to say if it is not
 *
 * Return: 0 or -EINVAL.
 */
int evg_netlink_want(struct genl_info *info, int attr, const char *what)
{
	if (info->attrs[attr])
		return 0;
	evg_netlink_say(info, NULL, what);
	return -EINVAL;
}

/**
 * evg_netlink_sees_all() - is what is private of a disk for this sender?
 * @skb: the request
 * @disk: the disk
 *
 * How the link does, sizes and counters are anybody's; sysfs shows them, too.
 * Where the image comes from, where the cache is, and what was read, when and by
 * whom are not: they are for those who have CAP_SYS_ADMIN over the network
 * namespace that the disk was added in.  The socket's opener counts, as it does for
 * a file: so a helper sees all after it has dropped every privilege.
 *
 * Context: a handler's.
 * Return: whether it is.
 */
bool evg_netlink_sees_all(const struct sk_buff *skb, const struct evg_disk *disk)
{
	return file_ns_capable(NETLINK_CB(skb).sk->sk_socket->file, disk->owner,
			       CAP_SYS_ADMIN);
}

static int evg_netlink_find(struct genl_info *info)
{
	struct evg_disk *disk;
	int err;

	err = evg_netlink_want(info, EVG_A_INDEX, "which disk? INDEX is missing");
	if (err)
		return err;
	disk = evg_disk_get(nla_get_u32(info->attrs[EVG_A_INDEX]));
	if (disk && READ_ONCE(disk->life) == EVG_LIVE) {
		info->user_ptr[0] = disk;
		return 0;
	}
	if (disk)
		evg_disk_put(disk);
	evg_netlink_say(info, info->attrs[EVG_A_INDEX], "there is no such disk");
	return -ENODEV;
}

/**
 * evg_netlink_end() - what comes after each handler
 * @info: the request
 *
 * Context: a handler's.
 */
void evg_netlink_end(struct genl_info *info)
{
	struct evg_disk *disk = evg_netlink_disk(info);

	if (disk)
		evg_disk_put(disk);
}

/**
 * evg_netlink_begin() - what comes before each handler
 * @flags: EVG_NL_* of the command
 * @skb: the request, for its socket's opener
 * @info: the request; is given the disk, for evg_netlink_disk()
 *
 * Context: a handler's.
 * Return: 0, and evg_netlink_end() follows the handler; or -EPERM, -EINVAL,
 *	-ENODEV, and the handler is not called.
 */
int evg_netlink_begin(u8 flags, struct sk_buff *skb, struct genl_info *info)
{
	int err;

	info->user_ptr[0] = NULL;
	if (flags & EVG_NL_ADMIN && !netlink_capable(skb, CAP_SYS_ADMIN)) {
		evg_netlink_say(info, NULL, "this takes CAP_SYS_ADMIN");
		return -EPERM;
	}
	err = flags & EVG_NL_DISK ? evg_netlink_find(info) : 0;
	if (err)
		return err;
	if (flags & EVG_NL_PRIVATE &&
	    !evg_netlink_sees_all(skb, evg_netlink_disk(info))) {
		evg_netlink_say(info, NULL, "this takes CAP_SYS_ADMIN where the disk was added");
		evg_netlink_end(info);
		return -EPERM;
	}
	return 0;
}

/**
 * evg_netlink_look() - copy what is under the lock
 * @disk: the disk
 * @view: filled
 */
void evg_netlink_look(struct evg_disk *disk, struct evg_netlink_view *view)
{
	spin_lock(&disk->lock);
	view->link = disk->link;
	view->config = disk->config;
	view->generation = disk->generation;
	view->helper_port = disk->session.portid;
	view->helper_pid = disk->session.pid;
	view->helper_since_ns = disk->session.since_ns;
	memcpy(view->proof, disk->proof, sizeof(view->proof));
	spin_unlock(&disk->lock);
}

static const struct genl_ops evg_netlink_ops[] = {
	{
		.cmd = EVG_CMD_ADD,
		.internal_flags = EVG_NL_ADMIN,
		.doit = evg_netlink_add,
		.policy = evg_policy_add,
		.maxattr = EVG_A_MAX,
	}, {
		.cmd = EVG_CMD_REMOVE,
		.internal_flags = EVG_NL_ADMIN | EVG_NL_DISK,
		.doit = evg_netlink_remove,
		.policy = evg_policy_remove,
		.maxattr = EVG_A_MAX,
	}, {
		.cmd = EVG_CMD_SET,
		.internal_flags = EVG_NL_ADMIN | EVG_NL_DISK,
		.doit = evg_netlink_set,
		.policy = evg_policy_set,
		.maxattr = EVG_A_MAX,
	}, {
		.cmd = EVG_CMD_GET,
		.internal_flags = EVG_NL_DISK,
		.doit = evg_netlink_get,
		.dumpit = evg_netlink_dump,
		.policy = evg_policy_get,
		.maxattr = EVG_A_MAX,
	}, {
		.cmd = EVG_CMD_BIND,
		.internal_flags = EVG_NL_ADMIN | EVG_NL_DISK,
		.doit = evg_netlink_bind,
		.policy = evg_policy_bind,
		.maxattr = EVG_A_MAX,
	}, {
		.cmd = EVG_CMD_FILL,
		.internal_flags = EVG_NL_DISK,
		.doit = evg_netlink_fill,
		.policy = evg_policy_fill,
		.maxattr = EVG_A_MAX,
	}, {
		.cmd = EVG_CMD_FAIL,
		.internal_flags = EVG_NL_DISK,
		.doit = evg_netlink_fail,
		.policy = evg_policy_fail,
		.maxattr = EVG_A_MAX,
	}, {
		.cmd = EVG_CMD_LINK,
		.internal_flags = EVG_NL_DISK,
		.doit = evg_netlink_link,
		.policy = evg_policy_link,
		.maxattr = EVG_A_MAX,
	}, {
		.cmd = EVG_CMD_DRILL,
		.internal_flags = EVG_NL_ADMIN | EVG_NL_DISK,
		.doit = evg_netlink_drill,
		.policy = evg_policy_drill,
		.maxattr = EVG_A_MAX,
	}, {
		.cmd = EVG_CMD_MAP,
		.internal_flags = EVG_NL_DISK | EVG_NL_PRIVATE,
		.doit = evg_netlink_map,
		.policy = evg_policy_map,
		.maxattr = EVG_A_MAX,
	}, {
		.cmd = EVG_CMD_EVICT,
		.internal_flags = EVG_NL_DISK,
		.doit = evg_netlink_evict,
		.policy = evg_policy_evict,
		.maxattr = EVG_A_MAX,
	}, {
		.cmd = EVG_CMD_MISSES,
		.internal_flags = EVG_NL_DISK | EVG_NL_PRIVATE,
		.doit = evg_netlink_misses,
		.policy = evg_policy_misses,
		.maxattr = EVG_A_MAX,
	}, {
		.cmd = EVG_CMD_HEAT,
		.internal_flags = EVG_NL_DISK | EVG_NL_PRIVATE,
		.doit = evg_netlink_heat,
		.policy = evg_policy_heat,
		.maxattr = EVG_A_MAX,
	},
};

static const struct genl_multicast_group evg_netlink_groups[] = {
	{ .name = EVG_MCGRP_EVENTS },
};

struct genl_family evg_family __ro_after_init = {
	.name		= EVG_GENL_NAME,
	.version	= EVG_GENL_VERSION,
	.module		= THIS_MODULE,
	.netnsok	= true,
	.parallel_ops	= true,
	.pre_doit	= evg_compat_pre_doit,
	.post_doit	= evg_compat_post_doit,
	.maxattr	= EVG_A_MAX,
	.ops		= evg_netlink_ops,
	.n_ops		= ARRAY_SIZE(evg_netlink_ops),
	.mcgrps		= evg_netlink_groups,
	.n_mcgrps	= ARRAY_SIZE(evg_netlink_groups),
};

static void evg_netlink_forget_net(struct evg_disk *disk, void *net)
{
	spin_lock(&disk->lock);
	if (disk->net == net)
		disk->net = NULL;
	spin_unlock(&disk->lock);
}

/* A disk outlives the namespace that it was added in, and does not keep it. */
static void __net_exit evg_netlink_net_exit(struct net *net)
{
	evg_disk_each(evg_netlink_forget_net, net);
}

static struct pernet_operations evg_netlink_net_ops = {
	.exit = evg_netlink_net_exit,
};

int evg_netlink_init(void)
{
	int err;

	err = register_pernet_subsys(&evg_netlink_net_ops);
	if (err)
		return err;
	err = genl_register_family(&evg_family);
	if (err)
		unregister_pernet_subsys(&evg_netlink_net_ops);
	return err;
}

void evg_netlink_exit(void)
{
	genl_unregister_family(&evg_family);
	unregister_pernet_subsys(&evg_netlink_net_ops);
}

