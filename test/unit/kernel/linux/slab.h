/* SPDX-License-Identifier: GPL-2.0 */
/* As much of the kernel as the map needs, for the unit tests on the host. */
#ifndef TEST_KERNEL_SLAB_H
#define TEST_KERNEL_SLAB_H

#include <endian.h>
#include <stdbool.h>
#include <stdlib.h>
#include <errno.h>
#include <linux/types.h>

typedef struct { int counter; } atomic_t;

#define atomic_set(a, n)	((void)((a)->counter = (n)))
#define atomic_inc(a)		((void)(a)->counter++)

static inline int atomic_dec_if_positive(atomic_t *a)
{
	return a->counter > 0 ? --a->counter : -1;
}

typedef __u64 u64;
typedef __u32 u32;
typedef __u8 u8;

#define GFP_KERNEL		0
#define GFP_NOIO		0
#define __GFP_ACCOUNT		0
#define PAGE_SHIFT		12
#define totalram_pages()	test_ram_pages
#define kvcalloc(n, size, gfp)	calloc(n, size)
#define kvfree(p)		free(p)
#define kmalloc(n, gfp)		malloc(n)
#define kzalloc(n, gfp)		calloc(1, n)
#define kfree(p)		free(p)
#define get_zeroed_page(gfp)	((unsigned long)calloc(1, 4096))
#define free_page(p)		free((void *)(p))
#define le64_to_cpu(x)		le64toh(x)
#define cpu_to_le64(x)		htole64(x)
#define cpu_to_le32(x)		htole32(x)
#define BITS_TO_LONGS(n)	(((n) + 63) / 64)
#define DIV_ROUND_UP_ULL(n, d)	(((n) + (d) - 1) / (d))
#define READ_ONCE(x)		(*(volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))
#define cond_resched()		((void)0)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define cmpxchg(p, old, new)	__sync_val_compare_and_swap(p, old, new)
#define min(a, b)		((a) < (b) ? (a) : (b))
#define max(a, b)		((a) > (b) ? (a) : (b))
#define min_t(type, a, b)	min((type)(a), (type)(b))
#define U32_MAX			0xffffffffU
#define __ffs64(x)		((u32)__builtin_ctzll(x))
#define hweight64(x)		((u32)__builtin_popcountll(x))
#define __set_bit(n, map)	((map)[(n) / 64] |= 1UL << ((n) % 64))
#define __clear_bit(n, map)	((map)[(n) / 64] &= ~(1UL << ((n) % 64)))
#define test_bit(n, map)	((map)[(n) / 64] >> ((n) % 64) & 1)

static unsigned long test_ram_pages __attribute__((unused)) = 1 << 18;

static inline u32 find_next_bit(const unsigned long *map, u32 end, u32 from)
{
	while (from < end && !test_bit(from, map))
		from++;
	return from;
}

#endif
