/* SPDX-License-Identifier: GPL-2.0 */
/* Asking the helper of a disk, over its control socket. */
#ifndef EVERGREEN_CONTROL_H
#define EVERGREEN_CONTROL_H

#include <stdint.h>
#include <json-c/json.h>

enum { CONTROL_MS = 5000 };

/* One line to the helper of /dev/evgINDEX, one back.  Returns 0, with the reply
 * in *reply (for json_object_put(); reply may be NULL), or a negative errno, and
 * then control_error() has one line: -ENOENT no helper listens, -ETIMEDOUT it
 * does not answer in time, -EREMOTEIO it answered with an error.
 */
int control_ask(uint32_t index, const char *request, struct json_object **reply);
int control_ask_within(uint32_t index, const char *request, unsigned int ms,
		       struct json_object **reply);

const char *control_error(void);

/* The value of a key, for what may be missing or null; NULL or -1 then. */
const char *control_text(struct json_object *reply, const char *key);
double control_number(struct json_object *reply, const char *key);

#endif
