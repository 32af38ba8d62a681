/* SPDX-License-Identifier: GPL-2.0 */
/* Lists, and trees that are not balanced, for the unit tests on the host. */
#ifndef TEST_KERNEL_LIST_H
#define TEST_KERNEL_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A test may count what is done. */
#ifndef LIST_STEP
#define LIST_STEP()	((void)0)
#endif

struct list_head {
	struct list_head *next, *prev;
};

#define container_of(p, type, member) \
	((type *)((char *)(p) - offsetof(type, member)))
#define LIST_HEAD(name) struct list_head name = { &(name), &(name) }
#define list_entry(p, type, member) container_of(p, type, member)
#define list_first_entry(h, type, member) list_entry((h)->next, type, member)
#define list_last_entry(h, type, member) list_entry((h)->prev, type, member)
#define list_first_entry_or_null(h, type, member) \
	(list_empty(h) ? NULL : list_first_entry(h, type, member))
#define list_entry_is_head(p, h, member) (&(p)->member == (h))
#define list_walk(p, h, member, way)					\
	for ((p) = list_entry((h)->way, __typeof__(*(p)), member);	\
	     &(p)->member != (h);					\
	     (p) = list_entry((p)->member.way, __typeof__(*(p)), member))
#define list_walk_safe(p, n, h, member, way)				\
	for ((p) = list_entry((h)->way, __typeof__(*(p)), member),	\
	     (n) = list_entry((p)->member.way, __typeof__(*(p)), member); \
	     &(p)->member != (h);					\
	     (p) = (n), (n) = list_entry((n)->member.way, __typeof__(*(n)), member))
#define list_for_each_entry(p, h, member) list_walk(p, h, member, next)
#define list_for_each_entry_reverse(p, h, member) list_walk(p, h, member, prev)
#define list_for_each_entry_safe(p, n, h, member) list_walk_safe(p, n, h, member, next)
#define list_for_each_entry_safe_reverse(p, n, h, member) \
	list_walk_safe(p, n, h, member, prev)

static inline void INIT_LIST_HEAD(struct list_head *h)
{
	h->next = h;
	h->prev = h;
}

static inline bool list_empty(const struct list_head *h)
{
	return h->next == h;
}

static inline void list_add(struct list_head *n, struct list_head *h)
{
	LIST_STEP();
	n->prev = h;
	n->next = h->next;
	h->next->prev = n;
	h->next = n;
}

static inline void list_add_tail(struct list_head *n, struct list_head *h)
{
	list_add(n, h->prev);
}

static inline void list_del(struct list_head *n)
{
	LIST_STEP();
	n->prev->next = n->next;
	n->next->prev = n->prev;
}

static inline void list_del_init(struct list_head *n)
{
	list_del(n);
	INIT_LIST_HEAD(n);
}

static inline void list_move(struct list_head *n, struct list_head *h)
{
	list_del(n);
	list_add(n, h);
}

static inline void list_move_tail(struct list_head *n, struct list_head *h)
{
	list_del(n);
	list_add_tail(n, h);
}

static inline void list_splice_tail_init(struct list_head *from, struct list_head *to)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	INIT_LIST_HEAD(from);
}

struct rb_node {
	struct rb_node *rb_left, *rb_right, *up;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct rb_root_cached {
	struct rb_root rb_root;
};

#define RB_ROOT		((struct rb_root){ NULL })
#define RB_ROOT_CACHED	((struct rb_root_cached){ { NULL } })
#define RB_EMPTY_ROOT(r) (!(r)->rb_node)
#define rb_entry(p, type, member) container_of(p, type, member)

static inline void rb_add(struct rb_node *n, struct rb_root *root,
			  bool (*less)(struct rb_node *a, const struct rb_node *b))
{
	struct rb_node **at = &root->rb_node, *up = NULL;

	LIST_STEP();
	while (*at) {
		up = *at;
		at = less(n, up) ? &up->rb_left : &up->rb_right;
	}
	*n = (struct rb_node){ .up = up };
	*at = n;
}

static inline void rb_put(struct rb_root *root, const struct rb_node *old,
			  struct rb_node *n)
{
	if (!old->up)
		root->rb_node = n;
	else if (old->up->rb_left == old)
		old->up->rb_left = n;
	else
		old->up->rb_right = n;
	if (n)
		n->up = old->up;
}

static inline void rb_erase(struct rb_node *n, struct rb_root *root)
{
	struct rb_node *next = n->rb_right;

	LIST_STEP();
	if (!n->rb_left || !n->rb_right) {
		rb_put(root, n, n->rb_left ? n->rb_left : n->rb_right);
		return;
	}
	while (next->rb_left)
		next = next->rb_left;
	rb_put(root, next, next->rb_right);
	next->rb_left = n->rb_left;
	next->rb_right = n->rb_right;
	rb_put(root, n, next);
	next->rb_left->up = next;
	if (next->rb_right)
		next->rb_right->up = next;
}

static inline struct rb_node *rb_next(const struct rb_node *n)
{
	struct rb_node *next = n->rb_right;

	if (next) {
		while (next->rb_left)
			next = next->rb_left;
		return next;
	}
	while (n->up && n->up->rb_right == n)
		n = n->up;
	return n->up;
}

static inline struct rb_node *rb_first_cached(const struct rb_root_cached *root)
{
	struct rb_node *n = root->rb_root.rb_node;

	while (n && n->rb_left)
		n = n->rb_left;
	return n;
}

static inline void rb_add_cached(struct rb_node *n, struct rb_root_cached *root,
				 bool (*less)(struct rb_node *a, const struct rb_node *b))
{
	rb_add(n, &root->rb_root, less);
}

static inline void rb_erase_cached(struct rb_node *n, struct rb_root_cached *root)
{
	rb_erase(n, &root->rb_root);
}

#endif
