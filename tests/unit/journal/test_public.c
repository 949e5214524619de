/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: the small files of a public folder are there as a whole or as they
 * were, whatever call fails; what is no such file is told. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "rig.h"
#include "failing.h"
#include "journal/follow.h"
#include "journal/public.h"

#define NAME "a.example/journal"

static char folder[RIG_PATH];
static struct sign_private *old_key, *new_key;
static struct note_key old, new;

static struct note_key named(const struct sign_private *k)
{
	struct note_key ret;

	assert_int_equal(note_key_make(span_str(NAME),
	    sign_public_raw(sign_private_public(k)), &ret), ERR_OK);
	return ret;
}

static int make(void **state)
{
	(void)state;
	rig_folder(folder);
	old_key = rig_key(1);
	new_key = rig_key(2);
	old = named(old_key);
	new = named(new_key);
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	rig_remove(folder);
	sign_private_free(old_key);
	sign_private_free(new_key);
	return 0;
}

static struct checkpoint sized(uint64_t size)
{
	struct checkpoint c = {.origin = NAME, .size = size};

	memset(c.root, (int)size, sizeof(c.root));
	return c;
}

static enum err write_checkpoint(
    const struct sign_private *key, uint64_t size)
{
	const struct checkpoint c = sized(size);

	return public_write_checkpoint(folder, &c, &key, 1);
}

static enum err read_checkpoint(const struct note_key *key, uint64_t *size)
{
	struct checkpoint c = {.size = 0};
	struct buf note;
	enum err e;

	buf_init(&note, CHECKPOINT_MAX);
	e = public_read_checkpoint(folder, key, &note, &c);
	*size = c.size;
	buf_release(&note);
	return e;
}

static void write_after(struct buf *note)
{
	uint8_t sig[SIGN_SIZE];

	buf_init(note, FOLLOW_NOTE);
	assert_int_equal(follow_sign(old_key, &new, sig), ERR_OK);
	follow_write(&old, &new, sig, note);
}

/* Everything that is written, and read again. */
static enum err live(struct span after)
{
	struct note_key got = old;
	unsigned turns;
	uint64_t size;
	enum err e = public_write_vkey(folder, &new);

	if (!e)
		e = public_read_vkey(folder, &got);
	if (!e)
		e = write_checkpoint(new_key, 2);
	if (!e)
		e = read_checkpoint(&new, &size);
	if (!e)
		e = public_write_after(folder, &old, after);
	got = old;
	if (!e)
		e = follow_public(folder, &got, &turns);
	return e;
}

static void check_left(enum err e)
{
	struct note_key got = old, vkey;
	unsigned turns;
	uint64_t size;

	assert_int_equal(public_read_vkey(folder, &vkey), ERR_OK);
	if (read_checkpoint(&new, &size))
		assert_int_equal(read_checkpoint(&old, &size), ERR_OK);
	else
		assert_int_equal(size, 2);
	assert_int_equal(follow_public(folder, &got, &turns), ERR_OK);
	if (e)
		return;
	assert_memory_equal(&vkey, &new, sizeof(new));
	assert_int_equal(size, 2);
	assert_int_equal(turns, 1);
}

static void test_whatever_call_fails(void **state)
{
	struct buf after;
	int failures = 0;

	(void)state;
	write_after(&after);
	for (int kind = 0; kind < FAILING_KINDS; kind++) {
		bool failed = true;

		for (int n = 0; failed; n++) {
			enum err e;

			rig_remove(folder);
			rig_folder(folder);
			assert_int_equal(
			    public_write_vkey(folder, &old), ERR_OK);
			assert_int_equal(write_checkpoint(old_key, 1), ERR_OK);
			failing_set((enum failing_kind)kind, n, EIO);
			e = live(buf_span(&after));
			failed = failing_end();
			failures += failed;
			if (!failed)
				assert_int_equal(e, ERR_OK);
			check_left(e);
		}
	}
	buf_release(&after);
	print_message("# %d calls failed\n", failures);
	assert_true(failures > 30);
}

static void test_what_is_no_vkey(void **state)
{
	static const char *const bad[] = {"", "\n", "a+b\n", "a"};
	char vkey[NOTE_VKEY_SIZE + 2], *path = strdup(rig_in(folder, "vkey"));
	struct note_key got;

	(void)state;
	assert_int_equal(public_read_vkey(folder, &got), ERR_UNKNOWN);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rig_store(path, bad[i], strlen(bad[i]));
		assert_int_equal(public_read_vkey(folder, &got), ERR_SHAPE);
	}
	note_key_format(&old, vkey);
	rig_store(path, vkey, strlen(vkey));	/* no end of line */
	assert_int_equal(public_read_vkey(folder, &got), ERR_SHAPE);
	memset(vkey, 'x', sizeof(vkey));
	rig_store(path, vkey, sizeof(vkey));
	assert_int_equal(public_read_vkey(folder, &got), ERR_SHAPE);
	free(path);
}

static void test_what_is_no_checkpoint(void **state)
{
	static uint8_t long_one[CHECKPOINT_MAX + 1];
	char *path = strdup(rig_in(folder, "checkpoint"));
	struct note_signer by = {NAME, old_key};
	struct buf note;
	uint64_t size;

	(void)state;
	assert_int_equal(read_checkpoint(&old, &size), ERR_UNKNOWN);
	rig_store(path, long_one, sizeof(long_one));
	assert_int_equal(read_checkpoint(&old, &size), ERR_CORRUPT);
	rig_store(path, "a\n", 2);
	assert_int_equal(read_checkpoint(&old, &size), ERR_CORRUPT);
	/* a note of more lines than notes have */
	buf_init(&note, NOTE_MAX);
	assert_int_equal(note_sign(
	    span_str(NAME "\n1\nAAAA\n"), &by, 1, &note), ERR_OK);
	rig_store(path, note.p, note.n);
	assert_int_equal(read_checkpoint(&old, &size), ERR_CORRUPT);
	for (int i = 0; i < NOTE_SIGNATURES; i++)
		buf_text(&note, "\xe2\x80\x94 a AAAAAAA=\n");
	rig_store(path, note.p, note.n);
	assert_int_equal(read_checkpoint(&old, &size), ERR_CORRUPT);
	buf_release(&note);
	/* as many signers as there may be, and no more */
	{
		const struct sign_private *keys[CHECKPOINT_SIGNERS + 1] = {
		    new_key, new_key, new_key, new_key, new_key};
		const struct checkpoint c = sized(7);

		assert_int_equal(public_write_checkpoint(
		    folder, &c, keys, CHECKPOINT_SIGNERS + 1), ERR_LIMIT);
		assert_int_equal(
		    public_write_checkpoint(folder, &c, keys, 0), ERR_LIMIT);
		assert_int_equal(public_write_checkpoint(
		    folder, &c, keys, CHECKPOINT_SIGNERS), ERR_OK);
		assert_int_equal(read_checkpoint(&new, &size), ERR_OK);
		assert_int_equal(size, 7);
	}
	free(path);
}

static void test_a_folder_whose_path_is_too_long(void **state)
{
	const struct checkpoint c = sized(1);
	const struct sign_private *key = old_key;
	struct note_key got = old;
	struct checkpoint read;
	char path[RIG_PATH];
	struct buf note;
	unsigned turns;

	(void)state;
	memset(path, 'x', sizeof(path));
	path[RIG_PATH - 5] = '\0';
	buf_init(&note, CHECKPOINT_MAX);
	assert_int_equal(
	    public_write_after(path, &old, span_str("x")), ERR_LIMIT);
	assert_int_equal(follow_public(path, &got, &turns), ERR_LIMIT);
	assert_int_equal(public_read_vkey(path, &got), ERR_SHAPE);
	assert_int_equal(public_write_vkey(path, &got), ERR_LIMIT);
	assert_int_equal(public_read_checkpoint(path, &old, &note, &read),
	    ERR_CORRUPT);
	assert_int_equal(
	    public_write_checkpoint(path, &c, &key, 1), ERR_LIMIT);
	buf_release(&note);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_whatever_call_fails),
	    CASE(test_what_is_no_vkey),
	    CASE(test_what_is_no_checkpoint),
	    CASE(test_a_folder_whose_path_is_too_long),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
