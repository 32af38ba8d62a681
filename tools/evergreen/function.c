// SPDX-License-Identifier: GPL-2.0
#include "evergreen.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "parse.h"
#include "place.h"
#include "plain.h"
#include "record.h"
#include "same_image.h"
#include "text.h"
#include "view.h"

struct function_job {
	const char *deed;
	const char *name;		/* --name */
	bool json;
	bool replace;
	bool trust;
	uint32_t index;
	char **operand;
	int operands;
};

static const char *text_date(char text[TEXT_BYTES], uint64_t seconds)
{
	time_t when = (time_t)seconds;
	struct tm tm;

	if (!localtime_r(&when, &tm) ||
	    !strftime(text, TEXT_BYTES, "%Y-%m-%d %H:%M", &tm))
		snprintf(text, TEXT_BYTES, "?");
	return text;
}

/* It may be another person's. */
static const char *command_text(const struct function *f)
{
	static char text[FUNCTION_COMMAND_MAX];

	return plain_text(text, sizeof(text), f->command ? f->command : "-");
}

static void print_row(const struct view *view, const struct function *f)
{
	uint64_t present = view->present[f - view->function];
	char size[TEXT_BYTES], share[TEXT_BYTES], date[TEXT_BYTES];

	printf("%-24s %9s %8s %6u %-6s  %-16s  ", f->name,
	       text_bytes(size, f->blocks * EVG_BLOCK_SIZE),
	       text_share(share, present, f->blocks), f->weight,
	       f->pinned ? "pinned" : "-", text_date(date, f->recorded));
	puts(command_text(f));
}

static struct json_object *row_json(const struct view *view,
				    const struct function *f)
{
	uint64_t present = view->present[f - view->function];
	struct json_object *row = json_object_new_object();
	char text[FUNCTION_COMMAND_MAX];

	json_object_object_add(row, "name", json_object_new_string(f->name));
	json_object_object_add(row, "bytes",
			       json_object_new_uint64(f->blocks * EVG_BLOCK_SIZE));
	json_object_object_add(row, "present_bytes",
			       json_object_new_uint64(present * EVG_BLOCK_SIZE));
	json_object_object_add(row, "blocks", json_object_new_uint64(f->blocks));
	json_object_object_add(row, "ranges", json_object_new_uint64(f->ranges));
	json_object_object_add(row, "weight", json_object_new_uint64(f->weight));
	json_object_object_add(row, "pinned", json_object_new_boolean(f->pinned));
	json_object_object_add(row, "recorded",
			       json_object_new_uint64(f->recorded));
	json_object_object_add(row, "command", f->command ?
			       json_object_new_string(plain_utf8(text, sizeof(text),
								 f->command)) : NULL);
	return row;
}

static int list(const struct view *view, bool json)
{
	struct json_object *rows = json ? json_object_new_array() : NULL;
	size_t i;

	if (!json)
		printf("%-24s %9s %8s %6s %-6s  %-16s  %s\n", "FUNCTION", "SIZE",
		       "CACHED", "WEIGHT", "PINNED", "RECORDED", "COMMAND");
	for (i = 0; i < view->functions; i++) {
		if (json)
			json_object_array_add(rows,
					      row_json(view, &view->function[i]));
		else
			print_row(view, &view->function[i]);
	}
	if (json)
		json_print(rows, stdout);
	return EXIT_OK;
}

static int say_unknown(uint32_t index, const char *name)
{
	return say_failure("evg%u has no function '%s'; 'evergreen function list evg%u' shows all",
			   index, name, index);
}

static int show(const struct view *view, const char *name, bool json)
{
	const struct function *f = view_find(view, name);
	char text[TEXT_BYTES], share[TEXT_BYTES];
	uint64_t present;

	if (!f)
		return say_unknown(view->disk.index, name);
	if (json) {
		json_print(row_json(view, f), stdout);
		return EXIT_OK;
	}
	present = view->present[f - view->function];
	printf("%s\n  size      %s, %llu blocks in %zu ranges\n", f->name,
	       text_bytes(text, f->blocks * EVG_BLOCK_SIZE),
	       (unsigned long long)f->blocks, f->ranges);
	printf("  cached    %s of it\n", text_share(share, present, f->blocks));
	printf("  weight    %u of %d%s\n", f->weight, FUNCTION_WEIGHT_MAX,
	       f->pinned ? ", pinned" : "");
	printf("  recorded  %s\n", text_date(text, f->recorded));
	printf("  command   %s\n", command_text(f));
	printf("  image     %llu bytes, known by %u of its blocks\n",
	       (unsigned long long)f->image_bytes, f->samples);
	return EXIT_OK;
}

static int look(struct evgnl *nl, const struct function_job *job)
{
	struct view view;
	int status = view_open(&view, nl, job->index);

	if (!status)
		status = view_count(&view);
	if (!status)
		status = job->deed[0] == 'l' ? list(&view, job->json) :
			 show(&view, job->operand[0], job->json);
	view_close(&view);
	return status;
}

static int remove_all(const struct place *place, const struct function_job *job)
{
	char path[PATH_MAX];
	int i, status = EXIT_OK;

	for (i = 0; i < job->operands && !status; i++) {
		if (!place_has_function(place, job->operand[i]))
			status = say_unknown(job->index, job->operand[i]);
	}
	for (i = 0; i < job->operands && !status; i++) {
		if (function_path(path, sizeof(path), place->home, job->operand[i]))
			status = say_failure("%s", function_error());
		else if (unlink(path))
			status = say_failure("%s: %s", path, strerror(errno));
	}
	place_tell_helper(place);
	return status;
}

static int export(const struct place *place, const struct function_job *job)
{
	const char *to = job->operands > 1 ? job->operand[1] : "-";
	struct function f;
	int status;

	if (!place_has_function(place, job->operand[0]))
		return say_unknown(job->index, job->operand[0]);
	status = place_load(place, job->operand[0], true, &f);
	if (status)
		return status;
	if (!strcmp(to, "-") ? function_print(&f, stdout) : function_export(&f, to))
		status = say_failure("%s", function_error());
	function_free(&f);
	return status;
}

static bool is_reserved(const char *name)
{
	return !strcmp(name, FUNCTION_METADATA) || !strcmp(name, FUNCTION_SESSION);
}

/* What others say of a function's worth, and that it is never evicted, is theirs. */
static int import(const struct place *place, const struct function_job *job,
		  const char *path)
{
	struct function f;
	int status;

	if (function_load(&f, strcmp(path, "-") ? path : "/dev/stdin"))
		return say_failure("%s", function_error());
	if (job->name)
		snprintf(f.name, sizeof(f.name), "%s", job->name);
	if (!job->trust) {
		f.pinned = false;
		f.weight = FUNCTION_WEIGHT;
	}
	if (!job->trust && is_reserved(f.name))
		status = say_failure("%s: '%s' has a meaning of its own here; say --name, or --trust if it is yours",
				     path, f.name);
	else if (!job->replace && place_has_function(place, f.name))
		status = say_failure("%s: evg%u has '%s' already; say --replace or --name",
				     path, job->index, f.name);
	else
		status = same_image(place, &f, path);
	if (!status) {
		function_stamp(&f, &place->header);
		status = place_store(place, &f);
	}
	function_free(&f);
	return status;
}

static int change(struct evgnl *nl, const struct function_job *job)
{
	struct place place;
	int i, status;

	status = place_find(&place, nl, job->index);
	if (status)
		return status;
	switch (job->deed[0]) {
	case 'r':
		return remove_all(&place, job);
	case 'e':
		return export(&place, job);
	default:
		for (i = 0; i < job->operands && !status; i++)
			status = import(&place, job, job->operand[i]);
		return status;
	}
}

static const struct deed {
	const char *name;
	const char *what;		/* its operand after the disk */
	int min;
	int max;
} deeds[] = {
	{ "list", "nothing", 0, 0 },
	{ "show", "the function", 1, 1 },
	{ "remove", "the function", 1, INT_MAX },
	{ "export", "the function", 1, 2 },
	{ "import", "the file", 1, INT_MAX },
};

static int take_operands(const struct verb *verb, struct function_job *job,
			 int argc, char **argv)
{
	const struct deed *deed = deeds, *end;
	int status;

	end = deeds + sizeof(deeds) / sizeof(*deeds);
	if (optind >= argc)
		return say_misuse(verb, "list, show, remove, export or import is missing");
	job->deed = argv[optind++];
	while (deed < end && strcmp(deed->name, job->deed))
		deed++;
	if (deed == end)
		return say_misuse(verb, "'%s' is none of list, show, remove, export, import",
				  job->deed);
	status = first_disk_operand(verb, argc, argv, &job->index);
	if (status)
		return status;
	job->operand = argv + optind;
	job->operands = argc - optind;
	if (job->operands < deed->min)
		return say_misuse(verb, "%s is missing", deed->what);
	if (job->operands > deed->max)
		return say_misuse(verb, "'%s' is one too many",
				  job->operand[deed->max]);
	if (job->name && (strcmp(job->deed, "import") || job->operands > 1))
		return say_misuse(verb, "--name is for the import of one file");
	if (job->trust && strcmp(job->deed, "import"))
		return say_misuse(verb, "--trust is for import");
	if (job->name && !function_name_is_good(job->name))
		return say_misuse(verb,
				  "'%s' is no name; use at most %d letters, digits and . _ + -",
				  job->name, FUNCTION_NAME_MAX - 1);
	return EXIT_OK;
}

static int run(const struct verb *verb, const struct function_job *job)
{
	bool looks = job->deed[0] == 'l' || job->deed[0] == 's';
	struct evgnl *nl = looks ? open_module() : open_module_as_root(verb);
	int status;

	if (!nl)
		return EXIT_FAILED;
	status = looks ? look(nl, job) : change(nl, job);
	evgnl_close(nl);
	return status;
}

int run_function(const struct verb *verb, int argc, char **argv)
{
	static const struct option known[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "name", required_argument, NULL, 'n' },
		{ "replace", no_argument, NULL, 'r' },
		{ "trust", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	struct function_job job = { 0 };
	int option, status;

	while ((option = next_option(verb, argc, argv, known, &status)) != -1) {
		if (!option)
			return status;
		if (option == 'j')
			job.json = true;
		else if (option == 'n')
			job.name = optarg;
		else if (option == 't')
			job.trust = true;
		else
			job.replace = true;
	}
	status = take_operands(verb, &job, argc, argv);
	return status ? status : run(verb, &job);
}
