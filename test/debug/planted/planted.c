// SPDX-License-Identifier: GPL-2.0
/*
 * Bugs to order, to see whether the harness notices them: insmod planted.ko
 * bug=NAME has that bug happen while it is loaded; bug=none does the same
 * things right.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct planted {
	struct list_head list;
	char bytes[48];
	unsigned long count;
	struct completion done;
};

static char *bug = "none";
module_param(bug, charp, 0444);
MODULE_PARM_DESC(bug, "which");

static DEFINE_SPINLOCK(planted_spin);
static DEFINE_MUTEX(planted_a);
static DEFINE_MUTEX(planted_b);
static LIST_HEAD(planted_list);
static DECLARE_COMPLETION(planted_never);

static struct planted *planted_new(void)
{
	struct planted *p = kzalloc(sizeof(*p), GFP_KERNEL);

	/* The compiler must not know what this points to. */
	OPTIMIZER_HIDE_VAR(p);
	return p;
}

static void planted_none(struct planted *p)
{
	mutex_lock(&planted_a);
	mutex_lock(&planted_b);
	spin_lock(&planted_spin);
	list_add(&p->list, &planted_list);
	list_del(&p->list);
	spin_unlock(&planted_spin);
	mutex_unlock(&planted_b);
	mutex_unlock(&planted_a);
	kfree(p);
}

static void planted_use_after_free(struct planted *p)
{
	kfree(p);
	WRITE_ONCE(p->bytes[0], 1);
}

static void planted_out_of_bounds(struct planted *p)
{
	int past = sizeof(*p);

	OPTIMIZER_HIDE_VAR(past);
	WRITE_ONCE(((char *)p)[past], 1);
	kfree(p);
}

static void planted_double_free(struct planted *p)
{
	struct planted *again = p;

	OPTIMIZER_HIDE_VAR(again);
	kfree(p);
	kfree(again);
}

static void planted_sleep_in_atomic(struct planted *p)
{
	spin_lock(&planted_spin);
	might_sleep();
	spin_unlock(&planted_spin);
	kfree(p);
}

static void planted_lock_inversion(struct planted *p)
{
	mutex_lock(&planted_a);
	mutex_lock(&planted_b);
	mutex_unlock(&planted_b);
	mutex_unlock(&planted_a);
	mutex_lock(&planted_b);
	mutex_lock(&planted_a);
	mutex_unlock(&planted_a);
	mutex_unlock(&planted_b);
	kfree(p);
}

static void planted_leak(struct planted *p)
{
	p->bytes[0] = 1;
}

static void planted_warn(struct planted *p)
{
	WARN_ON_ONCE(p);
	kfree(p);
}

static void planted_list_corruption(struct planted *p)
{
	list_add(&p->list, &planted_list);
	p->list.next->prev = NULL;
	list_del(&p->list);
	INIT_LIST_HEAD(&planted_list);
	kfree(p);
}

static int planted_waiter(void *arg)
{
	wait_for_completion(&planted_never);
	return 0;
}

static void planted_hung_task(struct planted *p)
{
	kthread_run(planted_waiter, NULL, "planted");
	__module_get(THIS_MODULE);
	kfree(p);
}

static void planted_count(struct planted *p)
{
	unsigned long end = jiffies + 2 * HZ;

	while (time_before(jiffies, end)) {
		p->count++;
		cond_resched();
	}
}

static int planted_counter(void *arg)
{
	struct planted *p = arg;

	planted_count(p);
	complete(&p->done);
	return 0;
}

static void planted_data_race(struct planted *p)
{
	init_completion(&p->done);
	kthread_run(planted_counter, p, "planted");
	planted_count(p);
	wait_for_completion(&p->done);
	kfree(p);
}

static const struct {
	const char *name;
	void (*happen)(struct planted *p);
} planted_bugs[] = {
	{ "none",		planted_none },
	{ "use-after-free",	planted_use_after_free },
	{ "out-of-bounds",	planted_out_of_bounds },
	{ "double-free",	planted_double_free },
	{ "sleep-in-atomic",	planted_sleep_in_atomic },
	{ "lock-inversion",	planted_lock_inversion },
	{ "leak",		planted_leak },
	{ "warn",		planted_warn },
	{ "list-corruption",	planted_list_corruption },
	{ "hung-task",		planted_hung_task },
	{ "data-race",		planted_data_race },
};

static int __init planted_init(void)
{
	struct planted *p;
	int i;

	for (i = 0; i < ARRAY_SIZE(planted_bugs); i++) {
		if (strcmp(bug, planted_bugs[i].name))
			continue;
		p = planted_new();
		if (!p)
			return -ENOMEM;
		planted_bugs[i].happen(p);
		return 0;
	}
	pr_err("planted: no such bug: %s\n", bug);
	return -EINVAL;
}

static void __exit planted_exit(void)
{
}

module_init(planted_init);
module_exit(planted_exit);
MODULE_DESCRIPTION("Bugs to order");
MODULE_LICENSE("GPL");
