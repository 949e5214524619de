/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: who holds the keeper's folders and its log keys gets no act past an
 * auditor that nobody might have signed then, that was signed for another
 * instance, that was thrown away and comes late, or by which one administrator
 * enrols what takes two, whatever times his entries have; and an honest registry
 * is found honest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/verify_registry.h"
#include "journal/leaf.h"
#include "journal/rig.h"
#include "registry/acts.h"
#include "registry/signers.h"

#define LOG_NAME ACTS_ORIGIN "-registry"
#define DAY_MS ACTS_STEP_MS
#define HOUR_MS INT64_C(3600000)

struct rig {
	char dir[RIG_PATH];
	struct sign_private *key;	/* of both logs */
	struct tlog *log, *journal;
	unsigned serial;
	int64_t now_ms;
	int64_t taken_ms;	/* beside acts; 0: nothing is */
	struct verify_registry got;
};

static struct tlog *open_log(struct rig *r, const char *records,
    const char *public, const char *origin, bool leaves)
{
	char dir[RIG_PATH + 40], public_dir[RIG_PATH + 40];
	struct tlog_options o = {.dir = dir, .public_dir = public_dir,
	    .origin = origin, .key = r->key,
	    .leaf_size = leaves ? LEAF_SIZE : 0,
	    .side_size = leaves ? LEAF_SIZE : 0};
	struct tlog *log = NULL;

	(void)snprintf(dir, sizeof(dir), "%s/%s", r->dir, records);
	(void)snprintf(public_dir, sizeof(public_dir), "%s/%s", r->dir, public);
	assert_int_equal(tlog_open(&o, &log), ERR_OK);
	return log;
}

static void append_beside(struct tlog *log, struct span leaf, struct span side)
{
	struct tlog_entry entry = {.leaf = leaf, .side = side};
	uint64_t index;

	assert_int_equal(tlog_append(log, &entry, 1, 0, &index), ERR_OK);
	assert_int_equal(tlog_publish(log), ERR_OK);
}

static void append(struct tlog *log, struct span leaf)
{
	append_beside(log, leaf, span_of(NULL, 0));
}

/* An act with these signature lines: "a0" and "a1" are the administrators by
 * the first entry, with their keys; other names are a stranger's claims. */
static void put(struct rig *r, const char *origin, const char *lines,
    const char *one, const char *two)
{
	const char *names[] = {one, two};
	struct note_signer signers[2];
	size_t n = two ? 2 : 1;
	uint8_t nonce[16] = {0}, taken[SIGNERS_TAKEN];
	struct buf text, note;

	buf_init(&text, LIMIT_ACT);
	buf_init(&note, NOTE_MAX);
	put_be32(nonce, ++r->serial);
	act_write_head(&text, span_str(origin), r->now_ms, nonce);
	buf_text(&text, lines);
	for (size_t i = 0; i < n; i++)
		signers[i] = (struct note_signer){names[i], names[i][0] == 'a' ?
		    acts_private(ACTS_ADMIN + (unsigned)(names[i][1] - '0')) :
		    rig_key(7)};
	assert_int_equal(
	    note_sign(buf_span(&text), signers, n, &note), ERR_OK);
	put_be64(taken, (uint64_t)r->taken_ms);
	append_beside(r->log, buf_span(&note),
	    span_of(taken, r->taken_ms ? sizeof(taken) : 0));
	for (size_t i = 0; i < n; i++)
		sign_private_free((struct sign_private *)signers[i].key);
	buf_release(&text);
	buf_release(&note);
}

static void act(struct rig *r, const char *lines, const char *one,
    const char *two)
{
	put(r, ACTS_ORIGIN, lines, one, two);
}

static void found(struct rig *r)
{
	const struct note_signer s = {LOG_NAME, r->key};
	struct buf text, note;

	buf_init(&text, LIMIT_ACT);
	buf_init(&note, NOTE_MAX);
	acts_text(&text, &r->serial, ACTS_NOW, acts_first(false));
	assert_int_equal(note_sign(buf_span(&text), &s, 1, &note), ERR_OK);
	append(r->log, buf_span(&note));
	buf_release(&text);
	buf_release(&note);
}

/* The journal's next leaf, which names the registry as it is. */
static void leaf(struct rig *r)
{
	struct leaf l = {.kind = LEAF_STOP, .time_ms = r->now_ms,
	    .registry_size = tlog_size(r->log)};
	uint8_t bytes[LEAF_SIZE];

	assert_int_equal(tlog_root(
	    r->log, l.registry_size, l.registry_root), ERR_OK);
	assert_int_equal(leaf_pack(&l, bytes), ERR_OK);
	append(r->journal, span_of(bytes, sizeof(bytes)));
}

static int make(void **state)
{
	static const char *const folders[] = {"keeper", "registry", "journal"};
	struct rig *r = calloc(1, sizeof(*r));

	rig_folder(r->dir);
	for (int i = 0; i < 3; i++)
		assert_int_equal(file_mkdir(
		    rig_in(r->dir, folders[i]), 0755), ERR_OK);
	r->key = rig_key(3);
	r->now_ms = ACTS_NOW;
	r->log = open_log(
	    r, "keeper/registry", "registry/public", LOG_NAME, false);
	r->journal = open_log(
	    r, "keeper/journal", "journal/public", ACTS_ORIGIN, true);
	found(r);
	leaf(r);
	*state = r;
	return 0;
}

static int unmake(void **state)
{
	struct rig *r = *state;

	verify_registry_release(&r->got);
	tlog_close(r->log);
	tlog_close(r->journal);
	sign_private_free(r->key);
	rig_remove(r->dir);
	free(r);
	return 0;
}

/* Reads it and holds it against the journal; NULL: nothing is wrong. */
static const char *verdict(struct rig *r)
{
	static char words[COMPARE_WORDS];
	enum err e = verify_registry_read(r->dir, ACTS_ORIGIN, true, &r->got);

	if (e) {
		assert_int_equal(e, ERR_CORRUPT);
		return r->got.words;
	}
	e = verify_registry_pair(&r->got, r->journal, words, sizeof(words));
	if (!e)
		return NULL;
	assert_int_equal(e, ERR_CORRUPT);
	return words;
}

static void assert_wrong(struct rig *r, const char *which, const char *why)
{
	const char *words = verdict(r);

	assert_non_null(words);
	assert_non_null(strstr(words, which));
	assert_non_null(strstr(words, why));
}

static const char *admin_2(void)
{
	static char line[200];

	(void)snprintf(line, sizeof(line), "admin key=%s name=a2\n",
	    acts_raw(ACTS_ADMIN + 2));
	return line;
}

static void test_an_honest_registry_holds(void **state)
{
	struct rig *r = *state;

	act(r, "site id=s1 profession=gp\n", "a0", NULL);
	leaf(r);
	r->now_ms += DAY_MS;
	act(r, admin_2(), "a0", "a1");
	act(r, "revoke admin=a0\n", "a2", NULL);
	act(r, "mode control=wide mode=observe\n", "a1", "a2");
	leaf(r);
	assert_null(verdict(r));
	assert_int_equal(r->got.size, 5);
	assert_int_equal(r->got.first_admins, 2);
	assert_int_equal(verify_registry_admins(&r->got), 2);
}

static void test_acts_are_judged_on_demand(void **state)
{
	struct rig *r = *state;

	act(r, "site id=s1 profession=gp\n", "stranger", NULL);
	assert_int_equal(verify_registry_read(
	    r->dir, ACTS_ORIGIN, false, &r->got), ERR_OK);
	assert_int_equal(r->got.size, 2);
	assert_int_equal(verify_registry_admins(&r->got), 0);
}

static void test_a_stranger_signs_nothing(void **state)
{
	struct rig *r = *state;

	act(r, "site id=s1 profession=gp\n", "a0", NULL);
	act(r, "revoke site=s1\n", "stranger", NULL);
	leaf(r);
	assert_wrong(r, "act 2 of", "no administrator of that time");
}

/* Two lines by the log's own key, which the keeper has. */
static void test_the_keeper_signs_nothing(void **state)
{
	struct rig *r = *state;
	const struct note_signer s = {LOG_NAME, r->key};
	struct buf text, note;

	buf_init(&text, LIMIT_ACT);
	buf_init(&note, NOTE_MAX);
	acts_text(&text, &r->serial, r->now_ms,
	    "mode control=wide mode=observe\n");
	assert_int_equal(note_sign(buf_span(&text), &s, 1, &note), ERR_OK);
	append(r->log, buf_span(&note));
	buf_release(&text);
	buf_release(&note);
	leaf(r);
	assert_wrong(r, "act 1 of", "the log's own key");
}

static void test_one_is_not_two(void **state)
{
	struct rig *r = *state;

	act(r, "mode control=wide mode=observe\n", "a0", "a0");
	leaf(r);
	assert_wrong(r, "act 1 of", "two administrators must sign");
}

static void test_who_was_revoked_signs_no_more(void **state)
{
	struct rig *r = *state;

	act(r, admin_2(), "a0", "a1");
	act(r, "revoke admin=a0\n", "a1", NULL);
	act(r, "site id=s1 profession=gp\n", "a0", NULL);
	leaf(r);
	assert_wrong(r, "act 3 of", "no administrator of that time");
}

static void test_nobody_signs_before_he_is_enrolled(void **state)
{
	struct rig *r = *state;

	act(r, "site id=s1 profession=gp\n", "a2", NULL);
	act(r, admin_2(), "a0", "a1");
	leaf(r);
	assert_wrong(r, "act 1 of", "no administrator of that time");
}

static void test_another_instances_act(void **state)
{
	struct rig *r = *state;

	put(r, "drill.example/journal", "mode control=wide mode=observe\n",
	    "a0", "a1");
	leaf(r);
	assert_wrong(r, "act 1 of", "another instance");
}

static void test_no_act_at_all(void **state)
{
	struct rig *r = *state;

	append(r->log, span_str("nobody's note\n"));
	leaf(r);
	assert_wrong(r, "act 1 of", "may not stand");
}

/* Signed by two, never sent, and found by a keeper that was taken over. */
static void test_thrown_away_and_late(void **state)
{
	struct rig *r = *state;

	act(r, "site id=s1 profession=gp\n", "a0", NULL);
	r->now_ms += 30 * DAY_MS;
	leaf(r);
	r->now_ms -= 8 * DAY_MS;
	act(r, "mode control=wide mode=observe\n", "a0", "a1");
	r->now_ms += 8 * DAY_MS;
	leaf(r);
	assert_wrong(r, "act 2 of", "within a week");
}

static void test_ahead_of_its_time(void **state)
{
	struct rig *r = *state;

	r->now_ms += DAY_MS;
	act(r, "site id=s1 profession=gp\n", "a0", NULL);
	r->now_ms -= DAY_MS;
	leaf(r);
	assert_wrong(r, "act 1 of", "within a week");
}

/* The last moments that a calendar has, and those that only a number has. */
static void test_times_of_no_calendar(void **state)
{
	const int64_t last = (int64_t)DATE_LAST * DATE_DAY_MS;
	const int64_t times[] = {last + 1, INT64_MAX - DAY_MS, INT64_MAX};
	struct rig *r = *state;

	r->now_ms = last;
	act(r, "site id=s1 profession=gp\n", "a0", NULL);
	leaf(r);
	assert_null(verdict(r));
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		(void)unmake(state);
		(void)make(state);
		r = *state;
		act(r, "site id=s1 profession=gp\n", "a0", NULL);
		r->now_ms = times[i];
		leaf(r);
		assert_wrong(r, "entry 1 of the journal", "no calendar");
	}
}

/* A week on the way, and a minute of clocks that differ. */
static void test_in_its_time(void **state)
{
	struct rig *r = *state;

	r->now_ms += 30 * DAY_MS;
	leaf(r);
	r->now_ms -= 7 * DAY_MS;
	act(r, "mode control=wide mode=observe\n", "a0", "a1");
	r->now_ms += 7 * DAY_MS + 60000;
	act(r, "site id=s1 profession=gp\n", "a0", NULL);
	r->now_ms -= 60000;
	leaf(r);
	assert_null(verdict(r));
}

/*
 * Which acts the keeper takes when they come, and an auditor afterwards: the
 * same. Acts of so many sites or keys, dated so many hours before they are
 * taken, each in an hour of its own between two leaves, one hour or more after
 * the one before. The last one is what is judged. beside: when it was taken.
 */
struct enrolled {
	unsigned signers, sites, hours_before, hours_after, times;
	bool beside, stands;
};

static void enrols(struct rig *r, struct acts *live, const struct enrolled *c,
    enum err *ret_taken)
{
	char lines[200] = "";

	for (unsigned i = 0; i < c->sites; i++) {
		size_t n = strlen(lines);

		(void)snprintf(lines + n, sizeof(lines) - n,
		    "site id=x%u-%u profession=gp\n", r->serial, i);
	}
	r->now_ms += c->hours_after * HOUR_MS;
	leaf(r);
	r->now_ms += HOUR_MS / 2;
	r->taken_ms = c->beside ? r->now_ms : 0;
	*ret_taken = acts_at(live, c->signers,
	    r->now_ms - c->hours_before * HOUR_MS, r->now_ms, lines);
	r->now_ms -= c->hours_before * HOUR_MS;
	act(r, lines, "a0", c->signers == 2 ? "a1" : NULL);
	r->now_ms += c->hours_before * HOUR_MS + HOUR_MS / 2;
	leaf(r);
}

static void test_auditor_and_keeper_judge_alike(void **state)
{
	static const struct enrolled cases[] = {
	    /* eight in a day, by one; the ninth takes two, or another day */
	    {1, 1, 0, 1, 8, true, true}, {1, 1, 0, 1, 9, true, false},
	    {2, 1, 0, 1, 9, true, true}, {1, 1, 0, 3, 9, true, true},
	    /* the dates of acts make no day longer, unless by an older log */
	    {1, 1, 20, 1, 9, true, false}, {1, 1, 0, 1, 9, false, false},
	    {1, 1, 20, 1, 9, false, false},
	    /* on its day alone, by one; by two within a week */
	    {1, 1, 23, 1, 1, true, true}, {1, 1, 26, 1, 1, true, false},
	    {1, 1, 26, 1, 1, false, false}, {2, 1, 26, 1, 1, true, true},
	    {2, 1, 166, 1, 1, true, true}, {2, 1, 170, 1, 1, true, false},
	    /* in bulk by two */
	    {1, 2, 0, 1, 1, true, false}, {2, 4, 0, 1, 4, true, true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct acts live;
		enum err taken = ERR_OK;
		const char *words;
		struct rig *r;

		(void)unmake(state);
		(void)make(state);
		r = *state;
		acts_start(&live, false);
		for (unsigned n = 0; n < cases[i].times && !taken; n++)
			enrols(r, &live, &cases[i], &taken);
		words = verdict(r);
		if (!taken != cases[i].stands || !words != cases[i].stands)
			fail_msg("case %zu: the keeper %s, the auditor: %s", i,
			    taken ? err_text(taken) : "takes it",
			    words ? words : "it stands");
		acts_end(&live);
	}
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_an_honest_registry_holds),
		WITH(test_acts_are_judged_on_demand),
		WITH(test_a_stranger_signs_nothing),
		WITH(test_the_keeper_signs_nothing),
		WITH(test_one_is_not_two),
		WITH(test_who_was_revoked_signs_no_more),
		WITH(test_nobody_signs_before_he_is_enrolled),
		WITH(test_another_instances_act),
		WITH(test_no_act_at_all),
		WITH(test_thrown_away_and_late),
		WITH(test_ahead_of_its_time),
		WITH(test_times_of_no_calendar),
		WITH(test_in_its_time),
		WITH(test_auditor_and_keeper_judge_alike),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
