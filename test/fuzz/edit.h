/* SPDX-License-Identifier: GPL-2.0 */
/* A fuzzer's input read as a list of edits: offset, length, bytes. */
#ifndef TEST_FUZZ_EDIT_H
#define TEST_FUZZ_EDIT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct input {
	const uint8_t *data;
	size_t left;
};

static inline uint8_t input_byte(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->data++;
}

static inline uint32_t input_u16(struct input *in)
{
	uint32_t low = input_byte(in);

	return low | (uint32_t)input_byte(in) << 8;
}

/* One edit of OBJECT; a length of 0 stands for the rest of the input. */
static inline void input_edit(struct input *in, void *object, size_t bytes)
{
	size_t at = input_u16(in) % bytes;
	size_t n = input_byte(in);

	if (!n || n > in->left)
		n = in->left;
	if (n > bytes - at)
		n = bytes - at;
	memcpy((uint8_t *)object + at, in->data, n);
	in->data += n;
	in->left -= n;
}

#endif
