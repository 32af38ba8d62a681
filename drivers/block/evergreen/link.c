// SPDX-License-Identifier: GPL-2.0
/*
 * The link state machine.
 *
 * ONLINE	answers arrive in their expected time
 * SUSPECT	an answer is overdue: fetch, but let nothing hasty wait
 * OFFLINE	the link is lost: misses wait until grace is over, then fail
 * RECOVERING	the server answers, its identity is being proved; as OFFLINE
 * STALE	the server has another image: misses fail; a person must act
 *
 * An outage begins when ONLINE or SUSPECT is left for one of the other three,
 * and ends when ONLINE is entered: bouncing between OFFLINE and RECOVERING
 * does not start the clock again.  ONLINE is entered from an outage by proof
 * alone, so that nothing is fetched from a server that was not proved.
 *
 * Every clock value is CLOCK_BOOTTIME in nanoseconds.  A step that comes with a
 * clock from before the last one counts as if no time had passed since.
 */
#include "link.h"

#define ONLINE		EVG_LINK_ONLINE
#define SUSPECT		EVG_LINK_SUSPECT
#define OFFLINE		EVG_LINK_OFFLINE
#define RECOVERING	EVG_LINK_RECOVERING
#define STALE		EVG_LINK_STALE

/*
 * Where each event leads.  A TICK is turned into SUSPECT or LOST before it
 * comes here if fetches have been quiet for too long.
 */
static const u8 evg_link_table[__EVG_EVS][__EVG_LINK_STATES] = {
	/* from		     ONLINE	 SUSPECT     OFFLINE	 RECOVERING  STALE */
	[EVG_EV_ALIVE]	 = { ONLINE,	 ONLINE,     OFFLINE,	 RECOVERING, STALE },
	[EVG_EV_SUSPECT] = { SUSPECT,	 SUSPECT,    OFFLINE,	 RECOVERING, STALE },
	[EVG_EV_LOST]	 = { OFFLINE,	 OFFLINE,    OFFLINE,	 OFFLINE,    STALE },
	[EVG_EV_PROBED]	 = { RECOVERING, RECOVERING, RECOVERING, RECOVERING, STALE },
	[EVG_EV_PROVED]	 = { ONLINE,	 ONLINE,     OFFLINE,	 ONLINE,     STALE },
	[EVG_EV_STALE]	 = { STALE,	 STALE,	     STALE,	 STALE,	     STALE },
	[EVG_EV_BOUND]	 = { OFFLINE,	 OFFLINE,    OFFLINE,	 OFFLINE,    STALE },
	[EVG_EV_UNBOUND] = { OFFLINE,	 OFFLINE,    OFFLINE,	 OFFLINE,    STALE },
	[EVG_EV_FILLED]	 = { ONLINE,	 ONLINE,     OFFLINE,	 RECOVERING, STALE },
	[EVG_EV_TICK]	 = { ONLINE,	 SUSPECT,    OFFLINE,	 RECOVERING, STALE },
	[EVG_EV_SUSPEND] = { OFFLINE,	 OFFLINE,    OFFLINE,	 OFFLINE,    STALE },
	[EVG_EV_RESUME]	 = { OFFLINE,	 OFFLINE,    OFFLINE,	 OFFLINE,    STALE },
	[EVG_EV_RESET]	 = { ONLINE,	 SUSPECT,    OFFLINE,	 RECOVERING, OFFLINE },
};

static const char * const evg_link_states[__EVG_LINK_STATES] = {
	[ONLINE]	= "online",
	[SUSPECT]	= "suspect",
	[OFFLINE]	= "offline",
	[RECOVERING]	= "recovering",
	[STALE]		= "stale",
};

static const char * const evg_link_events[__EVG_EVS] = {
	[EVG_EV_ALIVE]	 = "alive",
	[EVG_EV_SUSPECT] = "overdue",
	[EVG_EV_LOST]	 = "lost",
	[EVG_EV_PROBED]	 = "probed",
	[EVG_EV_PROVED]	 = "proved",
	[EVG_EV_STALE]	 = "other-image",
	[EVG_EV_BOUND]	 = "helper-bound",
	[EVG_EV_UNBOUND] = "helper-lost",
	[EVG_EV_FILLED]	 = "filled",
	[EVG_EV_TICK]	 = "watchdog",
	[EVG_EV_SUSPEND] = "suspend",
	[EVG_EV_RESUME]	 = "resume",
	[EVG_EV_RESET]	 = "reset",
};

const char *evg_link_state_name(enum evg_link_state state)
{
	return (u32)state < __EVG_LINK_STATES ? evg_link_states[state] : "?";
}

const char *evg_link_event_name(enum evg_link_event event)
{
	return (u32)event < __EVG_EVS ? evg_link_events[event] : "?";
}

#ifndef __KERNEL__
/**
 * evg_link_next() - the table's entry, for those who print or check it
 * @state: from here
 * @event: by this
 *
 * Return: the state it leads to.
 */
enum evg_link_state evg_link_next(enum evg_link_state state,
				  enum evg_link_event event)
{
	return evg_link_table[event][state];
}
#endif

/**
 * evg_link_is_up() - may data come in this state?
 * @state: ONLINE and SUSPECT are up
 *
 * Return: whether it is no outage.
 */
bool evg_link_is_up(enum evg_link_state state)
{
	return state == ONLINE || state == SUSPECT;
}

/* May a patient miss not wait at all, or not any more? */
static bool evg_link_is_over(const struct evg_link *link, u64 now_ns,
			     const struct evg_link_config *config)
{
	if (evg_link_is_up(link->state))
		return false;
	if (link->state == STALE || link->asleep)
		return true;
	return config->grace_ns != EVG_NS_INF &&
	       evg_ns_since(link->wait_ns, now_ns) >= config->grace_ns;
}

/**
 * evg_link_init() - a disk starts OFFLINE: no helper has proved anything yet
 * @link: to be set
 * @now_ns: the time
 */
void evg_link_init(struct evg_link *link, u64 now_ns)
{
	link->state = OFFLINE;
	link->asleep = false;
	link->outage_ns = now_ns;
	link->wait_ns = now_ns;
}

static enum evg_link_event evg_link_judge_tick(const struct evg_link *link,
					       u64 quiet_ns,
					       const struct evg_link_config *config)
{
	if (!evg_link_is_up(link->state))
		return EVG_EV_TICK;
	if (quiet_ns >= config->detect_ns)
		return EVG_EV_LOST;
	if (quiet_ns >= config->detect_ns / 2)
		return EVG_EV_SUSPECT;
	return EVG_EV_TICK;
}

/**
 * evg_link_step() - one event
 * @link: the link, changed in place
 * @event: what happened
 * @now_ns: when
 * @quiet_ns: how long the fetches that were sent have seen no progress; 0 when
 *	none is outstanding
 * @config: grace and detect, which may have changed since the last step
 *
 * The caller serialises steps and carries the actions out before the next.
 *
 * Return: a set of enum evg_link_action.
 */
u32 evg_link_step(struct evg_link *link, enum evg_link_event event, u64 now_ns,
		  u64 quiet_ns, const struct evg_link_config *config)
{
	enum evg_link_state old = link->state;
	u32 actions = 0;

	if (now_ns < link->wait_ns)
		now_ns = link->wait_ns;
	/* A sleep has one end, and may be told of it twice. */
	if (event == EVG_EV_RESUME && !link->asleep)
		event = EVG_EV_TICK;
	if (event == EVG_EV_SUSPEND || event == EVG_EV_RESUME)
		link->asleep = event == EVG_EV_SUSPEND;
	else if (link->asleep && (event == EVG_EV_PROBED || event == EVG_EV_PROVED))
		event = EVG_EV_TICK;

	if (event == EVG_EV_TICK)
		event = evg_link_judge_tick(link, quiet_ns, config);
	link->state = evg_link_table[event][old];

	if (evg_link_is_up(old) && !evg_link_is_up(link->state)) {
		link->outage_ns = now_ns;
		link->wait_ns = now_ns;
	}
	if (event == EVG_EV_RESUME || (old == STALE && link->state != STALE))
		link->wait_ns = now_ns;

	/* A new helper, and one that slept, must be told where to start. */
	if (event == EVG_EV_BOUND || event == EVG_EV_RESUME ||
	    (link->state == OFFLINE && old != OFFLINE))
		actions |= EVG_LINK_HOLD;
	if (link->state == ONLINE && old != ONLINE) {
		link->outage_ns = 0;
		actions |= EVG_LINK_SEND;
	}
	if (link->state != old)
		actions |= EVG_LINK_NOTIFY;
	return actions;
}

/**
 * evg_link_miss() - may a miss wait, or wait on?
 * @link: the link
 * @hasty: readahead or failfast, which wait for a sound link only
 * @now_ns: the time
 * @config: grace and detect
 *
 * Return: the verdict.
 */
enum evg_link_verdict evg_link_miss(const struct evg_link *link, bool hasty,
				    u64 now_ns,
				    const struct evg_link_config *config)
{
	if (link->state == ONLINE)
		return EVG_MISS_FETCH;
	if (hasty || evg_link_is_over(link, now_ns, config))
		return EVG_MISS_FAIL;
	return link->state == SUSPECT ? EVG_MISS_FETCH : EVG_MISS_PARK;
}

/**
 * evg_link_due() - when the next TICK can matter
 * @link: the link
 * @quiet_since_ns: since when the sent fetches have seen no progress, or
 *	EVG_NS_INF when none is outstanding
 * @config: grace and detect
 *
 * Return: a time, or EVG_NS_INF for never.
 */
u64 evg_link_due(const struct evg_link *link, u64 quiet_since_ns,
		 const struct evg_link_config *config)
{
	if (evg_link_is_up(link->state)) {
		if (quiet_since_ns == EVG_NS_INF)
			return EVG_NS_INF;
		return quiet_since_ns + (link->state == ONLINE ?
					 config->detect_ns / 2 : config->detect_ns);
	}
	if (link->state == STALE || config->grace_ns == EVG_NS_INF)
		return EVG_NS_INF;
	return link->wait_ns + config->grace_ns;
}
