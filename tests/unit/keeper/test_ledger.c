/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: the registry that a replay finds is the one that lived; nobody gets an
 * act in who is not a living administrator of this instance, with as many
 * beside him as it takes; a log that was cut or altered does not open. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "base/limits.h"
#include "failing.h"
#include "keeper/annals.h"
#include "registry/signers.h"

static int make(void **state)
{
	struct annals *r = calloc(1, sizeof(*r));

	annals_prepare(r);
	annals_found(r, acts_first(true), NULL);
	assert_int_equal(annals_open(r), ERR_OK);
	*state = r;
	return 0;
}

static int unmake(void **state)
{
	annals_clear(*state);
	free(*state);
	return 0;
}

/* One signature line: the name it claims, the key it is made with. */
struct hand {
	const char *name;
	unsigned key;
};

static const struct hand a0 = {"a0", ACTS_ADMIN},
    a1 = {"a1", ACTS_ADMIN + 1};

static void sign_it(struct span text, const struct hand *hands, size_t n,
    struct buf *note)
{
	struct note_signer signers[8] = {0};
	struct sign_private *keys[8];

	for (size_t i = 0; i < n; i++) {
		keys[i] = acts_private(hands[i].key);
		signers[i] = (struct note_signer){hands[i].name, keys[i]};
	}
	assert_int_equal(note_sign(text, signers, n, note), ERR_OK);
	for (size_t i = 0; i < n; i++)
		sign_private_free(keys[i]);
}

static enum err take_note(struct annals *r, struct span note)
{
	uint64_t size = ledger_size(r->ledger);
	uint8_t before[HASH_SIZE], after[HASH_SIZE];
	struct span text = {0};
	enum err e;

	ledger_root(r->ledger, before);
	e = ledger_take(
	    r->ledger, note, r->now_ms, &text, &r->wish, &r->fault);
	ledger_root(r->ledger, after);
	if (e) {
		assert_true(ledger_size(r->ledger) == size);
		assert_memory_equal(before, after, HASH_SIZE);
		assert_true(r->fault.words[0] != '\0');
		assert_null(text.p);
	} else {
		assert_true(ledger_size(r->ledger) == size + 1);
		assert_memory_not_equal(before, after, HASH_SIZE);
		assert_true(span_is(span_of(text.p, 14), "ecluse act v1\n"));
	}
	return e;
}

static enum err take(struct annals *r, const struct hand *hands, size_t n,
    const char *lines)
{
	struct buf text, note;
	enum err e;

	r->now_ms += ACTS_STEP_MS;
	buf_init(&text, LIMIT_ACT);
	buf_init(&note, NOTE_MAX);
	acts_text(&text, &r->serial, r->now_ms, lines);
	sign_it(buf_span(&text), hands, n, &note);
	e = take_note(r, buf_span(&note));
	buf_release(&text);
	buf_release(&note);
	return e;
}

#define TAKE(r, lines, ...) take(r, (const struct hand[]){__VA_ARGS__}, \
	sizeof((const struct hand[]){__VA_ARGS__}) / sizeof(struct hand), lines)

static void test_the_first_entry_is_there(void **state)
{
	struct annals *r = *state;

	assert_int_equal(ledger_size(r->ledger), 1);
	assert_int_equal(ledger_registry(r->ledger)->admin_count, 2);
	assert_true(ledger_registry(r->ledger)->drill);
}

static void enrol_some(struct annals *r)
{
	char lines[600];

	assert_int_equal(TAKE(r, "site id=s1 profession=gp\n", a0), ERR_OK);
	(void)snprintf(lines, sizeof(lines), "key spki=%s site=s1 "
	    "rpps=99700000001\n", acts_ed25519(5));
	assert_int_equal(TAKE(r, lines, a1), ERR_OK);
	(void)snprintf(lines, sizeof(lines), "admin key=%s name=a2\n",
	    acts_raw(2));
	assert_int_equal(TAKE(r, lines, a0, a1), ERR_OK);
	assert_int_equal(TAKE(r, "profession code=gp domains=MED t24=1 c24=2 "
	    "t30=3 c30=4 m24=5 m30=6\n", a0, a1), ERR_OK);
	assert_int_equal(TAKE(r, "revoke rpps=99700000001\n", a0), ERR_OK);
}

static void test_a_replay_finds_what_lived(void **state)
{
	struct annals *r = *state;
	uint8_t root[HASH_SIZE], again[HASH_SIZE];
	struct buf before, after;

	enrol_some(r);
	/* failures between leave no trace */
	assert_int_equal(TAKE(r, "mode control=wide mode=observe\n", a0),
	    ERR_REFUSED);
	assert_int_equal(TAKE(r, "site id=s2 profession=gp\n"
	    "site id=s1 profession=gp\n", a0, a1), ERR_EXISTS);
	annals_dump(r, &before);
	ledger_root(r->ledger, root);
	assert_int_equal(annals_open(r), ERR_OK);
	annals_dump(r, &after);
	ledger_root(r->ledger, again);
	assert_true(span_equal(buf_span(&before), buf_span(&after)));
	assert_memory_equal(root, again, HASH_SIZE);
	assert_int_equal(ledger_size(r->ledger), 6);
	buf_release(&before);
	buf_release(&after);
	/* and goes on */
	assert_int_equal(TAKE(r, "revoke site=s1\n", a0), ERR_OK);
	assert_int_equal(annals_open(r), ERR_OK);
	assert_int_equal(ledger_size(r->ledger), 7);
}

static void test_not_signed_by_enough(void **state)
{
	struct annals *r = *state;
	const char *lines = "mode control=wide mode=observe\n";

	assert_int_equal(TAKE(r, lines, a0), ERR_REFUSED);
	/* the same hand twice is one */
	assert_int_equal(TAKE(r, lines, a0, a0), ERR_REFUSED);
	/* a stranger beside him is nobody */
	assert_int_equal(TAKE(r, lines, a0, {"eve", 50}), ERR_REFUSED);
	assert_int_equal(TAKE(r, lines, a0, a1, {"eve", 50}), ERR_OK);
}

static void test_strangers_and_forgers(void **state)
{
	struct annals *r = *state;
	const char *lines = "site id=s1 profession=gp\n";
	struct sign_private *log = r->keys->registry;

	assert_int_equal(TAKE(r, lines, {"eve", 50}), ERR_UNKNOWN);
	/* another key under an administrator's name is another key */
	assert_int_equal(TAKE(r, lines, {"a0", 50}), ERR_UNKNOWN);
	/* an administrator's key under another name too */
	assert_int_equal(TAKE(r, lines, {"a1", ACTS_ADMIN}), ERR_UNKNOWN);
	assert_int_equal(TAKE(r, lines, a0), ERR_OK);
	/* the log's own key signs the first entry, and no act */
	{
		char name[256];
		struct note_signer s = {name, log};
		struct buf text, note;

		assert_int_equal(registry_origin(
		    ACTS_ORIGIN, name, sizeof(name)), ERR_OK);
		buf_init(&text, LIMIT_ACT);
		buf_init(&note, LIMIT_ACT);
		acts_text(&text, &r->serial, r->now_ms, "revoke site=s1\n");
		assert_int_equal(
		    note_sign(buf_span(&text), &s, 1, &note), ERR_OK);
		assert_int_equal(
		    take_note(r, buf_span(&note)), ERR_UNKNOWN);
		buf_release(&text);
		buf_release(&note);
	}
}

static void test_altered_acts_do_not_verify(void **state)
{
	struct annals *r = *state;
	struct buf text, note;

	buf_init(&text, LIMIT_ACT);
	buf_init(&note, LIMIT_ACT);
	acts_text(&text, &r->serial, r->now_ms, "site id=s1 profession=gp\n");
	sign_it(buf_span(&text), (struct hand[]){a0, a1}, 2, &note);
	for (size_t i = 0; i < note.n; i++) {
		note.p[i] ^= 1;
		/* an altered name is a stranger's, and one hand is enough */
		if (i < text.n)
			assert_int_not_equal(
			    take_note(r, buf_span(&note)), ERR_OK);
		note.p[i] ^= 1;
	}
	for (size_t n = 0; n < text.n; n++)
		assert_int_not_equal(
		    take_note(r, span_of(note.p, n)), ERR_OK);
	assert_int_equal(take_note(r, buf_span(&note)), ERR_OK);
	/* once: with the same or with fewer hands */
	assert_int_equal(take_note(r, buf_span(&note)), ERR_EXISTS);
	buf_clear(&note);
	sign_it(buf_span(&text), (struct hand[]){a1}, 1, &note);
	assert_int_equal(take_note(r, buf_span(&note)), ERR_EXISTS);
	buf_release(&text);
	buf_release(&note);
}

static void test_a_revoked_administrator_is_a_stranger(void **state)
{
	struct annals *r = *state;
	const struct hand a2 = {"a2", 2};

	enrol_some(r);
	assert_int_equal(TAKE(r, "revoke admin=a0\n", a1), ERR_OK);
	assert_int_equal(TAKE(r, "revoke site=s1\n", a0), ERR_UNKNOWN);
	assert_int_equal(TAKE(r, "clock confirm=yes\n", a0, a1), ERR_REFUSED);
	assert_int_equal(TAKE(r, "clock confirm=yes\n", a2, a1), ERR_OK);
	assert_int_equal(r->wish, REGISTRY_CLOCK);
	/* what he signed while he lived is replayed */
	assert_int_equal(annals_open(r), ERR_OK);
	assert_int_equal(TAKE(r, "revoke site=s1\n", a0), ERR_UNKNOWN);
	assert_int_equal(TAKE(r, "revoke site=s1\n", a2), ERR_OK);
}

/* An administrator whose key is no key is taken no more; one whom an older
 * program took signs nothing and hinders nobody. */
static void test_an_administrator_without_a_key(void **state)
{
	static const char line[] = "admin key="
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA name=nokey\n";
	struct annals *r = *state;
	struct buf text, note;

	assert_int_equal(TAKE(r, line, a0, a1), ERR_SHAPE);
	buf_init(&text, LIMIT_ACT);
	buf_init(&note, NOTE_MAX);
	acts_text(&text, &r->serial, r->now_ms, line);
	sign_it(buf_span(&text), (struct hand[]){a0, a1}, 2, &note);
	ledger_close(r->ledger);
	r->ledger = NULL;
	annals_append(r, buf_span(&note));
	assert_int_equal(annals_open(r), ERR_OK);
	assert_int_equal(ledger_registry(r->ledger)->admin_count, 3);
	assert_int_equal(TAKE(r, "site id=s1 profession=gp\n", a0), ERR_OK);
	assert_int_equal(annals_open(r), ERR_OK);
	assert_int_equal(TAKE(r, "revoke admin=nokey\n", a1), ERR_OK);
	buf_release(&text);
	buf_release(&note);
}

static void test_an_act_for_another_instance(void **state)
{
	struct annals *r = *state;
	struct buf text, note;
	uint8_t nonce[16] = {9};

	buf_init(&text, LIMIT_ACT);
	buf_init(&note, LIMIT_ACT);
	act_write_head(&text, span_str(ACTS_ORIGIN "s"), r->now_ms, nonce);
	buf_text(&text, "site id=s1 profession=gp\n");
	sign_it(buf_span(&text), (struct hand[]){a0, a1}, 2, &note);
	assert_int_equal(take_note(r, buf_span(&note)), ERR_STATE);
	assert_non_null(strstr(r->fault.words, "instance"));
	/* a note that is no act at all */
	buf_clear(&text);
	buf_clear(&note);
	buf_text(&text, "I agree to everything\n");
	sign_it(buf_span(&text), (struct hand[]){a0, a1}, 2, &note);
	assert_int_equal(take_note(r, buf_span(&note)), ERR_SHAPE);
	buf_release(&text);
	buf_release(&note);
}

static void test_an_act_too_long(void **state)
{
	struct annals *r = *state;
	struct buf text, note;

	buf_init(&text, NOTE_MAX);
	buf_init(&note, NOTE_MAX);
	acts_text(&text, &r->serial, r->now_ms, "");
	for (int i = 0; text.n < LIMIT_ACT; i++)
		buf_printf(&text, "professional rpps=997%08d\n", i);
	sign_it(buf_span(&text), (struct hand[]){a0}, 1, &note);
	assert_int_equal(take_note(r, buf_span(&note)), ERR_LIMIT);
	assert_non_null(strstr(r->fault.words, "too long"));
	buf_release(&text);
	buf_release(&note);
}

static void test_no_first_entry(void **state)
{
	struct annals r;

	(void)state;
	annals_prepare(&r);
	assert_int_equal(annals_open(&r), ERR_UNKNOWN);
	assert_null(r.ledger);
	annals_clear(&r);
}

static void test_a_first_entry_by_another_hand(void **state)
{
	struct sign_private *eve = acts_private(50);
	struct annals r;

	(void)state;
	annals_prepare(&r);
	annals_found(&r, acts_first(true), eve);
	assert_int_equal(annals_open(&r), ERR_CORRUPT);
	annals_clear(&r);
	annals_prepare(&r);
	/* by the journal's key: each log has its own */
	annals_found(&r, acts_first(true), r.keys->log);
	assert_int_equal(annals_open(&r), ERR_CORRUPT);
	annals_clear(&r);
	sign_private_free(eve);
}

static void test_a_first_entry_without_administrators(void **state)
{
	char lines[3000], *from, *to;
	struct annals r;

	(void)state;
	(void)snprintf(lines, sizeof(lines), "%s", acts_first(false));
	from = strstr(lines, "admin");
	to = strstr(from + 1, "admin");
	memmove(from, to, strlen(to) + 1);
	annals_prepare(&r);
	annals_found(&r, lines, NULL);
	assert_int_equal(annals_open(&r), ERR_CORRUPT);
	annals_clear(&r);
}

/* A log that verifies and holds what nobody was allowed to do: whoever has
 * the log's key can write it, and it does not open. */
static void test_acts_slipped_into_the_log(void **state)
{
	const struct {
		const char *line;
		struct hand hands[2];
		size_t count;
	} some[] = {
		{"mode control=wide mode=observe\n", {a0}, 1},
		{"site id=s1 profession=gp\n", {{"eve", 50}}, 1},
		{"site id=s1 profession=nurse\n", {a0, a1}, 2},
		{"", {a0, a1}, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		struct buf text, note;
		struct annals r;

		annals_prepare(&r);
		annals_found(&r, acts_first(true), NULL);
		buf_init(&text, LIMIT_ACT);
		buf_init(&note, LIMIT_ACT);
		acts_text(&text, &r.serial, ACTS_NOW, some[i].line);
		sign_it(buf_span(&text), some[i].hands, some[i].count, &note);
		annals_append(&r, buf_span(&note));
		assert_int_equal(annals_open(&r), ERR_CORRUPT);
		buf_release(&text);
		buf_release(&note);
		annals_clear(&r);
	}
}

static void test_another_origin_does_not_open(void **state)
{
	struct annals *r = *state;
	struct ledger *l = NULL;

	ledger_close(r->ledger);
	r->ledger = NULL;
	assert_int_not_equal(
	    ledger_open(r->dir, "other.example/j", r->keys, &l), ERR_OK);
	assert_null(l);
}

/* The log's records, in their only file. */
static const char *records(struct annals *r)
{
	return rig_in(r->dir, "keeper/registry/seg-000000000000");
}

static void test_a_log_that_was_cut_or_altered(void **state)
{
	struct annals *r = *state;
	size_t n, used;
	uint8_t *file;

	enrol_some(r);
	assert_int_equal(ledger_publish(r->ledger), ERR_OK);
	ledger_close(r->ledger);
	r->ledger = NULL;
	file = rig_load(records(r), &n);
	for (used = n; used > 0 && file[used - 1] == 0; used--)
		;
	assert_true(used > 2000);
	/* cut: fewer entries than the checkpoint says */
	for (size_t cut = used - 1; cut > 611; cut -= 611) {
		rig_store(records(r), file, cut);
		assert_int_equal(annals_open(r), ERR_CORRUPT);
	}
	/* altered */
	rig_store(records(r), file, n);
	for (size_t i = 40; i < used; i += 97) {
		rig_flip(records(r), i, 0x04);
		assert_int_not_equal(annals_open(r), ERR_OK);
		assert_null(r->ledger);
		rig_flip(records(r), i, 0x04);
	}
	assert_int_equal(annals_open(r), ERR_OK);
	assert_int_equal(ledger_size(r->ledger), 6);
	free(file);
}

/* Does a log open in which its own key said this of an enrolled key? */
static enum err said_by_the_log(const char *before, const char *after)
{
	char id[SIGN_KEY_ID_TEXT], lines[300];
	struct buf text, note;
	struct annals r;
	enum err e;

	annals_prepare(&r);
	annals_found(&r, acts_first(true), NULL);
	buf_init(&text, LIMIT_ACT);
	buf_init(&note, LIMIT_ACT);
	(void)snprintf(lines, sizeof(lines), "site id=s1 profession=gp\n"
	    "key spki=%s site=s1\n", acts_ed25519(5));
	acts_text(&text, &r.serial, ACTS_NOW, lines);
	sign_it(buf_span(&text), (struct hand[]){a0, a1}, 2, &note);
	annals_append(&r, buf_span(&note));
	sign_key_id_text(acts_id(5), id);
	(void)snprintf(lines, sizeof(lines), "%s%s%s", before,
	    after ? id : "", after ? after : "");
	annals_found(&r, lines, NULL);
	e = annals_open(&r);
	buf_release(&text);
	buf_release(&note);
	annals_clear(&r);
	return e;
}

/* The log's own key closes a key for a decoy; a replay takes that and nothing
 * else that it signed. */
static void test_what_the_keeper_closes(void **state)
{
	struct annals *r = *state;
	const struct registry *g = ledger_registry(r->ledger);

	enrol_some(r);
	for (int i = 0; i < 2; i++)
		assert_int_equal(ledger_close_key(r->ledger,
		    r->keys->registry, g->keys[0].id, &r->random,
		    r->now_ms), i ? ERR_EXISTS : ERR_OK);
	assert_int_equal(annals_open(r), ERR_OK);
	g = ledger_registry(r->ledger);
	assert_true(g->keys[0].closed);
	assert_string_equal(g->closings[0].reason, SIGNERS_REASON);
	assert_int_equal(
	    said_by_the_log("close key=", " reason=decoy\n"), ERR_OK);
	assert_int_equal(
	    said_by_the_log("close key=", " reason=other\n"), ERR_CORRUPT);
	assert_int_equal(said_by_the_log("close key=", "\n"), ERR_CORRUPT);
	assert_int_equal(said_by_the_log("revoke key=", "\n"), ERR_CORRUPT);
	assert_int_equal(said_by_the_log("close key=",
	    " reason=decoy\nsite id=s9 profession=gp\n"), ERR_CORRUPT);
	assert_int_equal(said_by_the_log(
	    "close site=s1 reason=decoy\n", NULL), ERR_CORRUPT);
	assert_int_equal(said_by_the_log(
	    "site id=s9 profession=gp\n", NULL), ERR_CORRUPT);
}

/* An older copy of the whole log is a log that verifies: what the journal's
 * entries say of it tells (ledger_holds). */
static void test_an_older_copy_is_behind(void **state)
{
	struct annals *r = *state;
	uint8_t old[HASH_SIZE], now[HASH_SIZE], other[HASH_SIZE];

	ledger_root(r->ledger, old);
	enrol_some(r);
	ledger_root(r->ledger, now);
	memcpy(other, now, HASH_SIZE);
	other[31] ^= 1;
	assert_int_equal(ledger_holds(r->ledger, 1, old), ERR_OK);
	assert_int_equal(ledger_holds(r->ledger, 6, now), ERR_OK);
	assert_int_equal(ledger_holds(r->ledger, 6, other), ERR_CORRUPT);
	assert_int_equal(ledger_holds(r->ledger, 6, old), ERR_CORRUPT);
	assert_int_equal(ledger_holds(r->ledger, 1, now), ERR_CORRUPT);
	assert_int_equal(ledger_holds(r->ledger, 7, now), ERR_CORRUPT);
}

/* It opens as it was, whatever failed while it opened before. */
static void test_whatever_call_fails_while_it_opens(void **state)
{
	struct annals *r = *state;
	struct buf before, after;
	int failures = 0;

	enrol_some(r);
	assert_int_equal(ledger_publish(r->ledger), ERR_OK);
	annals_dump(r, &before);
	for (int kind = 0; kind < FAILING_KINDS; kind++) {
		bool failed = true;

		for (int n = 0; failed; n++) {
			enum err e;

			ledger_close(r->ledger);
			r->ledger = NULL;
			failing_set((enum failing_kind)kind, n, EIO);
			e = annals_open(r);
			failed = failing_end();
			failures += failed;
			if (!failed)
				assert_int_equal(e, ERR_OK);
			if (e) {
				assert_null(r->ledger);
				assert_true(e == ERR_IO || e == ERR_NOMEM);
				assert_int_equal(annals_open(r), ERR_OK);
			}
			annals_dump(r, &after);
			assert_true(span_equal(
			    buf_span(&before), buf_span(&after)));
			buf_release(&after);
		}
	}
	buf_release(&before);
	print_message("# %d calls failed\n", failures);
	assert_true(failures > 60);
}

static enum err count_told(void *ctx, uint64_t index, struct span note)
{
	uint64_t *told = ctx;

	assert_true(index > 0 && note.n > 0);
	(*told)++;
	return ERR_OK;
}

/* An act that was taken is there at the next start; one that was refused is
 * nowhere; one of which the disk said no is there or is not, as a whole. */
static bool take_failing(enum failing_kind kind, int nth, bool own,
    int *failures)
{
	struct buf text, note, before, with, after;
	struct span told_text;
	uint64_t told = 0;
	bool failed;
	enum err e;
	struct annals r;

	annals_prepare(&r);
	annals_found(&r, acts_first(true), NULL);
	assert_int_equal(annals_open(&r), ERR_OK);
	enrol_some(&r);
	annals_dump(&r, &before);
	r.now_ms += ACTS_STEP_MS;
	buf_init(&text, LIMIT_ACT);
	buf_init(&note, LIMIT_ACT);
	acts_text(&text, &r.serial, r.now_ms, "revoke admin=a2\n");
	sign_it(buf_span(&text), (struct hand[]){a0, a1}, 2, &note);
	failing_set(kind, nth, EIO);
	e = own ? ledger_close_key(r.ledger, r.keys->registry,
	    ledger_registry(r.ledger)->keys[0].id, &r.random, r.now_ms) :
	    ledger_take(r.ledger, buf_span(&note), r.now_ms, &told_text,
	    &r.wish, &r.fault);
	failed = failing_end();
	*failures += failed;
	if (!failed)
		assert_int_equal(e, ERR_OK);
	annals_dump(&r, &with);
	assert_int_equal(annals_open(&r), ERR_OK);
	annals_dump(&r, &after);
	if (!e)
		assert_true(span_equal(buf_span(&with), buf_span(&after)) &&
		    !span_equal(buf_span(&before), buf_span(&after)));
	else if (e != ERR_IO)
		assert_true(span_equal(buf_span(&before), buf_span(&with)) &&
		    span_equal(buf_span(&before), buf_span(&after)));
	assert_int_equal(
	    ledger_for_vaults(r.ledger, count_told, &told), ERR_OK);
	buf_release(&text);
	buf_release(&note);
	buf_release(&before);
	buf_release(&with);
	buf_release(&after);
	annals_clear(&r);
	return failed;
}

static void test_whatever_call_fails_while_it_takes(void **state)
{
	int failures = 0;

	(void)state;
	for (int own = 0; own < 2; own++)
		for (int kind = 0; kind < FAILING_KINDS; kind++)
			for (int n = 0; take_failing((enum failing_kind)kind,
			    n, own, &failures); n++)
				;
	print_message("# %d calls failed\n", failures);
	assert_true(failures > 10);
}

/* Of a long log a root of before is read from its tiles; where these cannot be
 * read it is neither held nor refused. */
static void test_a_root_of_long_ago(void **state)
{
	static const enum failing_kind kinds[] = {FAILING_OPEN, FAILING_READ};
	struct annals *r = *state;
	uint8_t root[HASH_SIZE];
	uint64_t size = 0;
	int failures = 0;

	for (int i = 0; i < 520; i++) {
		assert_int_equal(TAKE(r, i % 2 ?
		    "mode control=budget mode=observe\n" :
		    "mode control=budget mode=enforce\n", a0, a1), ERR_OK);
		if (i == 99) {
			size = ledger_size(r->ledger);
			ledger_root(r->ledger, root);
		}
	}
	assert_int_equal(ledger_publish(r->ledger), ERR_OK);
	for (int i = 0; i < 2; i++) {
		bool failed = true;

		for (int n = 0; failed; n++) {
			enum err e;

			assert_int_equal(annals_open(r), ERR_OK);
			failing_set(kinds[i], n, EIO);
			e = ledger_holds(r->ledger, size, root);
			failed = failing_end();
			failures += failed;
			assert_int_equal(e, failed ? ERR_IO : ERR_OK);
		}
	}
	assert_true(failures >= 2);
	root[0] ^= 1;
	assert_int_equal(ledger_holds(r->ledger, size, root), ERR_CORRUPT);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_the_first_entry_is_there),
		WITH(test_a_replay_finds_what_lived),
		WITH(test_not_signed_by_enough),
		WITH(test_strangers_and_forgers),
		WITH(test_altered_acts_do_not_verify),
		WITH(test_a_revoked_administrator_is_a_stranger),
		WITH(test_an_administrator_without_a_key),
		WITH(test_an_act_for_another_instance),
		WITH(test_an_act_too_long),
		cmocka_unit_test(test_no_first_entry),
		cmocka_unit_test(test_a_first_entry_by_another_hand),
		cmocka_unit_test(test_a_first_entry_without_administrators),
		cmocka_unit_test(test_acts_slipped_into_the_log),
		WITH(test_another_origin_does_not_open),
		WITH(test_a_log_that_was_cut_or_altered),
		WITH(test_what_the_keeper_closes),
		WITH(test_an_older_copy_is_behind),
		WITH(test_a_root_of_long_ago),
		WITH(test_whatever_call_fails_while_it_opens),
		cmocka_unit_test(test_whatever_call_fails_while_it_takes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
