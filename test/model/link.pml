// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel, helpers, network and server of one disk.
 *
 * An atomic step here is what the code does under evg_disk::lock, or what one
 * process does unseen by the others.  Names follow the code: fetch.c,
 * fetch_send.c, fetch_end.c, linkctl.c, netlink_helper.c in the kernel;
 * session.c, link.c, transfer.c in the helper.  A block is a fetch of its own.
 * Time is a choice: a bound may pass at any moment at which it could; bounds
 * that pass without a fault, faults and reads are limited in number, so that
 * the model is finite.
 *
 * Configuration:	BLOCKS READERS READS WINDOW, and how many of each fault:
 *			CUTS (network), IMAGES (another image), STOPS, KILLS,
 *			TAKEOVERS, HASTE (detect passes without a fault), REFUSALS
 *	GRACE_INF	grace is infinite: nothing but an answer ends a wait
 *	RETURNS		what was cut returns, and who was stopped continues
 *	SILENCE		watch for a read that expires unseen
 * BREAK_* each plant one error; see test/model/check.
 */
#ifndef BLOCKS
#define BLOCKS	2
#endif
#ifndef READERS
#define READERS	2
#endif
#ifndef READS
#define READS	1
#endif
#ifndef WINDOW
#define WINDOW	1
#endif
#ifndef CUTS
#define CUTS	0
#endif
#ifndef IMAGES
#define IMAGES	0
#endif
#ifndef STOPS
#define STOPS	0
#endif
#ifndef KILLS
#define KILLS	0
#endif
#ifndef TAKEOVERS
#define TAKEOVERS 0
#endif
#ifndef HASTE
#define HASTE	0
#endif
#ifndef REFUSALS
#define REFUSALS 0
#endif

#define HELPERS	2
#define NOBODY	HELPERS
#define BUFFER	(2 * WINDOW)	/* FETCHes that the socket surely holds */
#define ROOM	(BUFFER + 3)

/* link states */
#define ONLINE		0
#define SUSPECT		1
#define OFFLINE		2
#define RECOVERING	3
#define STALE		4
/* events */
#define ALIVE		0
#define OVERDUE		1
#define LOST		2
#define PROBED		3
#define PROVED		4
#define OTHER		5
#define BOUND		6
#define UNBOUND		7
/* fetches */
#define NONE		0
#define QUEUED		1
#define SENT		2
/* messages to the helper */
#define FETCH		1
#define LINK		2
#define STOP		3
/* readers */
#define IDLE		0
#define WAITS		1
#define AGAIN		2
#define FAILED		3
/* a helper's process */
#define ABSENT		0
#define RUNS		1
#define STOPPED		2
#define DEAD		3
/* its phase */
#define DOWN		0
#define PROVING		1
#define UP		2
#define OTHERS		3
/* its attempt */
#define NO_TRY		0
#define TRIES		1
#define ANSWERED	2
#define ENDED		3
#define TRY_FAILED	4
/* its read of a block */
#define READ_NONE	0
#define READ_ASKED	1
#define READ_DONE	2
#define READ_WRITTEN	3

#define is_up(s)	((s) == ONLINE || (s) == SUSPECT)
#define at(h, b)	((h) * BLOCKS + (b))

/* the kernel */
byte state = OFFLINE;
byte generation = 1;
byte session = NOBODY;
byte used;
bool tell;
bool over;			/* grace is */
#ifdef SILENCE
bool silence;			/* a read expired that a stopped helper does not see */
#endif
byte fetch[BLOCKS];
byte cookie[BLOCKS];
bool progressed[BLOCKS];	/* a FILL came since it was sent */
bool present[BLOCKS];
byte reader[READERS];
byte wants[READERS];		/* the block */
byte ended;			/* reads */
chan socket[HELPERS] = [ROOM] of { byte, byte, byte, byte };
byte unread[HELPERS];		/* FETCHes in it */

/* the world: image 1 is the one that the cache holds */
bool network = true;
byte image = 1;
byte clean[BLOCKS];		/* whose bytes the cache's file has; 0: nobody's */
byte cuts = CUTS;
byte images = IMAGES;
byte stops = STOPS;
byte kills = KILLS;
byte takeovers = TAKEOVERS;
byte haste = HASTE;
byte refusals = REFUSALS;

/* the helpers */
byte process[HELPERS];
byte phase[HELPERS];
byte attempt[HELPERS];
byte tried[HELPERS];		/* the image that the attempt met */
byte conn[HELPERS];		/* the image that it reads from; 0: none */
bool broken[HELPERS];
byte told[HELPERS];		/* session.generation */
byte heard[HELPERS];		/* session.state */
byte want[HELPERS * BLOCKS];	/* cookies */
byte reading[HELPERS * BLOCKS];
byte bytes[HELPERS * BLOCKS];	/* whose the read ones are */

#define somebody_waits(b) \
	((reader[0] == WAITS && wants[0] == (b)) || \
	 (reader[READERS - 1] == WAITS && wants[READERS - 1] == (b)))
#ifdef BREAK_CREDIT
#define has_credit	true
#else
#define has_credit	(used < WINDOW)
#endif
#ifdef BREAK_BOUND
#define is_bound	true
#else
#define is_bound	(session == h)
#endif
#ifdef BREAK_GENERATION
#define is_current	true
#else
#define is_current	(told[h] == generation)
#endif

#if BLOCKS == 1
#define any_sent	(fetch[0] == SENT)
#define any_waits	somebody_waits(0)
#define any_queued	(fetch[0] == QUEUED)
#else
#define any_sent	(fetch[0] == SENT || fetch[1] == SENT)
#define any_waits	(somebody_waits(0) || somebody_waits(1))
#define any_queued	(fetch[0] == QUEUED || fetch[1] == QUEUED)
#endif

/* evg_fetch_take(), and what the caller does with them */
inline take(b, how)
{
	r_ = 0;
	do
	:: r_ < READERS ->
		if
		:: reader[r_] == WAITS && wants[r_] == b -> reader[r_] = how
		:: else
		fi;
		r_++
	:: else -> break
	od;
	r_ = 0
}

/* evg_fetch_free() */
inline free(b)
{
	if
	:: fetch[b] == SENT && used > 0 -> used--
	:: else
	fi;
	fetch[b] = NONE;
	progressed[b] = false
}

/* evg_fetch_hold_locked() */
inline hold()
{
	b_ = 0;
	do
	:: b_ < BLOCKS ->
		if
		:: fetch[b_] == SENT && somebody_waits(b_) ->
			fetch[b_] = QUEUED;
			progressed[b_] = false
		:: fetch[b_] == SENT && !somebody_waits(b_) ->
			fetch[b_] = NONE;	/* the credit: see SEND */
			progressed[b_] = false
		:: else
		fi;
		b_++
	:: else -> break
	od;
	b_ = 0
}

/* evg_wait_is_allowed() */
#define may_wait	(state != STALE && (is_up(state) || !over))

/*
 * evg_wait_expire(): one crowd at a time, between which anything may happen; a
 * fetch that was sent stands for what is coming
 */
inline reap_one()
{
	if
	:: somebody_waits(0) -> b_ = 0
	:: else -> b_ = BLOCKS - 1
	fi;
	take(b_, FAILED);
	if
	:: fetch[b_] == QUEUED -> free(b_)
	:: else
	fi;
	b_ = 0
}

/*
 * One reader has waited for its own bound; who joined its fetch later waits on,
 * and it is asked for once more.
 */
inline expire_one(r)
{
	b_ = wants[r];
#ifdef SILENCE
	silence = silence || (fetch[b_] == SENT && session == 0 &&
			      process[0] == STOPPED);
#endif
	reader[r] = FAILED;
	if
#ifndef BREAK_EXPIRE
	:: fetch[b_] == SENT && !progressed[b_]	/* LOST comes */
#endif
	:: else ->
		if
		:: somebody_waits(b_) && fetch[b_] == SENT ->
			fetch[b_] = QUEUED;
			progressed[b_] = false;
			if
			:: used > 0 -> used--
			:: else
			fi
		:: !somebody_waits(b_) -> free(b_)
		:: else
		fi
	fi;
	b_ = 0
}

/* evg_linkctl_event(): evg_link_step() and its actions */
inline event(what)
{
	old_ = state;
	if
	:: state == STALE || what == OTHER -> state = STALE
	:: else ->
		if
		:: what == ALIVE && state == SUSPECT -> state = ONLINE
		:: what == OVERDUE && state == ONLINE -> state = SUSPECT
		:: what == PROBED -> state = RECOVERING
		:: what == PROVED && state != OFFLINE -> state = ONLINE
		:: what == LOST || what == BOUND || what == UNBOUND ->
			state = OFFLINE
		:: else
		fi
	fi;
	if
	:: what == ALIVE ->
		b_ = 0;
		do
		:: b_ < BLOCKS -> progressed[b_] = fetch[b_] == SENT; b_++
		:: else -> break
		od;
		b_ = 0
	:: else
	fi;
	if
	:: is_up(old_) && !is_up(state) -> over = false
	:: else
	fi;
	if
	:: what == BOUND || (state == OFFLINE && old_ != OFFLINE) ->
		generation++;
		assert(generation < 200);
#ifndef BREAK_HOLD
		hold();
#endif
		tell = true
	:: else
	fi;
	if
	:: state == ONLINE && old_ != ONLINE && !any_sent -> used = 0
	:: else
	fi;
	if
	:: state != old_ -> tell = true
	:: else
	fi;
#ifdef BREAK_TELL
	tell = false;
#endif
	old_ = 0
}

/* A read: evg_submit_read(), evg_fetch_miss(). */
proctype Reader(byte r)
{
	byte left = READS, r_, b_;

	do
	:: left == 0 -> break
	:: atomic { left > 0 ->
		left--;
		if
		:: wants[r] = 0
#if BLOCKS > 1
		:: wants[r] = 1
#endif
		fi }
		do
		:: atomic { present[wants[r]] && reader[r] != WAITS ->
			assert(clean[wants[r]] == 1);
			reader[r] = IDLE; ended++; break }
		:: atomic { !present[wants[r]] && reader[r] != WAITS && reader[r] != FAILED ->
#ifdef BREAK_RECHECK
			reader[r] = IDLE }
			atomic {
#endif
			if
			:: !may_wait -> reader[r] = FAILED
			:: else ->
				reader[r] = WAITS;
				if
				:: fetch[wants[r]] == NONE ->
					fetch[wants[r]] = QUEUED
				:: else
				fi
			fi }
		:: atomic { reader[r] == FAILED ->
			reader[r] = IDLE; ended++; break }
		od
	od
}

/* evg_fetch_send_work() */
active proctype Sender()
{
	byte to, what, g, c, b;

	do
	:: atomic { session != NOBODY && tell ->
		to = session; what = LINK; g = generation; c = 0; b = state;
		tell = false }
		goto put
	:: atomic { session != NOBODY && !tell && is_up(state) && any_queued && has_credit ->
		if
		:: fetch[0] == QUEUED -> b = 0
		:: fetch[BLOCKS - 1] == QUEUED -> b = BLOCKS - 1
		fi;
		to = session; what = FETCH; g = generation;
		cookie[b] = cookie[b] % 3 + 1; c = cookie[b];
		fetch[b] = SENT; progressed[b] = false;
		used++ }
put:
		atomic {
		if
		:: process[to] != DEAD && len(socket[to]) < ROOM ->
			socket[to]!what, g, c, b;
			if
			:: what == FETCH ->
				unread[to]++;
				assert(unread[to] <= BUFFER)
			:: else
			fi
		:: else ->		/* EAGAIN, or it is gone: later */
			if
			:: what == LINK -> tell = true
			:: what == FETCH && fetch[b] == SENT && cookie[b] == c ->
				/* evg_fetch_unpick() */
				fetch[b] = QUEUED;
				if
				:: used > 0 -> used--
				:: else
				fi
			:: else
			fi;
			/* tried again when that can succeed */
			(session == NOBODY || process[session] == DEAD ||
			 len(socket[session]) < ROOM)
		fi;
		what = 0; c = 0; b = 0; g = 0; to = 0 }
	od
}

#define overdue \
	(any_sent && (session == NOBODY || process[session] != RUNS || !network))

/* evg_linkctl_tick_work() */
active proctype Tick()
{
	byte r_, b_, old_;

	do
	:: d_step { is_up(state) && any_sent && overdue -> event(LOST) }
	:: d_step { is_up(state) && any_sent && haste > 0 ->
		haste--; event(LOST) }
	:: d_step { state == ONLINE && any_sent && (haste > 0 || overdue) ->
		if
		:: !overdue -> haste--
		:: else
		fi;
		event(OVERDUE) }
#if !defined(GRACE_INF) && !defined(BREAK_GRACE)
	:: d_step { !is_up(state) && !over -> over = true }
	/* A clock that is late is one of the moments at which a bound passes. */
	:: d_step { reader[0] == WAITS -> expire_one(0) }
#if READERS > 1
	:: d_step { reader[1] == WAITS -> expire_one(1) }
#endif
#endif
	:: d_step { any_waits && !may_wait -> reap_one() }
	od
}

/* evg_linkctl_unbind_work() */
active proctype Unbind()
{
	byte r_, b_, old_;
	bool stepped;

	do
	:: d_step { session != NOBODY && process[session] == DEAD ->
		session = NOBODY; used = 0; stepped = true }
		d_step {
		stepped = false;
		if
#ifndef BREAK_UNBIND
		:: session != NOBODY	/* another was faster; it was BOUND */
#endif
		:: else ->
			assert(session == NOBODY || !is_up(state) ||
			       told[session] != generation);
			event(UNBOUND)
		fi }
	od
}

#define mine	(session == h && told[h] == generation)

/* evg_netlink_link() */
inline report(said)
{
	if
#ifdef BREAK_REPORT
	:: mine -> pending = said + 1	/* the lock is free for a moment */
#else
	:: mine -> event(said)
#endif
	:: else
	fi
}

/* go_down() */
inline go_down()
{
	if		/* each new reason is told, and an old one if the kernel hopes */
	:: phase[h] == UP || heard[h] != OFFLINE -> report(LOST)
	:: else
	fi;
	attempt[h] = NO_TRY;
	close_all(h);
	phase[h] = DOWN
}

/* Reads that had no answer are asked again. */
inline close_all(x)
{
	conn[x] = 0;
	broken[x] = false;
	b_ = 0;
	do
	:: b_ < BLOCKS ->
		if
		:: reading[at(x, b_)] == READ_ASKED ->
			reading[at(x, b_)] = READ_NONE
		:: else
		fi;
		b_++
	:: else -> break
	od;
	b_ = 0
}

inline forget(x)
{
	b_ = 0;
	do
	:: b_ < BLOCKS -> want[at(x, b_)] = 0; b_++
	:: else -> break
	od;
	b_ = 0
}

/* It ends: what it had is gone, but for what it wrote. */
inline bury(x)
{
	process[x] = DEAD;
	close_all(x);
	forget(x);
	b_ = 0;
	do
	:: b_ < BLOCKS ->
		reading[at(x, b_)] = READ_NONE; bytes[at(x, b_)] = 0; b_++
	:: else -> break
	od;
	b_ = 0;
	do
	:: nempty(socket[x]) -> socket[x]?_, _, _, _
	:: empty(socket[x]) -> break
	od;
	phase[x] = DOWN; attempt[x] = NO_TRY; tried[x] = 0;
	told[x] = 0; heard[x] = 0; unread[x] = 0
}

/* link_said(), link_state_said() */
inline link_said(g, s)
{
	heard[h] = s;
	is_new = g != told[h];
	if
	:: is_new -> told[h] = g; forget(h)
	:: else
	fi;
	if
	:: phase[h] == OTHERS && s != STALE ->
		phase[h] = DOWN; attempt[h] = TRIES
	:: phase[h] == UP && is_new ->
		/* prove_again() */
		close_all(h);
		phase[h] = DOWN; attempt[h] = TRIES
	:: phase[h] == PROVING && is_new -> report(PROBED)
	:: else
	fi;
	is_new = false
}

inline bind()
{
	/* evg_linkctl_bind() */
	d_step {
	if
	:: session != NOBODY && process[session] != DEAD && len(socket[session]) < ROOM ->
		socket[session]!STOP, 0, 0, 0
	:: else
	fi;
	session = h; used = 0 }
	d_step { event(BOUND) }
	d_step { told[h] = generation; heard[h] = state }
	if
	:: heard[h] == STALE -> phase[h] = OTHERS
	:: else -> heard[h] = OFFLINE; phase[h] = DOWN; attempt[h] = TRIES
	fi
}

/* transfer_written(), evg_netlink_fill_ranges() */
inline fill(b)
{
	d_step {
	want[at(h, b)] = 0;
	reading[at(h, b)] = READ_NONE;
	bytes[at(h, b)] = 0;
	if
	:: state != STALE && is_bound && is_current ->
		assert(session == h);
		assert(told[h] == generation);
		assert(clean[b] == 1);
		present[b] = true;
		take(b, AGAIN);
#ifdef SILENCE
		silence = false;
#endif
		if
		:: fetch[b] != NONE -> free(b)
		:: else
		fi;
		filled = true
	:: else
	fi }
	if
	:: d_step { filled -> filled = false; event(ALIVE) }
	:: else
	fi
}

/* evg_netlink_fail() */
inline fail(b)
{
	d_step {
	if
	:: mine && fetch[b] == SENT && cookie[b] == want[at(h, b)] ->
		take(b, FAILED);
		free(b);
		filled = true
	:: else
	fi;
	want[at(h, b)] = 0;
	reading[at(h, b)] = READ_NONE;
	bytes[at(h, b)] = 0 }
	if
#ifndef BREAK_FAIL
	:: d_step { filled -> filled = false; event(ALIVE) }
#else
	:: filled -> filled = false
#endif
	:: else
	fi
}

#define runs		(process[h] == RUNS && pending == 0)
#define can_read	(phase[h] == UP && conn[h] != 0 && !broken[h])
#define arrives(b)	(reading[at(h, b)] == READ_ASKED && network && !broken[h])

proctype Helper(byte h)
{
	byte r_, b_, old_, what, g, c, b;
	byte pending;
	bool is_new, filled;

	/* The second comes when the first is gone, or takes over. */
	if
	:: h == 0
	:: h == 1 ->
		atomic { process[0] == DEAD ||
			 (takeovers > 0 && session == 0) ->
			if
			:: process[0] != DEAD -> takeovers--
			:: else
			fi }
	fi;
	bind();		/* a kill waits for the system call's end */
	process[h] = RUNS;
	do
	:: process[h] == DEAD -> break

	/* readable() */
	:: atomic { runs && nempty(socket[h]) ->
		socket[h]?what, g, c, b;
		if
		:: what == FETCH ->
			unread[h]--;
			if
			:: g == told[h] -> want[at(h, b)] = c
			:: else
			fi
		:: what == LINK -> link_said(g, b)
		:: what == STOP -> bury(h)
		fi;
		what = 0; g = 0; c = 0; b = 0 }
#ifdef BREAK_REPORT
	:: atomic { pending != 0 && process[h] == RUNS ->
		assert(pending - 1 != PROVED || state == OFFLINE || mine);
		event(pending - 1);
		pending = 0 }
#endif

	/* the attempt's thread: connect, answer, proof */
	:: atomic { runs && attempt[h] == TRIES && network ->
		attempt[h] = ANSWERED; tried[h] = image }
	:: atomic { runs && attempt[h] == ANSWERED && network &&
		    tried[h] == image -> attempt[h] = ENDED }
	:: atomic { runs && attempt[h] == ANSWERED &&
		    (!network || tried[h] != image) -> attempt[h] = TRY_FAILED }

	/* news_came() */
	:: atomic { runs && attempt[h] >= ANSWERED && phase[h] == DOWN ->
		phase[h] = PROVING;
		report(PROBED) }
	:: atomic { runs && attempt[h] == ENDED && phase[h] != DOWN ->
		attempt[h] = NO_TRY;
		if
#ifndef BREAK_PROOF
		:: tried[h] != 1 ->
			close_all(h);
			phase[h] = OTHERS;
			tried[h] = 0;
			report(OTHER)
#endif
		:: else ->
			phase[h] = UP;
			conn[h] = tried[h];
			broken[h] = tried[h] != image;
			tried[h] = 0;
			report(PROVED)
		fi }
	:: atomic { runs && attempt[h] == TRY_FAILED ->
		go_down();
		attempt[h] = TRIES }

	/* the connection breaks, or is silent for too long */
	:: atomic { runs && phase[h] == UP && (!network || broken[h]) ->
		go_down();
		attempt[h] = TRIES }

	/* transfers_kick(), the server's answer, the cache's write, FILL */
	:: atomic { runs && can_read && want[at(h, 0)] != 0 &&
		    reading[at(h, 0)] == READ_NONE ->
		reading[at(h, 0)] = READ_ASKED }
	:: atomic { runs && arrives(0) ->
		reading[at(h, 0)] = READ_DONE; bytes[at(h, 0)] = conn[h] }
	:: atomic { runs && arrives(0) && refusals > 0 -> refusals--; b = 0 }
		fail(0)
	:: atomic { runs && reading[at(h, 0)] == READ_DONE ->
		clean[0] = bytes[at(h, 0)]; reading[at(h, 0)] = READ_WRITTEN }
	:: runs && reading[at(h, 0)] == READ_WRITTEN -> fill(0)
#if BLOCKS > 1
	:: atomic { runs && can_read && want[at(h, 1)] != 0 &&
		    reading[at(h, 1)] == READ_NONE ->
		reading[at(h, 1)] = READ_ASKED }
	:: atomic { runs && arrives(1) ->
		reading[at(h, 1)] = READ_DONE; bytes[at(h, 1)] = conn[h] }
	:: atomic { runs && reading[at(h, 1)] == READ_DONE ->
		clean[1] = bytes[at(h, 1)]; reading[at(h, 1)] = READ_WRITTEN }
	:: runs && reading[at(h, 1)] == READ_WRITTEN -> fill(1)
#endif
	od
}

/* What may happen to network, server and processes. */
active proctype World()
{
	byte b_;

	do
	:: atomic { network && cuts > 0 -> cuts--; network = false }
	:: !network -> network = true
#ifndef RETURNS
	:: !network -> break			/* for ever */
#endif
	:: atomic { images > 0 -> images--; image = 3 - image;
		broken[0] = conn[0] != 0; broken[1] = conn[1] != 0 }
	:: atomic { stops > 0 && process[0] == RUNS -> stops--;
		process[0] = STOPPED }
	:: atomic { process[0] == STOPPED -> process[0] = RUNS }
#ifndef RETURNS
	:: process[0] == STOPPED -> break
#endif
	:: atomic { kills > 0 && (process[0] == RUNS || process[0] == STOPPED) ->
		kills--; bury(0) }
	od
}

/* Spin tells no quiet end from a wait for ever, if nothing at all moves. */
active proctype Clock()
{
	do
	:: timeout -> skip
	od
}

init
{
	atomic {
	run Helper(0);
	run Helper(1);
	run Reader(0);
#if READERS > 1
	run Reader(1)
#endif
	}
}

/* Nobody waits for what is there. */
#define no_lost_waiter \
	(!(present[0] && somebody_waits(0)) && \
	 !(present[BLOCKS - 1] && somebody_waits(BLOCKS - 1)))
#define in_window	(used <= WINDOW)
#define sound		(no_lost_waiter && in_window)
#define all_ended	(ended == READERS * READS)
#define all_present	(present[0] && present[BLOCKS - 1])

ltl safe { [] sound }
ltl ends { <> all_ended }
ltl returns { <> [] (state == ONLINE) }
#ifdef SILENCE
ltl lost { [] (silence -> <> (!silence || !is_up(state) || process[0] != STOPPED)) }
#endif
