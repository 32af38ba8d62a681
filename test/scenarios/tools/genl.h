/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Just enough generic netlink to say to the kernel what a library would not.
 * One message is built at a time; one socket is open at a time.
 */
#ifndef EVG_TEST_GENL_H
#define EVG_TEST_GENL_H

#include <errno.h>
#include <fcntl.h>
#include <linux/evergreen.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct genl {
	int fd;
	uint16_t family;
	uint32_t seq;
	char out[196608];	/* a FILL of the longest FETCH, with its bytes */
	char in[65536];
	struct nlattr *attr[256];	/* of what was parsed last */
};

static inline int genl_socket(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int fd, on = 1, bytes = 4 << 20;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (fd < 0 || bind(fd, (void *)&address, sizeof(address))) {
		perror("netlink");
		exit(3);
	}
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	return fd;
}

static inline struct nlmsghdr *genl_message(struct genl *g)
{
	return (struct nlmsghdr *)g->out;
}

static inline void genl_begin(struct genl *g, uint16_t type, uint8_t cmd,
			      uint16_t flags)
{
	struct nlmsghdr *n = genl_message(g);
	struct genlmsghdr *h = NLMSG_DATA(n);

	memset(g->out, 0, NLMSG_LENGTH(GENL_HDRLEN));
	n->nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	n->nlmsg_type = type;
	n->nlmsg_flags = NLM_F_REQUEST | flags;
	n->nlmsg_seq = ++g->seq;
	h->cmd = cmd;
	h->version = 1;
}

static inline void *genl_put(struct genl *g, uint16_t type, const void *data,
			     size_t bytes)
{
	struct nlmsghdr *n = genl_message(g);
	struct nlattr *a = (void *)(g->out + NLMSG_ALIGN(n->nlmsg_len));

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + bytes;
	memset(a + 1, 0, NLA_ALIGN(bytes));
	if (data)
		memcpy(a + 1, data, bytes);
	n->nlmsg_len = NLMSG_ALIGN(n->nlmsg_len) + NLA_ALIGN(a->nla_len);
	return a + 1;
}

static inline void genl_put_u32(struct genl *g, uint16_t type, uint32_t v)
{
	genl_put(g, type, &v, sizeof(v));
}

static inline void genl_put_u64(struct genl *g, uint16_t type, uint64_t v)
{
	genl_put(g, type, &v, sizeof(v));
}

static inline void genl_put_u8(struct genl *g, uint16_t type, uint8_t v)
{
	genl_put(g, type, &v, sizeof(v));
}

static inline void genl_put_range(struct genl *g, uint64_t first, uint32_t count)
{
	const struct nlattr a = { NLA_HDRLEN + 8, EVG_A_FIRST };
	const struct nlattr b = { NLA_HDRLEN + 4, EVG_A_COUNT };
	char range[20];

	memcpy(range, &a, 4);
	memcpy(range + 4, &first, 8);
	memcpy(range + 12, &b, 4);
	memcpy(range + 16, &count, 4);
	genl_put(g, EVG_A_RANGE | NLA_F_NESTED, range, sizeof(range));
}

static inline void genl_send(struct genl *g)
{
	struct nlmsghdr *n = genl_message(g);

	while (send(g->fd, n, n->nlmsg_len, 0) < 0) {
		if (errno == EINTR || errno == ENOBUFS)
			continue;
		perror("netlink send");
		exit(3);
	}
}

static inline void genl_parse(struct genl *g, char *at, char *end)
{
	memset(g->attr, 0, sizeof(g->attr));
	while (end - at >= (long)NLA_HDRLEN) {
		struct nlattr *a = (void *)at;

		if (a->nla_len < NLA_HDRLEN || a->nla_len > end - at)
			return;
		g->attr[a->nla_type & 0xff] = a;
		at += NLA_ALIGN(a->nla_len);
	}
}

static inline uint32_t genl_u32(struct genl *g, uint16_t type)
{
	uint32_t v = 0;

	if (g->attr[type])
		memcpy(&v, g->attr[type] + 1, sizeof(v));
	return v;
}

static inline uint64_t genl_u64(struct genl *g, uint16_t type)
{
	uint64_t v = 0;

	if (g->attr[type])
		memcpy(&v, g->attr[type] + 1, sizeof(v));
	return v;
}

/*
 * Wait for one message, at most MS.  Returns its command; 0 for an error or an
 * ack, whose positive errno is in *error and whose text attributes are parsed;
 * -1 when nothing came.
 */
static inline int genl_receive(struct genl *g, int ms, int *error)
{
	struct nlmsghdr *n = (void *)g->in;
	struct pollfd p = { .fd = g->fd, .events = POLLIN };
	struct nlmsgerr *e;
	ssize_t bytes;
	char *end;

	if (poll(&p, 1, ms) <= 0)
		return -1;
	bytes = recv(g->fd, g->in, sizeof(g->in), 0);
	if (bytes < (ssize_t)sizeof(*n))
		return -1;
	end = g->in + n->nlmsg_len;
	if (n->nlmsg_type == NLMSG_ERROR) {
		e = NLMSG_DATA(n);
		*error = -e->error;
		genl_parse(g, (char *)(e + 1), end);
		return 0;
	}
	genl_parse(g, (char *)NLMSG_DATA(n) + GENL_HDRLEN, end);
	return ((struct genlmsghdr *)NLMSG_DATA(n))->cmd;
}

/* Send, and wait for the ack or the refusal: 0 or a positive errno. */
static inline int genl_ask(struct genl *g)
{
	int cmd, error = 0;

	genl_message(g)->nlmsg_flags |= NLM_F_ACK;
	genl_send(g);
	do {
		cmd = genl_receive(g, 5000, &error);
	} while (cmd > 0 || (cmd == 0 &&
		 ((struct nlmsghdr *)g->in)->nlmsg_seq != g->seq));
	return cmd < 0 ? ETIME : error;
}

static inline void genl_open(struct genl *g)
{
	memset(g, 0, sizeof(*g));
	g->fd = genl_socket();
	genl_begin(g, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	genl_put(g, CTRL_ATTR_FAMILY_NAME, EVG_GENL_NAME,
		 sizeof(EVG_GENL_NAME));
	genl_send(g);
	if (genl_receive(g, 5000, &(int){ 0 }) != CTRL_CMD_NEWFAMILY) {
		fputs("the evergreen module is not loaded\n", stderr);
		exit(3);
	}
	memcpy(&g->family, g->attr[CTRL_ATTR_FAMILY_ID] + 1, 2);
}

/* Hear the family's events, of which there is one group, from now on. */
static inline void genl_listen(struct genl *g)
{
	struct nlattr *group, *a;
	uint32_t id = 0;

	genl_begin(g, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	genl_put(g, CTRL_ATTR_FAMILY_NAME, EVG_GENL_NAME, sizeof(EVG_GENL_NAME));
	genl_send(g);
	if (genl_receive(g, 5000, &(int){ 0 }) == CTRL_CMD_NEWFAMILY &&
	    g->attr[CTRL_ATTR_MCAST_GROUPS]) {
		group = g->attr[CTRL_ATTR_MCAST_GROUPS] + 1;
		for (a = group + 1; (char *)a < (char *)group + group->nla_len;
		     a = (void *)((char *)a + NLA_ALIGN(a->nla_len)))
			if (a->nla_type == CTRL_ATTR_MCAST_GRP_ID)
				memcpy(&id, a + 1, sizeof(id));
	}
	if (!id || setsockopt(g->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &id,
			      sizeof(id))) {
		fputs("cannot listen to the family's events\n", stderr);
		exit(3);
	}
}

static inline int open_or_exit(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0) {
		perror(path);
		exit(3);
	}
	return fd;
}

/* A file of a cache, or exit. */
static inline int open_in(const char *cache, const char *name, int flags)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", cache, name);
	return open_or_exit(path, flags);
}

/* Bind the disk with what is open of its cache; returns 0 or an errno. */
static inline int genl_try_bind(struct genl *g, uint32_t disk, int clean_fd,
				int map_fd, uint32_t window, bool force,
				uint32_t *generation)
{
	int cmd, error = 0;

	genl_begin(g, g->family, EVG_CMD_BIND, 0);
	genl_put_u32(g, EVG_A_INDEX, disk);
	genl_put_u32(g, EVG_A_WINDOW, window);
	genl_put_u32(g, EVG_A_CLEAN_FD, clean_fd);
	genl_put_u32(g, EVG_A_MAP_FD, map_fd);
	if (force)
		genl_put(g, EVG_A_FORCE, NULL, 0);
	genl_send(g);
	/* The news that it is bound may come first. */
	do {
		cmd = genl_receive(g, 5000, &error);
	} while (cmd > 0 && cmd != EVG_CMD_BIND);
	if (cmd != EVG_CMD_BIND)
		return cmd < 0 ? ETIME : error;
	*generation = genl_u32(g, EVG_A_GENERATION);
	return 0;
}

/* Open the files of the cache that a disk says it has, or exit. */
static inline void genl_open_files(struct genl *g, uint32_t disk, int *clean_fd,
				   int *map_fd)
{
	char cache[EVG_TEXT_MAX];
	struct stat st;

	genl_begin(g, g->family, EVG_CMD_GET, 0);
	genl_put_u32(g, EVG_A_INDEX, disk);
	genl_send(g);
	if (genl_receive(g, 5000, &(int){ 0 }) != EVG_CMD_GET ||
	    !g->attr[EVG_A_CACHE]) {
		fputs("the disk names no cache\n", stderr);
		exit(1);
	}
	snprintf(cache, sizeof(cache), "%s",
		 (const char *)(g->attr[EVG_A_CACHE] + 1));
	if (!stat(cache, &st) && S_ISBLK(st.st_mode)) {
		*clean_fd = open_or_exit(cache, O_RDWR);
		*map_fd = open_or_exit(cache, O_RDWR);
		return;
	}
	*clean_fd = open_in(cache, "clean", O_RDWR);
	*map_fd = open_in(cache, "map", O_RDWR);
}

/* Bind the disk and return its generation, or exit. */
static inline uint32_t genl_bind(struct genl *g, uint32_t disk, uint32_t window,
				 bool force)
{
	uint32_t generation = 0;
	int error, clean_fd, map_fd;

	genl_open_files(g, disk, &clean_fd, &map_fd);
	error = genl_try_bind(g, disk, clean_fd, map_fd, window, force,
			      &generation);
	close(clean_fd);
	close(map_fd);
	if (error) {
		fprintf(stderr, "cannot bind: %s\n", strerror(error));
		exit(1);
	}
	return generation;
}

#endif
