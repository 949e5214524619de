/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a vault believes the administrators it knows and nobody else: two for
 * what gives power or takes a bound away; who was revoked is none any more, and
 * two stay; an act for another instance, or an old one handed over again,
 * changes nothing; an act counts whole or not at all. */
#include <string.h>
#include "journal/note.h"
#include "meter/trust.h"
#include "registry/acts.h"

#define LATER (ACTS_NOW + ACTS_STEP_MS)
#define KNOWN 2		/* administrators of the first file: a0 and a1 */

struct desk {
	struct trust t;
	bool changed;
	const char *words;
};

static const char *const names[] = {"a0", "a1", "a2", "a3"};

static void add(struct trust *t, unsigned n)
{
	struct sign_private *k = acts_private(n);
	struct trust_admin *a = &t->admins[t->admin_count++];

	memcpy(a->name, names[n], sizeof("a0"));
	memcpy(a->key, sign_public_raw(sign_private_public(k)),
	    SIGN_ED25519_KEY);
	sign_private_free(k);
}

static void start(struct desk *d)
{
	memset(d, 0, sizeof(*d));
	memcpy(d->t.origin, ACTS_ORIGIN, sizeof(ACTS_ORIGIN));
	d->t.floor = 500;
	d->t.each = 8;
	for (unsigned n = 0; n < KNOWN; n++)
		add(&d->t, n);
}

/* The act of these (a bit each) at that time, for that instance. */
static enum err act_of(struct desk *d, unsigned who, const char *origin,
    int64_t time_ms, const char *lines)
{
	static uint8_t serial;
	struct note_signer by[4];
	uint8_t nonce[16] = {serial++};
	struct buf text, note;
	size_t n = 0;
	enum err e;

	buf_init(&text, 4096);
	buf_init(&note, 8192);
	act_write_head(&text, span_str(origin), time_ms, nonce);
	buf_text(&text, lines);
	for (unsigned i = 0; i < 4; i++)
		if (who >> i & 1)
			by[n++] = (struct note_signer){
			    names[i], acts_private(i)};
	assert_int_equal(note_sign(buf_span(&text), by, n, &note), ERR_OK);
	d->changed = false;
	e = trust_act(&d->t, buf_span(&note), &d->changed, &d->words);
	while (n-- > 0)
		sign_private_free((struct sign_private *)by[n].key);
	buf_release(&text);
	buf_release(&note);
	return e;
}

static enum err act(struct desk *d, unsigned who, int64_t time_ms,
    const char *lines)
{
	return act_of(d, who, ACTS_ORIGIN, time_ms, lines);
}

/* Refused with e, in words, and nothing is other than it was. */
static void refused(struct desk *d, enum err e, unsigned who,
    const char *origin, const char *lines)
{
	struct trust was = d->t;

	assert_int_equal(act_of(d, who, origin, LATER, lines), e);
	assert_memory_equal(&was, &d->t, sizeof(was));
	assert_true(d->words[0] != '\0');
}

static void taken(struct desk *d, unsigned who, int64_t time_ms,
    const char *lines, bool changed)
{
	assert_int_equal(act(d, who, time_ms, lines), ERR_OK);
	assert_int_equal(d->changed, changed);
}

static const char *admin(unsigned n, const char *name)
{
	static char text[200];

	(void)snprintf(text, sizeof(text), "admin key=%s name=%s\n",
	    acts_raw(n), name);
	return text;
}

#define CEILING "ceiling amc=1 cell=3 persons-hour=900\n"

static void test_two_move_a_ceiling(void **state)
{
	struct desk d;

	(void)state;
	start(&d);
	assert_int_equal(trust_ceiling_of(&d.t, 3, 1000), 580);
	refused(&d, ERR_REFUSED, 1, ACTS_ORIGIN, CEILING);
	refused(&d, ERR_UNKNOWN, 4 | 8, ACTS_ORIGIN, CEILING);
	refused(&d, ERR_REFUSED, 1 | 4 | 8, ACTS_ORIGIN, CEILING);
	taken(&d, 3, LATER, CEILING, true);
	assert_int_equal(trust_ceiling_of(&d.t, 3, 1000), 900);
	assert_int_equal(trust_ceiling_of(&d.t, 4, 1000), 580);
	taken(&d, 3, LATER, "ceiling cell=0 persons-hour=20\n", true);
	assert_int_equal(trust_ceiling_of(&d.t, 4, 1000), 20);
	assert_int_equal(trust_ceiling_of(&d.t, 3, 1000), 900);
	assert_int_equal(trust_ceiling_of(&d.t, 9, UINT64_MAX / 8), 20);
}

static void test_an_old_ceiling_stays_old(void **state)
{
	struct desk d;

	(void)state;
	start(&d);
	taken(&d, 3, LATER, CEILING, true);
	taken(&d, 3, LATER - 1,
	    "ceiling amc=1 cell=3 persons-hour=9000\n", false);
	taken(&d, 3, LATER,
	    "ceiling amc=1 cell=3 persons-hour=9000\n", false);
	assert_int_equal(trust_ceiling_of(&d.t, 3, 0), 900);
	taken(&d, 3, LATER + 1,
	    "ceiling amc=1 cell=3 persons-hour=7\n", true);
	assert_int_equal(trust_ceiling_of(&d.t, 3, 0), 7);
}

static void test_two_make_an_administrator(void **state)
{
	struct desk d;

	(void)state;
	start(&d);
	refused(&d, ERR_REFUSED, 1, ACTS_ORIGIN, admin(2, "a2"));
	refused(&d, ERR_REFUSED, 1 | 4, ACTS_ORIGIN, admin(2, "a2"));
	taken(&d, 3, LATER, admin(2, "a2"), true);
	taken(&d, 2 | 4, LATER, CEILING, true);
	taken(&d, 3, LATER, admin(2, "a3"), false);	/* the key is there */
	taken(&d, 3, LATER, admin(3, "a2"), false);	/* the name is */
	assert_int_equal(d.t.admin_count, 3);
}

static void test_one_revokes_and_two_stay(void **state)
{
	struct desk d;

	(void)state;
	start(&d);
	refused(&d, ERR_REFUSED, 1, ACTS_ORIGIN, "revoke admin=a1\n");
	taken(&d, 3, LATER, admin(2, "a2"), true);
	taken(&d, 1, LATER, "revoke admin=a1\n", true);
	taken(&d, 1, LATER, "revoke admin=a1\n", false);
	refused(&d, ERR_REFUSED, 1, ACTS_ORIGIN, "revoke admin=a2\n");
	refused(&d, ERR_REFUSED, 1 | 2, ACTS_ORIGIN, CEILING);
	refused(&d, ERR_UNKNOWN, 2, ACTS_ORIGIN, "revoke admin=a0\n");
	taken(&d, 1 | 4, LATER, admin(1, "a1"), false);	/* never again */
	refused(&d, ERR_REFUSED, 1 | 2, ACTS_ORIGIN, CEILING);
	taken(&d, 1 | 4, LATER, CEILING, true);
}

static void test_an_act_of_another_instance(void **state)
{
	static const char other[] = "other.example/journal";
	struct desk d;

	(void)state;
	start(&d);
	refused(&d, ERR_STATE, 3, other, CEILING);
	refused(&d, ERR_STATE, 3, other, "revoke admin=a1\n");
	refused(&d, ERR_STATE, 3, other, admin(2, "a2"));
	refused(&d, ERR_STATE, 3, other, "continue from=third.example/j\n");
	refused(&d, ERR_REFUSED, 1, other, "continue from=" ACTS_ORIGIN "\n");
	assert_int_equal(act_of(&d, 3, other, LATER,
	    "continue from=" ACTS_ORIGIN "\n"), ERR_OK);
	assert_true(d.changed);
	assert_string_equal(d.t.origin, other);
	assert_int_equal(act_of(&d, 3, other, LATER, CEILING), ERR_OK);
	assert_int_equal(act(&d, 3, LATER + 1, CEILING), ERR_OK);
	assert_int_equal(act_of(&d, 3, other, LATER,
	    "continue from=" ACTS_ORIGIN "\n"), ERR_OK);
	assert_false(d.changed);
	refused(&d, ERR_STATE, 3, "third.example/j", CEILING);
}

static void test_whole_or_not_at_all(void **state)
{
	struct desk d;

	(void)state;
	start(&d);
	taken(&d, 3, LATER, admin(2, "a2"), true);
	refused(&d, ERR_REFUSED, 1, ACTS_ORIGIN, "revoke admin=a1\n" CEILING);
	refused(&d, ERR_SHAPE, 3, ACTS_ORIGIN,
	    "revoke admin=a1\nceiling cell=x persons-hour=1\n");
	refused(&d, ERR_SHAPE, 3, ACTS_ORIGIN, "revoke admin=a1\nx  y\n");
	taken(&d, 1, LATER, "site id=s1 profession=gp\n", false);
}

static void test_the_file_says_it_all(void **state)
{
	static struct trust back;
	struct buf text;
	struct desk d;

	(void)state;
	start(&d);
	taken(&d, 3, LATER, admin(2, "a2"), true);
	taken(&d, 1, LATER, "revoke admin=a1\n", true);
	taken(&d, 5, LATER, CEILING, true);
	assert_int_equal(act_of(&d, 5, "other.example/journal", LATER,
	    "continue from=" ACTS_ORIGIN "\n"), ERR_OK);
	buf_init(&text, TRUST_FILE);
	assert_int_equal(trust_write(&d.t, &text), ERR_OK);
	assert_int_equal(trust_read(buf_span(&text), &back), ERR_OK);
	assert_memory_equal(&back, &d.t, sizeof(back));
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_move_a_ceiling),
		cmocka_unit_test(test_an_old_ceiling_stays_old),
		cmocka_unit_test(test_two_make_an_administrator),
		cmocka_unit_test(test_one_revokes_and_two_stay),
		cmocka_unit_test(test_an_act_of_another_instance),
		cmocka_unit_test(test_whole_or_not_at_all),
		cmocka_unit_test(test_the_file_says_it_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
