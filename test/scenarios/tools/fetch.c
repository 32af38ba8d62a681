// SPDX-License-Identifier: GPL-2.0
/*
 * Read ranges of blocks of a device past the page cache, many at once.
 *   fetch DEVICE <RANGES	one "FIRST COUNT" a line, in blocks of 4096 bytes
 * Prints "blocks=N errors=N"; exit status 1 if there was an error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 4096, MOST = 32, THREADS = 8 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long long first, left;	/* of the range under way */
static unsigned long long blocks, errors;
static int device;

static bool next(unsigned long long *from, unsigned long long *count)
{
	bool some;

	pthread_mutex_lock(&lock);
	some = left || (scanf("%llu %llu", &first, &left) == 2 && left);
	*from = first;
	*count = left < MOST ? left : MOST;
	first += *count;
	left -= *count;
	pthread_mutex_unlock(&lock);
	return some;
}

static void *work(void *arg)
{
	unsigned long long from, count;
	void *buf;
	ssize_t n;

	if (posix_memalign(&buf, BLOCK, MOST * BLOCK))
		abort();
	while (next(&from, &count)) {
		n = pread(device, buf, count * BLOCK, (off_t)(from * BLOCK));
		pthread_mutex_lock(&lock);
		if (n > 0)
			blocks += ((unsigned long long)n + BLOCK - 1) / BLOCK;
		else
			errors++;
		pthread_mutex_unlock(&lock);
	}
	free(buf);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread[THREADS];
	int i;

	if (argc != 2) {
		fprintf(stderr, "usage: fetch DEVICE <RANGES\n");
		return 2;
	}
	device = open(argv[1], O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (device < 0) {
		fprintf(stderr, "fetch: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, work, NULL))
			abort();
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	printf("blocks=%llu errors=%llu\n", blocks, errors);
	return errors ? 1 : 0;
}
