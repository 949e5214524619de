/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: whoever a vault does not know moves nothing, nor does one alone what
 * takes two; who was revoked never comes back, an older act changes nothing,
 * and what is refused leaves no trace. Random acts against these rules, and
 * the ends of each list.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/random.h"
#include "base/text.h"
#include "journal/note.h"
#include "meter/trust.h"
#include "registry/act.h"

#define ADMINS 5	/* 0 to 2 living, 3 revoked, 4 a stranger */
#define ORIGIN "old.test/journal"
#define NOW INT64_C(1767225600000)

static struct {
	struct sign_private *keys[ADMINS];
	char text[ADMINS][TEXT_B64_SIZE(SIGN_ED25519_KEY)];
	struct trust t, before;
	int64_t now_ms;		/* the vault's own; 0: nothing grows old */
} t;

static const uint8_t *raw(unsigned i)
{
	return sign_public_raw(sign_private_public(t.keys[i]));
}

static void name_of(unsigned i, char out[static 16])
{
	(void)snprintf(out, 16, "admin-%u", i);
}

static void read_trust(struct buf *b)
{
	assert_int_equal(trust_read(buf_span(b), &t.t), ERR_OK);
	buf_release(b);
}

static int make(void **state)
{
	struct random r = random_system();
	struct buf b;

	(void)state;
	sign_start();
	t.now_ms = 0;
	buf_init(&b, TRUST_FILE);
	buf_printf(&b, "instance drill=no origin=%s\n"
	    "default floor=500 each=8\n", ORIGIN);
	for (unsigned i = 0; i < ADMINS; i++) {
		assert_int_equal(sign_private_make(
		    SIGN_ED25519, &r, &t.keys[i]), ERR_OK);
		text_b64url(raw(i), SIGN_ED25519_KEY, t.text[i]);
		if (i < 4)
			buf_printf(&b, "admin name=admin-%u key=%s state=%s\n",
			    i, t.text[i], i == 3 ? "revoked" : "living");
	}
	read_trust(&b);
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ADMINS; i++)
		sign_private_free(t.keys[i]);
	return 0;
}

/* Lines, each with its LF, signed by those whose bits are set. */
static enum err acts_as(const char *origin, const char *lines,
    int64_t time_ms, unsigned who, bool *ret_changed)
{
	struct note_signer signers[ADMINS];
	char names[ADMINS][16];
	uint8_t nonce[16] = {7};
	const char *words = NULL;
	struct buf text, note;
	size_t n = 0;
	enum err e;

	for (unsigned i = 0; i < ADMINS; i++)
		if (who & 1u << i) {
			name_of(i, names[n]);
			signers[n].name = names[n];
			signers[n++].key = t.keys[i];
		}
	buf_init(&text, 65536);
	buf_init(&note, NOTE_MAX);
	act_write_head(&text, span_str(origin), time_ms, nonce);
	buf_text(&text, lines);
	assert_int_equal(note_sign(buf_span(&text), signers, n, &note), ERR_OK);
	t.before = t.t;
	*ret_changed = false;
	e = trust_act(
	    &t.t, buf_span(&note), t.now_ms, ret_changed, &words);
	assert_non_null(words);
	if (e || !*ret_changed)
		assert_memory_equal(&t.t, &t.before, sizeof(t.t));
	if (e)
		assert_true(words[0] != '\0');
	buf_release(&text);
	buf_release(&note);
	return e;
}

static enum err acts(const char *lines, int64_t time_ms, unsigned who)
{
	bool changed;

	return acts_as(ORIGIN, lines, time_ms, who, &changed);
}

static unsigned living(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < t.t.admin_count; i++)
		n += !t.t.admins[i].revoked;
	return n;
}

/* --- who may what --- */

static void test_strangers_and_the_revoked_move_nothing(void **state)
{
	static const char line[] = "ceiling amc=1 cell=0 persons-hour=9\n";

	(void)state;
	assert_int_equal(acts(line, NOW, 1u << 4), ERR_UNKNOWN);
	assert_int_equal(acts(line, NOW, 1u << 3), ERR_UNKNOWN);
	/* beside one that it knows they are nobody */
	assert_int_equal(acts(line, NOW, 1u << 0 | 1u << 3 | 1u << 4),
	    ERR_REFUSED);
	assert_int_equal(acts(line, NOW, 1u << 0 | 1u << 1), ERR_OK);
	assert_int_equal(trust_ceiling_of(&t.t, 77, 1000000), 9);
}

static void test_another_signature_under_a_known_name(void **state)
{
	struct note_signer liar = {"admin-0", t.keys[4]};
	const char *words = NULL;
	uint8_t nonce[16] = {1};
	struct buf text, note;
	bool changed = false;

	(void)state;
	buf_init(&text, 4096);
	buf_init(&note, NOTE_MAX);
	act_write_head(&text, span_str(ORIGIN), NOW, nonce);
	buf_text(&text, "revoke admin=admin-1\n");
	assert_int_equal(note_sign(buf_span(&text), &liar, 1, &note), ERR_OK);
	assert_int_equal(trust_act(
	    &t.t, buf_span(&note), NOW, &changed, &words), ERR_UNKNOWN);
	note.p[note.n - 5] ^= 1;
	assert_int_not_equal(trust_act(
	    &t.t, buf_span(&note), NOW, &changed, &words), ERR_OK);
	assert_false(changed);
	buf_release(&text);
	buf_release(&note);
}

static void test_two_stay_and_nobody_comes_back(void **state)
{
	char line[160];

	(void)state;
	assert_int_equal(acts("revoke admin=admin-2\n", NOW, 1), ERR_OK);
	assert_int_equal(living(), 2);
	assert_int_equal(acts("revoke admin=admin-1\n", NOW, 1), ERR_REFUSED);
	/* again, or somebody whom it never knew: nothing to do */
	assert_int_equal(acts("revoke admin=admin-2\nrevoke admin=nobody\n",
	    NOW, 1), ERR_OK);
	(void)snprintf(line, sizeof(line), "admin name=admin-2 key=%s\n",
	    t.text[2]);
	assert_int_equal(acts(line, NOW + 1, 3), ERR_OK);
	(void)snprintf(line, sizeof(line), "admin name=other key=%s\n",
	    t.text[2]);
	assert_int_equal(acts(line, NOW + 2, 3), ERR_EXISTS);
	assert_int_equal(living(), 2);
	(void)snprintf(line, sizeof(line), "admin name=new key=%s\n",
	    t.text[4]);
	assert_int_equal(acts(line, NOW + 3, 1), ERR_REFUSED);
	assert_int_equal(acts(line, NOW + 3, 3), ERR_OK);
	assert_int_equal(living(), 3);
}

/* The keeper hands all of them over at each start. */
static void test_an_old_act_of_who_was_revoked_since(void **state)
{
	char old[160];

	(void)state;
	(void)snprintf(old, sizeof(old), "admin name=new key=%s\n",
	    t.text[4]);
	assert_int_equal(acts(old, NOW, 1u << 1 | 1u << 2), ERR_OK);
	assert_int_equal(acts("revoke admin=admin-2\n", NOW + 1, 1), ERR_OK);
	assert_int_equal(acts("revoke admin=admin-1\n", NOW + 1, 1), ERR_OK);
	assert_int_equal(acts(old, NOW, 1u << 1 | 1u << 2), ERR_OK);
	/* one was never enough, and what says something new is not old */
	assert_int_equal(acts(old, NOW, 1u << 1), ERR_UNKNOWN);
	assert_int_equal(acts("ceiling amc=1 cell=0 persons-hour=9\n", NOW,
	    1u << 1 | 1u << 2), ERR_UNKNOWN);
	assert_int_equal(acts("ceiling amc=1 cell=0 persons-hour=9\n", NOW,
	    1u << 0 | 1u << 2), ERR_REFUSED);
}

/* Two signed it, nobody sent it; a keeper that was taken over finds it. */
static void test_a_signed_act_ends(void **state)
{
	const int64_t life_ms = REGISTRY_ACT_LIFE_MS + REGISTRY_ACT_AHEAD_MS;
	char newer[] = "ceiling amc=1 cell=4 persons-hour=9\n";
	bool changed = false;
	struct buf b;

	(void)state;
	t.now_ms = NOW + 2 * life_ms;
	assert_int_equal(acts(newer, NOW + life_ms, 3), ERR_OK);
	assert_int_equal(acts("ceiling amc=1 cell=3 persons-hour=99\n",
	    NOW - 1, 3), ERR_TIME);
	assert_int_equal(trust_ceiling_of(&t.t, 3, 0), 500);
	/* as late as the registry takes one */
	assert_int_equal(acts("ceiling amc=1 cell=3 persons-hour=9\n",
	    NOW, 3), ERR_OK);
	/* what is so already is not refused: all come again at each start */
	assert_int_equal(acts_as(ORIGIN, newer, NOW + life_ms, 3, &changed),
	    ERR_OK);
	assert_false(changed);
	assert_int_equal(acts_as(ORIGIN, "revoke admin=admin-3\n",
	    NOW - 9 * life_ms, 1, &changed), ERR_OK);
	assert_false(changed);
	/* and the file remembers it */
	buf_init(&b, TRUST_FILE);
	assert_int_equal(trust_write(&t.t, &b), ERR_OK);
	read_trust(&b);
	assert_int_equal(acts("ceiling amc=1 cell=5 persons-hour=99\n",
	    NOW - 1, 3), ERR_TIME);
}

/* Not by the date that one administrator writes: by the vault's own clock. */
static void test_a_date_ahead_ends_nothing(void **state)
{
	(void)state;
	t.now_ms = NOW;
	assert_int_equal(acts("revoke admin=admin-2\n",
	    NOW + 900 * REGISTRY_ACT_LIFE_MS, 1), ERR_OK);
	assert_int_equal(acts("ceiling amc=1 cell=3 persons-hour=9\n",
	    NOW - REGISTRY_ACT_LIFE_MS, 3), ERR_OK);
}

/* A registry that lost a week to a restore may enrol anew whom the vault knows
 * otherwise: it does not say that it took this, and believes nobody more. */
static void test_half_a_known_administrator(void **state)
{
	char line[160];

	(void)state;
	(void)snprintf(line, sizeof(line), "admin name=admin-1 key=%s\n",
	    t.text[4]);
	assert_int_equal(acts(line, NOW, 3), ERR_EXISTS);
	(void)snprintf(line, sizeof(line), "admin name=other key=%s\n",
	    t.text[1]);
	assert_int_equal(acts(line, NOW, 3), ERR_EXISTS);
	(void)snprintf(line, sizeof(line), "admin name=admin-1 key=%s\n",
	    t.text[1]);
	assert_int_equal(acts(line, NOW, 3), ERR_OK);
	assert_int_equal(living(), 3);
}

/* Two slipped when they wrote a key down: the others go on. */
static void test_a_key_that_signs_nothing_stops_nobody(void **state)
{
	char none[TEXT_B64_SIZE(SIGN_ED25519_KEY)], line[160];
	uint8_t bytes[SIGN_ED25519_KEY] = {2};

	(void)state;
	text_b64url(bytes, sizeof(bytes), none);
	(void)snprintf(line, sizeof(line), "admin name=slip key=%s\n", none);
	assert_int_equal(acts(line, NOW, 3), ERR_OK);
	assert_int_equal(acts("ceiling amc=1 cell=3 persons-hour=9\n", NOW,
	    3), ERR_OK);
	assert_int_equal(trust_ceiling_of(&t.t, 3, 0), 9);
	assert_int_equal(acts("revoke admin=slip\n", NOW, 1), ERR_OK);
	assert_int_equal(living(), 3);
}

/* A registry takes none; two who signed one, and a keeper that was taken over,
 * made a vault that the next revocation of anything changed. */
static void test_nobody_without_a_name(void **state)
{
	char key[TEXT_B64_SIZE(SIGN_ED25519_KEY)], line[160];
	uint8_t bytes[SIGN_ED25519_KEY] = {2};
	static const char *const names[] = {
	    "", " name=", " naie=x", " name=a+b"};

	(void)state;
	text_b64url(bytes, sizeof(bytes), key);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(line, sizeof(line), "admin key=%s%s\n", key,
		    names[i]);
		assert_int_equal(acts(line, NOW, 3), ERR_SHAPE);
	}
	assert_int_equal(living(), 3);
}

static void test_a_line_that_is_none_takes_the_act_with_it(void **state)
{
	static const char *const wrong[] = {
	    "ceiling amc=1 cell=1 persons-hour=x\n",
	    "ceiling amc=1 cell=4294967296 persons-hour=1\n",
	    "admin name=x key=short\n", "admin name=x\n",
	    "admin name= key=x\n",
	    "ceiling amc=1 cell=2 persons-hour=1\nceiling persons-hour=1\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(acts(wrong[i], NOW, 3), ERR_SHAPE);
	/* other words are none of its business */
	assert_int_equal(acts("site id=1 label=x\n", NOW, 1), ERR_OK);
}

/* --- another log --- */

static void test_a_log_goes_on_under_another_name(void **state)
{
	bool changed;
	char from[60], to[80];

	(void)state;
	assert_int_equal(acts_as("new.test/j", "ceiling cell=1 "
	    "persons-hour=1\n", NOW, 3, &changed), ERR_STATE);
	assert_int_equal(acts_as("new.test/j", "continue from=else\n", NOW, 3,
	    &changed), ERR_STATE);
	assert_int_equal(acts_as("new.test/j", "continue from=" ORIGIN "\n",
	    NOW, 1, &changed), ERR_REFUSED);
	assert_int_equal(acts_as("new.test/j", "continue from=" ORIGIN "\n"
	    "ceiling cell=1 persons-hour=1\n", NOW, 3, &changed), ERR_OK);
	assert_true(changed);
	assert_string_equal(t.t.origin, "new.test/j");
	/* again; and acts of the log before, which has ended, change nothing */
	assert_int_equal(acts_as("new.test/j", "continue from=" ORIGIN "\n",
	    NOW, 3, &changed), ERR_OK);
	assert_false(changed);
	assert_int_equal(acts("ceiling cell=2 persons-hour=1\n", NOW, 3),
	    ERR_STATE);
	assert_int_equal(acts("revoke admin=admin-2\n", NOW, 1), ERR_STATE);
	assert_int_equal(acts("revoke admin=admin-3\n", NOW, 1), ERR_OK);
	assert_int_equal(living(), 3);
	(void)snprintf(from, sizeof(from), "new.test/j");
	for (unsigned i = 1; i < TRUST_FORMERS; i++) {
		char line[100];

		(void)snprintf(to, sizeof(from), "log-%u.test/j", i);
		(void)snprintf(line, sizeof(line), "continue from=%s\n", from);
		assert_int_equal(acts_as(to, line, NOW, 3, &changed), ERR_OK);
		memcpy(from, to, sizeof(from));
	}
	(void)snprintf(to, sizeof(to), "continue from=%s\n", from);
	assert_int_equal(acts_as("last.test/j", to, NOW, 3, &changed),
	    ERR_STATE);
}

/* --- the ends of its lists --- */

static void test_lists_end(void **state)
{
	char line[80];

	(void)state;
	for (unsigned i = 0; i < TRUST_CEILINGS; i++) {
		(void)snprintf(line, sizeof(line),
		    "ceiling cell=%u persons-hour=%u\n", i + 1, i);
		assert_int_equal(acts(line, NOW, 3), ERR_OK);
	}
	assert_int_equal(acts("ceiling cell=5000 persons-hour=1\n", NOW, 3),
	    ERR_FULL);
	assert_int_equal(acts("ceiling cell=7 persons-hour=99\n", NOW + 1, 3),
	    ERR_OK);
	assert_int_equal(trust_ceiling_of(&t.t, 7, 0), 99);
	while (t.t.admin_count < TRUST_ADMINS)
		t.t.admins[t.t.admin_count++] = (struct trust_admin){
		    .name = "filled", .revoked = true};
	(void)snprintf(line, sizeof(line), "admin name=new key=%s\n",
	    t.text[4]);
	assert_int_equal(acts(line, NOW, 3), ERR_FULL);
}

static void test_a_ceiling_is_never_more_than_its_type(void **state)
{
	(void)state;
	assert_int_equal(trust_ceiling_of(&t.t, 1, 0), 500);
	assert_int_equal(trust_ceiling_of(&t.t, 1, 1000), 580);
	t.t.each = UINT32_MAX;
	t.t.floor = UINT32_MAX;
	assert_int_equal(
	    trust_ceiling_of(&t.t, 1, UINT64_C(1) << 30), UINT32_MAX);
}

/* --- its file --- */

static enum err reads(const char *text)
{
	static struct trust ignored;

	return trust_read(span_str(text), &ignored);
}

static void test_a_file_with_a_fault_is_none(void **state)
{
#define BEGINS "instance drill=no origin=a.test/j\n"
	static const char *const wrong[] = {
	    "", "default floor=1 each=1\n", "instance drill=no\n",
	    "instance drill=maybe origin=a.test/j\n",
	    "instance origin=a.test/j\n", BEGINS "default floor=1\n",
	    BEGINS "default floor=x each=1\n", BEGINS "other a=b\n",
	    BEGINS "admin name=x key=x state=living\n",
	    BEGINS "admin name=x state=living\n",
	    BEGINS "ceiling cell=1 persons-hour=1 time=never\n",
	    BEGINS "ceiling cell=1 persons-hour=-1 "
	        "time=2026-01-01T00:00:00Z\n",
	    BEGINS "ceiling cell=x persons-hour=1 "
	        "time=2026-01-01T00:00:00Z\n",
	    BEGINS "newest time=never\n", BEGINS "no line feed"};
	char line[200];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(reads(wrong[i]), ERR_SHAPE);
	assert_int_equal(reads(BEGINS), ERR_OK);
	for (unsigned i = 0; i < 2; i++) {
		(void)snprintf(line, sizeof(line), BEGINS "admin name=%s "
		    "key=%s state=%s\n", i ? "x" : "", t.text[0],
		    i ? "revokd" : "living");
		assert_int_equal(reads(line), i ? ERR_SHAPE : ERR_OK);
	}
#undef BEGINS
}

/* One line more than there is room for. */
static void test_a_file_too_long_is_none(void **state)
{
	static const unsigned most[] = {
	    TRUST_ADMINS, TRUST_CEILINGS, TRUST_FORMERS};
	char line[3][200];
	struct buf b;

	(void)state;
	(void)snprintf(line[0], sizeof(line[0]),
	    "admin name=x key=%s state=living\n", t.text[0]);
	(void)snprintf(line[1], sizeof(line[1]), "ceiling cell=1 "
	    "persons-hour=1 time=2026-01-01T00:00:00.000Z\n");
	(void)snprintf(line[2], sizeof(line[2]), "former origin=b.test/j\n");
	for (unsigned k = 0; k < 3; k++) {
		buf_init(&b, TRUST_FILE);
		buf_text(&b, "instance drill=yes origin=a.test/j\n");
		for (unsigned i = 0; i < most[k]; i++)
			buf_text(&b, line[k]);
		assert_int_equal(trust_read(buf_span(&b), &t.t), ERR_OK);
		assert_true(t.t.drill);
		buf_text(&b, line[k]);
		assert_int_equal(trust_read(buf_span(&b), &t.t), ERR_SHAPE);
		buf_release(&b);
	}
}

/* The keeper hands a vault every act that says something to it. */
static void test_what_concerns_a_vault(void **state)
{
	static const struct {
		const char *line;
		bool concerns;
	} acts[] = {{"admin name=x key=y\n", true},
	    {"site id=1\nceiling cell=1 persons-hour=1\n", true},
	    {"continue confirm=1\n", true}, {"revoke admin=x\n", true},
	    {"revoke key=x\n", false}, {"site id=1\n", false}, {"", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		uint8_t nonce[16] = {1};
		struct buf b;

		buf_init(&b, 4096);
		act_write_head(&b, span_str(ORIGIN), NOW, nonce);
		buf_text(&b, acts[i].line);
		assert_int_equal(
		    trust_concerns(buf_span(&b)), acts[i].concerns);
		buf_release(&b);
	}
	assert_false(trust_concerns(span_str("no act\n")));
}

/* --- random acts --- */

static bool had(const uint8_t key[static SIGN_ED25519_KEY], bool *ret_revoked)
{
	for (size_t i = 0; i < t.before.admin_count; i++)
		if (memcmp(t.before.admins[i].key, key,
			SIGN_ED25519_KEY) == 0) {
			*ret_revoked = t.before.admins[i].revoked;
			return true;
		}
	return false;
}

static unsigned signers(unsigned who)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ADMINS; i++) {
		bool revoked = true;

		if ((who & 1u << i) && had(raw(i), &revoked) && !revoked)
			n++;
	}
	return n;
}

static void holds(unsigned who)
{
	struct trust again;
	struct buf file;

	if (memcmp(&t.t, &t.before, sizeof(t.t)) == 0)
		return;
	assert_true(signers(who) >= 1);
	assert_true(living() >= 2);
	if (signers(who) < 2) {
		assert_int_equal(t.t.admin_count, t.before.admin_count);
		assert_int_equal(t.t.ceiling_count, t.before.ceiling_count);
		assert_memory_equal(t.t.ceilings, t.before.ceilings,
		    sizeof(t.t.ceilings));
	}
	for (size_t i = 0; i < t.before.admin_count; i++)
		assert_true(!t.before.admins[i].revoked ||
		    t.t.admins[i].revoked);
	for (size_t i = 0; i < t.before.ceiling_count; i++)
		assert_true(t.t.ceilings[i].time_ms >=
		    t.before.ceilings[i].time_ms);
	buf_init(&file, TRUST_FILE);
	assert_int_equal(trust_write(&t.t, &file), ERR_OK);
	assert_int_equal(trust_read(buf_span(&file), &again), ERR_OK);
	assert_memory_equal(&again, &t.t, sizeof(again));
	buf_release(&file);
}

static void put_random_line(struct random_seeded *d, struct buf *out)
{
	unsigned i = (unsigned)random_seeded_below(d, ADMINS);

	switch (random_seeded_below(d, 4)) {
	case 0:
		buf_printf(out, "admin name=admin-%u key=%s\n", i, t.text[i]);
		break;
	case 1:
		buf_printf(out, "revoke admin=admin-%u\n", i);
		break;
	case 2:
		buf_printf(out, "site id=%u\n", i);
		break;
	default:
		buf_printf(out, "ceiling cell=%u persons-hour=%u\n",
		    (unsigned)random_seeded_below(d, 4), i * 100);
	}
}

static void test_random_acts(void **state)
{
	struct random_seeded d;
	unsigned taken = 0;

	(void)random_from_seed(&d, 11);
	for (unsigned i = 0; i < 600; i++) {
		unsigned who = 1 + (unsigned)random_seeded_below(&d, 31);
		int64_t at = NOW + (int64_t)random_seeded_below(&d, 1000);
		struct buf lines;

		if (i % 40 == 0) {
			(void)unmake(state);
			(void)make(state);
		}
		buf_init(&lines, 4096);
		for (uint64_t n = random_seeded_below(&d, 3); n-- > 0;)
			put_random_line(&d, &lines);
		put_random_line(&d, &lines);
		buf_put_u8(&lines, 0);
		taken += acts((char *)lines.p, at, who) == ERR_OK;
		holds(who);
		buf_release(&lines);
	}
	assert_true(taken > 100);
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_strangers_and_the_revoked_move_nothing),
		T(test_another_signature_under_a_known_name),
		T(test_two_stay_and_nobody_comes_back),
		T(test_an_old_act_of_who_was_revoked_since),
		T(test_a_signed_act_ends),
		T(test_a_date_ahead_ends_nothing),
		T(test_half_a_known_administrator),
		T(test_a_key_that_signs_nothing_stops_nobody),
		T(test_nobody_without_a_name),
		T(test_a_line_that_is_none_takes_the_act_with_it),
		T(test_a_log_goes_on_under_another_name),
		T(test_lists_end),
		T(test_a_ceiling_is_never_more_than_its_type),
		T(test_a_file_with_a_fault_is_none),
		T(test_a_file_too_long_is_none),
		T(test_what_concerns_a_vault),
		T(test_random_acts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
