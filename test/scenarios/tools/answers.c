// SPDX-License-Identifier: GPL-2.0
/*
 * How long the kernel takes to answer a helper, whatever waits on its disk.
 *
 * usage: answers DISK ROUNDS
 *
 * Take the disk over; then, in each round, find the link, prove it, and lose it,
 * as a helper would.  Print rounds= max_us= and which message that was.
 */
#define _GNU_SOURCE
#include <time.h>

#include "genl.h"

static struct genl g;
static uint32_t disk, generation;
static uint64_t max_us;
static unsigned int slowest;

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ull + ts.tv_nsec / 1000;
}

/* One message: FETCHes are not answered, a LINK may tell of a new generation. */
static bool receive(int ms, int *error)
{
	int cmd = genl_receive(&g, ms, error);

	if (cmd < 0) {
		fputs("answers: the kernel is silent\n", stderr);
		exit(1);
	}
	if (cmd == EVG_CMD_LINK)
		generation = genl_u32(&g, EVG_A_GENERATION);
	return cmd == 0 && ((struct nlmsghdr *)g.in)->nlmsg_seq == g.seq;
}

static void report(uint8_t what)
{
	uint64_t took, begun;
	int error = 0;

	genl_begin(&g, g.family, EVG_CMD_LINK, NLM_F_ACK);
	genl_put_u32(&g, EVG_A_INDEX, disk);
	genl_put_u32(&g, EVG_A_GENERATION, generation);
	genl_put_u8(&g, EVG_A_REPORT, what);
	if (what == EVG_REPORT_PROVED)
		genl_put(&g, EVG_A_PROOF, "answers", 8);
	begun = now_us();
	genl_send(&g);
	took = now_us() - begun;	/* send() returns when the handler has */
	while (!receive(5000, &error))
		;
	if (error) {
		fprintf(stderr, "answers: report %u: %s\n", what, strerror(error));
		exit(1);
	}
	if (took <= max_us)
		return;
	max_us = took;
	slowest = what;
}

int main(int argc, char **argv)
{
	unsigned long i, rounds;
	uint32_t old;

	if (argc != 3) {
		fputs("usage: answers DISK ROUNDS\n", stderr);
		return 64;
	}
	disk = strtoul(argv[1], NULL, 0);
	rounds = strtoul(argv[2], NULL, 0);
	genl_open(&g);
	generation = genl_bind(&g, disk, 256, true);
	for (i = 0; i < rounds; i++) {
		report(EVG_REPORT_PROBED);
		report(EVG_REPORT_PROVED);
		usleep(20000);
		old = generation;
		report(EVG_REPORT_LOST);
		while (generation == old)
			receive(5000, &(int){ 0 });
	}
	printf("rounds=%lu max_us=%llu slowest=%u\n", rounds,
	       (unsigned long long)max_us, slowest);
	return 0;
}
