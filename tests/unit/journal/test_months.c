/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: month keys survive a restart, only under their wrapping key; once
 * destroyed they are gone from the file and never made anew; and a derived key
 * opens its own and nothing else. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "rig.h"
#include "failing.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "journal/months.h"

#define MONTH 24322	/* November 2026 */

#define EPOCHS 8

/* Keys apart, in memory. */
struct apart {
	struct secret keys[EPOCHS];
	bool there[EPOCHS];
	bool kept;	/* drop does nothing: the process was killed before */
	bool broken;
};

struct rig {
	char folder[RIG_PATH];
	struct apart apart;
	struct months_apart where;
	struct secret wrap;
	struct random_seeded seed;
	struct random random;
};

static enum err apart_get(
    void *ctx, uint32_t epoch, bool make, struct secret *ret)
{
	struct apart *a = ctx;

	if (a->broken)
		return ERR_IO;
	if (epoch == 0 || epoch >= EPOCHS || (!a->there[epoch] && !make))
		return ERR_UNKNOWN;
	if (!a->there[epoch])
		memset(a->keys[epoch].key, (int)(16 + epoch), SECRET_SIZE);
	a->there[epoch] = true;
	*ret = a->keys[epoch];
	return ERR_OK;
}

static void apart_drop(void *ctx, uint32_t epoch)
{
	struct apart *a = ctx;

	a->there[epoch] = a->there[epoch] && a->kept;
}

static int make(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	rig_folder(r->folder);
	r->where = (struct months_apart){&r->apart, apart_get, apart_drop};
	memset(r->wrap.key, 7, sizeof(r->wrap.key));
	r->random = random_from_seed(&r->seed, 5);
	*state = r;
	return 0;
}

static int unmake(void **state)
{
	struct rig *r = *state;

	rig_remove(r->folder);
	free(r);
	return 0;
}

static struct months *reopen(struct rig *r, struct months *before)
{
	struct months *m = NULL;

	months_close(before);
	assert_int_equal(months_open(
	    rig_in(r->folder, "months"), &r->wrap, &r->where, &r->random, &m), ERR_OK);
	return m;
}

static bool same(const struct secret *a, const struct secret *b)
{
	return secret_equal(a->key, b->key, SECRET_SIZE);
}

static void test_keys_are_made_once_and_survive(void **state)
{
	struct rig *r = *state;
	struct months *m = reopen(r, NULL);
	struct secret a, b, again;
	uint32_t month;
	bool live;

	assert_int_equal(months_get(m, MONTH, &a), ERR_UNKNOWN);
	assert_int_equal(months_need(m, MONTH, &a), ERR_OK);
	assert_int_equal(months_need(m, MONTH - 2, &b), ERR_OK);
	assert_false(same(&a, &b));
	assert_int_equal(months_need(m, MONTH, &again), ERR_OK);
	assert_true(same(&a, &again));
	m = reopen(r, m);
	assert_int_equal(months_get(m, MONTH, &again), ERR_OK);
	assert_true(same(&a, &again));
	assert_int_equal(months_get(m, MONTH - 2, &again), ERR_OK);
	assert_true(same(&b, &again));
	assert_true(months_at(m, 0, &month, &live));
	assert_true(month == MONTH - 2 && live);
	assert_true(months_at(m, 1, &month, &live));
	assert_true(month == MONTH && live);
	assert_false(months_at(m, 2, &month, &live));
	months_close(m);
}

static void test_the_file_is_for_its_owner_alone(void **state)
{
	struct rig *r = *state;
	struct months *m = reopen(r, NULL);
	struct secret a;
	struct stat st;

	assert_int_equal(months_need(m, MONTH, &a), ERR_OK);
	assert_int_equal(stat(rig_in(r->folder, "months"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	months_close(m);
}

static void test_destroyed_months_stay_destroyed(void **state)
{
	struct rig *r = *state;
	struct months *m = reopen(r, NULL);
	struct secret a, b, got;
	uint8_t *before, *after;
	size_t n, n2;
	uint32_t month;
	bool live;

	assert_int_equal(months_need(m, MONTH, &a), ERR_OK);
	assert_int_equal(months_need(m, MONTH + 1, &b), ERR_OK);
	before = rig_load(rig_in(r->folder, "months"), &n);
	assert_int_equal(months_destroy(m, MONTH), ERR_OK);
	assert_int_equal(months_get(m, MONTH, &got), ERR_STATE);
	assert_int_equal(months_need(m, MONTH, &got), ERR_STATE);
	assert_int_equal(months_destroy(m, MONTH), ERR_STATE);
	assert_int_equal(months_destroy(m, MONTH + 5), ERR_UNKNOWN);
	m = reopen(r, m);
	assert_int_equal(months_need(m, MONTH, &got), ERR_STATE);
	assert_int_equal(months_get(m, MONTH + 1, &got), ERR_OK);
	assert_true(same(&b, &got));
	assert_true(months_at(m, 0, &month, &live));
	assert_true(month == MONTH && !live);
	months_close(m);
	/* nothing of the wrapped key is left in the file */
	after = rig_load(rig_in(r->folder, "months"), &n2);
	assert_int_equal(n, n2);
	for (size_t i = 0; i + 8 <= n2; i++)
		assert_memory_not_equal(after + i, before + 21 + 12, 8);
	free(before);
	free(after);
}

/* Yesterday's file, with all that is there today. */
static enum err open_copy(struct rig *r, const uint8_t *bytes, size_t n)
{
	struct months *m = NULL;
	enum err e;

	rig_store(rig_in(r->folder, "copy"), bytes, n);
	e = months_open(rig_in(r->folder, "copy"), &r->wrap, &r->where,
	    &r->random, &m);
	months_close(m);
	return e;
}

static void test_a_copy_from_before_a_destruction_opens_nothing(void **state)
{
	struct rig *r = *state;
	struct months *m = reopen(r, NULL);
	struct secret a, b, got;
	uint8_t *before;
	size_t n;

	assert_int_equal(months_need(m, MONTH, &a), ERR_OK);
	assert_int_equal(months_need(m, MONTH + 1, &b), ERR_OK);
	before = rig_load(rig_in(r->folder, "months"), &n);
	assert_int_equal(open_copy(r, before, n), ERR_OK);
	assert_int_equal(months_destroy(m, MONTH), ERR_OK);
	assert_int_equal(months_epoch(m), 2);
	assert_int_equal(open_copy(r, before, n), ERR_STATE);
	m = reopen(r, m);
	assert_int_equal(months_epoch(m), 2);
	assert_int_equal(months_get(m, MONTH + 1, &got), ERR_OK);
	assert_true(same(&b, &got));
	months_close(m);
	free(before);
}

static void test_a_kill_in_a_destruction_is_made_good(void **state)
{
	struct rig *r = *state;
	struct months *m = reopen(r, NULL);
	struct secret a, got;
	uint8_t *before;
	size_t n;

	assert_int_equal(months_need(m, MONTH, &a), ERR_OK);
	before = rig_load(rig_in(r->folder, "months"), &n);
	/* the next key was made, and no more */
	assert_int_equal(apart_get(&r->apart, 2, true, &got), ERR_OK);
	m = reopen(r, m);
	assert_int_equal(months_epoch(m), 1);
	assert_int_equal(months_get(m, MONTH, &got), ERR_OK);
	/* the file was written, and the key of before is still there */
	r->apart.kept = true;
	assert_int_equal(months_destroy(m, MONTH), ERR_OK);
	assert_int_equal(open_copy(r, before, n), ERR_OK);
	r->apart.kept = false;
	m = reopen(r, m);
	assert_int_equal(months_get(m, MONTH, &got), ERR_STATE);
	assert_int_equal(open_copy(r, before, n), ERR_STATE);
	months_close(m);
	free(before);
}

static void test_every_flipped_bit_and_cut_is_refused(void **state)
{
	struct rig *r = *state;
	struct months *m = reopen(r, NULL);
	const char *path = rig_in(r->folder, "months");
	struct secret a;
	uint8_t *bytes;
	size_t n;

	assert_int_equal(months_need(m, MONTH, &a), ERR_OK);
	assert_int_equal(months_need(m, MONTH + 1, &a), ERR_OK);
	months_close(m);
	m = NULL;
	bytes = rig_load(path, &n);
	for (size_t bit = 0; bit < 8 * n; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		rig_store(path, bytes, n);
		assert_int_not_equal(
		    months_open(path, &r->wrap, &r->where, &r->random, &m),
		    ERR_OK);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t cut = 0; cut < n; cut++) {
		rig_store(path, bytes, cut);
		assert_int_not_equal(
		    months_open(path, &r->wrap, &r->where, &r->random, &m),
		    ERR_OK);
	}
	rig_store(path, bytes, n);
	r->wrap.key[0] ^= 1;
	assert_int_equal(
	    months_open(path, &r->wrap, &r->where, &r->random, &m), ERR_CRYPTO);
	free(bytes);
}

static void test_a_key_that_is_not_on_the_disk_is_not_used(void **state)
{
	struct rig *r = *state;
	struct months *m = reopen(r, NULL);
	struct secret a, b;
	uint32_t month;
	bool live;

	assert_int_equal(months_need(m, MONTH, &a), ERR_OK);
	rig_remove(r->folder);	/* the disk says no */
	assert_int_equal(months_need(m, MONTH + 1, &b), ERR_IO);
	assert_int_equal(months_get(m, MONTH + 1, &b), ERR_UNKNOWN);
	assert_int_equal(months_destroy(m, MONTH), ERR_IO);
	assert_int_equal(months_get(m, MONTH, &b), ERR_OK);
	assert_true(same(&a, &b));
	assert_true(months_at(m, 0, &month, &live));
	assert_false(months_at(m, 1, &month, &live));
	months_close(m);
}

/* Computed with Python's hmac: HKDF-Expand, one block. */
static void test_derivations_are_the_documented_ones(void **state)
{
	struct secret month, cell, entry, asker;
	uint8_t key_id[SIGN_KEY_ID], pseudonym[LEAF_ASKER];
	char hex[65];

	(void)state;
	memset(month.key, 0x42, sizeof(month.key));
	memset(key_id, 0x24, sizeof(key_id));
	months_cell_key(&month, 3, &cell);
	text_hex(cell.key, SECRET_SIZE, hex);
	assert_string_equal(hex,
	    "1a55dbc34aa363b224194a22b7c1f32acfad92c01468bc4dd1e1ba1d4e29a58b");
	months_entry_key(&cell, 1000000, &entry);
	text_hex(entry.key, SECRET_SIZE, hex);
	assert_string_equal(hex,
	    "61f38055beccc48cb990918bb69d4c313829d9979e8b19cb2eafe4401a5db470");
	months_asker_key(&month, key_id, &asker);
	text_hex(asker.key, SECRET_SIZE, hex);
	assert_string_equal(hex,
	    "0417093a15d59a83c7d833676f74d1f589e971071fad1165c04c7d71fd9e0b6d");
	months_pseudonym(&asker, pseudonym);
	text_hex(pseudonym, sizeof(pseudonym), hex);
	assert_string_equal(hex,
	    "dc24f4a2f918885825692b5734978be4");
}

static void test_neighbours_have_nothing_in_common(void **state)
{
	struct secret m1, m2, c[4], e[4];

	(void)state;
	memset(m1.key, 1, SECRET_SIZE);
	memset(m2.key, 2, SECRET_SIZE);
	months_cell_key(&m1, 1, &c[0]);
	months_cell_key(&m1, 2, &c[1]);
	months_cell_key(&m2, 1, &c[2]);
	months_entry_key(&m1, 1, &c[3]);
	months_entry_key(&c[0], 1, &e[0]);
	months_entry_key(&c[0], 2, &e[1]);
	months_entry_key(&c[1], 1, &e[2]);
	months_cell_key(&c[0], 1, &e[3]);
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < i; j++) {
			assert_false(same(&c[i], &c[j]));
			assert_false(same(&e[i], &e[j]));
		}
}

/* The keys apart move: the file opens by one place or the other. */
static void test_the_keys_apart_move(void **state)
{
	struct rig *r = *state;
	struct months *m = reopen(r, NULL);
	struct apart *other = calloc(1, sizeof(*other));
	struct months_apart there = {other, apart_get, apart_drop};
	struct months_apart before = r->where;
	struct secret a, again;

	/* nothing made yet: nothing to move */
	assert_int_equal(months_prepare(m, &there), ERR_OK);
	assert_int_equal(rig_size(rig_in(r->folder, "months.next")), -1);
	assert_int_equal(months_need(m, MONTH, &a), ERR_OK);
	memset(other->keys[1].key, 99, SECRET_SIZE);
	other->there[1] = true;
	/* cut off before the middle: as before, and the other file goes */
	assert_int_equal(months_prepare(m, &there), ERR_OK);
	m = reopen(r, m);
	assert_int_equal(rig_size(rig_in(r->folder, "months.next")), -1);
	/* behind it: by the new place alone, and for good */
	assert_int_equal(months_prepare(m, &there), ERR_OK);
	r->where = there;
	for (unsigned i = 0; i < 2; i++) {
		m = reopen(r, m);
		assert_int_equal(
		    rig_size(rig_in(r->folder, "months.next")), -1);
		assert_int_equal(months_get(m, MONTH, &again), ERR_OK);
		assert_true(same(&a, &again));
	}
	months_close(m);
	m = NULL;
	assert_int_equal(months_open(rig_in(r->folder, "months"), &r->wrap,
	    &before, &r->random, &m), ERR_CRYPTO);
	free(other);
}

/* What is done with two months, and with which key apart afterwards. */
struct step {
	void (*prepare)(struct rig *r, struct months *m);
	enum err (*f)(struct rig *r, struct months **m);
	bool destroys;
};

static enum err step_open(struct rig *r, struct months **m)
{
	return months_open(
	    rig_in(r->folder, "months"), &r->wrap, &r->where, &r->random, m);
}

static enum err step_need(struct rig *r, struct months **m)
{
	struct secret s;

	(void)r;
	return months_need(*m, MONTH + 2, &s);
}

static enum err step_destroy(struct rig *r, struct months **m)
{
	(void)r;
	return months_destroy(*m, MONTH);
}

static enum err step_move(struct rig *r, struct months **m)
{
	return months_prepare(*m, &r->where);
}

/* As if the keys apart were elsewhere, of other bytes. */
static void prepare_moved(struct rig *r, struct months *m)
{
	r->apart.keys[1].key[0] ^= 1;
	assert_int_equal(months_prepare(m, &r->where), ERR_OK);
}

static void prepare_left(struct rig *r, struct months *m)
{
	assert_int_equal(months_prepare(m, &r->where), ERR_OK);
}

/* Does one step, of which a call fails; did one? Both months are afterwards
 * what they were or what the step makes of them, in the file as in memory. */
static bool fail_once(struct rig *r, const struct step *step,
    enum failing_kind kind, int nth)
{
	struct months *m = NULL;
	struct secret a, b, got;
	bool failed, opens = step->f == step_open;
	enum err e;

	memset(&r->apart, 0, sizeof(r->apart));
	m = reopen(r, NULL);
	assert_int_equal(months_need(m, MONTH, &a), ERR_OK);
	assert_int_equal(months_need(m, MONTH + 1, &b), ERR_OK);
	if (step->prepare)
		step->prepare(r, m);
	if (opens) {
		months_close(m);
		m = NULL;
	}
	failing_set(kind, nth, EIO);
	e = step->f(r, &m);
	failed = failing_end();
	if (!failed)
		assert_int_equal(e, ERR_OK);
	if (opens)
		assert_true(e ? !m : m != NULL);
	if (e && m)
		assert_int_equal(months_get(m, MONTH, &got), ERR_OK);
	m = reopen(r, m);
	assert_int_equal(months_get(m, MONTH + 1, &got), ERR_OK);
	assert_true(same(&b, &got));
	if (!months_get(m, MONTH, &got))
		assert_true(same(&a, &got) && !(step->destroys && !e));
	else
		assert_true(step->destroys);
	assert_int_equal(rig_size(rig_in(r->folder, "months.next")), -1);
	months_close(m);
	(void)unlink(rig_in(r->folder, "months"));
	return failed;
}

static void test_whatever_call_fails(void **state)
{
	static const struct step steps[] = {
	    {NULL, step_open, false}, {prepare_left, step_open, false},
	    {prepare_moved, step_open, false}, {NULL, step_need, false},
	    {NULL, step_destroy, true}, {NULL, step_move, false}};
	int failures = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		for (int kind = 0; kind < FAILING_KINDS; kind++)
			for (int n = 0; fail_once(*state, &steps[i],
			    (enum failing_kind)kind, n); n++)
				failures++;
	print_message("# %d calls failed\n", failures);
	assert_true(failures > 80);
}

static void test_a_key_apart_that_is_not_given(void **state)
{
	struct rig *r = *state;
	struct months *m = NULL;
	struct secret a, got;

	r->apart.broken = true;
	assert_int_equal(step_open(r, &m), ERR_IO);
	assert_null(m);
	r->apart.broken = false;
	m = reopen(r, NULL);
	assert_int_equal(months_need(m, MONTH, &a), ERR_OK);
	r->apart.broken = true;
	assert_int_equal(months_destroy(m, MONTH), ERR_IO);
	assert_int_equal(months_prepare(m, &r->where), ERR_IO);
	assert_int_equal(months_epoch(m), 1);
	assert_int_equal(months_get(m, MONTH, &got), ERR_OK);
	assert_true(same(&a, &got));
	months_close(m);
	assert_int_equal(step_open(r, &m), ERR_IO);
	r->apart.broken = false;
	m = reopen(r, NULL);
	assert_int_equal(months_get(m, MONTH, &got), ERR_OK);
	/* destroyed ones move as what they are */
	assert_int_equal(months_destroy(m, MONTH), ERR_OK);
	assert_int_equal(months_prepare(m, &r->where), ERR_OK);
	m = reopen(r, m);
	assert_int_equal(months_get(m, MONTH, &got), ERR_STATE);
	assert_int_equal(months_need(m, MONTH + 1, &a), ERR_OK);
	assert_int_equal(months_destroy(m, MONTH + 1), ERR_OK);
	months_close(m);
}

static void test_room_for_a_hundred_years(void **state)
{
	struct rig *r = *state;
	struct months *m = reopen(r, NULL);
	struct secret key;

	for (uint32_t i = 0; i < MONTHS_MAX; i++)
		assert_int_equal(months_need(m, MONTH + i, &key), ERR_OK);
	assert_int_equal(
	    months_need(m, MONTH + MONTHS_MAX, &key), ERR_FULL);
	m = reopen(r, m);
	assert_int_equal(
	    months_need(m, MONTH + MONTHS_MAX - 1, &key), ERR_OK);
	assert_int_equal(
	    months_get(m, MONTH + MONTHS_MAX, &key), ERR_UNKNOWN);
	months_close(m);
}

static void test_a_path_that_is_too_long(void **state)
{
	struct rig *r = *state;
	struct months *m = NULL;
	char path[PATH_MAX];

	memset(path, 'x', sizeof(path));
	path[PATH_MAX - sizeof(".next") + 1] = '\0';
	assert_int_equal(months_open(
	    path, &r->wrap, &r->where, &r->random, &m), ERR_LIMIT);
	assert_null(m);
}

/* The end of the file, as this epoch's keys make it (journal/months.h). */
static void sign_file(const struct rig *r, uint8_t *file, size_t n)
{
	uint8_t kek[HASH_SIZE], mac[HASH_SIZE];
	struct buf in;

	buf_init(&in, 100);
	buf_text(&in, "ecluse/months-epoch/v1");
	buf_put(&in, r->wrap.key, SECRET_SIZE);
	hash_hmac(span_of(r->apart.keys[1].key, SECRET_SIZE), buf_span(&in),
	    kek);
	hash_hkdf_expand(
	    kek, span_str("ecluse/months-file/v1"), mac, sizeof(mac));
	hash_hmac(span_of(mac, sizeof(mac)), span_of(file, n - HASH_SIZE),
	    file + n - HASH_SIZE);
	buf_release(&in);
}

/* Rows that contradict each other under a checksum that is right. */
static void test_rows_that_nobody_wrote(void **state)
{
	enum { HEAD = 16, ROW = 65 };
	struct rig *r = *state;
	struct months *m = reopen(r, NULL);
	struct secret key;
	uint32_t epoch = 9;
	uint8_t *file;
	size_t n;

	assert_int_equal(months_need(m, MONTH, &key), ERR_OK);
	assert_int_equal(months_need(m, MONTH + 1, &key), ERR_OK);
	months_close(m);
	file = rig_load(rig_in(r->folder, "months"), &n);
	assert_int_equal(n, HEAD + 2 * ROW + HASH_SIZE);
	sign_file(r, file, n);
	assert_int_equal(open_copy(r, file, n), ERR_OK);
	file[HEAD + 4] = 3;	/* neither live nor destroyed */
	sign_file(r, file, n);
	assert_int_equal(open_copy(r, file, n), ERR_CORRUPT);
	file[HEAD + 4] = 1;
	file[HEAD + 4 + 1] ^= 1;	/* another nonce */
	sign_file(r, file, n);
	assert_int_equal(open_copy(r, file, n), ERR_CRYPTO);
	file[HEAD + 4 + 1] ^= 1;
	memcpy(file + HEAD + ROW, file + HEAD, ROW);	/* a month twice */
	sign_file(r, file, n);
	assert_int_equal(open_copy(r, file, n), ERR_CORRUPT);
	/* longer than any */
	file = realloc(file, HEAD + MONTHS_MAX * ROW + HASH_SIZE + 1);
	assert_non_null(file);
	assert_int_equal(open_copy(
	    r, file, HEAD + MONTHS_MAX * ROW + HASH_SIZE + 1), ERR_CORRUPT);
	/* the epoch that a file names */
	assert_int_equal(months_file_epoch(span_of(file, n), &epoch), ERR_OK);
	assert_int_equal(epoch, 1);
	assert_int_equal(
	    months_file_epoch(span_of(file, 11), &epoch), ERR_CORRUPT);
	assert_int_equal(
	    months_file_epoch(span_of(file + 1, n - 1), &epoch), ERR_CORRUPT);
	memset(file + 8, 0, 4);
	assert_int_equal(
	    months_file_epoch(span_of(file, n), &epoch), ERR_CORRUPT);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
	        test_keys_are_made_once_and_survive, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_the_keys_apart_move, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_the_file_is_for_its_owner_alone, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_destroyed_months_stay_destroyed, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_a_copy_from_before_a_destruction_opens_nothing, make,
	        unmake),
	    cmocka_unit_test_setup_teardown(
	        test_a_kill_in_a_destruction_is_made_good, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_every_flipped_bit_and_cut_is_refused, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_a_key_that_is_not_on_the_disk_is_not_used, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_whatever_call_fails, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_a_key_apart_that_is_not_given, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_room_for_a_hundred_years, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_a_path_that_is_too_long, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_rows_that_nobody_wrote, make, unmake),
	    cmocka_unit_test(test_derivations_are_the_documented_ones),
	    cmocka_unit_test(test_neighbours_have_nothing_in_common),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
