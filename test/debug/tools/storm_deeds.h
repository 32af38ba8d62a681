/* SPDX-License-Identifier: GPL-2.0 */
/* What happens to the machine meanwhile, and who has nothing to do with it. */
#ifndef EVG_DEBUG_STORM_DEEDS_H
#define EVG_DEBUG_STORM_DEEDS_H

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "storm_helper.h"

#define RELOAD_NS	30000000000ull

static const char *module_path;
static unsigned int cpus;

static bool write_word(const char *path, const char *word)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = write(fd, word, strlen(word));
	close(fd);
	return n >= 0;
}

static void toggle_cpu(void)
{
	static bool off[64];
	unsigned int cpu;
	char path[64];

	if (cpus < 2)
		return;
	cpu = 1 + chance(cpus - 1);
	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", cpu);
	begin_deed(0, "CPU %u goes %s", cpu, off[cpu] ? "on" : "off");
	if (write_word(path, off[cpu] ? "1" : "0"))
		off[cpu] = !off[cpu];
	end_deed(0);
}

/* Tasks are frozen, and thawed again. */
static void sleep_a_moment(void)
{
	if (access("/sys/power/pm_test", W_OK))
		return;
	begin_deed(0, "the machine sleeps");
	write_word("/sys/module/suspend/parameters/pm_test_delay", "0");
	write_word("/sys/power/pm_test", "freezer");
	storm->asleep = true;
	write_word("/sys/power/state", "freeze");
	storm->slept_ns = now_ns();
	storm->asleep = false;
	storm->sleeps++;
	end_deed(0);
}

/* A disk outlives the namespace that it was added in. */
static void namespace_goes(void)
{
	uint32_t index = 1 + chance(DISKS - 1);
	pid_t pid = fork();

	if (!pid) {
		change_namespace();
		if (open_socket() && !storm->quiet) {
			begin_message(EVG_CMD_ADD, index);
			genl_put_u32(&g, EVG_A_CLEAN_FD, cache_of[index].clean_fd);
			genl_put_u32(&g, EVG_A_MAP_FD, cache_of[index].map_fd);
			genl_put_u32(&g, EVG_A_GRACE_MS, any_grace(index));
			genl_put_u32(&g, EVG_A_DETECT_MS,
				     rules[index].detect_ms * storm->slow);
			ask(EVG_CMD_ADD, index, "in a namespace that goes");
		}
		exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void try_unload(void)
{
	begin_deed(LIMIT_MS, "tries to unload the module");
	/* Nothing but the disks keeps it. */
	end_deed(syscall(SYS_delete_module, "evergreen", O_NONBLOCK) ? errno : 0);
	if (!access("/sys/module/evergreen", F_OK))
		return;
	storm->reloads++;
	write_word("/dev/kmsg", "storm: the module was unloaded");
}

static void load(void)
{
	int fd = open_or_exit(module_path, O_RDONLY);

	begin_deed(0, "loads the module");
	end_deed(syscall(SYS_finit_module, fd, "", 0) ? errno : 0);
	close(fd);
}

static bool disks_are_gone(void)
{
	char path[32];
	uint32_t index;
	bool gone = true;

	for (index = 0; index < INDEXES; index++) {
		snprintf(path, sizeof(path), "/sys/block/evg%u", index);
		if (access(path, F_OK))
			continue;
		gone = false;
		remove_disk(index, is_wild(index));
	}
	return gone;
}

/* All that the maps claim, as a boot would find it, is the image. */
static int check_claims(uint64_t first, uint64_t count, void *arg)
{
	const unsigned int *cache = arg;
	const struct cache *c = &cache_of[*cache];
	char right[EVG_BLOCK_SIZE];

	for (; count; count--, first++) {
		pattern_fill(*cache + 1, first * EVG_BLOCK_SIZE, right, sizeof(right));
		if (pread(c->clean_fd, bytes_out, EVG_BLOCK_SIZE, c->data_offset +
			  first * EVG_BLOCK_SIZE) != EVG_BLOCK_SIZE ||
		    memcmp(bytes_out, right, sizeof(right)))
			storm_fail("block %llu of cache %s is claimed, and wrong",
				   (unsigned long long)first, rules[*cache].name);
	}
	return 0;
}

static void check_caches(void)
{
	unsigned int cache;

	for (cache = 0; cache < DISKS; cache++)
		if (cache_each_present(&cache_of[cache], 0, cache_of[cache].blocks,
				       check_claims, &cache))
			storm_fail("cache %s cannot be read", rules[cache].name);
}

/* Who waits for the device's link shall not. */
static void hurry(void)
{
	uint32_t index;

	for (index = DEVICE; index < INDEXES; index += DISKS) {
		begin_message(EVG_CMD_SET, index);
		genl_put_u32(&g, EVG_A_GRACE_MS, 0);
		ask(EVG_CMD_SET, index, "to no grace");
	}
}

/*
 * Readers leave, nothing is added any more, all disks go, and the module.  All
 * others go on.
 */
static void reload(bool for_good)
{
	unsigned int tries;

	storm->away = true;
	while (storm->readers && !storm->failed) {
		if (come_again())
			hurry();
		usleep(200000);
	}
	storm->quiet = true;
	for (tries = 0; tries < 2000 && !storm->failed; tries++) {
		if (come_again() && disks_are_gone())
			try_unload();
		close_socket();
		if (access("/sys/module/evergreen", F_OK))
			break;
		usleep(10000);
	}
	if (!access("/sys/module/evergreen", F_OK))
		storm_fail("the module cannot be unloaded");
	check_caches();
	if (for_good)
		return;
	load();
	storm->quiet = false;
	storm->away = false;
}

static void deeds(void)
{
	static uint64_t loaded_ns;

	if (!loaded_ns)
		loaded_ns = now_ns();
	if (now_ns() - loaded_ns > RELOAD_NS) {
		reload(false);
		loaded_ns = now_ns();
	}
	switch (chance(10)) {
	case 0 ... 3:
		toggle_cpu();
		break;
	case 4:
		sleep_a_moment();
		break;
	case 5:
		write_word("/proc/sys/vm/drop_caches", "3");
		break;
	case 6 ... 8:
		namespace_goes();
		break;
	default:
		try_unload();
		if (access("/sys/module/evergreen", F_OK))
			load();
		break;
	}
	nap(400000);
}

/* Partition tables are looked for at any time. */
static void scanner(void)
{
	uint32_t index = any_index();
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/evg%u", index);
	begin_deed(2 * patience_ms(index % DISKS), "scans %s", path);
	__atomic_fetch_add(&storm->readers, 1, __ATOMIC_SEQ_CST);
	fd = storm->away ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		ioctl(fd, BLKRRPART);
		close(fd);
	}
	__atomic_fetch_sub(&storm->readers, 1, __ATOMIC_SEQ_CST);
	end_deed(0);
	nap(300000);
}

/* When the links are known to have been up: asked for, then answered. */
static void watcher(void)
{
	uint32_t index = 1 + chance(DISKS - 1);
	uint64_t asked_ns;

	heard = NULL;
	if (g.fd < 0 || !g.family || percent(1))
		if (!open_socket()) {
			nap(100000);
			return;
		}
	begin_message(EVG_CMD_GET, index);
	asked_ns = now_ns();
	begin_deed(LIMIT_MS, "GET %u", index);
	genl_send(&g);
	end_deed(0);
	if (genl_receive(&g, LIMIT_MS, &(int){ 0 }) == EVG_CMD_GET &&
	    g.attr[EVG_A_STATE] && *(uint8_t *)(g.attr[EVG_A_STATE] + 1) <= EVG_LINK_SUSPECT)
		__atomic_store_n(&storm->up_ns[index], asked_ns, __ATOMIC_RELEASE);
	nap(20000);
}

/* Another family, and all file systems: neither waits for a disk of ours. */
static void bystander(void)
{
	close_socket();
	g.fd = genl_socket();
	begin_deed(LIMIT_MS, "asks nlctrl for nlctrl");
	genl_begin(&g, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	genl_put(&g, CTRL_ATTR_FAMILY_NAME, "nlctrl", 7);
	genl_send(&g);
	genl_receive(&g, 4 * LIMIT_MS * storm->slow, &(int){ 0 });
	end_deed(0);
	nap(50000);
}

static void syncer(void)
{
	begin_deed(2 * LIMIT_MS, "sync");
	sync();
	end_deed(0);
	nap(500000);
}

#endif
