// SPDX-License-Identifier: GPL-2.0
/*
 * A server that is not one, for a TCP port: HOW is "silent" (accepts and never
 * speaks), "hangup" (accepts and closes), "garbage" (random bytes for ever) or
 * "half" (the NBD greeting, then silence).  Or it is one, that serves the image
 * of lie.h, and "lies" on each connection, at random: about framing alone, so
 * that no wrong byte may come of it.  It prints a line for each lie.
 *
 * usage: liar HOW PORT [SEED [MIB]]
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lie.h"

static unsigned int connections;

/* Some in the handshake, some while it is proved, most while it serves. */
static void serve_lies(int fd, unsigned int seed, uint64_t mib)
{
	static const enum lie_how far[] = { LIE_CUT, LIE_CUT, LIE_STALL, LIE_FLIP,
					    LIE_FLIP, LIE_NOISE };
	static const uint64_t range[] = { 400, 150000, 700000, 3000000 };
	struct lie lie = { .image_bytes = mib << 20, .spares_payload = true };
	uint64_t z;

	z = (seed * 100003ull + connections) * 6364136223846793005ull + 1;
	z ^= z >> 29;
	z *= 0x9e3779b97f4a7c15ull;
	z ^= z >> 32;
	lie.at = (z >> 8) % range[z % 4];
	lie.value = 1 << (z >> 5) % 8;
	if (z % 7 == 0)
		lie.how = LIE_SHORT + (z >> 32) % (LIE_MEANT - LIE_SHORT);
	else if (z % 4)
		lie.how = far[(z >> 40) % 6];
	else
		lie.how = LIE_CUT + (z >> 40) % (LIE_BYTES - LIE_CUT);
	lie_serve(&lie, fd);
	printf("lie %d at %llu: %s\n", lie.how, (unsigned long long)lie.at,
	       lie.told ? "told" : "not told");
	fflush(stdout);
}

static void serve(const char *how, int fd)
{
	static const char greeting[] = "NBDMAGICIHAVEOPT\0\003";
	char buffer[4096];
	int random;

	if (!strcmp(how, "hangup"))
		return;
	if (!strcmp(how, "half") && write(fd, greeting, 18) != 18)
		return;
	if (strcmp(how, "garbage")) {
		while (read(fd, buffer, sizeof(buffer)) > 0)
			continue;
		return;
	}
	random = open("/dev/urandom", O_RDONLY);
	while (read(random, buffer, sizeof(buffer)) > 0 &&
	       write(fd, buffer, sizeof(buffer)) > 0)
		continue;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int listener, fd, on = 1;

	if (argc < 3) {
		fputs("usage: liar silent|hangup|garbage|half|lies PORT [SEED [MIB]]\n",
		      stderr);
		return 64;
	}
	signal(SIGCHLD, SIG_IGN);
	address.sin_port = htons(atoi(argv[2]));
	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, 16)) {
		perror("liar: cannot listen");
		return 1;
	}
	for (;;) {
		fd = accept(listener, NULL, NULL);
		if (fd < 0)
			continue;
		connections++;
		if (!fork()) {
			signal(SIGPIPE, SIG_DFL);
			if (strcmp(argv[1], "lies"))
				serve(argv[1], fd);
			else
				serve_lies(fd, argc > 3 ? atoi(argv[3]) : 1,
					   argc > 4 ? atoi(argv[4]) : 8);
			_exit(0);
		}
		close(fd);
	}
}
