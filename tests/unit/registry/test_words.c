/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: each word of an act does what registry.h says and nothing else; what
 * is missing, unknown, twice or out of range is refused, and names its line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/text.h"
#include "registry/acts.h"
#include "registry/signers.h"

static int make(void **state)
{
	struct acts *a = calloc(1, sizeof(*a));

	acts_start(a, false);
	*state = a;
	return 0;
}

static int unmake(void **state)
{
	struct acts *a = *state;

	acts_replays(a);
	acts_end(a);
	free(a);
	return 0;
}

static void test_the_first_entry_fills_the_registry(void **state)
{
	struct acts *a = *state;
	const struct registry *r = a->r;
	const struct registry_profession *p =
	    registry_profession(r, span_str("gp"));

	assert_int_equal(r->version, 1);
	assert_false(r->drill);
	assert_int_equal(r->service.sealing[0], 4);
	assert_memory_not_equal(r->service.answer, r->service.promise, 32);
	assert_int_equal(r->admin_count, 2);
	assert_string_equal(r->admins[1].name, "a1");
	assert_false(r->admins[0].revoked);
	assert_int_equal(r->profession_count, 2);
	assert_non_null(p);
	assert_int_equal(p->domain_count, 2);
	assert_true(registry_profession_has(p, span_str("CSTE")));
	assert_false(registry_profession_has(p, span_str("OPTI")));
	assert_false(registry_profession_has(p, span_str("CST")));
	assert_false(registry_profession_has(p, span_str("")));
	assert_int_equal(p->figures[1][1], 200);
	assert_int_equal(r->wide_count, 2);
	assert_int_equal(r->wides[0].figures[3], 55000);
}

static void test_a_drill_says_so(void **state)
{
	struct acts a;

	(void)state;
	acts_start(&a, true);
	assert_true(a.r->drill);
	acts_end(&a);
}

static void test_an_administrator_is_enrolled_once(void **state)
{
	struct acts *a = *state;

	assert_int_equal(acts_do(a, 2, "admin key=%s name=eve.x_2-1\n",
	    acts_raw(2)), ERR_OK);
	assert_int_equal(a->r->admin_count, 3);
	assert_int_equal(acts_do(a, 2, "admin key=%s name=other\n",
	    acts_raw(2)), ERR_EXISTS);
	assert_int_equal(acts_do(a, 2, "admin key=%s name=a0\n",
	    acts_raw(3)), ERR_EXISTS);
	assert_int_equal(acts_do(a, 2, "admin key=%s name=e+f\n",
	    acts_raw(3)), ERR_SHAPE);
	assert_int_equal(acts_do(a, 2, "admin key=%s name=\n",
	    acts_raw(3)), ERR_SHAPE);
	assert_int_equal(acts_do(a, 2, "admin key=%s\n", acts_raw(3)),
	    ERR_SHAPE);
	assert_int_equal(acts_do(a, 2, "admin key=%s name="
	    "a2345678901234567890123456789012345678901\n", acts_raw(3)),
	    ERR_SHAPE);
	assert_int_equal(acts_do(a, 2, "admin key=%s name="
	    "a234567890123456789012345678901234567890\n", acts_raw(3)),
	    ERR_OK);
	assert_int_equal(acts_do(a, 2, "admin name=x\n"), ERR_SHAPE);
	assert_int_equal(acts_do(a, 2, "admin key=%s name=x\n",
	    acts_ed25519(4)), ERR_SHAPE);
	assert_int_equal(acts_do(a, 2, "admin key=%.42s name=x\n",
	    acts_raw(4)), ERR_SHAPE);
	/* a revoked one does not come back under his key or name */
	assert_int_equal(acts_do(a, 1, "revoke admin=a0\n"), ERR_OK);
	assert_int_equal(acts_do(a, 2, "admin key=%s name=new\n",
	    acts_raw(ACTS_ADMIN)), ERR_EXISTS);
	assert_int_equal(acts_do(a, 2, "admin key=%s name=a0\n",
	    acts_raw(5)), ERR_EXISTS);
}

/* A slip in a key that is written by hand leaves the curve, or its group: who
 * is enrolled by it could decide nothing, and would count as one of two. */
static void test_what_signs_nothing_is_no_administrators(void **state)
{
	struct acts *a = *state;
	uint8_t bytes[SIGN_ED25519_KEY] = {0};
	char text[TEXT_B64_SIZE(SIGN_ED25519_KEY)], line[120];

	for (uint8_t first = 0; first < 3; first++) {
		bytes[0] = first;	/* of small order, twice; no point */
		text_b64url(bytes, sizeof(bytes), text);
		(void)snprintf(
		    line, sizeof(line), "admin key=%s name=x%d\n", text, first);
		acts_fails(a, ERR_SHAPE, 1, 2, line);
		/* an older program let it in */
		assert_int_equal(acts_at(a, 2, a->now_ms, 0, line), ERR_OK);
	}
}

static void test_so_many_administrators_live_at_once(void **state)
{
	struct acts *a = *state;
	unsigned n;

	for (n = 2; n < REGISTRY_ADMINS; n++)
		assert_int_equal(acts_do(a, 2, "admin key=%s name=b%u\n",
		    acts_raw(n), n), ERR_OK);
	assert_int_equal(acts_do(a, 2, "admin key=%s name=b%u\n",
	    acts_raw(n), n), ERR_LIMIT);
	assert_int_equal(acts_do(a, 1, "revoke admin=b9\n"), ERR_OK);
	assert_int_equal(acts_do(a, 2, "admin key=%s name=b%u\n",
	    acts_raw(n), n), ERR_OK);
}

/* Vaults keep so many, and nobody is told of one that they would not. */
static void test_so_many_administrators_ever(void **state)
{
	struct acts *a = *state;
	unsigned n;

	for (n = 2; n < SIGNERS_EVER; n++) {
		assert_int_equal(acts_do(a, 2, "admin key=%s name=b%u\n",
		    acts_raw(200 + n), n), ERR_OK);
		assert_int_equal(acts_do(a, 1, "revoke admin=b%u\n", n), ERR_OK);
	}
	assert_int_equal(acts_do(a, 2, "admin key=%s name=b%u\n",
	    acts_raw(200 + n), n), ERR_LIMIT);
	assert_non_null(strstr(a->fault.words, "no more administrators"));
}

static enum err insurer(struct acts *a, const char *amc, const char *operator,
    const char *feed, const char *card)
{
	return acts_do(a, 2, "insurer amc=%s operator=%s feed-key=%s "
	    "card-key=%s\n", amc, operator, feed, card);
}

/* An act that is refused now, and taken when a log that has it is replayed. */
static void old_logs_have_it(struct acts *a, const char *lines)
{
	acts_fails(a, ERR_EXISTS, 1, 2, lines);
	assert_int_equal(acts_at(a, 2, a->now_ms, 0, lines), ERR_OK);
}

/* What an administrator's key becomes besides, in every word that takes one. */
static void takes_no_admin(struct acts *a, unsigned n)
{
	char line[400];

	(void)snprintf(line, sizeof(line), "key spki=%s site=s1\n",
	    acts_ed25519(n));
	old_logs_have_it(a, line);
	(void)snprintf(line, sizeof(line), "insurer amc=000000%04u "
	    "operator=o feed-key=%s card-key=%s\n", n, acts_ed25519(n),
	    acts_p256(1));
	old_logs_have_it(a, line);
	(void)snprintf(line, sizeof(line), "vault number=1 key=%s\n",
	    acts_raw(n));
	old_logs_have_it(a, line);
	(void)snprintf(line, sizeof(line), "turn kind=answer key=%s\n",
	    acts_raw(n));
	acts_fails(a, ERR_EXISTS, 1, 2, line);
	(void)snprintf(line, sizeof(line), "turn kind=feed amc=0000000001 "
	    "key=%s\n", acts_ed25519(n));
	acts_fails(a, ERR_EXISTS, 1, 2, line);
}

static void test_an_administrators_key_is_nothing_else(void **state)
{
	struct acts *a = *state;

	assert_int_equal(acts_do(a, 1, "site id=s1 profession=gp\n"), ERR_OK);
	assert_int_equal(insurer(a, "0000000001", "op", acts_ed25519(20),
	    acts_p256(1)), ERR_OK);
	takes_no_admin(a, ACTS_ADMIN);
	/* one of before comes back as nobody */
	assert_int_equal(acts_do(a, 2, "admin key=%s name=a2\n",
	    acts_raw(ACTS_ADMIN + 2)), ERR_OK);
	assert_int_equal(acts_do(a, 1, "revoke admin=a1\n"), ERR_OK);
	takes_no_admin(a, ACTS_ADMIN + 1);
	/* nor in one act with the key that it would be */
	assert_int_equal(acts_do(a, 2, "admin key=%s name=a3\n"
	    "key spki=%s site=s1\n", acts_raw(30), acts_ed25519(30)),
	    ERR_EXISTS);
	assert_int_equal(acts_do(a, 2, "key spki=%s site=s1\n"
	    "admin key=%s name=a3\n", acts_ed25519(30), acts_raw(30)),
	    ERR_EXISTS);
	assert_int_equal(acts_do(a, 2, "key spki=%s site=s1\n",
	    acts_ed25519(30)), ERR_OK);
}

static void test_no_other_key_becomes_an_administrators(void **state)
{
	/* a site's, a mutuelle's, the one before it, a vault's, the service's
	 * of the first entry and the next */
	static const unsigned taken[] = {10, 21, 20, 12, 100, 13};
	struct acts *a = *state;
	char line[200];

	assert_int_equal(acts_do(a, 1, "site id=s1 profession=gp\n"), ERR_OK);
	assert_int_equal(acts_do(a, 1, "key spki=%s site=s1\n",
	    acts_ed25519(10)), ERR_OK);
	assert_int_equal(insurer(a, "0000000001", "op", acts_ed25519(20),
	    acts_p256(1)), ERR_OK);
	assert_int_equal(acts_do(a, 2, "turn kind=feed amc=0000000001 "
	    "key=%s\n", acts_ed25519(21)), ERR_OK);
	assert_int_equal(acts_do(a, 2, "vault number=1 key=%s\n",
	    acts_raw(12)), ERR_OK);
	assert_int_equal(acts_do(a, 2, "turn kind=answer key=%s\n",
	    acts_raw(13)), ERR_OK);
	assert_int_equal(acts_do(a, 1, "revoke site=s1\n"), ERR_OK);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		(void)snprintf(line, sizeof(line), "admin key=%s name=n%zu\n",
		    acts_raw(taken[i]), i);
		old_logs_have_it(a, line);
	}
	assert_int_equal(acts_do(a, 2, "admin key=%s name=new\n",
	    acts_raw(14)), ERR_OK);
}

static void test_an_insurer_gets_a_cell(void **state)
{
	struct acts *a = *state;
	const struct registry_insurer *i;

	assert_null(registry_insurer(a->r, span_str("0000000001")));
	assert_null(registry_of_cell(a->r, 1));
	assert_int_equal(insurer(a, "0000000001", "op1", acts_ed25519(20),
	    acts_p256(0)), ERR_OK);
	assert_int_equal(acts_do(a, 2, "insurer amc=0000000002 operator=op1 "
	    "hosted-by=op2 label=M%%20B feed-key=%s card-key=%s\n",
	    acts_p256(1), acts_p256(2)), ERR_OK);
	i = registry_insurer(a->r, span_str("0000000002"));
	assert_non_null(i);
	assert_string_equal(i->operator, "op1");
	assert_string_equal(i->hosted_by, "op2");
	assert_int_equal(registry_cell(a->r, i), 2);
	assert_ptr_equal(registry_of_cell(a->r, 2), i);
	assert_string_equal(registry_of_cell(a->r, 1)->hosted_by, "");
	assert_null(registry_of_cell(a->r, 0));
	assert_null(registry_of_cell(a->r, 3));
	assert_int_equal(sign_public_alg(i->feed_key), SIGN_P256);
}

static void test_an_insurer_badly_named_gets_none(void **state)
{
	struct acts *a = *state;

	assert_int_equal(insurer(a, "0000000001", "op", acts_ed25519(20),
	    acts_p256(0)), ERR_OK);
	assert_int_equal(insurer(a, "0000000001", "op", acts_ed25519(20),
	    acts_p256(0)), ERR_EXISTS);
	assert_int_equal(insurer(a, "000000001", "op", acts_ed25519(20),
	    acts_p256(0)), ERR_SHAPE);
	assert_int_equal(insurer(a, "00000000011", "op", acts_ed25519(20),
	    acts_p256(0)), ERR_SHAPE);
	assert_int_equal(insurer(a, "00000A0001", "op", acts_ed25519(20),
	    acts_p256(0)), ERR_SHAPE);
	assert_int_equal(insurer(a, "0000000002", "", acts_ed25519(20),
	    acts_p256(0)), ERR_SHAPE);
	assert_int_equal(insurer(a, "0000000002", "o/p", acts_ed25519(20),
	    acts_p256(0)), ERR_SHAPE);
	assert_int_equal(insurer(a, "0000000002", "op", acts_raw(20),
	    acts_p256(0)), ERR_SHAPE);
	/* cards are ES256 (card/cose.h) */
	assert_int_equal(insurer(a, "0000000002", "op", acts_ed25519(20),
	    acts_ed25519(21)), ERR_SHAPE);
	assert_int_equal(insurer(a, "0000000002", "op", acts_ed25519(20),
	    ""), ERR_SHAPE);
	assert_int_equal(acts_do(a, 2, "insurer amc=0000000002 operator=op "
	    "hosted-by=o,p feed-key=%s card-key=%s\n", acts_ed25519(20),
	    acts_p256(0)), ERR_SHAPE);
	assert_int_equal(a->r->insurer_count, 1);
}

/* A vault tells its cells in one message (msg/msg.h). */
static void test_so_many_insurers(void **state)
{
	struct acts *a = *state;
	size_t count;

	assert_int_equal(insurer(a, "0000000001", "op", acts_ed25519(20),
	    acts_p256(0)), ERR_OK);
	count = a->r->insurer_count;
	a->r->insurers = reallocarray(
	    a->r->insurers, LIMIT_CELLS, sizeof(*a->r->insurers));
	for (size_t i = count; i < LIMIT_CELLS; i++)
		a->r->insurers[i] = a->r->insurers[0];
	a->r->insurer_count = LIMIT_CELLS;
	assert_int_equal(insurer(a, "0000000002", "op", acts_ed25519(22),
	    acts_p256(1)), ERR_LIMIT);
	assert_non_null(strstr(a->fault.words, "too many insurers"));
	a->r->insurer_count = count;
	assert_int_equal(insurer(a, "0000000002", "op", acts_ed25519(22),
	    acts_p256(1)), ERR_OK);
}

static void test_figures_of_a_profession_change(void **state)
{
	struct acts *a = *state;
	const struct registry_profession *p;

	assert_int_equal(acts_do(a, 2, "profession code=optician "
	    "domains=OPTI,AUDI t24=1 c24=2 t30=3 c30=4 m24=5 m30=1000000\n"),
	    ERR_OK);
	p = registry_profession(a->r, span_str("optician"));
	assert_int_equal(p - a->r->professions, 0);
	assert_int_equal(p->domain_count, 2);
	assert_int_equal(p->figures[1][0], 1);
	assert_int_equal(p->figures[1][5], 1000000);
	assert_int_equal(a->r->profession_count, 2);
	assert_int_equal(acts_do(a, 2, "profession code=nurse "
	    "t24=0 c24=0 t30=0 c30=0 m24=0 m30=0\n"), ERR_OK);
	p = registry_profession(a->r, span_str("nurse"));
	assert_int_equal(p - a->r->professions, 2);
	assert_int_equal(p->domain_count, 0);
	assert_string_equal(a->r->professions[0].code, "optician");
}

static void test_figures_that_contradict_are_refused(void **state)
{
	static const struct {
		const char *line;
		enum err e;
	} bad[] = {
		/* T over C, 24 h over 30 days: the guard would not take it */
		{"domains=A t24=3 c24=2 t30=9 c30=9 m24=1 m30=1", ERR_RANGE},
		{"domains=A t24=1 c24=2 t30=9 c30=8 m24=1 m30=1", ERR_RANGE},
		{"domains=A t24=4 c24=5 t30=3 c30=5 m24=1 m30=1", ERR_RANGE},
		{"domains=A t24=1 c24=6 t30=3 c30=5 m24=1 m30=1", ERR_RANGE},
		{"domains=A t24=1 c24=5 t30=3 c30=5 m24=2 m30=1", ERR_RANGE},
		{"domains=A t24=1 c24=1 t30=1 c30=1 m24=1 m30=1000001",
		    ERR_SHAPE},
		{"domains=A t24=01 c24=1 t30=1 c30=1 m24=1 m30=1", ERR_SHAPE},
		{"domains=A t24=-1 c24=1 t30=1 c30=1 m24=1 m30=1", ERR_SHAPE},
		{"domains=A c24=1 t30=1 c30=1 m24=1 m30=1", ERR_SHAPE},
		{"domains=A t24=1 c24=1 t30=1 c30=1 m24=1 m30=", ERR_SHAPE},
		{"domains=, t24=1 c24=1 t30=1 c30=1 m24=1 m30=1", ERR_SHAPE},
		{"domains=A, t24=1 c24=1 t30=1 c30=1 m24=1 m30=1", ERR_SHAPE},
		{"domains=,A t24=1 c24=1 t30=1 c30=1 m24=1 m30=1", ERR_SHAPE},
		{"domains=A,,B t24=1 c24=1 t30=1 c30=1 m24=1 m30=1",
		    ERR_SHAPE},
		{"domains=ABCDEFGHI t24=1 c24=1 t30=1 c30=1 m24=1 m30=1",
		    ERR_SHAPE},
		{"domains=A/B t24=1 c24=1 t30=1 c30=1 m24=1 m30=1",
		    ERR_SHAPE},
		{"domains=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17 t24=1 "
		    "c24=1 t30=1 c30=1 m24=1 m30=1", ERR_SHAPE},
		{"plane=sea domains=A t24=1 c24=1 t30=1 c30=1 m24=1 m30=1",
		    ERR_UNKNOWN},
		{"label=A t24=1 c24=1 t30=1 c30=1 m24=1 m30=1", ERR_SHAPE},
	};
	struct acts *a = *state;
	char line[300];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(line, sizeof(line), "profession code=gp %s\n",
		    bad[i].line);
		acts_fails(a, bad[i].e, 1, 2, line);
	}
	acts_fails(a, ERR_SHAPE, 1, 2,
	    "profession t24=1 c24=1 t30=1 c30=1 m24=1 m30=1\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "profession code=a2345678901234567890x "
	    "t24=1 c24=1 t30=1 c30=1 m24=1 m30=1\n");
	assert_int_equal(acts_do(a, 2, "profession code=x domains=1,2,3,4,5,6,"
	    "7,8,9,10,11,12,13,14,15,16 t24=1 c24=1 t30=1 c30=1 m24=1 "
	    "m30=1\n"), ERR_OK);
}

static void test_so_many_professions(void **state)
{
	struct acts *a = *state;
	const char *figures = "t24=1 c24=1 t30=1 c30=1 m24=1 m30=1";

	for (unsigned n = 2; n < REGISTRY_PROFESSIONS; n++)
		assert_int_equal(acts_do(a, 2, "profession code=p%u %s\n", n,
		    figures), ERR_OK);
	assert_int_equal(acts_do(a, 2, "profession code=more %s\n", figures),
	    ERR_LIMIT);
	assert_int_equal(acts_do(a, 2, "profession code=p5 %s\n", figures),
	    ERR_OK);
}

static void test_wide_rows_are_added_and_changed(void **state)
{
	struct acts *a = *state;

	assert_int_equal(acts_do(a, 2, "wide scope=cell code=0000000001 "
	    "floor24=1 each24=2 floor30=3 each30=4\n"), ERR_OK);
	assert_int_equal(a->r->wide_count, 3);
	assert_int_equal(acts_do(a, 2, "wide scope=profession code=* "
	    "floor24=1 each24=2 floor30=3 each30=4\n"), ERR_OK);
	assert_int_equal(a->r->wide_count, 3);
	assert_int_equal(a->r->wides[0].figures[3], 4);
	/* the same code elsewhere is another row */
	assert_int_equal(acts_do(a, 2, "wide scope=profession "
	    "code=0000000001 floor24=1 each24=0 floor30=0 each30=0\n"),
	    ERR_OK);
	assert_int_equal(a->r->wide_count, 4);
	assert_int_equal(acts_do(a, 2, "wide scope=platform code=* "
	    "floor24=5 each24=5 floor30=5 each30=5\n"), ERR_OK);
	assert_int_equal(acts_do(a, 2, "wide scope=card code=* floor24=14 "
	    "each24=0 floor30=0 each30=0\n"), ERR_OK);
}

static void test_wide_rows_that_the_guard_would_refuse(void **state)
{
	struct acts *a = *state;

	acts_fails(a, ERR_UNKNOWN, 1, 2, "wide scope=planet code=* "
	    "floor24=1 each24=0 floor30=1 each30=0\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "wide scope=cell code=** "
	    "floor24=1 each24=0 floor30=1 each30=0\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "wide scope=cell "
	    "floor24=1 each24=0 floor30=1 each30=0\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "wide code=* "
	    "floor24=1 each24=0 floor30=1 each30=0\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "wide scope=cell code=* "
	    "floor24=1 each24=0 floor30=1\n");
	acts_fails(a, ERR_RANGE, 1, 2, "wide scope=cell code=* "
	    "floor24=2 each24=0 floor30=1 each30=0\n");
	acts_fails(a, ERR_RANGE, 1, 2, "wide scope=cell code=* "
	    "floor24=1 each24=1 floor30=1 each30=0\n");
	acts_fails(a, ERR_RANGE, 1, 2, "wide scope=cell code=* "
	    "floor24=1 each24=0 floor30=0 each30=1\n");
	acts_fails(a, ERR_RANGE, 1, 2, "wide scope=card code=* "
	    "floor24=0 each24=0 floor30=0 each30=0\n");
	acts_fails(a, ERR_RANGE, 1, 2, "wide scope=card code=* "
	    "floor24=15 each24=0 floor30=0 each30=0\n");
	acts_fails(a, ERR_RANGE, 1, 2, "wide scope=card code=* "
	    "floor24=6 each24=1 floor30=0 each30=0\n");
	acts_fails(a, ERR_RANGE, 1, 2, "wide scope=card code=* "
	    "floor24=6 each24=0 floor30=9 each30=0\n");
	acts_fails(a, ERR_UNKNOWN, 1, 2, "wide scope=card code=x "
	    "floor24=6 each24=0 floor30=0 each30=0\n");
	acts_fails(a, ERR_UNKNOWN, 1, 2, "wide scope=platform code=x "
	    "floor24=6 each24=0 floor30=6 each30=0\n");
}

static void test_modes_turn_and_turn_back(void **state)
{
	struct acts *a = *state;

	assert_false(registry_observes(a->r, "budget"));
	assert_int_equal(acts_do(a, 2, "mode control=budget mode=observe\n"),
	    ERR_OK);
	assert_true(registry_observes(a->r, "budget"));
	assert_false(registry_observes(a->r, "wide"));
	assert_int_equal(acts_do(a, 2, "mode control=presence mode=observe\n"),
	    ERR_OK);
	assert_int_equal(acts_do(a, 2, "mode control=budget mode=enforce\n"),
	    ERR_OK);
	assert_false(registry_observes(a->r, "budget"));
	assert_true(registry_observes(a->r, "presence"));
	assert_int_equal(a->r->mode_count, 2);
	acts_fails(a, ERR_UNKNOWN, 1, 2, "mode control=budgets mode=observe\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "mode mode=observe\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "mode control=wide mode=off\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "mode control=wide\n");
}

static void test_sites(void **state)
{
	struct acts *a = *state;
	const struct registry_site *s;

	assert_int_equal(acts_do(a, 1, "site id=s1 profession=gp "
	    "finess=750000001 siret=1 label=x\n"), ERR_OK);
	s = registry_site(a->r, span_str("s1"));
	assert_non_null(s);
	assert_string_equal(a->r->professions[s->profession].code, "gp");
	assert_null(registry_site(a->r, span_str("s")));
	assert_null(registry_site(a->r, span_str("s11")));
	assert_null(registry_site(a->r, span_str("")));
	acts_fails(a, ERR_EXISTS, 1, 2, "site id=s1 profession=optician\n");
	acts_fails(a, ERR_UNKNOWN, 1, 2, "site id=s2 profession=nurse\n");
	acts_fails(a, ERR_UNKNOWN, 1, 2, "site id=s2\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "site profession=gp\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "site id=s%202 profession=gp\n");
	acts_fails(a, ERR_SHAPE, 1, 2,
	    "site id=s23456789012345678901 profession=gp\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "site id=s2 profession=gp name=x\n");
	assert_int_equal(acts_do(a, 1,
	    "site id=s2345678901234567890 profession=gp\n"), ERR_OK);
}

static void test_professionals(void **state)
{
	struct acts *a = *state;

	assert_int_equal(acts_do(a, 1, "site id=s1 profession=gp\n"), ERR_OK);
	assert_int_equal(acts_do(a, 1, "professional rpps=99700000001\n"
	    "professional rpps=99700000002 site=s1\n"), ERR_OK);
	assert_non_null(
	    registry_professional(a->r, span_str("99700000002")));
	assert_null(registry_professional(a->r, span_str("99700000003")));
	acts_fails(a, ERR_EXISTS, 1, 2, "professional rpps=99700000001\n");
	acts_fails(a, ERR_UNKNOWN, 2, 2, "professional rpps=99700000004\n"
	    "professional rpps=99700000003 site=s9\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "professional rpps=9970000003\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "professional rpps=997000000033\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "professional rpps=9970000000A\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "professional\n");
}

static void test_keys(void **state)
{
	struct acts *a = *state;
	const struct registry_key *k;

	assert_int_equal(acts_do(a, 1, "site id=s1 profession=gp\n"), ERR_OK);
	assert_null(registry_key(a->r, acts_id(1)));
	assert_int_equal(acts_do(a, 1, "key spki=%s site=s1\n",
	    acts_ed25519(1)), ERR_OK);
	assert_int_equal(acts_do(a, 1, "key spki=%s site=s1 "
	    "rpps=99700000001,99700000002\n", acts_ed25519(2)), ERR_OK);
	k = registry_key(a->r, acts_id(2));
	assert_non_null(k);
	assert_memory_equal(k->id, acts_id(2), SIGN_KEY_ID);
	assert_true(k->since_ms == a->now_ms);
	assert_true(registry_key_lives(a->r, k));
	assert_int_equal(k->rpps_count, 2);
	assert_true(
	    registry_key_speaks_for(a->r, k, span_str("99700000002")));
	assert_false(
	    registry_key_speaks_for(a->r, k, span_str("99700000003")));
	assert_false(registry_key_speaks_for(a->r, k, span_str("")));
	k = registry_key(a->r, acts_id(1));
	assert_false(
	    registry_key_speaks_for(a->r, k, span_str("99700000001")));
	assert_int_equal(acts_do(a, 1, "key spki=%s site=s1\n",
	    acts_p256(3)), ERR_OK);
	assert_int_equal(acts_do(a, 1, "key spki=%s site=s1\n",
	    acts_ed25519(2)), ERR_EXISTS);
	assert_int_equal(acts_do(a, 1, "key spki=%s site=s9\n",
	    acts_ed25519(3)), ERR_UNKNOWN);
	assert_int_equal(acts_do(a, 1, "key spki=%s\n", acts_ed25519(3)),
	    ERR_UNKNOWN);
	assert_int_equal(acts_do(a, 1, "key site=s1\n"), ERR_SHAPE);
	assert_int_equal(acts_do(a, 1, "key spki=%s site=s1\n", acts_raw(3)),
	    ERR_SHAPE);
}

static void test_lists_of_professionals(void **state)
{
	static const char *const bad[] = {"9970000001", "99700000001,",
	    ",99700000001", "99700000001,,99700000002", ",",
	    "99700000001;99700000002"};
	struct acts *a = *state;
	struct buf line;

	assert_int_equal(acts_do(a, 1, "site id=s1 profession=gp\n"), ERR_OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (acts_do(a, 1, "key spki=%s site=s1 rpps=%s\n",
			acts_ed25519(1), bad[i]) != ERR_SHAPE)
			fail_msg("taken: %s", bad[i]);
	buf_init(&line, 4096);
	for (unsigned i = 0; i < REGISTRY_KEY_RPPS; i++)
		buf_printf(&line, "%s9970000%04u", i ? "," : "", i);
	assert_int_equal(acts_do(a, 1, "key spki=%s site=s1 rpps=%.*s,"
	    "99711111111\n", acts_ed25519(1), (int)line.n, line.p), ERR_LIMIT);
	assert_int_equal(acts_do(a, 1, "key spki=%s site=s1 rpps=%.*s\n",
	    acts_ed25519(1), (int)line.n, line.p), ERR_OK);
	assert_int_equal(a->r->keys[0].rpps_count, REGISTRY_KEY_RPPS);
	buf_release(&line);
}

static void test_since_is_for_drills(void **state)
{
	struct acts *a = *state, drill;

	assert_int_equal(acts_do(a, 1, "site id=s1 profession=gp\n"), ERR_OK);
	assert_int_equal(acts_do(a, 1, "key spki=%s site=s1 "
	    "since=2026-01-01T00:00:00Z\n", acts_ed25519(1)), ERR_STATE);
	acts_start(&drill, true);
	assert_int_equal(acts_do(&drill, 1, "site id=s1 profession=gp\n"),
	    ERR_OK);
	assert_int_equal(acts_do(&drill, 1, "key spki=%s site=s1 "
	    "since=2026-01-01T00:00:00Z\n", acts_ed25519(1)), ERR_OK);
	assert_true(drill.r->keys[0].since_ms == INT64_C(1767225600000));
	assert_int_equal(acts_do(&drill, 1, "key spki=%s site=s1 "
	    "since=2026-01-01\n", acts_ed25519(2)), ERR_SHAPE);
	acts_end(&drill);
}

static void enrol_some(struct acts *a)
{
	assert_int_equal(acts_do(a, 2, "site id=s1 profession=gp\n"
	    "site id=s2 profession=optician\n"), ERR_OK);
	assert_int_equal(acts_do(a, 2, "key spki=%s site=s1 "
	    "rpps=99700000001,99700000002\nkey spki=%s site=s2 "
	    "rpps=99700000001\n", acts_ed25519(1), acts_ed25519(2)), ERR_OK);
	assert_int_equal(insurer(a, "0000000001", "op", acts_ed25519(20),
	    acts_p256(0)), ERR_OK);
}

static void test_revoking_a_key(void **state)
{
	struct acts *a = *state;

	enrol_some(a);
	assert_int_equal(acts_do(a, 1, "revoke key=%s\n", acts_id_text(1)),
	    ERR_OK);
	assert_false(registry_key_lives(
	    a->r, registry_key(a->r, acts_id(1))));
	assert_true(registry_key_lives(
	    a->r, registry_key(a->r, acts_id(2))));
	assert_int_equal(acts_do(a, 1, "revoke key=%s\n", acts_id_text(1)),
	    ERR_OK);
	assert_int_equal(acts_do(a, 1, "revoke key=%s\n", acts_id_text(3)),
	    ERR_UNKNOWN);
	assert_int_equal(acts_do(a, 1, "revoke key=%.42s\n",
	    acts_id_text(2)), ERR_SHAPE);
	/* it stays known: the same key is not enrolled again */
	assert_int_equal(acts_do(a, 1, "key spki=%s site=s1\n",
	    acts_ed25519(1)), ERR_EXISTS);
}

static void test_revoking_a_site_silences_its_keys(void **state)
{
	struct acts *a = *state;

	enrol_some(a);
	assert_int_equal(acts_do(a, 1, "revoke site=s1\n"), ERR_OK);
	assert_false(registry_key_lives(
	    a->r, registry_key(a->r, acts_id(1))));
	assert_true(registry_key_lives(
	    a->r, registry_key(a->r, acts_id(2))));
	acts_fails(a, ERR_UNKNOWN, 1, 1, "revoke site=s9\n");
}

static void test_revoking_a_professional(void **state)
{
	struct acts *a = *state;

	enrol_some(a);
	assert_int_equal(acts_do(a, 1, "revoke rpps=99700000001\n"), ERR_OK);
	for (unsigned n = 1; n <= 2; n++) {
		const struct registry_key *k =
		    registry_key(a->r, acts_id(n));

		assert_true(registry_key_lives(a->r, k));
		assert_false(registry_key_speaks_for(
		    a->r, k, span_str("99700000001")));
	}
	assert_true(registry_key_speaks_for(a->r,
	    registry_key(a->r, acts_id(1)), span_str("99700000002")));
	acts_fails(a, ERR_UNKNOWN, 1, 1, "revoke rpps=99700000009\n");
	acts_fails(a, ERR_EXISTS, 1, 2, "professional rpps=99700000001\n");
	/* a new key that names him does not speak for him either */
	assert_int_equal(acts_do(a, 1, "key spki=%s site=s1 "
	    "rpps=99700000001\n", acts_ed25519(3)), ERR_OK);
	assert_false(registry_key_speaks_for(a->r,
	    registry_key(a->r, acts_id(3)), span_str("99700000001")));
}

static void test_revoking_an_insurer(void **state)
{
	struct acts *a = *state;

	enrol_some(a);
	assert_int_equal(acts_do(a, 1, "revoke amc=0000000001\n"), ERR_OK);
	assert_true(registry_insurer(a->r, span_str("0000000001"))->revoked);
	acts_fails(a, ERR_UNKNOWN, 1, 1, "revoke amc=0000000002\n");
}

static void test_two_administrators_stay(void **state)
{
	struct acts *a = *state;

	acts_fails(a, ERR_STATE, 1, 2, "revoke admin=a0\n");
	acts_fails(a, ERR_UNKNOWN, 1, 2, "revoke admin=a\n");
	assert_int_equal(acts_do(a, 2, "admin key=%s name=a2\n", acts_raw(2)),
	    ERR_OK);
	assert_int_equal(acts_do(a, 1, "revoke admin=a0\n"), ERR_OK);
	assert_true(a->r->admins[0].revoked);
	assert_int_equal(acts_do(a, 1, "revoke admin=a0\n"), ERR_OK);
	acts_fails(a, ERR_STATE, 1, 2, "revoke admin=a1\n");
}

static void test_revoke_names_one(void **state)
{
	struct acts *a = *state;

	enrol_some(a);
	acts_fails(a, ERR_SHAPE, 1, 2, "revoke\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "revoke site=s1 rpps=99700000001\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "revoke profession=gp\n");
	acts_fails(a, ERR_UNKNOWN, 1, 2, "revoke site=\n");
}

/* A scope is written down before it runs: one of nobody would only use up its
 * signatures. */
static void test_scope_of_unknown_amc_is_not_written(void **state)
{
	acts_fails(*state, ERR_UNKNOWN, 1, 2, "scope asker=site:s1 "
	    "from=2026-01-01T00:00:00Z to=2026-02-01T00:00:00Z "
	    "amc=0000000009\n");
}

/* The same of who and release; and askers are keys. */
static void test_lists_say_what_is_missing(void **state)
{
	static const char span[] = "from=2026-11-01T00:00:00Z "
	    "to=2026-11-02T00:00:00Z";
	static const struct {
		const char *names;
		enum err e;
	} lines[] = {
		{"who ref=q0fV", ERR_SHAPE},
		{"who amc=0000000009", ERR_SHAPE},
		{"who amc=0000000009 ref=q!", ERR_SHAPE},
		{"who amc=0000000009 ref=q0fV living=no", ERR_SHAPE},
		{"who amc=0000000009 ref=q0fV", ERR_UNKNOWN},
		{"release", ERR_SHAPE},
		{"release amc=0000000009", ERR_UNKNOWN},
		{"release amc=0000000009 asker=key:x", ERR_SHAPE},
		{"release asker=site:s1", ERR_SHAPE},
		{"release asker=key:x", ERR_SHAPE},
		{"release asker=key:"
		 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ERR_UNKNOWN},
	};
	char line[300];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		(void)snprintf(line, sizeof(line), "%s %s\n",
		    lines[i].names, span);
		acts_fails(*state, lines[i].e, 1, 2, line);
	}
	(void)snprintf(line, sizeof(line), "who amc=0000000009 ref=q0fV %s\n",
	    span);
	acts_fails(*state, ERR_REFUSED, 0, 1, line);
}

static void test_scope_and_clock_are_wishes(void **state)
{
	struct acts *a = *state;

	assert_int_equal(acts_do(a, 2, "scope asker=site:s1 "
	    "from=2026-11-01T00:00:00Z to=2026-11-02T00:00:00Z\n"),
	    ERR_OK);
	assert_int_equal(a->wish, REGISTRY_SCOPE);
	assert_int_equal(acts_do(a, 2, "clock confirm=yes\n"), ERR_OK);
	assert_int_equal(a->wish, REGISTRY_CLOCK);
	assert_int_equal(acts_do(a, 1, "site id=s1 profession=gp\n"), ERR_OK);
	assert_int_equal(a->wish, REGISTRY_NOTHING);
	acts_fails(a, ERR_SHAPE, 1, 2, "clock confirm=no\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "clock\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "scope from=2026-11-01T00:00:00Z "
	    "to=2026-11-02T00:00:00Z\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "scope asker=x "
	    "from=2026-11-02T00:00:00Z to=2026-11-02T00:00:00Z\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "scope asker=x "
	    "from=2026-11-01 to=2026-11-02T00:00:00Z\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "scope asker=x "
	    "from=2026-11-01T00:00:00Z\n");
}

static void test_the_log_of_the_registry_has_a_name(void **state)
{
	char name[24];

	(void)state;
	assert_int_equal(registry_origin("a.example/j", name, sizeof(name)),
	    ERR_OK);
	assert_string_equal(name, "a.example/j-registry");
	assert_int_equal(registry_origin("a.example/jo", name, 21),
	    ERR_LIMIT);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_the_first_entry_fills_the_registry),
		cmocka_unit_test(test_a_drill_says_so),
		WITH(test_an_administrator_is_enrolled_once),
		WITH(test_what_signs_nothing_is_no_administrators),
		WITH(test_so_many_administrators_live_at_once),
		WITH(test_so_many_administrators_ever),
		WITH(test_an_administrators_key_is_nothing_else),
		WITH(test_no_other_key_becomes_an_administrators),
		WITH(test_an_insurer_gets_a_cell),
		WITH(test_an_insurer_badly_named_gets_none),
		WITH(test_so_many_insurers),
		WITH(test_figures_of_a_profession_change),
		WITH(test_figures_that_contradict_are_refused),
		WITH(test_so_many_professions),
		WITH(test_wide_rows_are_added_and_changed),
		WITH(test_wide_rows_that_the_guard_would_refuse),
		WITH(test_modes_turn_and_turn_back),
		WITH(test_sites),
		WITH(test_professionals),
		WITH(test_keys),
		WITH(test_lists_of_professionals),
		WITH(test_since_is_for_drills),
		WITH(test_revoking_a_key),
		WITH(test_revoking_a_site_silences_its_keys),
		WITH(test_revoking_a_professional),
		WITH(test_revoking_an_insurer),
		WITH(test_two_administrators_stay),
		WITH(test_revoke_names_one),
		WITH(test_scope_of_unknown_amc_is_not_written),
		WITH(test_lists_say_what_is_missing),
		WITH(test_scope_and_clock_are_wishes),
		cmocka_unit_test(test_the_log_of_the_registry_has_a_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
