/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PURE: the link state machine.  No lock, no clock, no block layer: the module
 * and the unit tests compile the same file.
 */
#ifndef EVG_LINK_H
#define EVG_LINK_H

#include <linux/types.h>
#include <linux/evergreen.h>
#ifndef __KERNEL__
#include <stdbool.h>
typedef __u64 u64;
typedef __u32 u32;
typedef __u8 u8;
#endif

#define EVG_NS_INF	(~(u64)0)

/* How long ago; 0 when the clock was read before that, on another CPU perhaps. */
static inline u64 evg_ns_since(u64 then_ns, u64 now_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}

/**
 * struct evg_link_config - what a person chose
 * @grace_ns: how long misses wait, from the start of an outage; EVG_NS_INF
 *	is for ever
 * @detect_ns: a fetch without progress for so long means that the link is lost
 */
struct evg_link_config {
	u64 grace_ns;
	u64 detect_ns;
};

/**
 * struct evg_link - the link of one disk
 * @state: one of enum evg_link_state
 * @asleep: between suspend and resume nothing waits and nothing is believed
 * @outage_ns: when the outage began; 0 while ONLINE or SUSPECT
 * @wait_ns: grace counts from here: the outage's start, or the last resume
 */
struct evg_link {
	enum evg_link_state state;
	bool asleep;
	u64 outage_ns;
	u64 wait_ns;
};

/*
 * What a step asks of its caller, in this order.  Who waits may have to fail, too:
 * evg_link_miss() tells that of those who wait as of those who come.
 */
enum evg_link_action {
	EVG_LINK_HOLD	= 1 << 0,	/* take sent fetches back, new generation */
	EVG_LINK_SEND	= 1 << 1,	/* fetches may be sent */
	EVG_LINK_NOTIFY	= 1 << 2,	/* the state is another */
};

enum evg_link_verdict {
	EVG_MISS_FETCH,		/* wait, and send the fetch */
	EVG_MISS_PARK,		/* wait for the link */
	EVG_MISS_FAIL,		/* do not wait */
};

bool evg_link_is_up(enum evg_link_state state);
void evg_link_init(struct evg_link *link, u64 now_ns);
u32 evg_link_step(struct evg_link *link, enum evg_link_event event, u64 now_ns,
		  u64 quiet_ns, const struct evg_link_config *config);
enum evg_link_verdict evg_link_miss(const struct evg_link *link, bool hasty,
				    u64 now_ns,
				    const struct evg_link_config *config);
u64 evg_link_due(const struct evg_link *link, u64 quiet_since_ns,
		 const struct evg_link_config *config);
const char *evg_link_state_name(enum evg_link_state state);
const char *evg_link_event_name(enum evg_link_event event);
enum evg_link_state evg_link_next(enum evg_link_state state,
				  enum evg_link_event event);

#endif /* EVG_LINK_H */
