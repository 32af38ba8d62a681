// SPDX-License-Identifier: GPL-2.0
/* What is private of a disk: its map, its heat, its ledger. */
#include <linux/ktime.h>
#include "netlink.h"

#define EVG_MISSES_BATCH	128U	/* in one answer: 12 KiB */

/* The page of the map that FIRST lies in. */
static int evg_netlink_page(const struct evg_disk *disk, struct genl_info *info,
			    u32 *index)
{
	u64 first = nla_get_u64(info->attrs[EVG_A_FIRST]);

	if (first >= disk->map.blocks) {
		evg_netlink_say(info, info->attrs[EVG_A_FIRST],
				"FIRST lies beyond the disk");
		return -ERANGE;
	}
	*index = div_u64(first, EVG_MAP_BLOCKS);
	return 0;
}

/* Begin the answer about a page: @bytes of something follow. */
static struct sk_buff *evg_netlink_new_page(const struct evg_disk *disk,
					    struct genl_info *info, u8 cmd,
					    u32 index, size_t bytes, void **head)
{
	u64 first = (u64)index * EVG_MAP_BLOCKS;
	u64 count = min_t(u64, disk->map.blocks - first, EVG_MAP_BLOCKS);
	struct sk_buff *msg;

	msg = genlmsg_new(2 * nla_total_size(sizeof(u32)) +
			  nla_total_size_64bit(sizeof(u64)) +
			  nla_total_size(bytes) + nla_total_size(0), GFP_KERNEL);
	if (!msg)
		return NULL;
	*head = genlmsg_put_reply(msg, info, &evg_family, 0, cmd);
	if (*head && !nla_put_u32(msg, EVG_A_INDEX, disk->index) &&
	    !nla_put_u64_64bit(msg, EVG_A_FIRST, first, EVG_A_PAD) &&
	    !nla_put_u32(msg, EVG_A_COUNT, count))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

static int evg_netlink_reply_map(struct evg_disk *disk, struct genl_info *info)
{
	struct sk_buff *msg;
	struct nlattr *attr;
	bool unread;
	void *head;
	u32 index;
	int err;

	err = evg_netlink_page(disk, info, &index);
	if (err)
		return err;
	if (!evg_map_is_loaded(&disk->map, index)) {
		evg_mapfile_wish(disk, index, false);
		evg_netlink_say(info, NULL, "the map is being loaded there; ask again");
		return -EAGAIN;
	}
	msg = evg_netlink_new_page(disk, info, EVG_CMD_MAP, index,
				   EVG_MAP_WORDS * sizeof(__le64), &head);
	if (!msg)
		return -ENOMEM;
	attr = nla_reserve(msg, EVG_A_WORDS, EVG_MAP_WORDS * sizeof(__le64));
	if (!attr) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	evg_map_copy(&disk->map, index, nla_data(attr));
	spin_lock(&disk->lock);
	unread = evg_map_is_unread(&disk->map, (u64)index * EVG_MAP_BLOCKS, 1);
	spin_unlock(&disk->lock);
	if (unread && nla_put_flag(msg, EVG_A_UNREAD)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, head);
	return genlmsg_reply(msg, info);
}

int evg_netlink_map(struct sk_buff *skb, struct genl_info *info)
{
	return evg_netlink_want(info, EVG_A_FIRST, "FIRST is missing") ?:
	       evg_netlink_reply_map(evg_netlink_disk(info), info);
}

/**
 * evg_netlink_reply_heat() - answer a HEAT that asks
 * @disk: the disk
 * @info: the request, with FIRST
 *
 * Context: may sleep.
 * Return: 0 or -errno.
 */
int evg_netlink_reply_heat(struct evg_disk *disk, struct genl_info *info)
{
	u8 heat[EVG_HEAT_BYTES];
	struct sk_buff *msg;
	void *head;
	u32 index;
	int err;

	err = evg_netlink_page(disk, info, &index);
	if (err)
		return err;
	msg = evg_netlink_new_page(disk, info, EVG_CMD_HEAT, index, sizeof(heat),
				   &head);
	if (!msg)
		return -ENOMEM;
	if (evg_heat_copy(&disk->heat, index, heat) &&
	    nla_put(msg, EVG_A_HEAT, sizeof(heat), heat)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, head);
	return genlmsg_reply(msg, info);
}

static int evg_netlink_put_miss(struct sk_buff *msg, const struct evg_miss *miss,
				u64 now_ns)
{
	struct nlattr *nest = nla_nest_start(msg, EVG_A_MISS);
	u64 age_ms = div_u64(evg_ns_since(miss->time_ns, now_ns), NSEC_PER_MSEC);
	u32 pid = evg_who_pid(miss->who.pid, miss->time_ns);

	if (!nest || nla_put_u64_64bit(msg, EVG_A_SEQ, miss->seq, EVG_A_PAD) ||
	    nla_put_u64_64bit(msg, EVG_A_FIRST, miss->first, EVG_A_PAD) ||
	    nla_put_u32(msg, EVG_A_COUNT, miss->count) ||
	    nla_put_string(msg, EVG_A_COMM, miss->who.comm) ||
	    nla_put_u32(msg, EVG_A_PID, pid) ||
	    nla_put_u64_64bit(msg, EVG_A_AGE_MS, age_ms, EVG_A_PAD) ||
	    nla_put_u8(msg, EVG_A_OUTCOME, miss->outcome))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static size_t evg_netlink_miss_bytes(void)
{
	return nla_total_size(3 * nla_total_size_64bit(sizeof(u64)) +
			      3 * nla_total_size(sizeof(u32)) +
			      nla_total_size(EVG_COMM_MAX));
}

static int evg_netlink_reply_misses(struct evg_disk *disk, struct genl_info *info,
				    const struct evg_miss *miss, u32 n)
{
	u64 now_ns = ktime_get_boottime_ns();
	struct sk_buff *msg;
	int err = -EMSGSIZE;
	void *head;
	u32 i;

	msg = genlmsg_new(nla_total_size(sizeof(u32)) + n * evg_netlink_miss_bytes(),
			  GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	head = genlmsg_put_reply(msg, info, &evg_family, 0, EVG_CMD_MISSES);
	if (head)
		err = nla_put_u32(msg, EVG_A_INDEX, disk->index);
	for (i = 0; !err && i < n; i++)
		err = evg_netlink_put_miss(msg, &miss[i], now_ns);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, head);
	return genlmsg_reply(msg, info);
}

int evg_netlink_misses(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[EVG_A_SEQ];
	struct evg_disk *disk = evg_netlink_disk(info);
	struct evg_miss *miss;
	int err = -ENOMEM;
	u32 n;

	miss = kmalloc_array(EVG_MISSES_BATCH, sizeof(*miss), GFP_KERNEL);
	if (miss) {
		spin_lock(&disk->lock);
		n = evg_ledger_read(&disk->ledger, attr ? nla_get_u64(attr) : 0,
				    miss, EVG_MISSES_BATCH);
		spin_unlock(&disk->lock);
		err = evg_netlink_reply_misses(disk, info, miss, n);
	}
	kfree(miss);
	return err;
}
