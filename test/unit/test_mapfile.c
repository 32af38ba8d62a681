// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/lib/crc32c.c drivers/block/evergreen/map.c */
/*
 * The map on disk when each of its reads, writes and flushes fails, at each
 * place, once, some times, or for good; and when power fails there.
 *
 * The device keeps what was written in a volatile cache until a flush: power that
 * fails leaves of it nothing, all, or a half of each page; a flush that fails
 * drops it, and tells so once.  The page cache keeps what was written to the map;
 * its writeback may fail, once, and then it takes the page to be clean.
 *
 * Whatever happens: each block that is claimed is there, when the disk is added
 * again, and what was said to be saved is claimed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define SHIM_FAULTS
#include "../fuzz/mapfile_shim.h"

enum {
	BLOCKS		= EVG_MAP_BLOCKS + 16,
	PAGES		= 2,
	SLOTS		= 2 * PAGES,
	BYTES		= EVG_MAP_OFFSET + SLOTS * 4096,
	FOR_GOOD	= 1000000,
};

/* Those that anything is done to. */
#define each_block(i) \
	for (i = 0; i < BLOCKS; i = i == 320 ? EVG_MAP_BLOCKS - 16 : i + 1)

/* The page cache of the map, and the device below it. */
static struct evg_map_page cached[SLOTS], written[SLOTS], durable[SLOTS];
static bool is_dirty[SLOTS], is_written[SLOTS];
static int map_error;			/* of writeback, not told yet */
/* Each block's bytes: written, and on the device for good. */
static bool has_bytes[BLOCKS], is_durable[BLOCKS];
static bool is_filled[BLOCKS];		/* since the disk was added */
static bool is_promised[BLOCKS];	/* of these, since a commit that succeeded */

/* The nth I/O of that kind fails, and some that follow. */
enum io { READ, WRITE, WRITEBACK, FLUSH, KINDS };
static struct { enum io kind; int nth, times; } fault;
static int done[KINDS];
static int bad_slot = -1;		/* cannot be read, whatever else */
static bool is_checking;		/* nothing else fails */
static u32 written_meanwhile;		/* a block, before the map is flushed */

static bool fails(enum io kind)
{
	int n;

	if (is_checking)
		return false;
	n = done[kind]++;
	return kind == fault.kind && n >= fault.nth && n - fault.nth < fault.times;
}

static int slot_at(loff_t pos)
{
	return (int)((pos - EVG_MAP_OFFSET) / 4096);
}

static ssize_t kernel_read(struct file *file, void *to, size_t bytes, loff_t *pos)
{
	int slot = slot_at(*pos);

	(void)file;
	if (*pos < EVG_MAP_OFFSET)
		return -EINVAL;
	if (fails(READ) || slot == bad_slot)
		return -EIO;
	memcpy(to, &cached[slot], bytes);
	*pos += (loff_t)bytes;
	return (ssize_t)bytes;
}

static ssize_t kernel_write(struct file *file, const void *from, size_t bytes,
			    loff_t *pos)
{
	int slot = slot_at(*pos);

	(void)file;
	if (fails(WRITE))
		return -ENOSPC;
	memcpy(&cached[slot], from, bytes);
	is_dirty[slot] = true;
	return (ssize_t)bytes;
}

static int file_write_and_wait_range(struct file *file, loff_t from, loff_t to)
{
	int i, err;

	(void)file;
	(void)from;
	(void)to;
	for (i = 0; i < SLOTS; i++) {
		if (!is_dirty[i])
			continue;
		is_dirty[i] = false;
		if (fails(WRITEBACK)) {
			map_error = -EIO;
			continue;
		}
		written[i] = cached[i];
		is_written[i] = true;
	}
	err = map_error;
	map_error = 0;
	return err;
}

static int flush_device(void)
{
	bool failed = fails(FLUSH);
	int i;

	for (i = 0; i < SLOTS; i++) {
		if (is_written[i] && !failed)
			durable[i] = written[i];
		is_written[i] = false;
	}
	each_block(i) {
		if (has_bytes[i] && !failed)
			is_durable[i] = true;
		if (!is_durable[i])
			has_bytes[i] = false;
	}
	return failed ? -EIO : 0;
}

static inline int vfs_fsync(struct file *file, int datasync)
{
	(void)datasync;
	/* The helper goes on while the map is being saved. */
	if (written_meanwhile)
		has_bytes[written_meanwhile] = true;
	return file_write_and_wait_range(file, 0, LLONG_MAX) ?: flush_device();
}

static int flush_clean(struct evg_disk *disk)
{
	(void)disk;
	return flush_device();
}

static const struct shim_ops ops = { flush_clean };

#include "../../drivers/block/evergreen/mapfile.c"

static struct evg_disk disk;
static struct evg_hot hot;
static struct file file;

static bool claims(u32 block)
{
	u32 run;

	return evg_map_run(&disk.map, block, 1, &run) == EVG_CLEAN;
}

static void add_disk(void)
{
	u32 i;

	memset(&disk, 0, sizeof(disk));
	disk.store.map = &file;
	disk.store.ops = &ops;
	disk.hot = &hot;
	assert_int_equal(evg_map_init(&disk.map, BLOCKS), 0);
	for (i = 0; i < PAGES; i++)
		evg_mapfile_load(&disk, i);
}

static void remove_disk(void)
{
	evg_map_exit(&disk.map);
}

/* The next commit, and all that was put off until then. */
static void commit(void)
{
	u32 i;

	shim_jiffies += EVG_COMMIT_PAUSE_MAX;
	evg_mapfile_commit_work(&disk.commit_work.work);
	if (disk.saving.state != EVG_SAVING_OK)
		return;
	each_block(i)
		is_promised[i] |= is_filled[i] && claims(i) &&
			!evg_map_is_unread(&disk.map, i, 1);
}

/*
 * What is claimed already is not said to be saved by that: the page cache may have
 * it from a disk that was removed before it could be saved.
 */
static void fill(u32 first, u32 n)
{
	u32 i;

	for (i = first; i < first + n; i++) {
		has_bytes[i] = true;
		is_filled[i] |= !claims(i);
	}
	if (!evg_map_prepare(&disk.map, first, n))
		evg_map_set_clean(&disk.map, first, n);
}

/* As the handler of EVICT and the helper do it. */
static void evict(u32 first, u32 n)
{
	u32 i;

	if (disk.saving.state != EVG_SAVING_OK ||
	    evg_map_is_unread(&disk.map, first, n))
		return;
	for (i = first; i < first + n; i++)
		is_promised[i] = is_filled[i] = false;
	evg_map_clear(&disk.map, first, n);
	shim_evict.begun = true;
	shim_evict.first = first;
	shim_evict.n = n;
	shim_evict.error = 1;
	commit();
	shim_evict.begun = false;
	for (i = first; !shim_evict.error && i < first + n; i++)
		has_bytes[i] = is_durable[i] = false;
}

/* What power leaves of a page that was being written. */
enum left { NOTHING, ALL, FIRST_HALF, SECOND_HALF, LEFTS };

static void power_off(enum left left)
{
	size_t half = sizeof(struct evg_map_page) / 2;
	int i;

	for (i = 0; i < SLOTS; i++) {
		if (is_dirty[i])
			written[i] = cached[i];
		if ((is_dirty[i] || is_written[i]) && left != NOTHING) {
			if (left == ALL || left == FIRST_HALF)
				memcpy(&durable[i], &written[i], half);
			if (left == ALL || left == SECOND_HALF)
				memcpy((char *)&durable[i] + half,
				       (char *)&written[i] + half, half);
		}
		is_dirty[i] = is_written[i] = false;
		cached[i] = durable[i];
	}
	each_block(i) {
		if (left == NOTHING)
			has_bytes[i] = is_durable[i];
		is_durable[i] = has_bytes[i];
	}
	map_error = 0;
}

/* Everything that is claimed is there; and if all can be read, all that was said. */
static void check_claims(bool promised)
{
	u32 i;

	each_block(i) {
		if (claims(i) && !has_bytes[i])
			fail_msg("block %u is claimed and not there (%d of kind %d, %d times)",
				 i, fault.nth, fault.kind, fault.times);
		if (promised && is_promised[i] && !claims(i))
			fail_msg("block %u was saved and is not claimed (%d of kind %d, %d times)",
				 i, fault.nth, fault.kind, fault.times);
	}
}

static struct {
	struct evg_map_page cached[SLOTS], written[SLOTS], durable[SLOTS];
	bool is_dirty[SLOTS], is_written[SLOTS];
	bool has_bytes[BLOCKS], is_durable[BLOCKS];
} kept;

static void keep(bool back)
{
	size_t i;
	struct { void *now, *then; size_t bytes; } part[] = {
#define PART(x) { x, kept.x, sizeof(x) }
		PART(cached), PART(written), PART(durable), PART(is_dirty),
		PART(is_written), PART(has_bytes), PART(is_durable),
#undef PART
	};

	for (i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		memcpy(back ? part[i].now : part[i].then,
		       back ? part[i].then : part[i].now, part[i].bytes);
}

/* If power failed now, whatever it left, and whichever slot is bad then. */
static void check_power_off(void)
{
	struct evg_hot hot_here = hot;
	struct evg_disk here = disk;
	int error = map_error;
	enum left left;

	is_checking = true;
	keep(false);
	for (left = NOTHING; left < LEFTS; left++) {
		for (bad_slot = -1; bad_slot < SLOTS; bad_slot++) {
			power_off(left);
			add_disk();
			check_claims(bad_slot < 0);
			remove_disk();
			keep(true);
		}
		bad_slot = -1;
	}
	disk = here;
	hot = hot_here;
	map_error = error;
	is_checking = false;
}

static void begin(void)
{
	memset(cached, 0, sizeof(cached));
	memset(durable, 0, sizeof(durable));
	memset(is_dirty, 0, sizeof(is_dirty));
	memset(is_written, 0, sizeof(is_written));
	memset(has_bytes, 0, sizeof(has_bytes));
	memset(is_durable, 0, sizeof(is_durable));
	memset(is_filled, 0, sizeof(is_filled));
	memset(is_promised, 0, sizeof(is_promised));
	memset(done, 0, sizeof(done));
	map_error = 0;
}

/* What a disk lives through; after each step power might fail. */
static void live(void)
{
	int step;

	add_disk();
	for (step = 0; step < 16; step++) {
		switch (step) {
		case 0:
			fill(0, 40);
			fill(EVG_MAP_BLOCKS - 8, 16);
			break;
		case 2:
			fill(100, 40);
			break;
		case 4:
			evict(10, 110);
			break;
		case 5:
			remove_disk();
			memset(is_filled, 0, sizeof(is_filled));
			add_disk();
			break;
		case 6:
			fill(20, 5);
			break;
		case 8:
			evict(EVG_MAP_BLOCKS - 2, 4);
			break;
		case 9:
			/* of a page of which nothing was filled since */
			evict(0, 20);
			break;
		case 10:
			fill(0, 300);
			break;
		case 12:
			evict(0, 300);
			break;
		default:
			commit();
		}
		check_claims(false);
		check_power_off();
	}
}

/* When all is well again a commit or two save all, unless a flush has failed. */
static void get_well(void)
{
	bool flush = fault.kind == FLUSH && done[FLUSH] > fault.nth;

	fault.times = 0;
	commit();
	commit();
	assert_int_equal(disk.map.unreads, 0);
	if (disk.saving.state == EVG_SAVING_STOPPED && flush) {
		remove_disk();
		add_disk();
		check_claims(true);
		remove_disk();
		return;
	}
	assert_int_equal(disk.saving.state, EVG_SAVING_OK);
	check_power_off();
	remove_disk();
}

static void run(enum io kind, int nth, int times)
{
	fault.kind = kind;
	fault.nth = nth;
	fault.times = times;
	begin();
	live();
	get_well();
}

static void without_faults_all_is_claimed(void **state)
{
	(void)state;
	run(KINDS, 0, 0);
	assert_true(is_promised[EVG_MAP_BLOCKS + 2]);
	assert_false(is_promised[299]);
	assert_int_equal(hot.io_errors, 0);
}

static void each_io_may_fail(enum io kind)
{
	static const int times[] = { 1, 3, FOR_GOOD };
	int i, nth;

	for (i = 0; i < 3; i++) {
		nth = 0;
		do {
			run(kind, nth, times[i]);
		} while (done[kind] > nth++);
		assert_true(nth > 3);
	}
}

static void each_read_may_fail(void **state)
{
	(void)state;
	each_io_may_fail(READ);
}

static void each_write_may_fail(void **state)
{
	(void)state;
	each_io_may_fail(WRITE);
}

static void each_writeback_may_fail(void **state)
{
	(void)state;
	each_io_may_fail(WRITEBACK);
}

static void each_flush_may_fail(void **state)
{
	(void)state;
	each_io_may_fail(FLUSH);
}

static void saved(u32 first, u32 n)
{
	fault.times = 0;
	begin();
	add_disk();
	fill(first, n);
	commit();
}

static void an_error_of_the_map_is_tried_again(void **state)
{
	(void)state;
	saved(0, 8);
	fault.kind = WRITEBACK;
	fault.nth = done[WRITEBACK];
	fault.times = 2;
	fill(8, 8);
	commit();
	assert_int_equal(disk.saving.state, EVG_SAVING_RETRYING);
	commit();
	assert_int_equal(disk.saving.state, EVG_SAVING_RETRYING);
	assert_int_equal(hot.io_errors, 2);
	assert_int_equal(disk.saving.tries, 2);
	commit();
	assert_int_equal(disk.saving.state, EVG_SAVING_OK);
	assert_int_equal(disk.saving.tries, 0);
	assert_true(is_promised[15]);
	check_power_off();
	remove_disk();
	hot.io_errors = 0;
}

static void after_a_failed_flush_nothing_more_is_claimed(void **state)
{
	(void)state;
	saved(0, 8);
	fault.kind = FLUSH;
	fault.nth = done[FLUSH];
	fault.times = 1;
	fill(8, 8);
	commit();
	assert_int_equal(disk.saving.state, EVG_SAVING_STOPPED);
	fill(8, 16);
	commit();
	assert_int_equal(disk.saving.state, EVG_SAVING_STOPPED);
	check_power_off();
	remove_disk();
	add_disk();
	assert_int_equal(disk.saving.state, EVG_SAVING_OK);
	assert_true(claims(7));
	assert_false(claims(8));
	remove_disk();
	hot.io_errors = 0;
}

/* That flush may drop what the helper wrote since the first, and says later. */
static void a_failed_flush_of_the_map_is_one_of_all(void **state)
{
	(void)state;
	saved(0, 8);
	fault.kind = FLUSH;
	fault.nth = done[FLUSH] + 1;
	fault.times = 1;
	fill(8, 8);
	written_meanwhile = 20;
	commit();
	written_meanwhile = 0;
	assert_int_equal(disk.saving.state, EVG_SAVING_STOPPED);
	evg_map_set_clean(&disk.map, 20, 1);
	commit();
	check_power_off();
	remove_disk();
	hot.io_errors = 0;
}

/* It may have come wrong from the device, and come right another time. */
static void a_damaged_page_is_written_by_an_eviction(void **state)
{
	(void)state;
	saved(0, 8);
	remove_disk();
	cached[1].crc ^= 1;
	add_disk();
	assert_int_equal(disk.map.unreads, 0);
	assert_false(claims(0));
	evict(0, 8);
	assert_int_equal(shim_evict.error, 0);
	remove_disk();
	if (!evg_mapfile_is_valid(&disk, 0, &cached[1]))
		cached[1].crc ^= 1;
	add_disk();
	check_claims(true);
	remove_disk();
	hot.io_errors = 0;
}

/* Its only valid slot cannot be read, the other is zeros. */
static void a_page_that_cannot_be_read_is_not_empty(void **state)
{
	(void)state;
	saved(0, 8);
	remove_disk();
	bad_slot = 1;
	add_disk();
	assert_int_equal(disk.map.unreads, 1);
	assert_int_equal(hot.io_errors, 1);
	assert_true(evg_map_is_unread(&disk.map, 0, 1));
	assert_false(evg_map_is_unread(&disk.map, EVG_MAP_BLOCKS, 1));
	assert_false(claims(0));
	fill(4, 8);
	commit();
	/* It is not written, and this is no failure to save the others. */
	assert_int_equal(done[WRITE], 1);
	assert_int_equal(disk.saving.state, EVG_SAVING_OK);
	bad_slot = -1;
	commit();
	assert_int_equal(disk.map.unreads, 0);
	assert_true(claims(0));
	assert_true(claims(11));
	commit();
	assert_true(is_promised[11]);
	remove_disk();
	hot.io_errors = 0;
}

static void one_good_slot_is_enough(void **state)
{
	(void)state;
	saved(0, 8);
	fill(8, 8);
	commit();
	for (bad_slot = 0; bad_slot < 2; bad_slot++) {
		remove_disk();
		add_disk();
		assert_int_equal(disk.map.unreads, 0);
		assert_true(claims(7));
		assert_int_equal(claims(8), bad_slot == 1);
	}
	bad_slot = -1;
	remove_disk();
	hot.io_errors = 0;
}

/* A claim that a bit flipped makes, and that nothing but the checksum denies. */
static void a_flipped_bit_claims_nothing(void **state)
{
	(void)state;
	saved(0, 8);
	remove_disk();
	cached[1].words[3] ^= cpu_to_le64(1);
	add_disk();
	assert_false(claims(96));
	assert_false(claims(0));
	remove_disk();
	hot.io_errors = 0;
}

/* A page that is whole, but not of this image. */
static void a_claim_beyond_the_end_is_none(void **state)
{
	struct evg_map_page *page = &cached[2];

	(void)state;
	saved(EVG_MAP_BLOCKS, 8);
	remove_disk();
	memset(is_promised, 0, sizeof(is_promised));
	*page = cached[3];
	page->generation = cpu_to_le64(2);
	page->words[0] |= cpu_to_le64(1ULL << (2 * 17));
	page->crc = cpu_to_le32(evg_mapfile_crc(&disk, page));
	add_disk();
	assert_int_equal(hot.io_errors, 1);
	assert_false(claims(EVG_MAP_BLOCKS));
	fill(EVG_MAP_BLOCKS, 2);
	commit();
	assert_int_equal(le64toh(cached[3].generation), 3);
	check_power_off();
	remove_disk();
	hot.io_errors = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_faults_all_is_claimed),
		cmocka_unit_test(a_flipped_bit_claims_nothing),
		cmocka_unit_test(one_good_slot_is_enough),
		cmocka_unit_test(a_claim_beyond_the_end_is_none),
		cmocka_unit_test(a_page_that_cannot_be_read_is_not_empty),
		cmocka_unit_test(an_error_of_the_map_is_tried_again),
		cmocka_unit_test(after_a_failed_flush_nothing_more_is_claimed),
		cmocka_unit_test(a_failed_flush_of_the_map_is_one_of_all),
		cmocka_unit_test(a_damaged_page_is_written_by_an_eviction),
		cmocka_unit_test(each_read_may_fail),
		cmocka_unit_test(each_write_may_fail),
		cmocka_unit_test(each_writeback_may_fail),
		cmocka_unit_test(each_flush_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
