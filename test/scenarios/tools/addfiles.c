// SPDX-License-Identifier: GPL-2.0
/*
 * Give two files to the driver as a cache, whatever they are: what "evergreen
 * attach" would have refused, too, the driver must refuse by itself.
 *
 * usage: addfiles CLEAN MAP
 * Prints "ERRNO: REASON" and exits with 1 when it is refused; when it is taken,
 * removes the disk again, and exits with 0.
 */
#define _GNU_SOURCE
#include <fcntl.h>

#include "genl.h"

static struct genl g;

static const char *text(uint16_t type)
{
	return g.attr[type] ? (const char *)(g.attr[type] + 1) : "no reason";
}

static int refused(int error, uint16_t why)
{
	printf("%s: %s\n", strerrorname_np(error), text(why));
	return 1;
}

/* The end of an ADD or a REMOVE: 0 or a positive errno. */
static int wait_done(void)
{
	int cmd;

	do {
		cmd = genl_receive(&g, 10000, &(int){ 0 });
	} while (cmd >= 0 && cmd != EVG_CMD_DONE);
	return cmd < 0 ? ETIME : (int)genl_u32(&g, EVG_A_ERROR);
}

int main(int argc, char **argv)
{
	uint32_t index;
	int cmd, error = 0;

	if (argc != 3) {
		fputs("usage: addfiles CLEAN MAP\n", stderr);
		return 64;
	}
	genl_open(&g);
	genl_begin(&g, g.family, EVG_CMD_ADD, 0);
	genl_put_u32(&g, EVG_A_CLEAN_FD, open_or_exit(argv[1], O_RDONLY));
	genl_put_u32(&g, EVG_A_MAP_FD, open_or_exit(argv[2], O_RDWR));
	genl_send(&g);
	cmd = genl_receive(&g, 5000, &error);
	if (cmd != EVG_CMD_ADD)
		return refused(cmd < 0 ? ETIME : error, NLMSGERR_ATTR_MSG);
	index = genl_u32(&g, EVG_A_INDEX);
	error = wait_done();
	if (error)
		return refused(error, EVG_A_MESSAGE);
	genl_begin(&g, g.family, EVG_CMD_REMOVE, 0);
	genl_put_u32(&g, EVG_A_INDEX, index);
	error = genl_ask(&g);
	if (!error)
		error = wait_done();
	return error ? refused(error, EVG_A_MESSAGE) : 0;
}
