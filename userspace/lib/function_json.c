// SPDX-License-Identifier: GPL-2.0
/* A function as text; what comes from others is checked to the last number. */
#include "function_priv.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "evergreen-function"

enum { VERSION = 1, BLOCK_BYTES = 4096, DEPTH = 8 };

static int refuse_key(const char *key, const char *what)
{
	function_refuse(EINVAL, "'%s' is %s", key, what);
	return -EINVAL;
}

static bool take_number(struct json_object *value, uint64_t max, uint64_t *to)
{
	int64_t number;

	if (!json_object_is_type(value, json_type_int))
		return false;
	number = json_object_get_int64(value);
	if (number < 0 || (uint64_t)number > max)
		return false;
	*to = (uint64_t)number;
	return true;
}

static int get_number(struct json_object *in, const char *key, uint64_t min,
		      uint64_t max, uint64_t *to)
{
	struct json_object *value;

	if (!json_object_object_get_ex(in, key, &value))
		return refuse_key(key, "missing");
	if (!take_number(value, max, to) || *to < min)
		return refuse_key(key, "not a number that is possible");
	return 0;
}

/* A text without a 0 in it, shorter than MAX. */
static int get_text(struct json_object *in, const char *key, size_t max,
		    const char **to)
{
	struct json_object *value;

	if (!json_object_object_get_ex(in, key, &value))
		return refuse_key(key, "missing");
	if (!json_object_is_type(value, json_type_string))
		return refuse_key(key, "not a text");
	*to = json_object_get_string(value);
	if (strlen(*to) != (size_t)json_object_get_string_len(value) ||
	    strlen(*to) >= max)
		return refuse_key(key, "too long a text");
	return 0;
}

static int get_format(struct json_object *in)
{
	const char *format;
	uint64_t version;

	if (!json_object_is_type(in, json_type_object) ||
	    get_text(in, "format", sizeof(FORMAT), &format) ||
	    strcmp(format, FORMAT))
		return function_refuse(EINVAL, "it is no function of evergreen");
	if (get_number(in, "version", 0, INT32_MAX, &version))
		return -EINVAL;
	if (version != VERSION)
		return function_refuse(EPROTONOSUPPORT,
				       "it has version %llu; this program knows version %d only",
				       (unsigned long long)version, VERSION);
	return 0;
}

static int get_about(struct json_object *in, struct function *f)
{
	struct json_object *value;
	uint64_t weight, block;
	const char *text;
	int ret;

	ret = get_text(in, "name", FUNCTION_NAME_MAX, &text);
	if (!ret && !function_name_is_good(text))
		ret = refuse_key("name", "not a name; use letters, digits and . _ + -");
	if (!ret)
		memcpy(f->name, text, strlen(text) + 1);
	if (!ret)
		ret = get_number(in, "weight", 1, FUNCTION_WEIGHT_MAX, &weight);
	if (!ret)
		ret = get_number(in, "recorded", 0, INT64_MAX, &f->recorded);
	if (!ret)
		ret = get_number(in, "block_bytes", BLOCK_BYTES, BLOCK_BYTES,
				 &block);
	if (ret)
		return ret;
	f->weight = (uint32_t)weight;
	if (!json_object_object_get_ex(in, "pinned", &value) ||
	    !json_object_is_type(value, json_type_boolean))
		return refuse_key("pinned", "neither true nor false");
	f->pinned = json_object_get_boolean(value);
	if (!json_object_object_get_ex(in, "command", &value) || !value)
		return 0;
	ret = get_text(in, "command", FUNCTION_COMMAND_MAX, &text);
	if (!ret)
		f->command = strdup(text);
	if (!ret && !f->command)
		ret = function_refuse(ENOMEM, "out of memory");
	return ret;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static int get_fingerprint(struct json_object *in, uint8_t to[32])
{
	const char *text;
	int i, high, low;

	if (get_text(in, "fingerprint", 65, &text))
		return -EINVAL;
	if (strlen(text) != 64)
		return refuse_key("fingerprint", "not 64 hexadecimal digits");
	for (i = 0; i < 32; i++) {
		high = hex_digit(text[2 * i]);
		low = hex_digit(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return refuse_key("fingerprint",
					  "not 64 hexadecimal digits");
		to[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static int get_image(struct json_object *in, struct function *f)
{
	struct json_object *image, *samples;
	uint32_t i;
	size_t n;
	int ret;

	if (!json_object_object_get_ex(in, "image", &image) ||
	    !json_object_is_type(image, json_type_object))
		return refuse_key("image", "missing");
	ret = get_number(image, "bytes", 512, EVG_IMAGE_MAX_BYTES,
			 &f->image_bytes);
	if (!ret)
		ret = get_fingerprint(image, f->fingerprint);
	if (ret)
		return ret;
	if (!json_object_object_get_ex(image, "samples", &samples) ||
	    !json_object_is_type(samples, json_type_array))
		return refuse_key("samples", "missing");
	n = json_object_array_length(samples);
	if (!n || n > EVG_SAMPLES)
		return refuse_key("samples", "too short or too long a list");
	f->samples = (uint32_t)n;
	for (i = 0; i < f->samples; i++)
		if (!take_number(json_object_array_get_idx(samples, i),
				 function_image_blocks(f) - 1, &f->sample[i]))
			return refuse_key("samples", "not a list of the image's blocks");
	return 0;
}

/* No memory but for the range itself: COUNT is anybody's word. */
static int get_range(struct json_object *pair, struct function *f)
{
	uint64_t first, count;

	if (!json_object_is_type(pair, json_type_array) ||
	    json_object_array_length(pair) != 2 ||
	    !take_number(json_object_array_get_idx(pair, 0), INT64_MAX, &first) ||
	    !take_number(json_object_array_get_idx(pair, 1), UINT32_MAX, &count) ||
	    !count)
		return refuse_key("ranges", "not a list of [first, count]");
	return function_append(f, first, count);
}

static int get_ranges(struct json_object *in, struct function *f)
{
	struct json_object *ranges;
	size_t i, n;
	int ret = 0;

	if (!json_object_object_get_ex(in, "ranges", &ranges) ||
	    !json_object_is_type(ranges, json_type_array))
		return refuse_key("ranges", "missing");
	n = json_object_array_length(ranges);
	for (i = 0; i < n && !ret; i++)
		ret = get_range(json_object_array_get_idx(ranges, i), f);
	if (!ret)
		ret = function_is_apart(f);
	return ret > 0 ? 0 : ret ? ret :
	       refuse_key("ranges", "a list with blocks that come twice");
}

/*
 * Not with JSON_TOKENER_STRICT: json-c 0.18 then refuses letters beyond ASCII. Of
 * what else that refuses only a second text behind the first would do harm.
 */
static int parse_json(const char *text, size_t bytes, struct json_object **to)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH);
	size_t end;
	int ret = 0;

	*to = NULL;
	if (!tokener)
		return function_refuse(ENOMEM, "out of memory");
	*to = json_tokener_parse_ex(tokener, text, (int)bytes);
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		ret = function_refuse(EINVAL, "its end is missing");
	else if (!*to)
		ret = function_refuse(EINVAL, "it is no JSON");
	for (end = json_tokener_get_parse_end(tokener); !ret && end < bytes; end++)
		if (!memchr(" \t\r\n", text[end], 4))
			ret = function_refuse(EINVAL, "more follows its end");
	json_tokener_free(tokener);
	return ret;
}

int function_parse(struct function *f, const char *text, size_t bytes)
{
	struct json_object *in;
	int ret;

	memset(f, 0, sizeof(*f));
	if (bytes > FUNCTION_FILE_MAX)
		return function_refuse(EFBIG, "it is larger than %d MiB",
				       FUNCTION_FILE_MAX >> 20);
	ret = parse_json(text, bytes, &in);
	if (!ret)
		ret = get_format(in);
	if (!ret)
		ret = get_about(in, f);
	if (!ret)
		ret = get_image(in, f);
	if (!ret)
		ret = get_ranges(in, f);
	json_object_put(in);
	if (ret)
		function_free(f);
	return ret;
}

static void print_command(const struct function *f, FILE *out)
{
	struct json_object *text;

	if (!f->command)
		return;
	text = json_object_new_string(f->command);
	if (text)
		fprintf(out, "  \"command\": %s,\n",
			json_object_to_json_string_ext(text,
						       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(text);
}

static void print_image(const struct function *f, FILE *out)
{
	uint32_t i;

	fprintf(out, "  \"image\": {\n    \"bytes\": %llu,\n    \"fingerprint\": \"",
		(unsigned long long)f->image_bytes);
	for (i = 0; i < sizeof(f->fingerprint); i++)
		fprintf(out, "%02x", f->fingerprint[i]);
	fputs("\",\n    \"samples\": [", out);
	for (i = 0; i < f->samples; i++)
		fprintf(out, "%s%llu", i ? ", " : "",
			(unsigned long long)f->sample[i]);
	fputs("]\n  },\n", out);
}

int function_print(const struct function *f, FILE *out)
{
	size_t i;

	fprintf(out, "{\n  \"format\": \"%s\",\n  \"version\": %d,\n", FORMAT,
		VERSION);
	fprintf(out, "  \"name\": \"%s\",\n  \"weight\": %u,\n", f->name,
		f->weight);
	fprintf(out, "  \"pinned\": %s,\n  \"recorded\": %llu,\n",
		f->pinned ? "true" : "false", (unsigned long long)f->recorded);
	print_command(f, out);
	print_image(f, out);
	fprintf(out, "  \"block_bytes\": %d,\n  \"ranges\": [", BLOCK_BYTES);
	for (i = 0; i < f->ranges; i++)
		fprintf(out, "%s\n    [%llu, %u]", i ? "," : "",
			(unsigned long long)f->range[i].first,
			f->range[i].count);
	fputs("\n  ]\n}\n", out);
	fflush(out);
	return ferror(out) ? function_refuse(EIO, "writing failed") : 0;
}
