/* SPDX-License-Identifier: GPL-2.0 */
/* Readers: every byte is compared, every error and every wait is judged. */
#ifndef EVG_DEBUG_STORM_READER_H
#define EVG_DEBUG_STORM_READER_H

#include <fcntl.h>
#include <sys/uio.h>

#include "pattern.h"
#include "storm.h"

enum { READ_MAX = 32, READS = 60 };

struct reading {
	unsigned int cache;
	bool direct;
	uint64_t begun_ns;
	uint64_t up_ns;		/* the link was up then, or after, and before begun_ns */
};

static bool slept_meanwhile(const struct reading *r)
{
	return storm->asleep ||
	       storm->slept_ns + EXCUSE_MS * 1000000ull * storm->slow > r->begun_ns;
}

/*
 * A link that was up at some time after up_ns and before the read began, and that
 * was down for all of its grace before the read failed, failed it no earlier than
 * grace after up_ns.
 */
static void judge_patient(const struct reading *r, int error)
{
	const struct rules *rule = &rules[r->cache];
	uint64_t grace_ms = rule->grace_ms[0] * storm->slow;
	uint64_t since_up_ms = (now_ns() - r->up_ns) / 1000000;
	uint64_t since_begun_ms = (now_ns() - r->begun_ns) / 1000000;

	if (error == ETIMEDOUT &&
	    since_begun_ms + 1 < grace_ms + rule->detect_ms * storm->slow)
		storm_fail("a read timed out after %llu ms",
			   (unsigned long long)since_begun_ms);
	else if (error != ETIMEDOUT && since_up_ms + 1 < grace_ms)
		storm_fail("%s after %llu ms, %llu ms after the link was up",
			   strerror(error), (unsigned long long)since_begun_ms,
			   (unsigned long long)since_up_ms);
}

static void judge_error(const struct reading *r, int error)
{
	bool refused = error == ENOLINK || (!r->direct && error == EIO);

	__atomic_fetch_add(&storm->errors[r->cache], 1, __ATOMIC_RELAXED);
	if (r->cache >= WILD) {
		if (!refused && error != ETIMEDOUT && error != EIO && error != ENODEV &&
		    error != ENXIO && error != ENODATA)
			storm_fail("a read failed with %s", strerror(error));
	} else if (slept_meanwhile(r)) {
		if (!refused && error != ETIMEDOUT)
			storm_fail("a read failed with %s in a sleep", strerror(error));
	} else if (r->cache == CALM || (!refused && error != ETIMEDOUT)) {
		storm_fail("a read failed with %s", strerror(error));
	} else {
		judge_patient(r, error);
	}
}

static void compare(unsigned int cache, uint64_t at, const char *seen, size_t bytes)
{
	static char right[READ_MAX * EVG_BLOCK_SIZE];
	size_t i;

	pattern_fill(cache + 1, at, right, bytes);
	me->bytes += bytes;
	if (!memcmp(seen, right, bytes))
		return;
	for (i = 0; i < bytes && seen[i] == right[i]; i++)
		;
	storm_fail("wrong byte at block %llu, byte %llu: %#x for %#x",
		   (unsigned long long)(at + i) / EVG_BLOCK_SIZE,
		   (unsigned long long)(at + i) % EVG_BLOCK_SIZE,
		   (unsigned char)seen[i], (unsigned char)right[i]);
}

/* Returns whether the disk is there still. */
static bool read_once(int fd, unsigned int cache, bool direct, char *buffer)
{
	struct reading r = { .cache = cache, .direct = direct };
	uint64_t first = any_block(cache);
	uint32_t count = 1 + chance(READ_MAX);
	bool nowait = direct && percent(10);
	struct iovec to = { .iov_base = buffer };
	ssize_t n;

	if (first + count > rules[cache].blocks)
		count = rules[cache].blocks - first;
	r.up_ns = __atomic_load_n(&storm->up_ns[cache], __ATOMIC_ACQUIRE);
	r.begun_ns = now_ns();
	begin_deed(nowait ? LIMIT_MS : patience_ms(cache), "reads %llu+%u%s",
		   (unsigned long long)first, count, nowait ? " if it need not wait" : "");
	to.iov_len = (size_t)count * EVG_BLOCK_SIZE;
	n = preadv2(fd, &to, 1, first * EVG_BLOCK_SIZE, nowait ? RWF_NOWAIT : 0);
	if (n > 0) {
		end_deed(0);
		compare(cache, first * EVG_BLOCK_SIZE, buffer, n);
		return true;
	}
	/* A disk that was removed by force has no end that could be read. */
	n = n ? errno : ENODEV;
	if (!nowait || (n != EAGAIN && n != EOPNOTSUPP))
		judge_error(&r, n);
	end_deed(n);
	return n != ENODEV;
}

static void reader(uint32_t index, bool direct)
{
	char path[32], *buffer;
	int fd, i;

	if (posix_memalign((void **)&buffer, 4096, READ_MAX * EVG_BLOCK_SIZE))
		exit(3);
	snprintf(path, sizeof(path), "/dev/evg%u", index);
	begin_deed(patience_ms(index % DISKS), "opens %s", path);
	__atomic_fetch_add(&storm->readers, 1, __ATOMIC_SEQ_CST);
	fd = storm->away ? -1 : open(path, O_RDONLY | O_CLOEXEC | (direct ? O_DIRECT : 0));
	end_deed(fd < 0 ? errno : 0);
	for (i = 0; fd >= 0 && i < READS && !storm->away && !storm->over; i++) {
		if (!read_once(fd, index % DISKS, direct, buffer) && percent(50))
			break;
		nap(percent(10) ? 50000 : 5000);
	}
	if (fd >= 0)
		close(fd);
	__atomic_fetch_sub(&storm->readers, 1, __ATOMIC_SEQ_CST);
	free(buffer);
	nap(50000);
}

#endif
