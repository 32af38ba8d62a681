// SPDX-License-Identifier: GPL-2.0
/* A person's commands: ADD, REMOVE, SET, DRILL, GET. */
#include <linux/file.h>
#include "drill.h"
#include "netlink.h"

static char *evg_netlink_text(const struct nlattr *attr)
{
	return attr ? nla_strdup(attr, GFP_KERNEL) : NULL;
}

static const char *evg_netlink_add_why(int err)
{
	switch (err) {
	case -EEXIST:
		return "there is a disk of that number already";
	case -ETXTBSY:
		return "another disk uses that cache";
	case -ERANGE:
		return "the number is too large";
	default:
		return "out of memory";
	}
}

/* The files of an ADD, as the disk will own them. */
static int evg_netlink_files(struct genl_info *info, struct evg_add *add)
{
	add->clean = fget(nla_get_u32(info->attrs[EVG_A_CLEAN_FD]));
	add->map = fget(nla_get_u32(info->attrs[EVG_A_MAP_FD]));
	if (!add->clean || !add->map) {
		evg_netlink_say(info, NULL, "CLEAN_FD or MAP_FD is not an open file");
		return -EBADF;
	}
	if (!(add->clean->f_mode & FMODE_READ) ||
	    !(add->map->f_mode & FMODE_READ) || (add->map->f_flags & O_DIRECT) ||
	    !add->map->f_op->read_iter ||
	    ((add->map->f_mode & FMODE_WRITE) && !add->map->f_op->write_iter)) {
		evg_netlink_say(info, NULL,
				"CLEAN_FD must be readable, MAP_FD readable and buffered");
		return -EBADF;
	}
	if (!S_ISREG(file_inode(add->map)->i_mode) &&
	    !S_ISBLK(file_inode(add->map)->i_mode)) {
		evg_netlink_say(info, NULL, "MAP_FD is neither a file nor a block device");
		return -EBADF;
	}
	return 0;
}

static int evg_netlink_texts(struct genl_info *info, struct evg_add *add)
{
	struct nlattr **attr = info->attrs;

	add->source = evg_netlink_text(attr[EVG_A_SOURCE]);
	add->cache = evg_netlink_text(attr[EVG_A_CACHE]);
	return (attr[EVG_A_SOURCE] && !add->source) ||
	       (attr[EVG_A_CACHE] && !add->cache) ? -ENOMEM : 0;
}

static void evg_netlink_drop(const struct evg_add *add)
{
	if (add->clean)
		fput(add->clean);
	if (add->map)
		fput(add->map);
	kfree(add->source);
	kfree(add->cache);
}

int evg_netlink_add(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attr = info->attrs;
	struct evg_add add = {
		.grace_ms = EVG_GRACE_DEFAULT_MS,
		.detect_ms = EVG_DETECT_DEFAULT_MS,
		.requester = { genl_info_net(info), info->snd_portid },
	};
	struct sk_buff *msg;
	s64 index = -1;
	void *head;
	u32 got;
	int err;

	err = evg_netlink_want(info, EVG_A_CLEAN_FD, "CLEAN_FD is missing") ?:
	      evg_netlink_want(info, EVG_A_MAP_FD, "MAP_FD is missing");
	if (err)
		return err;
	/* First, so that nothing can fail after the disk is being added. */
	msg = evg_netlink_new_reply(info, EVG_CMD_ADD, nla_total_size(sizeof(u32)),
				    &head);
	if (!msg)
		return -ENOMEM;
	err = evg_netlink_files(info, &add) ?: evg_netlink_texts(info, &add);
	if (err) {
		evg_netlink_drop(&add);
		nlmsg_free(msg);
		return err;
	}
	if (attr[EVG_A_INDEX])
		index = nla_get_u32(attr[EVG_A_INDEX]);
	if (attr[EVG_A_GRACE_MS])
		add.grace_ms = nla_get_u32(attr[EVG_A_GRACE_MS]);
	if (attr[EVG_A_DETECT_MS])
		add.detect_ms = nla_get_u32(attr[EVG_A_DETECT_MS]);
	err = evg_disk_add(&add, index, &got);
	if (err) {
		evg_netlink_say(info, NULL, evg_netlink_add_why(err));
		nlmsg_free(msg);
		return err;
	}
	nla_put_u32(msg, EVG_A_INDEX, got);
	genlmsg_end(msg, head);
	/*
	 * The disk comes, so this is no failure any more.  A socket that has no
	 * room for the answer is told of its overrun by its next recv().
	 */
	genlmsg_reply(msg, info);
	return 0;
}

int evg_netlink_remove(struct sk_buff *skb, struct genl_info *info)
{
	struct evg_requester requester = { genl_info_net(info), info->snd_portid };
	const char *why = NULL;
	int err;

	err = evg_disk_remove(evg_netlink_disk(info), info->attrs[EVG_A_FORCE],
			      &requester, &why);
	if (err)
		evg_netlink_say(info, NULL, why);
	return err;
}

int evg_netlink_set(struct sk_buff *skb, struct genl_info *info)
{
	struct evg_disk *disk = evg_netlink_disk(info);
	struct nlattr **attr = info->attrs;
	u32 ms;

	spin_lock(&disk->lock);
	if (attr[EVG_A_GRACE_MS]) {
		ms = nla_get_u32(attr[EVG_A_GRACE_MS]);
		disk->config.grace_ns = ms == EVG_GRACE_INF ? EVG_NS_INF :
					(u64)ms * NSEC_PER_MSEC;
	}
	if (attr[EVG_A_DETECT_MS])
		disk->config.detect_ns = (u64)nla_get_u32(attr[EVG_A_DETECT_MS]) *
					 NSEC_PER_MSEC;
	spin_unlock(&disk->lock);
	/* Who waits now waits by the new rule. */
	evg_linkctl_event(disk, EVG_EV_TICK);
	if (attr[EVG_A_RESET])
		evg_linkctl_event(disk, EVG_EV_RESET);
	return 0;
}

int evg_netlink_drill(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[EVG_A_CGROUP_FD];
	struct evg_disk *disk = evg_netlink_disk(info);
	int err = 0;

	if (attr)
		err = evg_drill_begin(disk, nla_get_u32(attr), NETLINK_CB(skb).sk,
				      info->snd_portid);
	else
		evg_drill_end(disk);
	if (err == -EBUSY)
		evg_netlink_say(info, NULL, "a drill is on; wait for its end, or end it");
	if (err == -EBADF)
		evg_netlink_say(info, attr, "CGROUP_FD is not a directory of cgroup2");
	return err;
}

static int evg_netlink_put_stats(struct sk_buff *msg, struct evg_disk *disk)
{
	u64 stat[EVG_S_MAX + 1] = {};
	struct nlattr *nest;
	int i;

	nest = nla_nest_start(msg, EVG_A_STATS);
	if (!nest)
		return -EMSGSIZE;
	evg_stats_sum(disk, stat);
	for (i = EVG_S_PAD + 1; i <= EVG_S_MAX; i++)
		if (nla_put_u64_64bit(msg, i, stat[i], EVG_S_PAD))
			return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static u32 evg_netlink_ms(u64 ns)
{
	return ns == EVG_NS_INF ? EVG_GRACE_INF : div_u64(ns, NSEC_PER_MSEC);
}

static int evg_netlink_put_private(struct sk_buff *msg, const struct evg_disk *disk)
{
	if ((disk->source && nla_put_string(msg, EVG_A_SOURCE, disk->source)) ||
	    (disk->cache && nla_put_string(msg, EVG_A_CACHE, disk->cache)))
		return -EMSGSIZE;
	return 0;
}

/* What who sent @request is told of a disk. */
static int evg_netlink_put_disk(struct sk_buff *msg, struct evg_disk *disk,
				const struct sk_buff *request)
{
	struct evg_netlink_view view;
	u32 pid;

	evg_netlink_look(disk, &view);
	if (evg_netlink_sees_all(request, disk) && evg_netlink_put_private(msg, disk))
		return -EMSGSIZE;
	if (nla_put_u32(msg, EVG_A_INDEX, disk->index) ||
	    nla_put_u64_64bit(msg, EVG_A_SIZE, disk->image_bytes, EVG_A_PAD) ||
	    nla_put(msg, EVG_A_UUID, sizeof(disk->uuid), disk->uuid) ||
	    (view.proof[0] && nla_put_string(msg, EVG_A_PROOF, view.proof)) ||
	    nla_put_u32(msg, EVG_A_GRACE_MS, evg_netlink_ms(view.config.grace_ns)) ||
	    nla_put_u32(msg, EVG_A_DETECT_MS, evg_netlink_ms(view.config.detect_ns)) ||
	    nla_put_u8(msg, EVG_A_STATE, view.link.state) ||
	    nla_put_u8(msg, EVG_A_SAVING, READ_ONCE(disk->saving.state)) ||
	    nla_put_u64_64bit(msg, EVG_A_OUTAGE_MS, evg_outage_ms(disk), EVG_A_PAD) ||
	    nla_put_u32(msg, EVG_A_GENERATION, view.generation))
		return -EMSGSIZE;
	pid = evg_who_pid(view.helper_pid, view.helper_since_ns);
	if (view.helper_port &&
	    (nla_put_u32(msg, EVG_A_HELPER_PORT, view.helper_port) ||
	     nla_put_u32(msg, EVG_A_HELPER_PID, pid)))
		return -EMSGSIZE;
	return evg_netlink_put_stats(msg, disk);
}

int evg_netlink_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	void *head;
	int err = -EMSGSIZE;

	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	head = genlmsg_put_reply(msg, info, &evg_family, 0, EVG_CMD_GET);
	if (head)
		err = evg_netlink_put_disk(msg, evg_netlink_disk(info), skb);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, head);
	return genlmsg_reply(msg, info);
}

int evg_netlink_dump(struct sk_buff *msg, struct netlink_callback *cb)
{
	unsigned long index = cb->args[0];
	struct evg_disk *disk;
	void *head;
	int err = 0;

	while (!err && (disk = evg_disk_get_next(&index))) {
		head = NULL;
		if (READ_ONCE(disk->life) == EVG_LIVE) {
			head = genlmsg_put(msg, NETLINK_CB(cb->skb).portid,
					   cb->nlh->nlmsg_seq, &evg_family,
					   NLM_F_MULTI, EVG_CMD_GET);
			err = head ? evg_netlink_put_disk(msg, disk, cb->skb) : -EMSGSIZE;
		}
		if (err && head)
			genlmsg_cancel(msg, head);
		if (!err) {
			if (head)
				genlmsg_end(msg, head);
			cb->args[0] = index;
		}
		evg_disk_put(disk);
	}
	return err && !msg->len ? err : msg->len;
}

