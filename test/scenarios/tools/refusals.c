// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that the kernel must refuse, each with the errno that it must give
 * and, where it is not a matter of privilege, with a text that says why.
 *
 * usage: refusals DISK CACHE
 */
#define _GNU_SOURCE
#include <fcntl.h>

#include "genl.h"

static struct genl g;
static uint32_t disk;
static int failures, clean_fd, map_fd;

static const char *text(void)
{
	struct nlattr *a = g.attr[NLMSGERR_ATTR_MSG];

	return a ? (const char *)(a + 1) : "";
}

/* Send what was built; it must be refused with one of two errnos. */
static void refuse(const char *what, int wanted, int or_wanted)
{
	int error = genl_ask(&g);
	bool told = error == EPERM || error == EOPNOTSUPP || *text();
	bool ok = error && (error == wanted || error == or_wanted) && told;

	printf("%s: %s: %s%s%s\n", ok ? "refused" : "NOT AS IT MUST BE", what,
	       error ? strerrorname_np(error) : "accepted",
	       *text() ? ": " : "", text());
	failures += !ok;
}

static void begin(uint8_t cmd)
{
	genl_begin(&g, g.family, cmd, 0);
	genl_put_u32(&g, EVG_A_INDEX, disk);
}

static void begin_add(int clean, int map)
{
	genl_begin(&g, g.family, EVG_CMD_ADD, 0);
	genl_put_u32(&g, EVG_A_CLEAN_FD, clean);
	genl_put_u32(&g, EVG_A_MAP_FD, map);
}

static void begin_bind(int clean, int map)
{
	begin(EVG_CMD_BIND);
	genl_put_u32(&g, EVG_A_CLEAN_FD, clean);
	genl_put_u32(&g, EVG_A_MAP_FD, map);
}

static void not_the_helper(void)
{
	begin(EVG_CMD_FILL);
	genl_put_u32(&g, EVG_A_GENERATION, 1);
	genl_put_range(&g, 0, 1);
	refuse("FILL from a socket that is not bound", EPERM, EPERM);
	begin(EVG_CMD_FAIL);
	genl_put_u32(&g, EVG_A_GENERATION, 1);
	genl_put_u64(&g, EVG_A_COOKIE, 1);
	genl_put_u32(&g, EVG_A_ERROR, EIO);
	refuse("FAIL from a socket that is not bound", EPERM, EPERM);
	begin(EVG_CMD_LINK);
	genl_put_u32(&g, EVG_A_GENERATION, 1);
	genl_put_u8(&g, EVG_A_REPORT, EVG_REPORT_LOST);
	refuse("LINK from a socket that is not bound", EPERM, EPERM);
	begin(EVG_CMD_EVICT);
	genl_put_u32(&g, EVG_A_GENERATION, 1);
	genl_put_range(&g, 0, 1);
	refuse("EVICT from a socket that is not bound", EPERM, EPERM);
	begin(EVG_CMD_HEAT);
	genl_put_u32(&g, EVG_A_GENERATION, 1);
	genl_put(&g, EVG_A_COOL, NULL, 0);
	refuse("HEAT that cools from a socket that is not bound", EPERM, EPERM);
	begin(EVG_CMD_HEAT);
	genl_put_u32(&g, EVG_A_GENERATION, 1);
	genl_put_u64(&g, EVG_A_FIRST, 0);
	genl_put(&g, EVG_A_HEAT, "warm", 4);
	refuse("HEAT that warms from a socket that is not bound", EPERM, EPERM);
	begin_bind(clean_fd, map_fd);
	genl_put_u32(&g, EVG_A_WINDOW, 16);
	refuse("BIND while a helper lives", EBUSY, EBUSY);
	begin_bind(clean_fd, map_fd);
	genl_put_u32(&g, EVG_A_WINDOW, 0);
	refuse("BIND with a window of 0", EINVAL, ERANGE);
	begin_bind(clean_fd, map_fd);
	refuse("BIND without a window", EINVAL, EINVAL);
}

/* By force, so that the helper that lives is no reason. */
static void not_its_cache(void)
{
	begin(EVG_CMD_BIND);
	genl_put_u32(&g, EVG_A_WINDOW, 16);
	genl_put(&g, EVG_A_FORCE, NULL, 0);
	refuse("BIND without files", EINVAL, EINVAL);
	begin_bind(clean_fd, 4000);
	genl_put_u32(&g, EVG_A_WINDOW, 16);
	genl_put(&g, EVG_A_FORCE, NULL, 0);
	refuse("BIND with a file that is not open", EBADF, EBADF);
	begin_bind(map_fd, clean_fd);
	genl_put_u32(&g, EVG_A_WINDOW, 16);
	genl_put(&g, EVG_A_FORCE, NULL, 0);
	refuse("BIND with other files than the disk's", EXDEV, EXDEV);
	begin_bind(clean_fd, open_or_exit("/proc/self/exe", O_RDONLY));
	genl_put_u32(&g, EVG_A_WINDOW, 16);
	genl_put(&g, EVG_A_FORCE, NULL, 0);
	refuse("BIND with another map than the disk's", EXDEV, EXDEV);
}

static void no_such_disk(void)
{
	static const uint8_t cmds[] = {
		EVG_CMD_SET, EVG_CMD_GET, EVG_CMD_BIND, EVG_CMD_DRILL, EVG_CMD_MAP,
		EVG_CMD_HEAT, EVG_CMD_MISSES, EVG_CMD_EVICT,
	};
	size_t i;

	for (i = 0; i < sizeof(cmds); i++) {
		genl_begin(&g, g.family, cmds[i], 0);
		genl_put_u32(&g, EVG_A_INDEX, 4000);
		if (cmds[i] == EVG_CMD_BIND) {
			genl_put_u32(&g, EVG_A_WINDOW, 16);
			genl_put_u32(&g, EVG_A_CLEAN_FD, clean_fd);
			genl_put_u32(&g, EVG_A_MAP_FD, map_fd);
		}
		if (cmds[i] == EVG_CMD_MAP || cmds[i] == EVG_CMD_HEAT)
			genl_put_u64(&g, EVG_A_FIRST, 0);
		if (cmds[i] == EVG_CMD_EVICT) {
			genl_put_u32(&g, EVG_A_GENERATION, 1);
			genl_put_range(&g, 0, 1);
		}
		refuse("a disk that is not there", ENODEV, ENOENT);
	}
	genl_begin(&g, g.family, EVG_CMD_SET, 0);
	refuse("SET without a disk", EINVAL, EINVAL);
}

static void bad_values(void)
{
	int null = open("/dev/null", O_RDWR);

	begin(EVG_CMD_SET);
	genl_put_u32(&g, EVG_A_DETECT_MS, 1);
	refuse("SET detect 1 ms", ERANGE, EINVAL);
	begin(EVG_CMD_SET);
	genl_put_u32(&g, EVG_A_DETECT_MS, 600001);
	refuse("SET detect 600.001 s", ERANGE, EINVAL);
	begin(EVG_CMD_SET);
	genl_put(&g, EVG_A_GRACE_MS, "ab", 2);
	refuse("SET with a grace of two bytes", ERANGE, EINVAL);
	begin(EVG_CMD_SET);
	genl_put_u32(&g, 200, 1);
	refuse("SET with an unknown attribute", EINVAL, EOPNOTSUPP);
	begin_add(999, 998);
	refuse("ADD with descriptors that are not open", EBADF, EBADF);
	begin_add(null, null);
	refuse("ADD of /dev/null", EINVAL, EBADF);
	begin_add(clean_fd, clean_fd);
	refuse("ADD of a map that is opened for direct I/O", EBADF, EBADF);
	genl_begin(&g, g.family, EVG_CMD_ADD, 0);
	refuse("ADD of nothing", EINVAL, EINVAL);
	begin_add(clean_fd, map_fd);
	genl_put_u32(&g, EVG_A_DETECT_MS, 1);
	refuse("ADD with detect 1 ms", ERANGE, EINVAL);
	genl_begin(&g, g.family, 99, 0);
	refuse("an unknown command", EOPNOTSUPP, EOPNOTSUPP);
	close(null);
}

static void bad_questions(void)
{
	int here = open(".", O_RDONLY | O_DIRECTORY);

	begin(EVG_CMD_MAP);
	refuse("MAP without FIRST", EINVAL, EINVAL);
	begin(EVG_CMD_MAP);
	genl_put_u64(&g, EVG_A_FIRST, 1ull << 60);
	refuse("MAP beyond the disk", ERANGE, ERANGE);
	begin(EVG_CMD_HEAT);
	genl_put_u64(&g, EVG_A_FIRST, 1ull << 60);
	refuse("HEAT beyond the disk", ERANGE, ERANGE);
	begin(EVG_CMD_HEAT);
	refuse("HEAT of nothing", EINVAL, EINVAL);
	begin(EVG_CMD_HEAT);
	genl_put(&g, EVG_A_COOL, NULL, 0);
	refuse("HEAT that cools without GENERATION", EINVAL, EINVAL);
	begin(EVG_CMD_HEAT);
	genl_put_u32(&g, EVG_A_GENERATION, 1);
	genl_put_u64(&g, EVG_A_FIRST, 0);
	refuse("HEAT of a helper without heat", EINVAL, EINVAL);
	begin(EVG_CMD_HEAT);
	genl_put_u64(&g, EVG_A_FIRST, 0);
	genl_put(&g, EVG_A_HEAT, NULL, 1017);
	refuse("HEAT that is longer than a page", ERANGE, EINVAL);
	begin(EVG_CMD_MISSES);
	genl_put_u32(&g, EVG_A_SEQ, 1);
	refuse("MISSES with a SEQ of four bytes", ERANGE, EINVAL);
	begin(EVG_CMD_EVICT);
	genl_put_range(&g, 0, 1);
	refuse("EVICT without GENERATION", EINVAL, EINVAL);
	begin(EVG_CMD_EVICT);
	genl_put_u32(&g, EVG_A_GENERATION, 1);
	refuse("EVICT of nothing", EINVAL, EINVAL);
	begin(EVG_CMD_EVICT);
	genl_put_u32(&g, EVG_A_GENERATION, 1);
	genl_put_range(&g, 0, EVG_RANGE_BLOCKS + 1);
	refuse("EVICT of a RANGE that is too long", ERANGE, ERANGE);
	begin(EVG_CMD_FILL);
	genl_put_u32(&g, EVG_A_GENERATION, 1);
	genl_put_range(&g, 0, EVG_RANGE_BLOCKS + 1);
	refuse("FILL of a RANGE that is too long", ERANGE, ERANGE);
	begin(EVG_CMD_DRILL);
	genl_put_u32(&g, EVG_A_CGROUP_FD, here);
	refuse("DRILL of what is no cgroup", EBADF, EBADF);
	begin(EVG_CMD_DRILL);
	genl_put_u32(&g, EVG_A_CGROUP_FD, 998);
	refuse("DRILL of a descriptor that is not open", EBADF, EBADF);
	close(here);
}

static void may_ask(const char *what)
{
	int error = genl_ask(&g);

	if (error && error != EAGAIN) {
		printf("NOT AS IT MUST BE: %s without privilege: %s\n", what,
		       strerrorname_np(error));
		failures++;
	}
}

static void ask_private(const char *what, bool may)
{
	if (may)
		may_ask(what);
	else
		refuse(what, EPERM, EPERM);
}

/* What is private is for those whose socket root has opened. */
static void unprivileged(bool opener_is_root)
{
	begin(EVG_CMD_SET);
	genl_put_u32(&g, EVG_A_GRACE_MS, 0);
	refuse("SET without privilege", EPERM, EPERM);
	begin(EVG_CMD_REMOVE);
	genl_put(&g, EVG_A_FORCE, NULL, 0);
	refuse("REMOVE without privilege", EPERM, EPERM);
	begin_add(clean_fd, map_fd);
	refuse("ADD without privilege", EPERM, EPERM);
	begin_bind(clean_fd, map_fd);
	genl_put_u32(&g, EVG_A_WINDOW, 16);
	genl_put(&g, EVG_A_FORCE, NULL, 0);
	refuse("BIND by force without privilege", EPERM, EPERM);
	begin(EVG_CMD_DRILL);
	refuse("DRILL without privilege", EPERM, EPERM);
	begin(EVG_CMD_GET);
	may_ask("GET");
	begin(EVG_CMD_MAP);
	genl_put_u64(&g, EVG_A_FIRST, 0);
	ask_private("MAP", opener_is_root);
	begin(EVG_CMD_HEAT);
	genl_put_u64(&g, EVG_A_FIRST, 0);
	ask_private("HEAT", opener_is_root);
	begin(EVG_CMD_MISSES);
	ask_private("MISSES", opener_is_root);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: refusals DISK CACHE\n", stderr);
		return 64;
	}
	disk = strtoul(argv[1], NULL, 0);
	clean_fd = open_in(argv[2], "clean", O_RDWR | O_DIRECT);
	map_fd = open_in(argv[2], "map", O_RDWR);
	genl_open(&g);
	not_the_helper();
	not_its_cache();
	no_such_disk();
	bad_values();
	bad_questions();

	/* Opened by root, sent by another; then opened by another, sent by root. */
	if (seteuid(65534))
		return 3;
	unprivileged(true);
	close(g.fd);
	g.fd = genl_socket();
	unprivileged(false);
	if (seteuid(0))
		return 3;
	unprivileged(false);
	return failures != 0;
}
