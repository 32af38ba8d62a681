/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel as the fetch table and the link need, for the unit tests
 * on the host: one CPU, a clock that stands until it is set, and works that run
 * when the test lets them.  What a function does here, the test says.
 */
#ifndef TEST_KERNEL_BLOCK_H
#define TEST_KERNEL_BLOCK_H

#include <linux/list.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef __s64 s64;
typedef unsigned int gfp_t;
typedef unsigned char blk_status_t;
typedef u64 sector_t;
typedef unsigned int blk_opf_t;

#define __percpu
#define __rcu
#define __init
#define HZ			250
#define NSEC_PER_JIFFY		(1000000000ULL / HZ)
#define NSEC_PER_MSEC		1000000ULL
#define SECTOR_SHIFT		9
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof(*(a)))
#define likely(x)		(x)
#define unlikely(x)		(x)
#define WARN_ON_ONCE(x)		assert_false(x)
#define lockdep_assert_held(l)	assert_true(is_locked)
#define clamp(v, low, high)	min(max(v, low), high)
#define strscpy(to, from, n)	snprintf(to, n, "%s", from)
#define nsecs_to_jiffies(ns)	((unsigned long)((ns) / NSEC_PER_JIFFY))
#define jiffies_to_nsecs(j)	((u64)(j) * NSEC_PER_JIFFY)
#define pr_info(...)		((void)0)
#define rcu_access_pointer(p)	(p)
#define this_cpu_inc(x)		((x)++)
#define smp_rmb()		((void)0)
#define cpu_relax()		((void)0)
#define percpu_ref_tryget_live(r) (true)
#define percpu_ref_put(r)	((void)(r))

/* bios */
#define BLK_STS_OK		0
#define BLK_STS_TIMEOUT		2
#define BLK_STS_TRANSPORT	4
#define BLK_STS_MEDIUM		7
#define BLK_STS_IOERR		10
#define BLK_STS_OFFLINE		16
#define REQ_FAILFAST_MASK	7U
#define REQ_FAILFAST_TRANSPORT	2U
#define REQ_RAHEAD		8U
#define REQ_DRV			16U

struct bvec_iter {
	sector_t bi_sector;
	unsigned int bi_size;
};

struct bio_vec {
	void *bv_page;
	unsigned int bv_len;
};

struct bio {
	blk_opf_t bi_opf;
	struct bvec_iter bi_iter;
};

struct bio_list {
	struct bio *head;
};

struct bio_set {
	int unused;
};

#define bio_end_sector(b)	((b)->bi_iter.bi_sector + ((b)->bi_iter.bi_size >> 9))
#define bio_for_each_segment(bv, b, iter) \
	for ((bv) = (struct bio_vec){ 0 }, (iter) = (b)->bi_iter; (iter).bi_size; \
	     (iter).bi_size = 0)
#define bvec_kmap_local(bv)	((bv)->bv_page)
#define kunmap_local(p)		((void)(p))
#define flush_dcache_page(p)	((void)(p))

struct blk_plug {
	int unused;
};

#define blk_start_plug(p)	((void)(p))
#define blk_finish_plug(p)	((void)(p))

/* works */
struct work_struct {
	void (*run)(struct work_struct *work);
	bool pending;
	u64 due_ns;
};

struct delayed_work {
	struct work_struct work;
};

struct workqueue_struct {
	int unused;
};

#define to_delayed_work(w)	container_of(w, struct delayed_work, work)

/* the rest that stands in struct evg_disk, or is passed on */
typedef struct {
	int unused;
} spinlock_t;

typedef struct {
	size_t bytes;
} mempool_t;

struct kmem_cache {
	size_t bytes;
};

struct kref {
	int n;
};

struct completion {
	int unused;
};

struct percpu_ref {
	int unused;
};

struct module;
struct net;
struct gendisk;
struct file;
struct attribute_group;
struct block_device_operations;
struct block_device;
struct evg_lane;

struct sock {
	int refs;
	bool dead;
};

struct netlink_notify {
	struct net *net;
	u32 portid;
	int protocol;
};

struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long event, void *arg);
};

#define NETLINK_URELEASE	1
#define NOTIFY_DONE		0
#define SOCK_DEAD		0
#define sock_hold(sk)		((sk)->refs++)
#define sock_put(sk)		((sk)->refs--)
#define sock_flag(sk, flag)	((sk)->dead)
#define net_eq(a, b)		((a) == (b))
#define netlink_register_notifier(nb)	((void)(nb), 0)
#define netlink_unregister_notifier(nb)	((void)(nb))
#define KOBJ_CHANGE		0
#define kobject_uevent(k, what)	((void)0)
#define get_device(d)		((void)0)
#define put_device(d)		((void)0)

struct task_struct {
	char comm[16];
};

#endif
