// SPDX-License-Identifier: GPL-2.0
#include "evergreen.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "metadata.h"
#include "parse.h"
#include "recording.h"

enum {
	KIB		= 1024,
	BUFFER_MIN	= 8192,
	BUFFER_MAX	= 1 << 30,
	EXIT_SIGNAL	= 128,		/* and the signal's number, as a shell has it */
};

enum mode { MODE_COMMAND, MODE_PID, MODE_START, MODE_STOP };

struct record_job {
	uint32_t index;
	const char *name;
	enum mode mode;
	int pid;
	char **command;			/* NULL at its end */
	bool append;
	bool replace;
	bool pin;
	bool weighted;
	bool metadata;
	uint32_t weight;
	uint32_t buffer_kib;
};

static int take_option(const struct verb *verb, struct record_job *job,
		       int option, const char *value)
{
	uint64_t bytes;
	char *end;
	long number;

	switch (option) {
	case 'a':
		job->append = true;
		break;
	case 'r':
		job->replace = true;
		break;
	case 'P':
		job->pin = true;
		break;
	case 'm':
		job->metadata = false;
		break;
	case 's':
	case 'e':
		if (job->mode != MODE_COMMAND)
			return say_misuse(verb, "--start, --stop and --pid do not go together");
		job->mode = option == 's' ? MODE_START : MODE_STOP;
		break;
	case 'p':
		if (job->mode != MODE_COMMAND)
			return say_misuse(verb, "--start, --stop and --pid do not go together");
		job->mode = MODE_PID;
		number = strtol(value, &end, 10);
		if (*end || number < 1 || number > INT32_MAX)
			return say_misuse(verb, "--pid '%s' is no process", value);
		job->pid = (int)number;
		break;
	case 'w':
		number = strtol(value, &end, 10);
		if (*end || end == value || number < 1 ||
		    number > FUNCTION_WEIGHT_MAX)
			return say_misuse(verb, "--weight '%s' is not 1 to %d",
					  value, FUNCTION_WEIGHT_MAX);
		job->weight = (uint32_t)number;
		job->weighted = true;
		break;
	case 'b':
		if (parse_size(value, &bytes) || bytes < BUFFER_MIN ||
		    bytes > BUFFER_MAX)
			return say_misuse(verb, "--buffer '%s' is not 8K to 1G",
					  value);
		job->buffer_kib = (uint32_t)(bytes / KIB);
		break;
	}
	return EXIT_OK;
}

static int take_operands(const struct verb *verb, struct record_job *job,
			 int argc, char **argv)
{
	int status = first_disk_operand(verb, argc, argv, &job->index);

	if (status)
		return status;
	if (optind >= argc)
		return say_misuse(verb, "the function's name is missing");
	job->name = argv[optind++];
	if (!function_name_is_good(job->name))
		return say_misuse(verb,
				  "'%s' is no name; use at most %d letters, digits and . _ + -",
				  job->name, FUNCTION_NAME_MAX - 1);
	if (!strcmp(job->name, FUNCTION_METADATA) ||
	    !strcmp(job->name, FUNCTION_SESSION))
		return say_misuse(verb, "the name '%s' has a meaning of its own; choose another",
				  job->name);
	job->command = argv + optind;
	if (job->mode == MODE_COMMAND && optind == argc)
		return say_misuse(verb, "the command is missing");
	if (job->mode != MODE_COMMAND && optind < argc)
		return say_misuse(verb, "'%s' is one too many", argv[optind]);
	return EXIT_OK;
}

/* What was recorded, for people: words as they were typed, more or less. */
static char *describe(const struct record_job *job)
{
	char text[FUNCTION_COMMAND_MAX];
	size_t used = 0;
	char **word;

	text[0] = '\0';
	if (job->mode == MODE_PID)
		snprintf(text, sizeof(text), "process %d", job->pid);
	for (word = job->command; job->mode == MODE_COMMAND && *word; word++) {
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
					 used ? " " : "", *word);
		if (used >= sizeof(text))
			break;
	}
	return text[0] ? strdup(text) : NULL;
}

static int run_command(void *arg, int *error)
{
	char **command = arg;

	execvp(command[0], command);
	*error = errno;
	return EXIT_FAILED;
}

/* What our own exit status becomes; a note when it is not 0. */
static int tell_ending(const struct record_job *job, const struct ending *ending)
{
	const char *command = job->command[0];
	int status = ending->status;

	if (WIFSIGNALED(status)) {
		say_note("%s was killed by signal %d; what it read is stored all the same",
			 command, WTERMSIG(status));
		return EXIT_SIGNAL + WTERMSIG(status);
	}
	if (WEXITSTATUS(status))
		say_note("%s ended with status %d; what it read is stored all the same",
			 command, WEXITSTATUS(status));
	return WEXITSTATUS(status);
}

/* Run, or wait for, what is recorded; *RESULT is the command's exit status. */
static int watch(struct recording *r, const struct record_job *job, int *result)
{
	struct ending ending;
	int status;

	if (job->mode == MODE_PID)
		return recording_wait_for(r, job->pid, &ending);
	status = recording_run(r, run_command, job->command, &ending);
	if (status)
		return status;
	if (ending.error)
		return say_failure("%s cannot be run: %s", job->command[0],
				   strerror(ending.error));
	*result = tell_ending(job, &ending);
	return EXIT_OK;
}

static int store(const struct place *place, const struct record_job *job,
		 struct function *f)
{
	char *what = describe(job);
	int status;

	if (what) {
		free(f->command);
		f->command = what;
	}
	if (job->weighted)
		f->weight = job->weight;
	if (job->pin)
		f->pinned = true;
	f->recorded = (uint64_t)time(NULL);
	if (!f->blocks)
		return say_failure("nothing of /dev/evg%u was read; is it the right disk?",
				   place->disk.index);
	status = job->replace ? place_store(place, f) : place_add(place, f);
	if (!status)
		recording_tell(place, f);
	return status;
}

/* What stays in memory is known at the start, and wanted at the end: it waits
 * in a file beside the functions, whose name says what the end shall do.
 */
static int waiting_path(char path[PATH_MAX], const struct place *place,
			const char *name, bool replace)
{
	int n = snprintf(path, PATH_MAX, "%s/functions/%s.%s", place->home, name,
			 replace ? "replacing" : "recording");

	return n < PATH_MAX ? EXIT_OK : say_failure("%s: the path is too long",
						    place->home);
}

static int start(const struct place *place, const struct record_job *job,
		 struct function *f)
{
	char path[PATH_MAX];
	struct recording r;
	int status = waiting_path(path, place, job->name, job->replace);

	if (!status)
		status = recording_begin(&r, place, f, job->name, job->buffer_kib);
	if (status)
		return status;
	f->pinned |= job->pin;
	if (job->weighted)
		f->weight = job->weight;
	status = recording_uncover(&r);
	if (!status && function_save(f, path))
		status = say_failure("%s", function_error());
	if (status)
		recording_drop(&r);
	else
		trace_leave(&r.trace);
	return status;
}

static int stop(const struct place *place, struct record_job *job)
{
	char path[PATH_MAX];
	struct recording r;
	struct function f;
	int status = waiting_path(path, place, job->name, true);

	job->replace = !status && !access(path, F_OK);
	if (!status && !job->replace)
		status = waiting_path(path, place, job->name, false);
	if (status)
		return status;
	if (access(path, F_OK)) {
		/* What a recorder that was killed has left. */
		status = place_load(place, job->name, job->append, &f);
	} else if (function_load(&f, path)) {
		return say_failure("%s", function_error());
	}
	if (!status)
		status = recording_resume(&r, place, &f, job->name);
	if (!status && recording_sweep(&r)) {
		recording_drop(&r);
		status = EXIT_FAILED;
	}
	if (!status)
		status = recording_end(&r);
	if (!status)
		status = store(place, job, &f);
	unlink(path);
	function_free(&f);
	return status;
}

static int record_all(const struct place *place, const struct record_job *job,
		      struct function *f, int *result)
{
	struct recording r;
	int status;

	status = recording_begin(&r, place, f, job->name, job->buffer_kib);
	if (status)
		return status;
	status = recording_uncover(&r);
	if (!status)
		status = watch(&r, job, result);
	if (!status)
		status = recording_sweep(&r);
	if (status)
		recording_drop(&r);
	else
		status = recording_end(&r);
	return status ? status : store(place, job, f);
}

static int record(const struct place *place, struct record_job *job)
{
	struct function f;
	int status, result = EXIT_OK;

	if (job->mode == MODE_STOP)
		return stop(place, job);
	if (!job->append && !job->replace && place_has_function(place, job->name))
		return say_failure("evg%u has the function '%s' already; say --append, --replace, or another name",
				   job->index, job->name);
	if (job->metadata)
		metadata_record_first(place);
	status = place_load(place, job->name, job->append, &f);
	if (status)
		return status;
	if (job->mode == MODE_START)
		status = start(place, job, &f);
	else
		status = record_all(place, job, &f, &result);
	function_free(&f);
	return status ? status : result;
}

static int run(const struct verb *verb, struct record_job *job)
{
	struct evgnl *nl = open_module_as_root(verb);
	struct place place;
	int status;

	if (!nl)
		return EXIT_FAILED;
	status = place_find(&place, nl, job->index);
	if (!status)
		status = record(&place, job);
	evgnl_close(nl);
	return status;
}

int run_record(const struct verb *verb, int argc, char **argv)
{
	static const struct option known[] = {
		{ "append", no_argument, NULL, 'a' },
		{ "replace", no_argument, NULL, 'r' },
		{ "weight", required_argument, NULL, 'w' },
		{ "pin", no_argument, NULL, 'P' },
		{ "buffer", required_argument, NULL, 'b' },
		{ "no-metadata", no_argument, NULL, 'm' },
		{ "pid", required_argument, NULL, 'p' },
		{ "start", no_argument, NULL, 's' },
		{ "stop", no_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	struct record_job job = { .metadata = true,
				  .buffer_kib = TRACE_BUFFER_KIB };
	int option, status;

	while ((option = next_option(verb, argc, argv, known, &status)) != -1) {
		if (!option)
			return status;
		status = take_option(verb, &job, option, optarg);
		if (status)
			return status;
	}
	status = take_operands(verb, &job, argc, argv);
	return status ? status : run(verb, &job);
}
