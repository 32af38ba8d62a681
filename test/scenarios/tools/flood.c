// SPDX-License-Identifier: GPL-2.0
/*
 * Submit COUNT 4 KiB O_DIRECT reads at once, by Linux AIO so that one thread
 * is enough; say when all are submitted; then wait for them and compare.
 *
 * usage: flood IMAGE COUNT FIRST STRIDE DEVICE [WRAP]	(FIRST, STRIDE in blocks)
 *
 * The reads begin again at FIRST after WRAP blocks, if that is given.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "pattern.h"

enum { BLOCK = 4096, BATCH = 64, ERRNOS = 256 };

static unsigned int image;
static unsigned long count, first, stride, wrap = ~0ul;
static struct iocb *iocbs;
static char *buffers;
static aio_context_t context;

static unsigned long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ul + ts.tv_nsec / 1000000;
}

static void die(const char *what)
{
	fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(3);
}

static void submit_all(int fd)
{
	struct iocb *batch[BATCH];
	unsigned long i, n, done;
	long ret;

	for (i = 0; i < count; i += n) {
		for (n = 0; n < BATCH && i + n < count; n++) {
			struct iocb *cb = &iocbs[i + n];

			cb->aio_fildes = fd;
			cb->aio_lio_opcode = IOCB_CMD_PREAD;
			cb->aio_data = i + n;
			cb->aio_offset = (first + (i + n) * stride % wrap) * BLOCK;
			cb->aio_buf = (unsigned long)buffers + (i + n) * BLOCK;
			cb->aio_nbytes = BLOCK;
			batch[n] = cb;
		}
		for (done = 0; done < n; done += ret) {
			ret = syscall(SYS_io_submit, context, n - done,
				      batch + done);
			if (ret <= 0)
				die("cannot submit");
		}
	}
}

static int is_wrong(const struct io_event *event)
{
	const struct iocb *cb = &iocbs[event->data];
	static uint64_t expected[BLOCK / 8];

	pattern_fill(image, cb->aio_offset, expected, BLOCK);
	return memcmp((void *)(unsigned long)cb->aio_buf, expected, BLOCK) != 0;
}

static int reap_all(void)
{
	static unsigned long errnos[ERRNOS];
	static struct io_event events[BATCH];
	unsigned long seen, wrong = 0, errors = 0, begun = now_ms();
	long i, n;

	for (seen = 0; seen < count; seen += n) {
		n = syscall(SYS_io_getevents, context, 1, BATCH, events, NULL);
		if (n <= 0)
			die("cannot wait");
		for (i = 0; i < n; i++) {
			if (events[i].res == BLOCK) {
				wrong += is_wrong(&events[i]);
				continue;
			}
			errors++;
			errnos[events[i].res < 0 && -events[i].res < ERRNOS ?
			       -events[i].res : 0]++;
		}
	}
	printf("reads=%lu wrong=%lu errors=%lu elapsed_ms=%lu", count, wrong,
	       errors, now_ms() - begun);
	for (i = 0; i < ERRNOS; i++)
		if (errnos[i])
			printf(" %s=%lu", strerrorname_np(i), errnos[i]);
	printf("\n");
	return wrong ? 2 : 0;
}

int main(int argc, char **argv)
{
	unsigned long begun;
	int fd;

	if (argc != 6 && argc != 7) {
		fputs("usage: flood IMAGE COUNT FIRST STRIDE DEVICE [WRAP]\n", stderr);
		return 64;
	}
	image = strtoul(argv[1], NULL, 0);
	count = strtoul(argv[2], NULL, 0);
	first = strtoul(argv[3], NULL, 0);
	stride = strtoul(argv[4], NULL, 0);
	if (argc == 7)
		wrap = strtoul(argv[6], NULL, 0);
	fd = open(argv[5], O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		die(argv[5]);
	iocbs = calloc(count, sizeof(*iocbs));
	if (!iocbs || posix_memalign((void **)&buffers, BLOCK, count * BLOCK))
		die("memory");
	if (syscall(SYS_io_setup, count, &context))
		die("io_setup");
	begun = now_ms();
	submit_all(fd);
	printf("submitted=%lu elapsed_ms=%lu\n", count, now_ms() - begun);
	fflush(stdout);
	return reap_all();
}
