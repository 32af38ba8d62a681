// SPDX-License-Identifier: GPL-2.0
/* evergreen: attach and look after disks whose blocks live on a server. */
#include "evergreen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "version.h"

static const struct verb verbs[] = {
	{ "attach", run_attach, "[OPTION...] URI",
	  "Make a disk of the image at URI, print its device node",
	  "URI is nbd://HOST[:PORT]/[EXPORT], nbd+unix:///[EXPORT]?socket=PATH,\n"
	  "or the same with nbds for TLS.\n\n"
	  "  --name N           evg3 or 3; the first that is free if not given\n"
	  "  --cache PATH       a directory or a block device; a directory under\n"
	  "                     /var/cache/evergreen if not given\n"
	  "  --overwrite        make a cache on a block device that holds something else\n"
	  "  --grace S|inf      seconds of an outage in which misses wait (30)\n"
	  "  --detect S         seconds without progress that make an outage (10)\n"
	  "  --hydrate          fetch the whole image in the background\n"
	  "  --rate BYTES|none  per second, for what nobody waits for; 512K, 20M\n"
	  "  --quota BYTES|none what the cache may hold; 20G\n"
	  "  --takeover         replace the helper that the disk has\n" },
	{ "detach", run_detach, "[--force] N",
	  "Remove a disk; its cache stays",
	  "  --force            even if it is in use: what waits fails\n" },
	{ "list", run_list, "[--json]",
	  "List the disks",
	  "  --json             one array of objects\n" },
	{ "status", run_status, "[--json] N",
	  "Show all about one disk, without reading from it",
	  "  --json             one object\n" },
	{ "set", run_set, "[OPTION...] N",
	  "Change a disk's times, and what its helper does ahead of time",
	  "  --grace S|inf      seconds of an outage in which misses wait\n"
	  "  --detect S         seconds without progress that make an outage\n"
	  "  --hydrate on|off   fetch the whole image in the background\n"
	  "  --rate BYTES|none  per second, for what nobody waits for; 512K, 20M\n"
	  "  --quota BYTES|none what the cache may hold; 20G\n" },
	{ "reset", run_reset, "N",
	  "Leave the state stale: compare the server's image with the cache again",
	  "" },
	{ "watch", run_watch, "[--json]",
	  "Print what happens to disks and links, a line each, until interrupted",
	  "  --json             one object a line\n" },
	{ "record", run_record, "[OPTION...] N NAME [--] COMMAND [ARG...]",
	  "Run a command; the blocks that it needs become the function NAME",
	  "  --append           add to the function what it does not have yet\n"
	  "  --replace          even if there is one of that name\n"
	  "  --weight W         1 to 1000, more is fetched first (100)\n"
	  "  --pin              never evict its blocks\n"
	  "  --buffer SIZE      for what is read between two looks, for each CPU (8M)\n"
	  "  --no-metadata      do not record the file systems' own blocks first\n"
	  "  --pid PID          instead of a command: until that process ends\n"
	  "  --start, --stop    instead of a command: between these two calls\n" },
	{ "metadata", run_metadata, "N",
	  "Make the function 'metadata': the file systems' own blocks",
	  "" },
	{ "hoard", run_hoard, "[OPTION...] N PATH...",
	  "Have files and directories of a disk fetched and kept",
	  "  --name NAME        the function that they are added to (hoard)\n"
	  "  --deps             also the interpreters and libraries of programs\n"
	  "  --wait             until all of it is cached\n"
	  "  --no-metadata      do not record the file systems' own blocks first\n" },
	{ "function", run_function, "list|show|remove|export|import [OPTION...] N [OPERAND...]",
	  "List, show, remove, give away or take in functions of a disk",
	  "  list N             all of them\n"
	  "  show N NAME        one\n"
	  "  remove N NAME...\n"
	  "  export N NAME [FILE]  to standard output if no file is given\n"
	  "  import N FILE...   if they are of the same image\n"
	  "  --json             list, show: an array of objects, an object\n"
	  "  --name NAME        import: as that function\n"
	  "  --replace          import: even if there is one of that name\n"
	  "  --trust            import: with its weight, pinned, of any name\n" },
	{ "ready", run_ready, "[--json] N [NAME...]",
	  "Which functions would run now with the link cut; exit status 1 if one would not",
	  "  --json             one array of objects\n" },
	{ "why", run_why, "[--json] N",
	  "Which programs missed which files in an outage, and are they there now",
	  "  --json             one array of objects\n" },
	{ "drill", run_drill, "[OPTION...] N NAME -- COMMAND...",
	  "Run a function with its misses made to fail, fetch them, until it has none",
	  "  --rounds K         try so often at most (10)\n"
	  "  --json             one object; COMMAND's output goes to standard error\n" },
	{ "map", run_map, "[OPTION...] N",
	  "Draw the disk: what is cached, pinned, read often",
	  "  --svg FILE         as a picture, - for standard output\n"
	  "  --width W          so many cells a line\n"
	  "  --json             one object\n" },
	{ "top", run_top, "[--once] [N]",
	  "Watch the disks, or one of them, once a second; q quits",
	  "  --once             print it once; so it does where there is no terminal\n" },
	{ "leaving", run_leaving, "[--in SECONDS | --cancel] N",
	  "Before the network goes: fetch first what makes functions ready soonest",
	  "  --in SECONDS       when it goes (600)\n"
	  "  --cancel           it stays after all\n" },
	{ "check", run_check, "DIR|BLOCKDEV",
	  "Verify a cache; exit status 1 if something is wrong with it",
	  "" },
	{ NULL, NULL, NULL, NULL, NULL },
};

static int print_usage(void)
{
	const struct verb *verb;

	printf("usage: evergreen VERB [OPTION...] [OPERAND]\n\n");
	for (verb = verbs; verb->name; verb++)
		printf("  %-8s %s\n", verb->name, verb->summary);
	printf("\n'evergreen VERB --help' tells more; so does evergreen(8).\n");
	return EXIT_OK;
}

static int misuse(const char *what, const char *text)
{
	fprintf(stderr, "evergreen: %s%s; try 'evergreen --help'\n", what, text);
	return EXIT_USAGE;
}

static int run(int argc, char **argv);

/* "evergreen help VERB" is "evergreen VERB --help" */
static int help(char *verb)
{
	char *argv[] = { "evergreen", verb, "--help", NULL };

	return verb[0] == '-' ? misuse("unknown verb ", verb) : run(3, argv);
}

static int run(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2)
		return misuse("the verb is missing", "");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    (!strcmp(argv[1], "help") && argc == 2))
		return print_usage();
	if (!strcmp(argv[1], "help"))
		return help(argv[2]);
	if (!strcmp(argv[1], "--version")) {
		printf("evergreen %s\n", EVG_VERSION);
		return EXIT_OK;
	}
	for (verb = verbs; verb->name; verb++)
		if (!strcmp(argv[1], verb->name))
			return verb->run(verb, argc - 1, argv + 1);
	if (argv[1][0] == '-')
		return misuse("unknown option ", argv[1]);
	return misuse("unknown verb ", argv[1]);
}

int main(int argc, char **argv)
{
	int status = run(argc, argv);

	errno = 0;
	if ((fflush(stdout) || ferror(stdout)) && !status)
		return say_failure("cannot write to standard output: %s",
				   errno ? strerror(errno) : "write error");
	return status;
}
