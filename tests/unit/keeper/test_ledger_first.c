/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a registry's log whose first key turned and was destroyed opens, and
 * goes on to know what that key signed; a first entry that is none, a key that
 * no act names and one that an act names wrongly do not open. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "failing.h"
#include "journal/follow.h"
#include "keeper/annals.h"

/* An act of the next day that both administrators sign. */
static void write_act(struct annals *r, const char *lines, struct buf *note)
{
	struct sign_private *keys[2] = {acts_private(ACTS_ADMIN),
	    acts_private(ACTS_ADMIN + 1)};
	const struct note_signer by[2] = {{"a0", keys[0]}, {"a1", keys[1]}};
	struct buf text;

	r->now_ms += ACTS_STEP_MS;
	buf_init(&text, LIMIT_ACT);
	buf_init(note, NOTE_MAX);
	acts_text(&text, &r->serial, r->now_ms, lines);
	assert_int_equal(note_sign(buf_span(&text), by, 2, note), ERR_OK);
	buf_release(&text);
	sign_private_free(keys[0]);
	sign_private_free(keys[1]);
}

static enum err take(struct annals *r, const char *lines)
{
	enum registry_wish wish;
	struct span text;
	struct buf note;
	enum err e;

	write_act(r, lines, &note);
	e = ledger_take(r->ledger, buf_span(&note), r->now_ms, &text, &wish,
	    &r->fault);
	buf_release(&note);
	return e;
}

/* The act by which one key names the next. */
static void turn_line(char *out, size_t size, const char *kind,
    const struct sign_private *old, const struct sign_private *new)
{
	const uint8_t *before = sign_public_raw(sign_private_public(old));
	const uint8_t *next = sign_public_raw(sign_private_public(new));
	char names[2][TEXT_B64_SIZE(SIGN_ED25519_KEY)];
	char text[TEXT_B64_SIZE(SIGN_SIZE)];
	uint8_t sig[SIGN_SIZE];
	struct note_key to;

	assert_int_equal(note_key_make(span_str(strcmp(kind, "log") == 0 ?
	    ACTS_ORIGIN : ANNALS_LOG), next, &to), ERR_OK);
	assert_int_equal(follow_sign(old, &to, sig), ERR_OK);
	text_b64url(before, SIGN_ED25519_KEY, names[0]);
	text_b64url(next, SIGN_ED25519_KEY, names[1]);
	text_b64url(sig, sizeof(sig), text);
	(void)snprintf(out, size, "turn kind=%s key=%s before=%s sig=%s\n",
	    kind, names[1], names[0], text);
}

/* The next generation of the log's key, in use from now on. */
static void turn_it(struct annals *r, uint32_t next)
{
	char lines[512];

	assert_int_equal(keyring_add(r->keys, rig_in(r->dir, "keeper"),
	    KEYRING_REGISTRY, &r->random, r->now_ms), ERR_OK);
	turn_line(lines, sizeof(lines), "registry",
	    keyring_at(r->keys, KEYRING_REGISTRY, next - 1)->sign,
	    keyring_at(r->keys, KEYRING_REGISTRY, next)->sign);
	assert_int_equal(take(r, lines), ERR_OK);
	assert_int_equal(
	    keyring_use(r->keys, KEYRING_REGISTRY, next), ERR_OK);
	assert_int_equal(annals_open(r), ERR_OK);
	assert_int_equal(ledger_publish(r->ledger), ERR_OK);
}

static void drop_first(struct annals *r)
{
	assert_int_equal(ledger_publish(r->ledger), ERR_OK);
	ledger_close(r->ledger);
	r->ledger = NULL;
	assert_int_equal(keyring_drop(r->keys, rig_in(r->dir, "keeper"),
	    KEYRING_REGISTRY, 1, &r->random), ERR_OK);
	assert_null(keyring_at(r->keys, KEYRING_REGISTRY, 1));
}

static void enrol(struct annals *r)
{
	char lines[300];

	(void)snprintf(lines, sizeof(lines), "site id=s1 profession=gp\n"
	    "key spki=%s site=s1\nkey spki=%s site=s1\n", acts_ed25519(5),
	    acts_ed25519(6));
	assert_int_equal(take(r, lines), ERR_OK);
}

static void test_the_first_key_is_destroyed(void **state)
{
	char lines[512];
	struct buf before, after;
	struct annals r;
	int nth = 0;

	(void)state;
	annals_prepare(&r);
	annals_found(&r, acts_first(true), NULL);
	assert_int_equal(annals_open(&r), ERR_OK);
	enrol(&r);
	/* turns of others that are met first, and what the first key closed */
	assert_int_equal(ledger_close_key(r.ledger, r.keys->registry,
	    acts_id(5), &r.random, r.now_ms), ERR_OK);
	assert_int_equal(keyring_add(r.keys, rig_in(r.dir, "keeper"),
	    KEYRING_LOG, &r.random, r.now_ms), ERR_OK);
	turn_line(lines, sizeof(lines), "log", r.keys->log,
	    keyring_newest(r.keys, KEYRING_LOG)->sign);
	assert_int_equal(take(&r, lines), ERR_OK);
	turn_it(&r, 2);
	/* the second one's word counts as the first one's did */
	assert_int_equal(ledger_close_key(r.ledger, r.keys->registry,
	    acts_id(6), &r.random, r.now_ms), ERR_OK);
	assert_int_equal(annals_open(&r), ERR_OK);
	assert_int_equal(
	    take(&r, "destroy kind=registry generation=1\n"), ERR_OK);
	annals_dump(&r, &before);
	drop_first(&r);
	for (bool failed = true; failed; nth++) {
		enum err e;

		failing_set(FAILING_READ, nth, EIO);
		e = annals_open(&r);
		failed = failing_end();
		assert_true(e == ERR_OK || (failed && e == ERR_IO));
	}
	print_message("# %d reads failed\n", nth - 1);
	assert_true(nth > 5);
	annals_dump(&r, &after);
	assert_true(span_equal(buf_span(&before), buf_span(&after)));
	assert_true(ledger_registry(r.ledger)->keys[0].closed);
	assert_true(ledger_registry(r.ledger)->keys[1].closed);
	/* what the second says behind the first one's end counts too */
	(void)snprintf(lines, sizeof(lines), "key spki=%s site=s1\n",
	    acts_ed25519(7));
	assert_int_equal(take(&r, lines), ERR_OK);
	assert_int_equal(ledger_close_key(r.ledger, r.keys->registry,
	    acts_id(7), &r.random, r.now_ms), ERR_OK);
	assert_int_equal(annals_open(&r), ERR_OK);
	assert_true(ledger_registry(r.ledger)->keys[2].closed);
	buf_release(&before);
	buf_release(&after);
	annals_clear(&r);
}

/* Gone from the keyring, and no act of the log says which it was. */
static void test_a_first_key_that_no_act_names(void **state)
{
	static const char *const lines[] = {
		"", "revoke site=s1\n", "turn kind=answer key=x\n",
		"turn kind=registry before=x\n",
		"turn kind=registry before=AAAA\n",
	};
	struct annals r;

	(void)state;
	annals_prepare(&r);
	annals_found(&r, acts_first(true), NULL);
	/* the next one signs what there is */
	assert_int_equal(keyring_add(r.keys, rig_in(r.dir, "keeper"),
	    KEYRING_REGISTRY, &r.random, r.now_ms), ERR_OK);
	assert_int_equal(keyring_use(r.keys, KEYRING_REGISTRY, 2), ERR_OK);
	annals_append_text(&r, span_str("I agree to everything\n"), NULL);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct buf text;

		buf_init(&text, LIMIT_ACT);
		acts_text(&text, &r.serial, ACTS_NOW, lines[i]);
		annals_append_text(&r, buf_span(&text), NULL);
		buf_release(&text);
	}
	assert_int_equal(keyring_drop(r.keys, rig_in(r.dir, "keeper"),
	    KEYRING_REGISTRY, 1, &r.random), ERR_OK);
	assert_int_equal(annals_open(&r), ERR_CORRUPT);
	assert_null(r.ledger);
	annals_clear(&r);
}

/* Both administrators name a key that never was this log's. */
static void test_an_act_that_names_another_first_key(void **state)
{
	struct sign_private *old = acts_private(9), *new = acts_private(8);
	char lines[512];
	struct buf note;
	struct annals r;

	(void)state;
	annals_prepare(&r);
	annals_found(&r, acts_first(true), NULL);
	turn_line(lines, sizeof(lines), "registry", old, new);
	write_act(&r, lines, &note);
	annals_append(&r, buf_span(&note));
	assert_int_equal(annals_open(&r), ERR_CORRUPT);
	assert_null(r.ledger);
	buf_release(&note);
	sign_private_free(old);
	sign_private_free(new);
	annals_clear(&r);
}

/* The first entry: no note, no act, and an origin that no key can have. */
static void test_a_first_entry_that_is_none(void **state)
{
	char name[NOTE_NAME_SIZE + 10];
	uint8_t nonce[16] = {7};

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < 3; i++) {
		struct buf text;
		struct annals r;

		annals_prepare(&r);
		buf_init(&text, LIMIT_ACT);
		act_write_head(&text, span_str(name), ACTS_NOW, nonce);
		buf_text(&text, acts_first(true));
		if (i == 0)
			annals_append(&r, span_str("not signed\n"));
		else
			annals_append_text(&r, i == 1 ?
			    span_str("I agree to everything\n") :
			    buf_span(&text), NULL);
		assert_int_equal(annals_open(&r), ERR_CORRUPT);
		assert_null(r.ledger);
		buf_release(&text);
		annals_clear(&r);
	}
}

static void test_names_that_are_too_long(void **state)
{
	char name[PATH_MAX + 10];
	struct annals r;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	annals_prepare(&r);
	annals_found(&r, acts_first(true), NULL);
	assert_int_not_equal(
	    ledger_open(name, ACTS_ORIGIN, r.keys, &r.ledger), ERR_OK);
	assert_null(r.ledger);
	/* by as much as the longer of the two folders' names */
	name[PATH_MAX - sizeof("/keeper/registry")] = '\0';
	assert_int_not_equal(
	    ledger_open(name, ACTS_ORIGIN, r.keys, &r.ledger), ERR_OK);
	assert_null(r.ledger);
	assert_int_not_equal(
	    ledger_open(r.dir, name, r.keys, &r.ledger), ERR_OK);
	assert_null(r.ledger);
	assert_int_equal(annals_open(&r), ERR_OK);
	annals_clear(&r);
}

/* Looking an act over changes nothing and says what taking it would say of
 * hands and time; not what taking it would say of its lines. */
static void test_looking_an_act_over(void **state)
{
	struct buf note;
	struct span text = {0};
	struct annals r;

	(void)state;
	annals_prepare(&r);
	annals_found(&r, acts_first(true), NULL);
	assert_int_equal(annals_open(&r), ERR_OK);
	write_act(&r, "site id=s1 profession=gp\n", &note);
	assert_int_equal(ledger_check(r.ledger, buf_span(&note), r.now_ms,
	    &text, &r.fault), ERR_OK);
	assert_true(text.p == note.p && text.n < note.n);
	assert_int_equal(ledger_size(r.ledger), 1);
	text = (struct span){0};
	/* a day late; altered */
	assert_int_not_equal(ledger_check(r.ledger, buf_span(&note),
	    r.now_ms + 30 * ACTS_STEP_MS, &text, &r.fault), ERR_OK);
	assert_true(r.fault.words[0] != '\0');
	note.p[20] ^= 1;
	assert_int_equal(ledger_check(r.ledger, buf_span(&note), r.now_ms,
	    &text, &r.fault), ERR_CRYPTO);
	assert_true(r.fault.words[0] != '\0');
	assert_null(text.p);
	buf_release(&note);
	annals_clear(&r);
}

static enum err stop_at_second(void *ctx, uint64_t index, struct span note)
{
	unsigned *told = ctx;

	assert_true(index > 0 && note.n > 0);
	return ++*told == 2 ? ERR_FULL : ERR_OK;
}

static void add_admins(struct annals *r)
{
	char lines[200];

	for (unsigned i = 2; i < 6; i++) {
		(void)snprintf(lines, sizeof(lines), "admin key=%s name=a%u\n",
		    acts_raw(i), i);
		assert_int_equal(take(r, lines), ERR_OK);
	}
}

/* The first that cannot be told ends it; so does one that cannot be read. */
static void test_telling_the_vaults_ends(void **state)
{
	bool failed = true;
	unsigned told = 0;
	struct annals r;

	(void)state;
	annals_prepare(&r);
	annals_found(&r, acts_first(true), NULL);
	assert_int_equal(annals_open(&r), ERR_OK);
	add_admins(&r);
	assert_int_equal(ledger_for_vaults(
	    r.ledger, stop_at_second, &told), ERR_FULL);
	assert_int_equal(told, 2);
	for (int n = 0; failed; n++) {
		enum err e;

		told = 2;
		failing_set(FAILING_READ, n, EIO);
		e = ledger_for_vaults(r.ledger, stop_at_second, &told);
		failed = failing_end();
		assert_int_equal(e, failed ? ERR_IO : ERR_OK);
		assert_true(failed ? told < 6 : told == 6);
	}
	annals_clear(&r);
}

/* The log's own key signed what is no act. */
static void test_an_entry_that_is_no_act(void **state)
{
	struct annals r;

	(void)state;
	annals_prepare(&r);
	annals_found(&r, acts_first(true), NULL);
	annals_append_text(&r, span_str("I agree to everything\n"), NULL);
	assert_int_equal(annals_open(&r), ERR_CORRUPT);
	assert_null(r.ledger);
	annals_clear(&r);
}

/* A thief closes a key by an entry of his own in the file: as long as the key
 * of the log that he has lives, that is the log's word; behind its end not. */
static void test_what_an_ended_key_says(void **state)
{
	(void)state;
	for (int ended = 0; ended < 2; ended++) {
		char id[SIGN_KEY_ID_TEXT], lines[128];
		struct annals r;
		struct buf text;

		annals_prepare(&r);
		annals_found(&r, acts_first(true), NULL);
		assert_int_equal(annals_open(&r), ERR_OK);
		enrol(&r);
		turn_it(&r, 2);
		if (ended)
			assert_int_equal(take(&r,
			    "destroy kind=registry generation=1\n"), ERR_OK);
		assert_int_equal(ledger_publish(r.ledger), ERR_OK);
		ledger_close(r.ledger);
		r.ledger = NULL;
		sign_key_id_text(acts_id(5), id);
		(void)snprintf(lines, sizeof(lines),
		    "close key=%s reason=decoy\n", id);
		buf_init(&text, LIMIT_ACT);
		acts_text(&text, &r.serial, ACTS_NOW, lines);
		annals_append_text(&r, buf_span(&text),
		    keyring_at(r.keys, KEYRING_REGISTRY, 1)->sign);
		buf_release(&text);
		assert_int_equal(
		    annals_open(&r), ended ? ERR_CORRUPT : ERR_OK);
		annals_clear(&r);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_key_is_destroyed),
		cmocka_unit_test(test_a_first_key_that_no_act_names),
		cmocka_unit_test(test_an_act_that_names_another_first_key),
		cmocka_unit_test(test_a_first_entry_that_is_none),
		cmocka_unit_test(test_names_that_are_too_long),
		cmocka_unit_test(test_looking_an_act_over),
		cmocka_unit_test(test_telling_the_vaults_ends),
		cmocka_unit_test(test_an_entry_that_is_no_act),
		cmocka_unit_test(test_what_an_ended_key_says),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
