// SPDX-License-Identifier: GPL-2.0
/*
 * The helper's messages: BIND, and what only the bound socket may say: FILL,
 * FAIL, LINK.  The helper is believed about what it fetched; nothing else that
 * it says can do more than fail reads or end its session.
 */
#include <linux/file.h>
#include <net/sock.h>
#include "netlink.h"
#include "trace.h"

#define EVG_FILL_STEP		1024U	/* blocks under the lock at a time */
#define EVG_FETCH_TRUESIZE	1024	/* what a FETCH charges a socket, at most */

/* Nothing of this can fail: there is room. */
static void evg_netlink_put_bind(struct sk_buff *msg, u32 index, u32 generation,
				 u32 window, enum evg_link_state state)
{
	nla_put_u32(msg, EVG_A_INDEX, index);
	nla_put_u32(msg, EVG_A_GENERATION, generation);
	nla_put_u32(msg, EVG_A_WINDOW, window);
	nla_put_u8(msg, EVG_A_STATE, state);
}

static const char *evg_netlink_bind_why(int err)
{
	switch (err) {
	case -EBUSY:
		return "the disk has a helper; stop it or take over";
	case -EXDEV:
		return "CLEAN_FD and MAP_FD are not of the cache that the disk reads";
	default:
		return "the disk is being removed";
	}
}

static int evg_netlink_bind_disk(struct genl_info *info, const struct evg_bind *bind)
{
	struct evg_disk *disk = evg_netlink_disk(info);
	enum evg_link_state state;
	struct sk_buff *msg;
	u32 generation;
	void *head;
	int err;

	/* First, so that nothing can fail after the helper is bound. */
	msg = evg_netlink_new_reply(info, EVG_CMD_BIND,
				    4 * nla_total_size(sizeof(u32)), &head);
	if (!msg)
		return -ENOMEM;
	err = evg_linkctl_bind(disk, bind, &generation, &state);
	if (err) {
		evg_netlink_say(info, NULL, evg_netlink_bind_why(err));
		nlmsg_free(msg);
		return err;
	}
	evg_netlink_put_bind(msg, disk->index, generation, bind->session.window,
			     state);
	genlmsg_end(msg, head);
	/* As with ADD: it is bound, whether there is room for the answer or not. */
	genlmsg_reply(msg, info);
	return 0;
}

int evg_netlink_bind(struct sk_buff *skb, struct genl_info *info)
{
	struct sock *sk = NETLINK_CB(skb).sk;
	struct evg_bind bind = {
		.session = {
			.sk = sk,
			.net = genl_info_net(info),
			.portid = info->snd_portid,
			.pid = task_tgid_nr(current),
			.since_ns = ktime_get_boottime_ns(),
		},
		.force = info->attrs[EVG_A_FORCE],
	};
	int err;

	err = evg_netlink_want(info, EVG_A_WINDOW, "WINDOW is missing") ?:
	      evg_netlink_want(info, EVG_A_CLEAN_FD, "CLEAN_FD is missing") ?:
	      evg_netlink_want(info, EVG_A_MAP_FD, "MAP_FD is missing");
	if (err)
		return err;
	/* Half of its buffer is left for acks and news. */
	bind.session.window = clamp_t(u32, nla_get_u32(info->attrs[EVG_A_WINDOW]), 1,
				      max(sk->sk_rcvbuf / 2 / EVG_FETCH_TRUESIZE, 1));
	bind.clean = fget(nla_get_u32(info->attrs[EVG_A_CLEAN_FD]));
	bind.map = fget(nla_get_u32(info->attrs[EVG_A_MAP_FD]));
	if (bind.clean && bind.map) {
		err = evg_netlink_bind_disk(info, &bind);
	} else {
		evg_netlink_say(info, NULL, "CLEAN_FD or MAP_FD is not an open file");
		err = -EBADF;
	}
	if (bind.clean)
		fput(bind.clean);
	if (bind.map)
		fput(bind.map);
	return err;
}

/* May this message change the disk?  Under the lock, so that it stays true. */
static int evg_netlink_check_locked(struct evg_disk *disk, struct sk_buff *skb,
				    struct genl_info *info)
{
	int err;

	err = evg_linkctl_check_locked(disk, NETLINK_CB(skb).sk,
				       nla_get_u32(info->attrs[EVG_A_GENERATION]));
	if (err == -EPERM)
		evg_netlink_say(info, NULL, "this socket is not bound to the disk");
	if (err == -ESTALE)
		evg_netlink_say(info, NULL, "the generation is an old one");
	return err;
}

static int evg_netlink_check(struct evg_disk *disk, struct sk_buff *skb,
			     struct genl_info *info)
{
	int err;

	spin_lock(&disk->lock);
	err = evg_netlink_check_locked(disk, skb, info);
	spin_unlock(&disk->lock);
	return err;
}

/* Read one RANGE and see that it lies in the disk. */
static int evg_netlink_range(const struct evg_disk *disk, const struct nlattr *nest,
			     struct genl_info *info, u64 *first, u32 *n)
{
	struct nlattr *attr[EVG_A_MAX + 1];
	int err;

	err = nla_parse_nested(attr, EVG_A_MAX, nest, evg_policy_range, info->extack);
	if (err)
		return err;
	if (!attr[EVG_A_FIRST] || !attr[EVG_A_COUNT]) {
		evg_netlink_say(info, nest, "a RANGE is FIRST and COUNT");
		return -EINVAL;
	}
	*first = nla_get_u64(attr[EVG_A_FIRST]);
	*n = nla_get_u32(attr[EVG_A_COUNT]);
	if (*first >= disk->map.blocks || *n > disk->map.blocks - *first) {
		evg_netlink_say(info, nest, "the RANGE ends beyond the disk");
		return -ERANGE;
	}
	return 0;
}

/* See that a RANGE's pages are loaded; if not, have the first of them loaded. */
static int evg_netlink_want_map(struct evg_disk *disk, const struct nlattr *nest,
				struct genl_info *info, u64 first, u32 n)
{
	u32 index = first / EVG_MAP_BLOCKS;
	u32 last = (first + n - 1) / EVG_MAP_BLOCKS;

	for (; index <= last; index++) {
		if (!evg_map_is_loaded(&disk->map, index)) {
			evg_mapfile_wish(disk, index, true);
			evg_netlink_say(info, nest, "the map is being loaded there; try again");
			return -EAGAIN;
		}
	}
	return 0;
}

static int evg_netlink_prepare(struct evg_disk *disk, struct genl_info *info)
{
	struct nlattr *nest;
	int err, rest;
	u64 first;
	u32 n;

	nlmsg_for_each_attr(nest, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(nest) != EVG_A_RANGE)
			continue;
		err = evg_netlink_range(disk, nest, info, &first, &n) ?:
		      evg_netlink_want_map(disk, nest, info, first, n) ?:
		      evg_map_prepare(&disk->map, first, n);
		if (err)
			return err;
		evg_heat_prepare(&disk->heat, first, n);
	}
	return 0;
}

/* May a FILL change the map there? */
static int evg_netlink_may_fill_locked(struct evg_disk *disk, struct sk_buff *skb,
				       struct genl_info *info, u64 first, u32 n)
{
	int err;

	err = evg_netlink_check_locked(disk, skb, info);
	if (err)
		return err;
	if (evg_store_is_read_only(&disk->store)) {
		evg_netlink_say(info, NULL, "the cache is read-only; pass on what was fetched");
		return -EROFS;
	}
	if (disk->link.state == EVG_LINK_STALE) {
		evg_netlink_say(info, NULL, "the server has another image; nothing is taken");
		return -ESTALE;
	}
	if (evg_evict_overlaps_locked(disk, first, n)) {
		evg_netlink_say(info, NULL, "the RANGE is being evicted; wait");
		return -EBUSY;
	}
	return 0;
}

/*
 * The lock is held for some blocks at a time, however long the message is, and who
 * sends it is checked each time.  What was filled before it was refused stays so:
 * it was the helper's to fill, as if a shorter message had come.
 */
static int evg_netlink_fill_range(struct evg_disk *disk, struct sk_buff *skb,
				  struct genl_info *info, u64 first, u32 n)
{
	u32 part, fresh;
	int err;

	for (; n; first += part, n -= part) {
		part = min(n, EVG_FILL_STEP);
		spin_lock(&disk->lock);
		err = evg_netlink_may_fill_locked(disk, skb, info, first, part);
		if (err) {
			spin_unlock(&disk->lock);
			return err;
		}
		fresh = evg_map_set_clean(&disk->map, first, part);
		if (fresh) {
			disk->stats.filled_bytes += (u64)fresh * EVG_BLOCK_SIZE;
			evg_fetch_filled_locked(disk, first, part);
			queue_delayed_work(disk->io_wq, &disk->commit_work,
					   EVG_COMMIT_INTERVAL);
		}
		spin_unlock(&disk->lock);
		trace_evg_fill(disk, first, part);
		cond_resched();
	}
	return 0;
}

static int evg_netlink_fill_ranges(struct evg_disk *disk, struct sk_buff *skb,
				   struct genl_info *info)
{
	struct nlattr *nest;
	int err, rest;
	u64 first;
	u32 n;

	/* All of them first: nothing changes when one is wrong. */
	err = evg_netlink_check(disk, skb, info) ?: evg_netlink_prepare(disk, info);
	if (err)
		return err;
	nlmsg_for_each_attr(nest, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(nest) != EVG_A_RANGE)
			continue;
		evg_netlink_range(disk, nest, info, &first, &n);
		err = evg_netlink_fill_range(disk, skb, info, first, n);
		if (err)
			return err;
	}
	return 0;
}

static int evg_netlink_fill_inline(struct evg_disk *disk, struct sk_buff *skb,
				   struct genl_info *info)
{
	struct evg_inline piece[EVG_FETCH_MAX_BLOCKS];
	struct nlattr *attr;
	int err, rest;
	u32 n = 0;

	err = evg_netlink_check(disk, skb, info) ?:
	      evg_netlink_want(info, EVG_A_COOKIE, "DATA without a COOKIE");
	if (err)
		return err;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(attr) != EVG_A_DATA)
			continue;
		if (n == ARRAY_SIZE(piece) || !nla_len(attr)) {
			evg_netlink_say(info, attr, "DATA is empty or in too many pieces");
			return -EINVAL;
		}
		piece[n++] = (struct evg_inline){ nla_data(attr), nla_len(attr) };
	}
	err = evg_fetch_inline(disk, nla_get_u64(info->attrs[EVG_A_COOKIE]), piece, n);
	if (err == -EMSGSIZE)
		evg_netlink_say(info, NULL, "DATA is not as long as its FETCH");
	return err;
}

int evg_netlink_fill(struct sk_buff *skb, struct genl_info *info)
{
	struct evg_disk *disk = evg_netlink_disk(info);
	int err;

	err = evg_netlink_want(info, EVG_A_GENERATION, "GENERATION is missing");
	if (err)
		return err;
	if (!info->attrs[EVG_A_RANGE] == !info->attrs[EVG_A_DATA]) {
		evg_netlink_say(info, NULL, "a FILL has either RANGEs or DATA");
		return -EINVAL;
	}
	if (info->attrs[EVG_A_RANGE])
		err = evg_netlink_fill_ranges(disk, skb, info);
	else
		err = evg_netlink_fill_inline(disk, skb, info);
	if (!err)
		evg_linkctl_report(disk, EVG_EV_FILLED, NETLINK_CB(skb).sk,
				   nla_get_u32(info->attrs[EVG_A_GENERATION]), NULL);
	return err;
}

int evg_netlink_fail(struct sk_buff *skb, struct genl_info *info)
{
	struct evg_disk *disk = evg_netlink_disk(info);
	int err;

	err = evg_netlink_want(info, EVG_A_GENERATION, "GENERATION is missing") ?:
	      evg_netlink_want(info, EVG_A_COOKIE, "COOKIE is missing") ?:
	      evg_netlink_want(info, EVG_A_ERROR, "ERROR is missing");
	if (err)
		return err;
	err = evg_netlink_check(disk, skb, info);
	if (!err)
		err = evg_fetch_fail(disk, nla_get_u64(info->attrs[EVG_A_COOKIE]),
				     -(int)nla_get_u32(info->attrs[EVG_A_ERROR]));
	/* That the server refuses, it says over a link that is up. */
	if (!err)
		evg_linkctl_report(disk, EVG_EV_ALIVE, NETLINK_CB(skb).sk,
				   nla_get_u32(info->attrs[EVG_A_GENERATION]), NULL);
	return err;
}

/* Read the RANGEs of an EVICT, whose pages of the map are loaded. */
static int evg_netlink_evict_ranges(struct evg_disk *disk, struct genl_info *info,
				    struct evg_range *range, u32 *n)
{
	struct nlattr *nest;
	u64 first, blocks = 0;
	int err, rest;
	u32 count;

	*n = 0;
	nlmsg_for_each_attr(nest, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(nest) != EVG_A_RANGE)
			continue;
		if (*n == EVG_EVICT_RANGES) {
			evg_netlink_say(info, nest, "an EVICT has at most 256 RANGEs");
			return -E2BIG;
		}
		err = evg_netlink_range(disk, nest, info, &first, &count) ?:
		      evg_netlink_want_map(disk, nest, info, first, count);
		if (err)
			return err;
		blocks += count;
		if (blocks > EVG_EVICT_BLOCKS) {
			evg_netlink_say(info, nest, "an EVICT has at most 65536 blocks");
			return -E2BIG;
		}
		range[(*n)++] = (struct evg_range){ first, count };
	}
	return 0;
}

/* May this EVICT begin? */
static int evg_netlink_may_evict_locked(struct evg_disk *disk, struct sk_buff *skb,
					struct genl_info *info,
					const struct evg_range *range, u32 n)
{
	u32 i;
	int err;

	err = evg_netlink_check_locked(disk, skb, info);
	/* What may be of another image is served no more, whatever the disk claims. */
	if (err || info->attrs[EVG_A_FORCE])
		return err;
	if (evg_store_is_read_only(&disk->store)) {
		evg_netlink_say(info, NULL, "the cache is read-only");
		return -EROFS;
	}
	if (disk->link.state != EVG_LINK_ONLINE) {
		evg_netlink_say(info, NULL, "what cannot be fetched back now is not evicted");
		return -EBUSY;
	}
	if (disk->saving.state != EVG_SAVING_OK) {
		evg_netlink_say(info, NULL, "the map cannot be saved, so nothing is evicted");
		return -EIO;
	}
	for (i = 0; i < n; i++) {
		if (evg_map_is_unread(&disk->map, range[i].first, range[i].count)) {
			evg_netlink_say(info, NULL,
					"the map cannot be read there, so nothing is evicted");
			return -EIO;
		}
	}
	return 0;
}

static int evg_netlink_begin_evict(struct evg_disk *disk, struct sk_buff *skb,
				   struct genl_info *info)
{
	struct evg_range *range;
	int err;
	u32 n;

	range = kmalloc_array(EVG_EVICT_RANGES, sizeof(*range), GFP_KERNEL);
	if (!range)
		return -ENOMEM;
	err = evg_netlink_check(disk, skb, info) ?:
	      evg_netlink_evict_ranges(disk, info, range, &n);
	if (err)
		goto out;
	spin_lock(&disk->lock);
	err = evg_netlink_may_evict_locked(disk, skb, info, range, n);
	if (!err) {
		err = evg_evict_begin_locked(disk, range, n);
		if (err)
			evg_netlink_say(info, NULL, "an EVICT is under way; wait for its answer");
	}
	spin_unlock(&disk->lock);
out:
	kfree(range);
	return err;
}

int evg_netlink_evict(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	err = evg_netlink_want(info, EVG_A_GENERATION, "GENERATION is missing") ?:
	      evg_netlink_want(info, EVG_A_RANGE, "RANGE is missing");
	return err ?: evg_netlink_begin_evict(evg_netlink_disk(info), skb, info);
}

static int evg_netlink_change_heat(struct evg_disk *disk, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[EVG_A_HEAT];
	u64 first;

	if (info->attrs[EVG_A_COOL]) {
		evg_heat_cool(&disk->heat);
		return 0;
	}
	first = nla_get_u64(info->attrs[EVG_A_FIRST]);
	if (first >= disk->map.blocks) {
		evg_netlink_say(info, info->attrs[EVG_A_FIRST],
				"FIRST lies beyond the disk");
		return -ERANGE;
	}
	return evg_heat_raise(&disk->heat, div_u64(first, EVG_MAP_BLOCKS),
			      nla_data(attr), nla_len(attr));
}

/* HEAT with a GENERATION is the helper's; without, it is a question. */
int evg_netlink_heat(struct sk_buff *skb, struct genl_info *info)
{
	struct evg_disk *disk = evg_netlink_disk(info);
	struct nlattr **attr = info->attrs;

	if (!attr[EVG_A_COOL] && !attr[EVG_A_FIRST]) {
		evg_netlink_say(info, NULL, "FIRST or COOL is missing");
		return -EINVAL;
	}
	if ((attr[EVG_A_COOL] || attr[EVG_A_HEAT]) && !attr[EVG_A_GENERATION]) {
		evg_netlink_say(info, NULL, "GENERATION is missing");
		return -EINVAL;
	}
	if (attr[EVG_A_GENERATION] && !attr[EVG_A_COOL] == !attr[EVG_A_HEAT]) {
		evg_netlink_say(info, NULL, "the helper's HEAT has either HEAT or COOL");
		return -EINVAL;
	}
	if (attr[EVG_A_GENERATION])
		return evg_netlink_check(disk, skb, info) ?:
		       evg_netlink_change_heat(disk, info);
	return evg_netlink_reply_heat(disk, info);
}

int evg_netlink_link(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 events[] = {
		[EVG_REPORT_ALIVE]	= EVG_EV_ALIVE,
		[EVG_REPORT_SUSPECT]	= EVG_EV_SUSPECT,
		[EVG_REPORT_LOST]	= EVG_EV_LOST,
		[EVG_REPORT_PROBED]	= EVG_EV_PROBED,
		[EVG_REPORT_PROVED]	= EVG_EV_PROVED,
		[EVG_REPORT_STALE]	= EVG_EV_STALE,
	};
	const struct nlattr *proof = info->attrs[EVG_A_PROOF];
	struct evg_disk *disk = evg_netlink_disk(info);
	int err;

	err = evg_netlink_want(info, EVG_A_GENERATION, "GENERATION is missing") ?:
	      evg_netlink_want(info, EVG_A_REPORT, "REPORT is missing");
	if (err)
		return err;

	err = evg_netlink_check(disk, skb, info);
	if (!err)
		evg_linkctl_report(disk, events[nla_get_u8(info->attrs[EVG_A_REPORT])],
				   NETLINK_CB(skb).sk,
				   nla_get_u32(info->attrs[EVG_A_GENERATION]),
				   proof ? nla_data(proof) : NULL);
	return err;
}

