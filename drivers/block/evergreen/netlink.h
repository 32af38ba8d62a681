/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the netlink family share with each other and nobody else. */
#ifndef EVG_NETLINK_H
#define EVG_NETLINK_H

#include <net/genetlink.h>
#include "evg.h"

extern struct genl_family evg_family;
extern const struct nla_policy evg_policy_range[EVG_A_MAX + 1];

/* genl_ops::internal_flags: what evg_netlink_begin() sees to. */
#define EVG_NL_ADMIN	BIT(0)	/* the sender must be an administrator */
#define EVG_NL_DISK	BIT(1)	/* INDEX must name a live disk */
#define EVG_NL_PRIVATE	BIT(2)	/* the sender must be one who may see all of it */

/* The disk that a request is about, while its handler runs; NULL without EVG_NL_DISK. */
static inline struct evg_disk *evg_netlink_disk(const struct genl_info *info)
{
	return info->user_ptr[0];
}

/* What is under the disk's lock, copied. */
struct evg_netlink_view {
	struct evg_link link;
	struct evg_link_config config;
	u32 generation;
	u32 helper_port;
	u32 helper_pid;
	u64 helper_since_ns;
	char proof[EVG_PROOF_MAX];
};

void evg_netlink_look(struct evg_disk *disk, struct evg_netlink_view *view);
void evg_netlink_say(struct genl_info *info, const struct nlattr *attr,
		     const char *what);
struct sk_buff *evg_netlink_new_reply(struct genl_info *info, u8 cmd, size_t bytes,
				      void **head);
int evg_netlink_want(struct genl_info *info, int attr, const char *what);
bool evg_netlink_sees_all(const struct sk_buff *skb, const struct evg_disk *disk);

/* netlink_admin.c */
int evg_netlink_add(struct sk_buff *skb, struct genl_info *info);
int evg_netlink_remove(struct sk_buff *skb, struct genl_info *info);
int evg_netlink_set(struct sk_buff *skb, struct genl_info *info);
int evg_netlink_drill(struct sk_buff *skb, struct genl_info *info);
int evg_netlink_get(struct sk_buff *skb, struct genl_info *info);
int evg_netlink_dump(struct sk_buff *msg, struct netlink_callback *cb);

/* netlink_helper.c */
int evg_netlink_bind(struct sk_buff *skb, struct genl_info *info);
int evg_netlink_fill(struct sk_buff *skb, struct genl_info *info);
int evg_netlink_fail(struct sk_buff *skb, struct genl_info *info);
int evg_netlink_evict(struct sk_buff *skb, struct genl_info *info);
int evg_netlink_heat(struct sk_buff *skb, struct genl_info *info);
int evg_netlink_link(struct sk_buff *skb, struct genl_info *info);

/* netlink_look.c */
int evg_netlink_reply_heat(struct evg_disk *disk, struct genl_info *info);
int evg_netlink_map(struct sk_buff *skb, struct genl_info *info);
int evg_netlink_misses(struct sk_buff *skb, struct genl_info *info);

#endif /* EVG_NETLINK_H */
