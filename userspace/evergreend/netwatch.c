// SPDX-License-Identifier: GPL-2.0
#include "netwatch.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 16384 };

static void link_said(struct netwatch *w, const struct nlmsghdr *message)
{
	const struct ifinfomsg *info = NLMSG_DATA(message);

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*info)))
		return;
	if (message->nlmsg_type == RTM_NEWLINK &&
	    info->ifi_flags & IFF_UP && info->ifi_flags & IFF_RUNNING)
		w->changed(w);
	else
		w->carrier_lost(w, info->ifi_index);
}

static void messages_said(struct netwatch *w, const void *data, size_t bytes)
{
	const struct nlmsghdr *message = data;

	for (; NLMSG_OK(message, bytes); message = NLMSG_NEXT(message, bytes)) {
		switch (message->nlmsg_type) {
		case RTM_NEWLINK:
		case RTM_DELLINK:
			link_said(w, message);
			break;
		case RTM_NEWADDR:
		case RTM_NEWROUTE:
			w->changed(w);
			break;
		}
	}
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct netwatch *w = poll->data;
	char buf[MESSAGE_BYTES] __attribute__((__aligned__(8)));
	ssize_t n;

	(void)status;
	(void)events;
	/* an overflow (ENOBUFS) means that much has changed */
	n = recv(w->fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (n < 0)
		w->changed(w);
	else
		messages_said(w, buf, (size_t)n);
}

void netwatch_start(struct netwatch *w, uv_loop_t *loop)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
			     RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR |
			     RTMGRP_IPV6_ROUTE,
	};

	w->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       NETLINK_ROUTE);
	if (w->fd < 0)
		return;
	if (bind(w->fd, (struct sockaddr *)&address, sizeof(address)) ||
	    uv_poll_init(loop, &w->poll, w->fd)) {
		close(w->fd);
		w->fd = -1;
		return;
	}
	w->poll.data = w;
	uv_poll_start(&w->poll, UV_READABLE, readable);
}

static bool same_address(const struct sockaddr *a, const struct sockaddr *b)
{
	const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;
	const struct sockaddr_in6 *a6 = (const void *)a, *b6 = (const void *)b;

	if (!a || a->sa_family != b->sa_family)
		return false;
	if (a->sa_family == AF_INET)
		return a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	return a->sa_family == AF_INET6 &&
	       !memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr));
}

int netwatch_interface(int fd)
{
	struct sockaddr_storage local;
	socklen_t bytes = sizeof(local);
	struct ifaddrs *all, *each;
	int interface = 0;

	if (getsockname(fd, (struct sockaddr *)&local, &bytes) ||
	    getifaddrs(&all))
		return 0;
	for (each = all; each && !interface; each = each->ifa_next) {
		if (same_address(each->ifa_addr, (struct sockaddr *)&local))
			interface = (int)if_nametoindex(each->ifa_name);
	}
	freeifaddrs(all);
	return interface;
}
