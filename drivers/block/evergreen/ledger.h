/* SPDX-License-Identifier: GPL-2.0 */
/* The misses of which it is worth to know later. */
#ifndef EVG_LEDGER_H
#define EVG_LEDGER_H

#include <linux/types.h>
#include <linux/evergreen.h>

/**
 * struct evg_who - a process
 * @pid: 0: it is not known
 * @comm: its name
 */
struct evg_who {
	u32 pid;
	char comm[EVG_COMM_MAX];
};

/**
 * struct evg_miss - an entry of the ledger
 * @seq: grows with each that is written
 * @first: the first block
 * @time_ns: when, of CLOCK_BOOTTIME
 * @count: blocks
 * @outcome: one of enum evg_outcome
 * @who: read it
 */
struct evg_miss {
	u64 seq;
	u64 first;
	u64 time_ns;
	u32 count;
	u8 outcome;
	struct evg_who who;
};

/**
 * struct evg_ledger - the last misses of one disk
 * @miss: a ring of EVG_LEDGER_MAX, in the order of their seq
 * @n: how many of them are in use
 * @next: the place of the next
 * @seq: the last that was given, 0: none
 *
 * The caller sees to it that only one function at a time is called.
 */
struct evg_ledger {
	struct evg_miss *miss;
	u32 n;
	u32 next;
	u64 seq;
};

int evg_ledger_init(struct evg_ledger *ledger);
void evg_ledger_exit(struct evg_ledger *ledger);
void evg_ledger_write(struct evg_ledger *ledger, const struct evg_miss *miss);
u32 evg_ledger_read(const struct evg_ledger *ledger, u64 seq,
		    struct evg_miss *to, u32 max);

#endif /* EVG_LEDGER_H */
