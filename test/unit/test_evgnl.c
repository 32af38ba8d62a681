// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/lib/evgnl.c userspace/lib/evgnl_wire.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "evgnl_wire.h"

static struct nl_msg *kernel_message(enum evg_cmd cmd)
{
	struct nl_msg *msg = nlmsg_alloc();

	assert_non_null(msg);
	assert_non_null(genlmsg_put(msg, 0, 0, 32, 0, 0, cmd, EVG_GENL_VERSION));
	return msg;
}

static void fetch_is_read(void **state)
{
	struct nl_msg *msg = kernel_message(EVG_CMD_FETCH);
	struct evgnl *nl = calloc(1, sizeof(*nl));
	struct evgnl_event event;

	(void)state;
	nla_put_u32(msg, EVG_A_INDEX, 3);
	nla_put_u32(msg, EVG_A_GENERATION, 9);
	nla_put_u64(msg, EVG_A_COOKIE, 1ULL << 63);
	nla_put_u64(msg, EVG_A_FIRST, 1ULL << 40);
	nla_put_u32(msg, EVG_A_COUNT, 32);
	nla_put_u8(msg, EVG_A_CLASS, EVG_CLASS_READAHEAD);
	assert_int_equal(evgnl_parse_event(nl, nlmsg_hdr(msg), &event), 0);
	assert_int_equal(event.cmd, EVG_CMD_FETCH);
	assert_int_equal(event.index, 3);
	assert_int_equal(event.generation, 9);
	assert_true(event.cookie == 1ULL << 63);
	assert_true(event.range.first == 1ULL << 40);
	assert_int_equal(event.range.count, 32);
	assert_int_equal(event.class, EVG_CLASS_READAHEAD);
	nlmsg_free(msg);
	free(nl);
}

static void long_text_is_cut(void **state)
{
	struct nl_msg *msg = kernel_message(EVG_CMD_DONE);
	struct evgnl *nl = calloc(1, sizeof(*nl));
	struct evgnl_event event;
	char text[1000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	nla_put_u32(msg, EVG_A_ERROR, EBUSY);
	nla_put_string(msg, EVG_A_MESSAGE, text);
	assert_int_equal(evgnl_parse_event(nl, nlmsg_hdr(msg), &event), 0);
	assert_int_equal(event.error, EBUSY);
	assert_int_equal(strlen(event.message), sizeof(event.message) - 1);
	nlmsg_free(msg);
	free(nl);
}

static void short_attribute_is_refused(void **state)
{
	struct nl_msg *msg = kernel_message(EVG_CMD_FETCH);
	struct evgnl *nl = calloc(1, sizeof(*nl));
	struct evgnl_event event;

	(void)state;
	nla_put_u8(msg, EVG_A_COOKIE, 1);
	assert_int_equal(evgnl_parse_event(nl, nlmsg_hdr(msg), &event), -EBADMSG);
	assert_true(nl->error[0]);
	nlmsg_free(msg);
	free(nl);
}

/* An NLMSG_ERROR about a request of 100 bytes, with or without its echo. */
static struct nl_msg *refusal(int flags, size_t echo_bytes, const char *text)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct nlmsgerr e = { .error = -EINVAL, .msg.nlmsg_len = 100 };
	char echo[100] = { 0 };

	assert_non_null(msg);
	nlmsg_put(msg, 0, 1, NLMSG_ERROR, 0, flags);
	nlmsg_append(msg, &e, sizeof(e), NLMSG_ALIGNTO);
	nlmsg_append(msg, echo, echo_bytes, NLMSG_ALIGNTO);
	if (text)
		nla_put_string(msg, NLMSGERR_ATTR_MSG, text);
	return msg;
}

static void refusal_says_why(void **state)
{
	static const struct {
		int flags;
		size_t echo_bytes;
		const char *text;
	} tries[] = {
		{ NLM_F_CAPPED | NLM_F_ACK_TLVS, 0, "grace is too long" },
		{ NLM_F_ACK_TLVS, 100 - NLMSG_HDRLEN, "grace is too long" },
		{ NLM_F_CAPPED, 0, NULL },
		{ NLM_F_CAPPED | NLM_F_ACK_TLVS, 0, NULL },
		/* says that there is an echo and has none */
		{ NLM_F_ACK_TLVS, 0, NULL },
	};
	struct nl_msg *msg;
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
		msg = refusal(tries[i].flags, tries[i].echo_bytes, tries[i].text);
		assert_int_equal(evgnl_parse_verdict(nlmsg_hdr(msg), text,
						     sizeof(text)), -EINVAL);
		assert_string_equal(text, tries[i].text ? tries[i].text : "");
		nlmsg_free(msg);
	}
}

static void every_name_is_there(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i < __EVG_LINK_STATES; i++)
		assert_string_not_equal(evgnl_state_name(i), "unknown");
	for (i = 0; i < __EVG_EVS; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(evgnl_event_name(i),
						evgnl_event_name(j));
	assert_string_equal(evgnl_state_name(__EVG_LINK_STATES), "unknown");
	assert_string_equal(evgnl_event_name(__EVG_EVS), "unknown");
}

static void put_range(struct nl_msg *msg, uint64_t first, uint32_t count)
{
	struct nlattr *nest = nla_nest_start(msg, EVG_A_RANGE | NLA_F_NESTED);

	nla_put_u64(msg, EVG_A_FIRST, first);
	nla_put_u32(msg, EVG_A_COUNT, count);
	nla_nest_end(msg, nest);
}

static void evict_is_read(void **state)
{
	struct nl_msg *msg = kernel_message(EVG_CMD_EVICT);
	struct evgnl *nl = calloc(1, sizeof(*nl));
	struct evgnl_event event;

	(void)state;
	nla_put_u32(msg, EVG_A_INDEX, 3);
	nla_put_u32(msg, EVG_A_ERROR, EIO);
	put_range(msg, 1ULL << 40, 7);
	put_range(msg, 9, 16);
	assert_int_equal(evgnl_parse_event(nl, nlmsg_hdr(msg), &event), 0);
	assert_int_equal(event.cmd, EVG_CMD_EVICT);
	assert_int_equal(event.error, EIO);
	assert_int_equal(event.evicteds, 2);
	assert_true(event.evicted[0].first == 1ULL << 40);
	assert_int_equal(event.evicted[0].count, 7);
	assert_int_equal(event.evicted[1].first, 9);
	assert_int_equal(event.evicted[1].count, 16);
	nlmsg_free(msg);
	free(nl);
}

static void put_miss(struct nl_msg *msg, uint64_t seq, const char *comm)
{
	struct nlattr *nest = nla_nest_start(msg, EVG_A_MISS | NLA_F_NESTED);

	if (seq)
		nla_put_u64(msg, EVG_A_SEQ, seq);
	nla_put_u64(msg, EVG_A_FIRST, seq * 100);
	nla_put_u32(msg, EVG_A_COUNT, 8);
	nla_put_string(msg, EVG_A_COMM, comm);
	nla_put_u32(msg, EVG_A_PID, 4711);
	nla_put_u64(msg, EVG_A_AGE_MS, 1ULL << 33);
	nla_put_u8(msg, EVG_A_OUTCOME, EVG_OUTCOME_DRILLED);
	nla_nest_end(msg, nest);
}

static void misses_are_read(void **state)
{
	struct nl_msg *msg = kernel_message(EVG_CMD_MISSES);
	struct evgnl_miss miss[3];

	(void)state;
	nla_put_u32(msg, EVG_A_INDEX, 3);
	put_miss(msg, 5, "bash");
	put_miss(msg, 6, "a name of more than sixteen bytes");
	put_miss(msg, 7, "");
	assert_int_equal(evgnl_parse_misses(nlmsg_hdr(msg), miss, 2), 2);
	assert_int_equal(evgnl_parse_misses(nlmsg_hdr(msg), miss, 3), 3);
	assert_int_equal(miss[0].seq, 5);
	assert_int_equal(miss[0].first, 500);
	assert_int_equal(miss[0].count, 8);
	assert_int_equal(miss[0].pid, 4711);
	assert_true(miss[0].age_ms == 1ULL << 33);
	assert_int_equal(miss[0].outcome, EVG_OUTCOME_DRILLED);
	assert_string_equal(miss[0].comm, "bash");
	assert_string_equal(miss[1].comm, "a name of more ");
	put_miss(msg, 0, "");
	assert_int_equal(evgnl_parse_misses(nlmsg_hdr(msg), miss, 3), 3);
	nlmsg_free(msg);

	msg = kernel_message(EVG_CMD_MISSES);
	put_miss(msg, 0, "no number");
	assert_int_equal(evgnl_parse_misses(nlmsg_hdr(msg), miss, 3), -EBADMSG);
	nlmsg_free(msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fetch_is_read),
		cmocka_unit_test(evict_is_read),
		cmocka_unit_test(misses_are_read),
		cmocka_unit_test(long_text_is_cut),
		cmocka_unit_test(short_attribute_is_refused),
		cmocka_unit_test(refusal_says_why),
		cmocka_unit_test(every_name_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
