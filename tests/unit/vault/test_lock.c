/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: the second lock holds: across hours, restarts and clocks that go back,
 * whatever numbers a lying keeper names, and whichever call of the disk fails:
 * then nothing is answered, and what was counted before stands.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/text.h"
#include "failing.h"
#include "journal/leaf.h"
#include "meter/count.h"
#include "place.h"
#include "registry/act.h"
#include "vault/lock.h"

#define HOUR INT64_C(3600000)
#define NOW (INT64_C(494000) * HOUR + 1000)	/* at the begin of an hour */
#define CELL 3
#define MOST 5		/* persons of an hour */
#define ORIGIN "vault.test/journal"

static struct {
	char folder[64];
	int64_t wall_ms, boot_ms;
	struct sign_private *admins[3];
	struct lock *lock;
} t;

static int64_t wall(void *ctx)
{
	(void)ctx;
	return t.wall_ms;
}

static int64_t boot(void *ctx)
{
	(void)ctx;
	return t.boot_ms;
}

static void path_of(const char *name, char out[static 128])
{
	(void)snprintf(out, 128, "%s/%s", t.folder, name);
}

static void put_file(const char *name, struct span s)
{
	char path[128];

	path_of(name, path);
	assert_int_equal(file_replace(path, s, 0600), ERR_OK);
}

static struct buf get_file(const char *name)
{
	char path[128];
	struct buf b;

	path_of(name, path);
	buf_init(&b, 1u << 24);
	assert_int_equal(file_read(path, &b), ERR_OK);
	return b;
}

static size_t size_of(const char *name)
{
	char path[128];
	struct stat st;

	path_of(name, path);
	assert_int_equal(stat(path, &st), 0);
	return (size_t)st.st_size;
}

static void remove_file(const char *name)
{
	char path[128];

	path_of(name, path);
	assert_int_equal(unlink(path), 0);
}

static void make_trust(bool drill)
{
	char key[TEXT_B64_SIZE(SIGN_ED25519_KEY)];
	struct buf b;

	buf_init(&b, 4096);
	buf_printf(&b, "instance drill=%s origin=%s\n"
	    "default floor=%u each=0\n", drill ? "yes" : "no", ORIGIN, MOST);
	for (unsigned i = 0; i < 3; i++) {
		text_b64url(sign_public_raw(
		    sign_private_public(t.admins[i])), SIGN_ED25519_KEY, key);
		buf_printf(&b, "admin name=admin-%u key=%s state=living\n",
		    i, key);
	}
	put_file("trust", buf_span(&b));
	buf_release(&b);
}

static enum err try_open(void)
{
	struct clock clock = {wall, boot, NULL};

	t.lock = NULL;
	return lock_open(t.folder, clock, random_system(), &t.lock);
}

static void open_lock(void)
{
	assert_int_equal(try_open(), ERR_OK);
}

/* Whatever its last note meets. */
static void drop_lock(void)
{
	if (lock_close(t.lock))
		print_message("# its end failed\n");
	t.lock = NULL;
}

static void close_lock(void)
{
	assert_int_equal(lock_close(t.lock), ERR_OK);
	t.lock = NULL;
}

/* As a kill does: what is not in a file is gone. The lock's last note is put
 * back, for its end would write one. */
static void kill_lock(void)
{
	struct buf note = get_file("checkpoint");

	drop_lock();
	put_file("checkpoint", buf_span(&note));
	buf_release(&note);
}

static int make(void **state)
{
	struct random r = random_system();

	(void)state;
	sign_start();
	memset(&t, 0, sizeof(t));
	assert_true(place_make(t.folder, sizeof(t.folder), "test_lock"));
	t.wall_ms = NOW;
	t.boot_ms = 50000;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(sign_private_make(
		    SIGN_ED25519, &r, &t.admins[i]), ERR_OK);
	make_trust(false);
	open_lock();
	return 0;
}

static int unmake(void **state)
{
	static const char *const names[] = {
	    "key.pem", "key.act", "trust", "counts", "checkpoint"};
	char path[128];

	(void)state;
	drop_lock();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(names[i], path);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(t.folder), 0);
	for (unsigned i = 0; i < 3; i++)
		sign_private_free(t.admins[i]);
	return 0;
}

/* --- what the keeper asks --- */

static enum err resolve(uint32_t cell, uint64_t number, bool *ret_over)
{
	struct lock_person p = {cell, 0, number};

	return lock_resolved(t.lock, &p, ret_over);
}

static bool is_over(uint32_t cell, uint64_t number)
{
	bool over = false;

	assert_int_equal(resolve(cell, number, &over), ERR_OK);
	return over;
}

static enum err answer(uint64_t number, uint64_t index, bool *ret_over)
{
	static const uint8_t blinding[LEAF_BLINDING];
	struct lock_person p = {CELL, 0, number};

	return lock_answered(t.lock, &p, span_str(ORIGIN "/1"), index,
	    blinding, ret_over);
}

static void answers(uint64_t number, uint64_t index)
{
	bool over = true;

	assert_int_equal(answer(number, index, &over), ERR_OK);
	assert_false(over);
}

static void write_turn(void)
{
	assert_int_equal(lock_write(t.lock), ERR_OK);
}

static void fill(void)
{
	for (unsigned i = 1; i <= MOST; i++)
		assert_false(is_over(CELL, i));
	assert_true(is_over(CELL, MOST + 1));
}

/* What the file says, from its first record on. */
static struct count_head head_of_file(struct count_record *last)
{
	struct buf all = get_file("counts");
	struct reader r = reader_of(buf_span(&all));
	struct count_head h = {0};

	*last = (struct count_record){0};
	while (!count_next(&r, &h, last))
		;
	assert_int_equal(reader_left(&r), 0);
	buf_release(&all);
	return h;
}

static bool is_full(void)
{
	return is_over(CELL, MOST + 1000);
}

/* --- acts --- */

/* One line for a log, signed by the administrators whose bits are set. */
static struct buf act_as(const char *origin, const char *line,
    int64_t time_ms, unsigned who)
{
	struct note_signer signers[3];
	char names[3][16];
	uint8_t nonce[16] = {1};
	struct buf text, note;
	size_t n = 0;

	for (unsigned i = 0; i < 3; i++) {
		if (!(who & 1u << i))
			continue;
		(void)snprintf(names[n], sizeof(names[n]), "admin-%u", i);
		signers[n].name = names[n];
		signers[n++].key = t.admins[i];
	}
	buf_init(&text, 4096);
	buf_init(&note, NOTE_MAX);
	act_write_head(&text, span_str(origin), time_ms, nonce);
	buf_printf(&text, "%s\n", line);
	assert_int_equal(note_sign(buf_span(&text), signers, n, &note), ERR_OK);
	buf_release(&text);
	return note;
}

static struct buf act(const char *line, int64_t time_ms, unsigned who)
{
	return act_as(ORIGIN, line, time_ms, who);
}

static enum err takes(const char *line, int64_t time_ms, unsigned who)
{
	struct buf note = act(line, time_ms, who);
	const char *words = NULL;
	enum err e = lock_act(t.lock, buf_span(&note), &words);

	assert_non_null(words);
	assert_true(!e || words[0] || e == ERR_IO || e == ERR_NOMEM);
	buf_release(&note);
	return e;
}

/* --- the ceiling --- */

static void test_the_ceiling_refuses_who_is_new(void **state)
{
	bool over = false;

	(void)state;
	fill();
	assert_false(is_over(CELL, 1));		/* he was met */
	assert_true(is_over(CELL, 0));		/* strangers as persons */
	assert_false(is_over(CELL + 1, 77));	/* another cell's */
	assert_int_equal(answer(MOST + 1, 9, &over), ERR_OK);
	assert_true(over);
	answers(1, 10);
	answers(0, 11);		/* nobody: no person is told */
	assert_false(is_over(CELL + 2, 0));
	for (unsigned i = 1; i <= 40; i++)	/* cells of their own */
		assert_false(is_over(CELL + 10 * i, i));
	assert_int_equal(lock_close(NULL), ERR_OK);
}

/* A ceiling of two hundred, so that the set of persons grows. */
static void test_a_wide_ceiling_is_counted_to_the_last(void **state)
{
	(void)state;
	assert_int_equal(takes(
	    "ceiling amc=1 cell=3 persons-hour=200", NOW, 3), ERR_OK);
	for (unsigned round = 0; round < 2; round++)
		for (uint64_t i = 1; i <= 200; i++)
			assert_false(is_over(CELL, i));
	assert_true(is_over(CELL, 201));
	assert_true(is_over(CELL, UINT64_MAX));
}

/* Without memory nothing is told, and what was counted stands. */
static void test_want_of_memory_opens_nothing(void **state)
{
	bool failed = true;

	(void)state;
	assert_int_equal(takes(
	    "ceiling amc=1 cell=3 persons-hour=200", NOW, 3), ERR_OK);
	for (int n = 0; failed; n++) {
		struct buf note = act("ceiling amc=1 cell=9 persons-hour=7",
		    NOW + n, 3);
		const char *words = NULL;
		enum err e = ERR_OK;
		bool over = false;

		failing_set(FAILING_MEMORY, n, ENOMEM);
		for (uint64_t i = 1; i <= 200 && !e; i++)
			e = resolve(CELL, i, &over);
		if (!e)
			e = resolve(CELL + 40, 1, &over);
		if (!e)
			e = answer(1, 1, &over);
		if (!e)
			e = lock_write(t.lock);
		t.boot_ms += 1000;
		if (!e)
			e = lock_sign(t.lock);
		if (!e)
			e = lock_act(t.lock, buf_span(&note), &words);
		failed = failing_end();
		buf_release(&note);
		assert_int_equal(e != ERR_OK, failed);
		if (!failed)
			break;
		drop_lock();
		t.wall_ms += HOUR;
		t.boot_ms += HOUR;
		open_lock();
	}
	assert_true(is_full());
}

static void test_an_hour_later_everybody_is_new(void **state)
{
	(void)state;
	fill();
	t.wall_ms += HOUR - 1001;
	t.boot_ms += HOUR - 1001;
	assert_true(is_full());
	t.wall_ms += 1;
	t.boot_ms += 1;
	fill();
}

static void test_a_clock_that_goes_back_opens_nothing(void **state)
{
	(void)state;
	fill();
	write_turn();
	t.wall_ms -= 2000;	/* into the hour before */
	t.boot_ms += 10;
	assert_true(is_full());
	write_turn();
	t.wall_ms += 2000;
	assert_true(is_full());
	t.wall_ms -= 365 * 24 * HOUR;
	assert_true(is_full());
	write_turn();
	/* nor does a new start */
	kill_lock();
	open_lock();
	assert_true(is_full());
	t.boot_ms += HOUR - 100;
	assert_true(is_full());
	/* but an hour ends, whatever the clock says */
	t.boot_ms += 100;
	fill();
	assert_true(is_full());
}

static void test_a_year_that_comes_and_goes_is_one_hour(void **state)
{
	(void)state;
	fill();
	t.wall_ms += 365 * 24 * HOUR;
	fill();
	t.wall_ms -= 365 * 24 * HOUR;
	assert_true(is_full());
	t.wall_ms += 365 * 24 * HOUR;
	assert_true(is_full());
}

static void test_a_start_within_the_hour_knows_how_many(void **state)
{
	(void)state;
	for (unsigned i = 1; i < MOST; i++)
		assert_false(is_over(CELL, i));
	write_turn();
	kill_lock();		/* the note does not say it */
	open_lock();
	assert_false(is_over(CELL, 1));	/* another than before, for all we know */
	assert_true(is_full());
	write_turn();
	close_lock();		/* the note says it */
	open_lock();
	assert_true(is_full());
	close_lock();
	t.wall_ms += HOUR;
	t.boot_ms += HOUR;
	open_lock();
	fill();
}

/* Written in another hour than it was counted in: the disk was at others until
 * then. A start does not hold it against the new hour. */
static void test_a_late_record_is_of_its_own_hour(void **state)
{
	struct count_record last = {0};
	struct count_head h = {0};
	struct reader r;
	struct buf all;

	(void)state;
	fill();
	t.wall_ms += HOUR;
	t.boot_ms += HOUR;
	write_turn();
	kill_lock();
	all = get_file("counts");
	r = reader_of(buf_span(&all));
	while (!count_next(&r, &h, &last))
		;
	assert_int_equal(last.cells, 1);
	assert_int_equal(count_cell(&last, 0).persons, 0);
	buf_release(&all);
	open_lock();
	fill();
}

static void test_many_cells_have_their_hours_in_the_note(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= 6000; i++) {
		for (unsigned n = 1; n <= MOST; n++)
			assert_false(is_over(i, n));
		if (i % 500 == 0)
			write_turn();
	}
	close_lock();
	open_lock();
	for (uint32_t i = 1; i <= 6000; i += 7)
		assert_true(is_over(i, 77));
	t.wall_ms += HOUR;
	t.boot_ms += HOUR;
	assert_false(is_over(6000, 77));
}

static void test_a_cell_that_cannot_be_takes_no_memory(void **state)
{
	static const uint32_t no_cells[] = {LIMIT_CELLS + 1, 1u << 26,
	    UINT32_MAX};
	bool over;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(resolve(no_cells[i], 1, &over), ERR_RANGE);
	assert_false(is_over(LIMIT_CELLS, 1));
}

/* --- the drill's time --- */

static void test_the_drill_alone_has_another_time(void **state)
{
	(void)state;
	assert_int_equal(lock_time(t.lock, NOW), ERR_STATE);
	close_lock();
	make_trust(true);
	open_lock();
	fill();
	assert_int_equal(lock_time(t.lock, t.wall_ms + HOUR), ERR_OK);
	fill();
	assert_int_equal(lock_time(t.lock, -1), ERR_RANGE);
	assert_int_equal(lock_time(t.lock, INT64_MIN), ERR_RANGE);
	assert_int_equal(lock_time(t.lock, INT64_MAX), ERR_RANGE);
	assert_true(is_full());
}

/* A drill's vault has the machine's time until it is told another. */
static void test_a_turn_that_wrote_nothing_turns_no_hour(void **state)
{
	(void)state;
	close_lock();
	make_trust(true);
	open_lock();
	write_turn();
	assert_int_equal(lock_time(t.lock, t.wall_ms - 24 * HOUR), ERR_OK);
	fill();
	assert_int_equal(lock_time(t.lock, t.wall_ms - 23 * HOUR), ERR_OK);
	assert_false(is_over(CELL, MOST + 2));
}

/* --- acts, taken --- */

static void test_two_administrators_move_the_ceiling(void **state)
{
	static const char line[] = "ceiling amc=1 cell=3 persons-hour=6";

	(void)state;
	fill();
	assert_int_equal(takes(line, NOW, 1), ERR_REFUSED);
	assert_true(is_full());
	assert_int_equal(takes(line, NOW, 3), ERR_OK);
	assert_false(is_over(CELL, 6));
	assert_true(is_full());
	write_turn();
	close_lock();
	open_lock();
	assert_true(is_full());
	/* an older one, handed over again */
	assert_int_equal(takes("ceiling amc=1 cell=3 persons-hour=60",
	    NOW - 1, 3), ERR_OK);
	assert_true(is_full());
}

/* What was not written down is taken when it comes again, and written. */
static void test_an_act_is_on_the_disk_or_not_taken(void **state)
{
	static const enum failing_kind kinds[] = {FAILING_OPEN, FAILING_WRITE,
	    FAILING_FLUSH, FAILING_NAME};
	int64_t time_ms = NOW;
	unsigned tried = 0;
	char line[64], want[80];

	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		bool failed = true;

		for (int n = 0; failed; n++) {
			struct buf file;
			enum err e;

			(void)snprintf(line, sizeof(line), "ceiling amc=1 "
			    "cell=%u persons-hour=%u", 10 + tried,
			    100 + tried);
			(void)snprintf(want, sizeof(want),
			    "ceiling cell=%u persons-hour=%u ", 10 + tried,
			    100 + tried);
			tried++;
			failing_set(kinds[k], n, ENOSPC);
			e = takes(line, ++time_ms, 3);
			failed = failing_end();
			if (e)
				assert_int_equal(takes(line, time_ms, 3),
				    ERR_OK);
			file = get_file("trust");
			buf_put_u8(&file, 0);
			assert_non_null(strstr((char *)file.p, want));
			buf_release(&file);
		}
	}
	assert_true(tried > 6);
}

static enum err goes_on_as(const char *origin, unsigned who)
{
	struct buf note = act_as(
	    origin, "continue from=" ORIGIN, t.wall_ms, who);
	const char *words = NULL;
	enum err e = lock_act(t.lock, buf_span(&note), &words);

	buf_release(&note);
	return e;
}

/* An act that could not be written comes again with all others at the next
 * start. The one of two weeks later that was taken meanwhile ends it as little
 * as the act by which the log goes on under another name. */
static void test_an_act_that_is_owed_does_not_end(void **state)
{
	const int64_t week_ms = INT64_C(7) * 86400000;
	static const char line[] = "ceiling amc=1 cell=3 persons-hour=6";

	(void)state;
	t.wall_ms = NOW + 2 * week_ms;
	failing_set(FAILING_NAME, 0, ENOSPC);
	assert_int_equal(takes(line, NOW, 3), ERR_IO);
	assert_true(failing_end());
	assert_int_equal(takes("ceiling amc=1 cell=4 persons-hour=9",
	    NOW + 2 * week_ms, 3), ERR_OK);
	assert_int_equal(goes_on_as("new.test/j", 3), ERR_IO);
	close_lock();
	open_lock();
	assert_int_equal(takes(line, NOW, 3), ERR_OK);
	assert_int_equal(takes("ceiling amc=1 cell=4 persons-hour=9",
	    NOW + 2 * week_ms, 3), ERR_OK);
	assert_int_equal(takes("ceiling amc=1 cell=5 persons-hour=9",
	    NOW, 3), ERR_TIME);
	assert_int_equal(goes_on_as("new.test/j", 3), ERR_OK);
}

/* --- the disk --- */

static void test_what_is_torn_goes_and_the_rest_stands(void **state)
{
	struct buf whole;
	struct count_record last;
	size_t two;

	(void)state;
	answers(1, 1);
	write_turn();
	answers(2, 2);
	write_turn();
	two = size_of("counts");
	answers(3, 3);
	answers(4, 4);
	assert_false(is_over(CELL + 1, 4));
	write_turn();
	kill_lock();
	whole = get_file("counts");
	for (size_t n = two; n <= whole.n; n++) {
		struct buf note = get_file("checkpoint");

		put_file("counts", span_of(whole.p, n));
		open_lock();
		assert_int_equal(head_of_file(&last).records,
		    n == whole.n ? 3 : 2);
		/* they are counted whole, for before they were answered */
		assert_false(is_over(CELL, 50));
		assert_int_equal(is_over(CELL, 51), n == whole.n);
		assert_int_equal(size_of("counts"), n == whole.n ? whole.n :
		    two);
		drop_lock();
		put_file("checkpoint", buf_span(&note));
		buf_release(&note);
	}
	open_lock();
	buf_release(&whole);
}

static void test_altered_counts_do_not_open(void **state)
{
	struct buf counts, note;

	(void)state;
	answers(1, 1);
	write_turn();
	close_lock();
	counts = get_file("counts");
	note = get_file("checkpoint");
	put_file("counts", span_of(counts.p, counts.n - 1));
	assert_int_equal(try_open(), ERR_CORRUPT);
	put_file("counts", buf_span(&counts));
	note.p[30] ^= 1;
	put_file("checkpoint", buf_span(&note));
	assert_int_equal(try_open(), ERR_CORRUPT);
	note.p[30] ^= 1;
	put_file("checkpoint", buf_span(&note));
	/* without the note nobody knows whether these are all */
	remove_file("checkpoint");
	assert_int_equal(try_open(), ERR_CORRUPT);
	put_file("checkpoint", buf_span(&note));
	open_lock();
	buf_release(&counts);
	buf_release(&note);
}

static bool file_is(const char *name, const struct buf *was)
{
	struct buf b = get_file(name);
	bool same = span_equal(buf_span(&b), buf_span(was));

	buf_release(&b);
	return same;
}

/* It says that there were counts: they are not begun anew under it. */
static void test_a_note_of_another_key_does_not_open(void **state)
{
	struct buf note, line;

	(void)state;
	answers(1, 1);
	write_turn();
	close_lock();
	note = get_file("checkpoint");
	line = get_file("key.act");
	remove_file("counts");
	remove_file("key.pem");
	assert_int_equal(try_open(), ERR_CORRUPT);
	/* nor is a key made that nobody enrolled */
	assert_int_equal(try_open(), ERR_CORRUPT);
	assert_true(file_is("key.act", &line));
	remove_file("checkpoint");
	open_lock();
	close_lock();
	remove_file("counts");
	put_file("checkpoint", buf_span(&note));
	assert_int_equal(try_open(), ERR_CORRUPT);
	assert_true(file_is("checkpoint", &note));
	remove_file("checkpoint");
	open_lock();
	buf_release(&note);
	buf_release(&line);
}

/* A note of the vault's own key, that says what none of ours does. */
static void note_with(const char *hours, const struct count_head *h)
{
	struct sign_private *key = NULL;
	char path[128];
	struct buf note;

	path_of("key.pem", path);
	assert_int_equal(sign_private_load(path, &key), ERR_OK);
	buf_init(&note, NOTE_MAX);
	assert_int_equal(count_sign(h, NOW, span_str(hours), key, &note),
	    ERR_OK);
	put_file("checkpoint", buf_span(&note));
	buf_release(&note);
	sign_private_free(key);
}

static void test_hours_that_cannot_be_do_not_open(void **state)
{
	static const char *const wrong[] = {
	    "hour cell=70000 hour=1 persons=1\n", "hour cell=1 hour=x\n",
	    "hour cell=1 hour=1 persons=1 more=2\n"};
	struct count_head none = {0};

	(void)state;
	close_lock();
	for (unsigned i = 0; i < 3; i++) {
		note_with(wrong[i], &none);
		assert_int_equal(try_open(), ERR_CORRUPT);
	}
	note_with("", &none);
	open_lock();
}

/* Further behind the note than a second can be. */
static void test_counts_far_behind_the_note_do_not_open(void **state)
{
	char path[128];

	(void)state;
	close_lock();
	path_of("counts", path);
	assert_int_equal(truncate(path, (64 << 20) + 1), 0);
	assert_int_equal(try_open(), ERR_IO);
	assert_int_equal(truncate(path, 0), 0);
	open_lock();
}

static void test_a_folder_too_long_is_refused(void **state)
{
	struct clock clock = {wall, boot, NULL};
	char folder[5000];

	(void)state;
	close_lock();
	memset(folder, 'a', sizeof(folder) - 1);
	folder[sizeof(folder) - 1] = '\0';
	assert_int_equal(lock_open(
	    folder, clock, random_system(), &t.lock), ERR_LIMIT);
	open_lock();
}

/* One with answers was flushed before the next was written: who is whole behind
 * it says that it was so too. */
static void test_counts_altered_behind_the_note_do_not_open(void **state)
{
	struct buf counts;

	(void)state;
	answers(1, 1);
	write_turn();
	answers(2, 2);
	write_turn();
	kill_lock();
	counts = get_file("counts");
	counts.p[60] ^= 1;
	put_file("counts", buf_span(&counts));
	assert_int_equal(try_open(), ERR_CORRUPT);
	counts.p[60] ^= 1;
	put_file("counts", buf_span(&counts));
	open_lock();
	buf_release(&counts);
}

/* A disk may take a file's new size and not yet what is in it. */
static void test_a_record_that_the_disk_half_took_goes(void **state)
{
	struct buf counts;

	(void)state;
	answers(1, 1);
	write_turn();
	kill_lock();
	counts = get_file("counts");
	for (size_t at = 60; at < counts.n; at++) {
		struct span half = buf_span(&counts);

		counts.p[at] ^= 1;
		put_file("counts", half);
		counts.p[at] ^= 1;
		open_lock();
		assert_int_equal(size_of("counts"), 0);
		kill_lock();
	}
	open_lock();
	buf_release(&counts);
}

/* Numbers alone are not flushed before the next are written. */
static void test_numbers_that_the_disk_half_took_go(void **state)
{
	struct buf counts;

	(void)state;
	assert_false(is_over(CELL, 1));
	write_turn();
	assert_false(is_over(CELL, 2));
	write_turn();
	kill_lock();
	counts = get_file("counts");
	counts.p[60] ^= 1;
	put_file("counts", buf_span(&counts));
	open_lock();
	assert_int_equal(size_of("counts"), 0);
	buf_release(&counts);
}

static void test_no_trust_no_vault(void **state)
{
	struct buf trust = get_file("trust");

	(void)state;
	close_lock();
	remove_file("trust");
	assert_int_equal(try_open(), ERR_UNKNOWN);
	put_file("trust", span_str("instance drill=no\n"));
	assert_int_equal(try_open(), ERR_SHAPE);
	put_file("trust", buf_span(&trust));
	open_lock();
	buf_release(&trust);
}

/* Nothing is answered behind a record that failed, and what was answered
 * before it stands at the next start. */
static void fails_writing(enum failing_kind kind, int error)
{
	struct count_record last;
	uint64_t answered = 0, index = 0;
	bool failed = true;

	for (int n = 0; failed; n++) {
		bool over, wrote = true;
		enum err e = ERR_OK;

		failing_set(kind, n, error);
		for (unsigned i = 0; i < 3 && !e; i++) {
			e = answer(0, ++index, &over);
			if (!e)
				e = lock_write(t.lock);
			wrote = !e;
			answered += wrote;
			t.boot_ms += 1000;
			if (!e)
				e = lock_sign(t.lock);
		}
		failed = failing_end();
		assert_int_equal(e != ERR_OK, failed);
		if (!wrote) {
			assert_int_equal(answer(0, ++index, &over), ERR_OK);
			assert_int_equal(lock_write(t.lock), ERR_IO);
			assert_int_equal(lock_sign(t.lock), ERR_IO);
		}
		kill_lock();
		open_lock();
		(void)head_of_file(&last);
		assert_true(head_of_file(&last).records >= answered);
		answered = head_of_file(&last).records;
	}
}

static void test_a_disk_that_fails_is_final(void **state)
{
	(void)state;
	fails_writing(FAILING_WRITE, ENOSPC);
	fails_writing(FAILING_WRITE, EIO);
	fails_writing(FAILING_WRITE, 0);
	fails_writing(FAILING_FLUSH, EIO);
}

/* What was not flushed was not written, at once and not with the next note. */
static void test_an_answer_waits_for_the_disk(void **state)
{
	bool over;

	(void)state;
	assert_int_equal(answer(0, 1, &over), ERR_OK);
	failing_set(FAILING_FLUSH, 0, EIO);
	assert_int_equal(lock_write(t.lock), ERR_IO);
	assert_true(failing_end());
}

/* One that was under way when a record failed brings nothing back. */
static void test_a_flush_behind_a_failure_is_none(void **state)
{
	bool over;
	int fd = -1;

	(void)state;
	assert_int_equal(answer(0, 1, &over), ERR_OK);
	assert_int_equal(lock_put(t.lock, &fd), ERR_OK);
	assert_true(fd >= 0);
	assert_int_equal(answer(0, 2, &over), ERR_OK);
	failing_set(FAILING_WRITE, 0, EIO);
	assert_int_equal(lock_write(t.lock), ERR_IO);
	assert_true(failing_end());
	assert_int_equal(lock_flushed(t.lock, ERR_OK), ERR_IO);
}

static void test_a_write_that_was_interrupted_goes_on(void **state)
{
	struct count_record last;

	(void)state;
	answers(1, 1);
	failing_set(FAILING_WRITE, 0, EINTR);
	write_turn();
	assert_true(failing_end());
	assert_int_equal(head_of_file(&last).records, 1);
}

/* Whatever fails at a start: it tells so, signs nothing, for what it read may
 * not be on the disk and was not looked at to its end, and the next one opens
 * and knows of everybody who was met. */
static void test_a_start_that_fails_spoils_nothing(void **state)
{
	struct count_record last;
	struct buf before, after;

	(void)state;
	for (int k = 0; k < FAILING_CIPHER; k++) {
		bool failed = true;

		for (int n = 0; failed; n++) {
			enum err e;

			t.wall_ms += HOUR;
			t.boot_ms += HOUR;
			answers(0, 1);
			write_turn();
			for (unsigned i = 1; i <= MOST; i++)
				assert_false(is_over(CELL + 40, i));
			write_turn();
			kill_lock();
			before = get_file("checkpoint");
			failing_set((enum failing_kind)k, n, EIO);
			e = try_open();
			failed = failing_end();
			after = get_file("checkpoint");
			assert_true(span_equal(
			    buf_span(&before), buf_span(&after)));
			buf_release(&before);
			buf_release(&after);
			/* which is mended by waiting, not from a backup */
			assert_int_not_equal(e, ERR_CORRUPT);
			if (!failed || !e) {
				assert_int_equal(e, ERR_OK);
				drop_lock();
			}
			open_lock();
			assert_true(head_of_file(&last).records > 0);
			assert_true(is_over(CELL + 40, 77));
		}
	}
}

/* A record that was read and not remembered is read again. */
static void test_a_start_without_memory_forgets_nobody(void **state)
{
	bool failed = true;

	(void)state;
	for (unsigned i = 1; i <= MOST; i++)
		assert_false(is_over(CELL + 40, i));
	assert_false(is_over(CELL + 41, 1));
	write_turn();
	for (int n = 0; failed; n++) {
		kill_lock();
		failing_set(FAILING_MEMORY, n, ENOMEM);
		if (!try_open())
			drop_lock();
		failed = failing_end();
		open_lock();
		assert_true(is_over(CELL + 40, 77));
	}
}

static void test_the_first_start_that_fails_leaves_one_that_opens(
    void **state)
{
	(void)state;
	for (int k = 0; k < FAILING_CIPHER; k++) {
		bool failed = true;

		for (int n = 0; failed; n++) {
			static const char *const made[] = {
			    "key.pem", "key.act", "counts", "checkpoint"};
			char path[128];
			enum err e;

			drop_lock();
			for (unsigned i = 0; i < 4; i++) {
				path_of(made[i], path);
				(void)unlink(path);
			}
			failing_set((enum failing_kind)k, n, EIO);
			e = try_open();
			failed = failing_end();
			if (e)
				open_lock();
			path_of("key.act", path);
			assert_int_equal(access(path, F_OK), 0);
		}
	}
}

/* --- what is counted --- */

/* Each time, and nobody is no number: `journal verify` holds it against what
 * was asked. */
static void test_numbers_that_are_named_are_counted(void **state)
{
	struct count_record last;
	struct count_head h;

	(void)state;
	fill();
	assert_false(is_over(CELL, 1));
	assert_false(is_over(CELL + 1, 0));
	write_turn();
	h = head_of_file(&last);
	assert_int_equal(h.resolved, MOST + 1);
	assert_int_equal(h.answered, 0);
	assert_int_equal(h.over, 1);
}

static void test_an_answer_is_noted_with_its_entry(void **state)
{
	static const uint8_t blinding[LEAF_BLINDING];
	uint8_t commitment[HASH_SIZE], origin[HASH_SIZE];
	struct count_record last;
	struct count_head h;
	struct buf all;

	(void)state;
	answers(7, 41);
	answers(0, 42);
	write_turn();
	write_turn();		/* nothing new: no record */
	h = head_of_file(&last);
	assert_int_equal(h.records, 1);
	assert_int_equal(h.answered, 1);
	assert_int_equal(last.entries, 2);
	hash_sha256(span_str(ORIGIN), origin);
	assert_memory_equal(last.origin, origin, HASH_SIZE);
	all = get_file("counts");
	last.entry_bytes.p = all.p + COUNT_HEAD;
	assert_int_equal(count_entry(&last, 0).index, 41);
	assert_true(count_entry(&last, 0).found);
	leaf_commit(blinding, CELL, 7, commitment);
	assert_memory_equal(count_entry(&last, 0).commitment, commitment,
	    COUNT_COMMITMENT);
	assert_int_equal(count_entry(&last, 1).index, 42);
	assert_false(count_entry(&last, 1).found);
	buf_release(&all);
}

/* Its top bit would say in the file that somebody was met. */
static void test_an_entry_that_cannot_be_is_not_noted(void **state)
{
	bool over;

	(void)state;
	assert_int_equal(answer(0, UINT64_C(1) << 63, &over), ERR_RANGE);
	assert_int_equal(answer(7, UINT64_MAX, &over), ERR_RANGE);
	answers(7, UINT64_MAX >> 1);
}

static enum err answer_for(const char *transaction)
{
	static const uint8_t blinding[LEAF_BLINDING];
	struct lock_person p = {CELL, 0, 1};
	bool over;

	return lock_answered(
	    t.lock, &p, span_str(transaction), 1, blinding, &over);
}

/* Who holds answers against a log looks at one: that which goes on. */
static void test_no_answer_for_another_log(void **state)
{
	struct count_record last;
	char longest[400];

	(void)state;
	assert_int_equal(answer_for("other/1"), ERR_STATE);
	assert_int_equal(answer_for("none"), ERR_STATE);
	assert_int_equal(answer_for(""), ERR_STATE);
	assert_int_equal(answer_for("/1"), ERR_STATE);
	assert_int_equal(answer_for(ORIGIN), ERR_STATE);
	assert_int_equal(answer_for(ORIGIN "/1/1"), ERR_STATE);
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	longest[sizeof(longest) - 3] = '/';
	assert_int_equal(answer_for(longest), ERR_STATE);
	write_turn();
	assert_int_equal(head_of_file(&last).records, 0);
	assert_int_equal(answer_for(ORIGIN "/1"), ERR_OK);
}

static void of_log(const struct count_record *r, const char *origin)
{
	uint8_t hash[HASH_SIZE];

	hash_sha256(span_str(origin), hash);
	assert_memory_equal(r->origin, hash, HASH_SIZE);
}

/* What was counted before is the former log's, all behind it the new one's,
 * also after a start and where nobody was answered. */
static void test_a_log_that_goes_on_under_another_name(void **state)
{
	struct count_record last;

	(void)state;
	answers(1, 1);
	assert_false(is_over(CELL, 2));
	assert_int_equal(goes_on_as("new.test/j", 1), ERR_REFUSED);
	assert_int_equal(answer_for("new.test/j/1"), ERR_STATE);
	assert_int_equal(goes_on_as("new.test/j", 3), ERR_OK);
	assert_int_equal(head_of_file(&last).records, 1);
	of_log(&last, ORIGIN);
	assert_int_equal(answer_for(ORIGIN "/1"), ERR_STATE);
	assert_false(is_over(CELL, 3));
	write_turn();
	assert_int_equal(head_of_file(&last).records, 2);
	of_log(&last, "new.test/j");
	close_lock();
	open_lock();
	assert_false(is_over(CELL, 4));
	write_turn();
	assert_int_equal(head_of_file(&last).records, 3);
	of_log(&last, "new.test/j");
	assert_int_equal(answer_for("new.test/j/1"), ERR_OK);
	assert_int_equal(answer_for(ORIGIN "/1"), ERR_STATE);
}

static void test_a_note_comes_once_a_second(void **state)
{
	struct buf before, after;

	(void)state;
	assert_false(lock_is_unsigned(t.lock));
	answers(1, 1);
	write_turn();
	assert_true(lock_is_unsigned(t.lock));
	before = get_file("checkpoint");
	t.boot_ms += 999;
	assert_int_equal(lock_sign(t.lock), ERR_OK);
	after = get_file("checkpoint");
	assert_true(span_equal(buf_span(&before), buf_span(&after)));
	buf_release(&after);
	t.boot_ms += 1;
	assert_int_equal(lock_sign(t.lock), ERR_OK);
	assert_false(lock_is_unsigned(t.lock));
	assert_int_equal(lock_sign(t.lock), ERR_OK);
	after = get_file("checkpoint");
	assert_false(span_equal(buf_span(&before), buf_span(&after)));
	buf_release(&before);
	buf_release(&after);
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_the_ceiling_refuses_who_is_new),
		T(test_a_wide_ceiling_is_counted_to_the_last),
		T(test_want_of_memory_opens_nothing),
		T(test_an_hour_later_everybody_is_new),
		T(test_a_clock_that_goes_back_opens_nothing),
		T(test_a_year_that_comes_and_goes_is_one_hour),
		T(test_a_start_within_the_hour_knows_how_many),
		T(test_a_late_record_is_of_its_own_hour),
		T(test_many_cells_have_their_hours_in_the_note),
		T(test_a_cell_that_cannot_be_takes_no_memory),
		T(test_the_drill_alone_has_another_time),
		T(test_a_turn_that_wrote_nothing_turns_no_hour),
		T(test_two_administrators_move_the_ceiling),
		T(test_an_act_is_on_the_disk_or_not_taken),
		T(test_an_act_that_is_owed_does_not_end),
		T(test_what_is_torn_goes_and_the_rest_stands),
		T(test_altered_counts_do_not_open),
		T(test_a_note_of_another_key_does_not_open),
		T(test_counts_altered_behind_the_note_do_not_open),
		T(test_a_record_that_the_disk_half_took_goes),
		T(test_numbers_that_the_disk_half_took_go),
		T(test_hours_that_cannot_be_do_not_open),
		T(test_counts_far_behind_the_note_do_not_open),
		T(test_a_folder_too_long_is_refused),
		T(test_no_trust_no_vault),
		T(test_a_disk_that_fails_is_final),
		T(test_an_answer_waits_for_the_disk),
		T(test_a_flush_behind_a_failure_is_none),
		T(test_a_write_that_was_interrupted_goes_on),
		T(test_a_start_that_fails_spoils_nothing),
		T(test_a_start_without_memory_forgets_nobody),
		T(test_the_first_start_that_fails_leaves_one_that_opens),
		T(test_numbers_that_are_named_are_counted),
		T(test_an_answer_is_noted_with_its_entry),
		T(test_an_entry_that_cannot_be_is_not_noted),
		T(test_no_answer_for_another_log),
		T(test_a_log_that_goes_on_under_another_name),
		T(test_a_note_comes_once_a_second),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
