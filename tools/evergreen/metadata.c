// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE		/* nftw, O_DIRECT */
#include "metadata.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "evergreen.h"
#include "private.h"
#include "recording.h"
#include "residents.h"

enum {
	TABLE_BYTES	= 20480,	/* a partition table, at a disk's start */
	DESCRIPTORS	= 32,		/* that the walk may hold open */
	NAME_BYTES	= 256,		/* of extended attributes, at first */
	SHOW_NS		= 200000000,
};

/* What the child tells the parent of, so that progress can be shown. */
struct walk {
	uint64_t files;
	uint64_t systems;
	bool shown;			/* the parent's: there is a line to clear */
};

static struct walk *walk;		/* nftw() takes no argument; shared */

/* The blocks that the extended attributes are in are read by asking for one. */
static void look_at_attributes(const char *path)
{
	char names[NAME_BYTES];

	if (llistxattr(path, names, sizeof(names)) > 0)
		lgetxattr(path, names, NULL, 0);
}

/* And those that tell where its bytes are, by asking where these are. */
static int look_at_extents(const char *path)
{
	struct fiemap map = { .fm_length = FIEMAP_MAX_OFFSET };
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -1;
	/* Without room for extents they are counted, so all are looked at. */
	if (ioctl(fd, FS_IOC_FIEMAP, &map) && errno != EOPNOTSUPP &&
	    errno != ENOTTY)
		err = -1;
	close(fd);
	return err;
}

static int look_at(const char *path, const struct stat *st, int type,
		   struct FTW *at)
{
	char target[PATH_MAX];
	int err = 0;

	(void)at;
	walk->files++;
	errno = EIO;
	if (type == FTW_NS || type == FTW_DNR)
		err = -1;
	else if (S_ISLNK(st->st_mode))
		err = readlink(path, target, sizeof(target)) < 0 ? -1 : 0;
	else if (S_ISREG(st->st_mode))
		err = look_at_extents(path);
	if (err)
		return say_failure("metadata: %s cannot be read: %s", path,
				   strerror(errno));
	look_at_attributes(path);
	return EXIT_OK;
}

/* Bytes of a volume, past every cache. */
static int read_through(const struct volume *volume, uint64_t start, uint64_t end)
{
	enum { STEP = 1 << 17 };
	uint64_t at = start / EVG_BLOCK_SIZE * EVG_BLOCK_SIZE;
	int fd = open(volume->node, O_RDONLY | O_DIRECT | O_CLOEXEC);
	void *buf = NULL;
	ssize_t n = 1;

	if (fd < 0 || posix_memalign(&buf, EVG_BLOCK_SIZE, STEP))
		n = -1;
	for (; at < end && n > 0; at += STEP)
		n = pread(fd, buf, STEP, (off_t)at);
	if (n < 0)
		say_failure("%s cannot be read: %s", volume->node, strerror(errno));
	free(buf);
	if (fd >= 0)
		close(fd);
	return n < 0 ? EXIT_FAILED : EXIT_OK;
}

/* What looks for a file system reads here and there; mount does it, too. */
static void probe(const struct volume *volume)
{
	int fd = open(volume->node, O_RDONLY | O_CLOEXEC);
	pid_t pid;

	if (fd >= 0) {
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		close(fd);
	}
	pid = fork();
	if (!pid) {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0 &&
		    dup2(fd, STDERR_FILENO) >= 0)
			execlp("blkid", "blkid", "-p", volume->node, NULL);
		_exit(EXIT_FAILED);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static int walk_volume(const struct volume *volume, enum private_type type)
{
	int fd = private_mount(volume, type), status = EXIT_OK;
	uint64_t start, end;

	if (fd < 0)
		return EXIT_FAILED;
	if (fchdir(fd) || nftw(".", look_at, DESCRIPTORS, FTW_PHYS | FTW_MOUNT))
		status = EXIT_FAILED;
	if (chdir("/"))
		status = say_failure("/: %s", strerror(errno));
	close(fd);
	if (!status && type == PRIVATE_SQUASHFS)
		status = private_squashfs_tables(volume, &start, &end) ||
			 read_through(volume, start, end) ? EXIT_FAILED : EXIT_OK;
	if (!status)
		walk->systems++;
	return status;
}

static int read_tables(const struct place *place)
{
	const struct volume *disk = &place->volume[0];

	if (place->volumes == 1)
		return EXIT_OK;
	/* A GPT has a second one at the end. */
	return read_through(disk, 0, TABLE_BYTES) ||
	       read_through(disk, disk->bytes - TABLE_BYTES, disk->bytes) ?
	       EXIT_FAILED : EXIT_OK;
}

/* In a child. */
static int look_at_place(void *arg, int *error)
{
	const struct place *place = arg;
	int status = read_tables(place), type;
	size_t i;

	(void)error;
	for (i = 0; i < place->volumes && !status; i++) {
		probe(&place->volume[i]);
		type = private_type(&place->volume[i]);
		if (type < 0)
			status = EXIT_FAILED;
		else if (type > PRIVATE_NONE)
			status = walk_volume(&place->volume[i], type);
	}
	return status;
}

static void show_progress(void)
{
	static struct timespec last;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!isatty(STDERR_FILENO) ||
	    (now.tv_sec - last.tv_sec) * 1000000000LL +
	    now.tv_nsec - last.tv_nsec < SHOW_NS)
		return;
	last = now;
	walk->shown = true;
	fprintf(stderr, "\rmetadata: %llu files ",
		(unsigned long long)walk->files);
}

static int look(struct recording *r)
{
	struct ending ending;
	int status;

	r->progress = show_progress;
	/* The child reads it only. */
	status = recording_run(r, look_at_place, (void *)r->place, &ending);
	if (walk->shown)
		fprintf(stderr, "\r\033[K");
	if (status)
		return status;
	if (ending.signal || WIFSIGNALED(ending.status))
		return say_failure("metadata: interrupted");
	if (ending.status)
		return EXIT_FAILED;
	if (!walk->systems)
		return say_failure("/dev/evg%u has neither ext4, xfs, squashfs nor erofs",
				   r->place->disk.index);
	return EXIT_OK;
}

static int record(const struct place *place, struct function *f)
{
	struct recording r;
	int status;

	status = recording_begin(&r, place, f, FUNCTION_METADATA,
				 TRACE_BUFFER_KIB);
	if (status)
		return status;
	status = look(&r);
	if (!status)
		status = residents_add_buffers(place, f);
	if (status)
		recording_drop(&r);
	else
		status = recording_end(&r);
	return status;
}

int metadata_record(const struct place *place)
{
	struct function f;
	int status;

	walk = mmap(NULL, sizeof(*walk), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (walk == MAP_FAILED)
		return say_failure("out of memory");
	status = place_load(place, FUNCTION_METADATA, false, &f);
	if (!status) {
		f.pinned = true;
		f.weight = FUNCTION_WEIGHT_MAX;
		status = record(place, &f);
		if (!status)
			status = place_store(place, &f);
		if (!status)
			recording_tell(place, &f);
		function_free(&f);
	}
	munmap(walk, sizeof(*walk));
	return status;
}

void metadata_record_first(const struct place *place)
{
	if (place_has_function(place, FUNCTION_METADATA))
		return;
	if (metadata_record(place))
		say_note("going on without; 'evergreen metadata evg%u' tries again",
			 place->disk.index);
}

static int run(const struct verb *verb, uint32_t index)
{
	struct evgnl *nl = open_module_as_root(verb);
	struct place place;
	int status;

	if (!nl)
		return EXIT_FAILED;
	status = place_find(&place, nl, index);
	if (!status)
		status = metadata_record(&place);
	evgnl_close(nl);
	return status;
}

int run_metadata(const struct verb *verb, int argc, char **argv)
{
	uint32_t index;
	int status;

	if (!next_option(verb, argc, argv, common_options, &status))
		return status;
	status = disk_operand(verb, argc, argv, &index);
	return status ? status : run(verb, index);
}
