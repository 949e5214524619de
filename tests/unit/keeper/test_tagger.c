/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a question meets a feed line by the same traits, however they are
 * spelled, in its own cell and in no other; a fictive NIR meets nobody and
 * costs as much; a question with several aliases is a question of its own. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "feed/trait_line.h"
#include "failing.h"
#include "keeper/decoys.h"

#define FICTIVE "1555555123456"

static const struct secret root = {{42}}, second = {{43}}, still = {{7}};
static const struct registry_insurer one = {
    .amc = "0000000001", .operator = "op1"};
static const struct registry_insurer two = {
    .amc = "0000000002", .operator = "op1"};

static struct tagger *tagger;

static int make(void **state)
{
	(void)state;
	return tagger_new(&still, &tagger) ||
	    tagger_add(tagger, 1, &root) ? 1 : 0;
}

static int unmake(void **state)
{
	(void)state;
	tagger_free(tagger);
	return 0;
}

/* What a question shows; "" is not given. */
struct shown {
	const char *nir, *birth, *member;
	uint8_t rank;
	bool card;
};

static enum err asked(const struct registry_insurer *insurer, uint32_t cell,
    struct shown w, struct slot *s)
{
	struct card_token card = {.cti = {5, 5}};
	struct fhir_question q = {.rank = w.rank};

	(void)snprintf(q.nir, sizeof(q.nir), "%s", w.nir ? w.nir : "");
	(void)snprintf(q.birth, sizeof(q.birth), "%s", w.birth ? w.birth : "");
	(void)snprintf(
	    q.member, sizeof(q.member), "%s", w.member ? w.member : "");
	(void)snprintf(q.card, sizeof(q.card), "%s", w.card ? "TP1:X" : "");
	*s = (struct slot){.ask.cell = cell};
	return tagger_tags(tagger, insurer, &q, &card, s);
}

static struct slot ask(struct shown w)
{
	struct slot s;

	assert_int_equal(asked(&one, 1, w, &s), ERR_OK);
	return s;
}

static struct feed_line feed(const struct registry_insurer *insurer,
    uint32_t cell, const char *nir, const char *birth, char rank,
    const char *member)
{
	struct feed_traits_line in = {.line = 1, .nir = span_str(nir),
	    .rank = rank, .member = span_str(member), .card_count = 1,
	    .cards = {{5, 5}}, .handle = span_str("handle"),
	    .from_day = 1, .to_day = 2};
	struct feed_line line;

	(void)snprintf(in.birth, sizeof(in.birth), "%s", birth);
	assert_int_equal(
	    tagger_line(tagger, insurer, cell, &in, &line), ERR_OK);
	return line;
}

static bool meets(const struct slot *s, uint8_t nth, const struct feed_line *l)
{
	for (uint8_t i = 0; i < l->tag_count; i++)
		if (memcmp(s->tags[nth], l->tags[i], RIGHTS_TAG) == 0)
			return true;
	return false;
}

static bool meets_any(const struct slot *s, const struct feed_line *l)
{
	for (uint8_t i = 0; i < s->tag_count; i++)
		if (meets(s, i, l))
			return true;
	return false;
}

static void test_every_alias_meets_its_line(void **state)
{
	struct feed_line l = feed(&one, 1, "2840619004003", "19840617", '1',
	    "4128");
	struct slot s;

	(void)state;
	assert_int_equal(l.tag_count, 4);
	assert_int_equal(l.card_count, 1);
	s = ask((struct shown){.member = "4128", .birth = "19840617",
	    .rank = 1});
	assert_int_equal(s.tag_count, 1);
	assert_int_equal(s.proof, OPENING_MEMBER);
	assert_true(meets(&s, 0, &l));
	s = ask((struct shown){.nir = "2840619004003", .birth = "19840617",
	    .rank = 1});
	assert_int_equal(s.proof, OPENING_NIR);
	assert_true(meets(&s, 0, &l));
	s = ask((struct shown){.card = true});
	assert_int_equal(s.tag_count, 1);
	assert_true(meets(&s, 0, &l));
	/* the card's tag is the last of the line */
	assert_memory_equal(s.tags[0], l.tags[3], RIGHTS_TAG);
	s = ask((struct shown){.member = "4128", .nir = "2840619004003",
	    .birth = "19840617", .rank = 1});
	assert_int_equal(s.tag_count, 2);
	assert_int_equal(s.proof, OPENING_MEMBER | OPENING_NIR);
	assert_true(meets(&s, 0, &l) && meets(&s, 1, &l));
}

static void test_a_card_names_its_person_alone(void **state)
{
	struct slot alone = ask((struct shown){.card = true});
	struct slot beside = ask((struct shown){.card = true,
	    .member = "4128", .nir = "2840619004003", .birth = "19840617",
	    .rank = 1});

	(void)state;
	assert_int_equal(beside.tag_count, 1);
	assert_int_equal(beside.proof, 0);
	assert_memory_equal(alone.tags[0], beside.tags[0], RIGHTS_TAG);
	assert_memory_equal(alone.ask.q, beside.ask.q, GUARD_Q);
}

static void test_spellings_meet(void **state)
{
	static const struct {
		const char *fed_nir, *fed_birth, *fed_member;
		char fed_rank;
		struct shown w;
	} pairs[] = {
		{"2840619004003", "19840617", "4128", '1',
		    {.nir = "284061900400308", .birth = "19840617",
			.rank = 1}},
		{"2840619004003", "19840617", "4128", '1',
		    {.nir = "2840619004003", .birth = "19840617"}},
		{"284062A004003", "19840617", "4128", '1',
		    {.nir = "2840619004003", .birth = "19840617",
			.rank = 1}},
		{"2840619004003", "19840617", "4128", '1',
		    {.nir = "284062A004003", .birth = "19840617",
			.rank = 1}},
		{"2840619004003", "19840617", "00041-28", '1',
		    {.member = "41/28", .birth = "19840617", .rank = 1}},
		{"2840619004003", "19840617", "ab12", '2',
		    {.member = "AB 12", .birth = "19840617", .rank = 2}},
		/* a lunar birth date has a form of its own: 00, 20 to 99 */
		{"2840619004003", "19840000", "4128", '1',
		    {.member = "4128", .birth = "19840000", .rank = 1}},
		{"2840619004003", "19843199", "4128", '1',
		    {.nir = "2840619004003", .birth = "19843199",
			.rank = 1}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct feed_line l = feed(&one, 1, pairs[i].fed_nir,
		    pairs[i].fed_birth, pairs[i].fed_rank,
		    pairs[i].fed_member);
		struct slot s = ask(pairs[i].w);

		if (!meets(&s, 0, &l))
			fail_msg("pair %zu does not meet", i);
	}
}

static void test_other_traits_do_not_meet(void **state)
{
	static const struct shown others[] = {
		{.member = "4129", .birth = "19840617", .rank = 1},
		{.member = "4128", .birth = "19840618", .rank = 1},
		{.member = "4128", .birth = "19840617", .rank = 2},
		{.nir = "2840619004004", .birth = "19840617", .rank = 1},
		{.nir = "2840619004003", .birth = "19850617", .rank = 1},
		{.nir = "2840619004003", .birth = "19840617", .rank = 3},
		/* a member number is no NIR, whatever it looks like */
		{.member = "2840619004003", .birth = "19840617", .rank = 1},
	};
	struct feed_line l = feed(&one, 1, "2840619004003", "19840617", '1',
	    "4128");

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct slot s = ask(others[i]);

		assert_false(meets_any(&s, &l));
	}
}

static void test_cells_share_nothing(void **state)
{
	struct shown w = {.member = "4128", .nir = "2840619004003",
	    .birth = "19840617", .rank = 1};
	struct feed_line l1 = feed(&one, 1, "2840619004003", "19840617", '1',
	    "4128");
	struct feed_line l2 = feed(&two, 2, "2840619004003", "19840617", '1',
	    "4128");
	struct slot s1, s2, s0;
	struct shown card = {.card = true};

	(void)state;
	assert_int_equal(asked(&one, 1, w, &s1), ERR_OK);
	assert_int_equal(asked(&two, 2, w, &s2), ERR_OK);
	assert_int_equal(asked(NULL, 0, w, &s0), ERR_OK);
	assert_true(meets_any(&s1, &l1) && meets_any(&s2, &l2));
	assert_false(meets_any(&s1, &l2) || meets_any(&s2, &l1));
	assert_false(meets_any(&s0, &l1) || meets_any(&s0, &l2));
	/* the same way and the same number of tags */
	assert_int_equal(s0.tag_count, s1.tag_count);
	assert_int_equal(s0.proof, s1.proof);
	assert_memory_not_equal(s0.ask.q, s1.ask.q, GUARD_Q);
	assert_int_equal(asked(&one, 1, card, &s1), ERR_OK);
	assert_int_equal(asked(NULL, 0, card, &s0), ERR_OK);
	assert_true(meets_any(&s1, &l1) && !meets_any(&s1, &l2));
	assert_false(meets_any(&s0, &l1));
}

static void test_the_operator_parts_cells_too(void **state)
{
	static const struct registry_insurer moved = {
	    .amc = "0000000001", .operator = "op2"};
	struct shown w = {.member = "4128", .birth = "19840617", .rank = 1};
	struct slot s, s2;

	(void)state;
	assert_int_equal(asked(&one, 1, w, &s), ERR_OK);
	assert_int_equal(asked(&moved, 40, w, &s2), ERR_OK);
	assert_memory_not_equal(s.tags[0], s2.tags[0], RIGHTS_TAG);
}

/* A key that an insurer could have is not cell 0's. */
static void test_no_insurer_has_the_key_of_cell_0(void **state)
{
	static const struct registry_insurer nowhere = {
	    .amc = "0000000000", .operator = "nowhere"};
	struct shown w = {.member = "4128", .birth = "19840617", .rank = 1};
	struct slot s, s0;

	(void)state;
	assert_int_equal(asked(&nowhere, 3, w, &s), ERR_OK);
	assert_int_equal(asked(NULL, 0, w, &s0), ERR_OK);
	assert_memory_not_equal(s.tags[0], s0.tags[0], RIGHTS_TAG);
}

static void test_many_cells_keep_their_keys(void **state)
{
	struct shown w = {.member = "4128", .birth = "19840617", .rank = 1};
	static uint8_t tags[200][RIGHTS_TAG];

	(void)state;
	for (int round = 0; round < 2; round++)
		for (uint32_t c = 1; c < 200; c += 7) {
			struct registry_insurer i = {.operator = "op"};
			struct slot s;

			(void)snprintf(
			    i.amc, sizeof(i.amc), "%010u", c % 1000);
			assert_int_equal(asked(&i, c, w, &s), ERR_OK);
			if (round)
				assert_memory_equal(
				    tags[c], s.tags[0], RIGHTS_TAG);
			memcpy(tags[c], s.tags[0], RIGHTS_TAG);
		}
}

static void test_another_root_gives_other_tags(void **state)
{
	struct shown w = {.member = "4128", .birth = "19840617", .rank = 1};
	struct slot s = ask(w), other;

	(void)state;
	tagger_free(tagger);
	assert_int_equal(tagger_new(&still, &tagger), ERR_OK);
	assert_int_equal(tagger_add(tagger, 1, &second), ERR_OK);
	other = ask(w);
	assert_memory_not_equal(s.tags[0], other.tags[0], RIGHTS_TAG);
	/* the question's name hangs on the other root alone */
	assert_memory_equal(s.ask.q, other.ask.q, GUARD_Q);
	tagger_free(tagger);
	assert_int_equal(tagger_new(&second, &tagger), ERR_OK);
	assert_int_equal(tagger_add(tagger, 1, &second), ERR_OK);
	other = ask(w);
	assert_memory_not_equal(s.ask.q, other.ask.q, GUARD_Q);
}

/* After a turn a question shows both versions' tags, and is the same question;
 * a feed's line keeps the new ones and joins by the old. */
static void test_a_turn_shows_both_versions(void **state)
{
	struct shown w = {.member = "4128", .nir = "2840619004003",
	    .birth = "19840617", .rank = 1};
	struct slot before = ask(w), after;
	struct feed_line old = feed(&one, 1, "2840619004003", "19840617", '1',
	    "4128"), new;

	(void)state;
	assert_int_equal(before.older_count, 0);
	assert_int_equal(old.join_count, 0);
	assert_int_equal(tagger_newest(tagger), 1);
	assert_int_equal(tagger_add(tagger, 2, &second), ERR_OK);
	assert_int_equal(tagger_newest(tagger), 2);
	after = ask(w);
	assert_memory_equal(before.ask.q, after.ask.q, GUARD_Q);
	assert_int_equal(after.older_count, 1);
	assert_memory_equal(
	    after.older[0], before.tags, 2 * RIGHTS_TAG);
	assert_memory_not_equal(after.tags[0], before.tags[0], RIGHTS_TAG);
	new = feed(&one, 1, "2840619004003", "19840617", '1', "4128");
	assert_true(meets(&after, 0, &new) && meets(&after, 1, &new));
	assert_false(meets_any(&before, &new));
	/* the handle's tag does not turn: a card, member and NIR join */
	assert_memory_equal(new.tags[2], old.tags[2], RIGHTS_TAG);
	assert_int_equal(new.join_count, 3);
	assert_memory_equal(new.joins[0], old.tags[0], RIGHTS_TAG);
	assert_memory_equal(new.joins[1], old.tags[1], RIGHTS_TAG);
	assert_memory_equal(new.joins[2], old.tags[3], RIGHTS_TAG);
	/* once it is destroyed it finds nobody */
	tagger_drop(tagger, 1);
	assert_false(tagger_has(tagger, 1));
	assert_int_equal(ask(w).older_count, 0);
}

static void test_so_many_versions_and_no_more(void **state)
{
	(void)state;
	for (uint32_t v = 2; v <= RIGHTS_VERSIONS; v++)
		assert_int_equal(tagger_add(tagger, v, &second), ERR_OK);
	assert_int_equal(tagger_add(tagger, 9, &second), ERR_FULL);
	tagger_drop(tagger, 3);
	tagger_drop(tagger, 77);
	assert_int_equal(tagger_newest(tagger), RIGHTS_VERSIONS);
	assert_int_equal(tagger_add(tagger, 9, &second), ERR_OK);
}

static void test_a_fictive_nir_meets_nobody_and_costs_the_same(void **state)
{
	struct shown w = {.nir = FICTIVE, .birth = "19840617", .rank = 1};
	struct shown real = {.nir = "2840619004003", .birth = "19840617",
	    .rank = 1};
	struct feed_line l = feed(&one, 1, FICTIVE, "19840617", '1', "4128");
	struct slot s = ask(w), again = ask(w), r = ask(real);

	(void)state;
	/* the line has no alias of it: member, handle, card */
	assert_int_equal(l.tag_count, 3);
	assert_false(meets_any(&s, &l));
	assert_int_equal(s.tag_count, r.tag_count);
	assert_int_equal(s.proof, r.proof);
	/* asked again it is the same miss; another number is another */
	assert_memory_equal(s.ask.q, again.ask.q, GUARD_Q);
	w.nir = FICTIVE "00";
	again = ask(w);
	assert_memory_equal(s.ask.q, again.ask.q, GUARD_Q);
	w.nir = "1555555123457";
	again = ask(w);
	assert_memory_not_equal(s.ask.q, again.ask.q, GUARD_Q);
	/* beside a member number it spoils the question: all must meet one */
	w.member = "4128";
	s = ask(w);
	assert_int_equal(s.tag_count, 2);
	assert_true(meets(&s, 0, &l));
	assert_false(meets(&s, 1, &l));
}

/* A line whose only alias would be a fictive NIR has none; and a card that an
 * insurer makes up to look like the fictive tag does not meet it. */
static void test_a_feed_cannot_reach_the_fictive_tag(void **state)
{
	struct shown w = {.nir = FICTIVE, .birth = "19840617", .rank = 1};
	struct slot s = ask(w);
	struct feed_traits_line in = {.line = 1, .nir = span_str(FICTIVE),
	    .birth = "19840617", .rank = '1', .card_count = 1};
	struct feed_line line;
	uint8_t hash[HASH_SIZE];

	(void)state;
	hash_sha256(span_str(FICTIVE), hash);
	memcpy(in.cards[0], hash, FEED_TRAITS_CTI);
	assert_int_equal(tagger_line(tagger, &one, 1, &in, &line), ERR_OK);
	assert_int_equal(line.tag_count, 1);
	assert_false(meets_any(&s, &line));
	in.card_count = 0;
	assert_int_equal(tagger_line(tagger, &one, 1, &in, &line), ERR_OK);
	assert_int_equal(line.tag_count, 0);
}

static void test_several_aliases_are_a_question_of_their_own(void **state)
{
	struct shown member = {.member = "4128", .birth = "19840617",
	    .rank = 1};
	struct shown nir = {.nir = "2840619004003", .birth = "19840617",
	    .rank = 1};
	struct shown both = {.member = "4128", .nir = "2840619004003",
	    .birth = "19840617", .rank = 1};
	struct shown guess = {.member = "4128", .nir = "2840619004004",
	    .birth = "19840617", .rank = 1};
	struct slot m = ask(member), n = ask(nir), b = ask(both),
	    g = ask(guess);

	(void)state;
	/* a name of its own, which no turn changes and no feed has */
	assert_memory_not_equal(m.ask.q, m.tags[0], GUARD_Q);
	assert_memory_not_equal(m.ask.q, n.ask.q, GUARD_Q);
	assert_memory_equal(b.tags[0], m.tags[0], RIGHTS_TAG);
	assert_memory_equal(b.tags[1], n.tags[0], RIGHTS_TAG);
	assert_memory_not_equal(b.ask.q, m.ask.q, GUARD_Q);
	assert_memory_not_equal(b.ask.q, n.ask.q, GUARD_Q);
	/* one known alias beside guesses of another: each is new */
	assert_memory_not_equal(b.ask.q, g.ask.q, GUARD_Q);
	g = ask(both);
	assert_memory_equal(b.ask.q, g.ask.q, GUARD_Q);
}

static void test_traits_that_have_no_form(void **state)
{
	static const struct shown bad[] = {
		{.member = "--", .birth = "19840617", .rank = 1},
		{.member = "000", .birth = "19840617", .rank = 1},
		{.nir = "284061900400", .birth = "19840617", .rank = 1},
		{.nir = "28406XX004003", .birth = "19840617", .rank = 1},
		{.member = "4128", .birth = "1984061", .rank = 1},
		/* nothing that names anybody */
		{.birth = "19840617", .rank = 1},
		{.member = "4128"},
		{.nir = "2840619004003"},
		{.rank = 1},
	};
	struct slot s;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (asked(&one, 1, bad[i], &s) == ERR_OK)
			fail_msg("taken: %zu", i);
	/* not whole beside a card: dropped */
	assert_int_equal(asked(&one, 1, (struct shown){.card = true,
	    .member = "4128"}, &s), ERR_OK);
	assert_int_equal(s.tag_count, 1);
	assert_int_equal(s.proof & (OPENING_MEMBER | OPENING_NIR), 0);
}

static void test_rights_pass_as_they_came(void **state)
{
	struct feed_traits_line in = {.line = 77, .birth = "19840617",
	    .rank = '1', .member = span_str("4128"),
	    .contract = span_str("C1"), .convention = span_str("SP"),
	    .csr = span_str("X"), .order = 2, .from_day = 100,
	    .to_day = 200, .closed_day = 150, .age_class = 2,
	    .age_change = 24322, .domain_count = 2,
	    .domains = {{span_str("OPTI"), span_str("BR200"), 1},
		{span_str("DESO"), span_str(""), 0}}};
	struct feed_line l;

	(void)state;
	assert_int_equal(tagger_line(tagger, &one, 1, &in, &l), ERR_OK);
	assert_int_equal(l.line, 77);
	assert_int_equal(l.tag_count, 1);
	assert_int_equal(l.card_count, 0);
	assert_int_equal(l.handle.n, 0);
	assert_true(span_is(l.contract, "C1"));
	assert_true(span_is(l.convention, "SP"));
	assert_true(span_is(l.csr, "X"));
	assert_int_equal(l.order, 2);
	assert_int_equal(l.from_day, 100);
	assert_int_equal(l.to_day, 200);
	assert_int_equal(l.closed_day, 150);
	assert_int_equal(l.age_class, 2);
	assert_int_equal(l.age_change, 24322);
	assert_int_equal(l.domain_count, 2);
	assert_true(span_is(l.domains[0].code, "OPTI"));
	assert_true(span_is(l.domains[0].level, "BR200"));
	assert_int_equal(l.domains[0].authorization, 1);
	assert_int_equal(l.domains[1].authorization, 0);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

/* The mark of a decoy: by each alias, beside others, whatever the version; not
 * by what is near, in another cell, or before an act planted it. */
static void test_decoys(void **state)
{
	static const struct shown by_member = {NULL, "19800101", "777", 1, 0};
	static const struct shown near[] = {
	    {NULL, "19800101", "7770", 1, 0}, {NULL, "19800101", "777", 2, 0},
	    {NULL, "19800102", "777", 1, 0}};
	struct map names;
	struct slot s;

	(void)state;
	map_init(&names);
	tagger_decoys(tagger, &names);
	assert_int_equal(asked(&one, 1, by_member, &s), ERR_OK);
	assert_int_equal(s.proof & OPENING_DECOY, 0);
	assert_int_equal(map_put(&names, span_of(s.ask.q, GUARD_Q),
	    DECOYS_MADE), ERR_OK);
	assert_int_equal(asked(&one, 1, by_member, &s), ERR_OK);
	assert_int_equal(s.proof & OPENING_DECOY, 0);
	assert_int_equal(map_put(&names, span_of(s.ask.q, GUARD_Q),
	    DECOYS_PLANTED), ERR_OK);
	assert_int_equal(asked(&one, 1, by_member, &s), ERR_OK);
	assert_int_equal(s.proof, OPENING_DECOY | OPENING_MEMBER);
	assert_int_equal(tagger_add(tagger, 2, &second), ERR_OK);
	assert_int_equal(asked(&one, 1, by_member, &s), ERR_OK);
	assert_int_equal(s.proof, OPENING_DECOY | OPENING_MEMBER);
	assert_int_equal(asked(&one, 1, (struct shown){"2990199999999",
	    "19800101", "777", 1, 0}, &s), ERR_OK);
	assert_int_equal(s.proof & OPENING_DECOY, OPENING_DECOY);
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
		assert_int_equal(asked(&one, 1, near[i], &s), ERR_OK);
		assert_int_equal(s.proof & OPENING_DECOY, 0);
	}
	assert_int_equal(asked(&two, 2, by_member, &s), ERR_OK);
	assert_int_equal(s.proof & OPENING_DECOY, 0);
	tagger_decoys(tagger, NULL);
	map_release(&names);
}

/* One alias of a decoy that was made and one of a planted one: it is planted,
 * in whichever order they come; and no feed brings such a person. */
static void test_decoys_of_two_aliases(void **state)
{
	static const struct shown by_nir = {"2990199999999", "19800101", NULL,
	    1, 0}, by_member = {NULL, "19800101", "777", 1, 0},
	    by_both = {"2990199999999", "19800101", "777", 1, 0};
	struct feed_traits_line in = {.line = 3, .birth = "19800101",
	    .rank = '1', .member = span_str("777")};
	struct feed_line line = {.line = 9};
	struct slot member, nir, both;

	(void)state;
	member = ask(by_member);
	nir = ask(by_nir);
	for (uint32_t planted = 0; planted < 4; planted++) {
		struct map names;

		map_init(&names);
		assert_int_equal(map_put(&names, span_of(member.ask.q,
		    GUARD_Q), planted & 1 ? DECOYS_PLANTED : DECOYS_MADE),
		    ERR_OK);
		assert_int_equal(map_put(&names, span_of(nir.ask.q, GUARD_Q),
		    planted & 2 ? DECOYS_PLANTED : DECOYS_MADE), ERR_OK);
		tagger_decoys(tagger, &names);
		both = ask(by_both);
		assert_int_equal(both.proof & OPENING_DECOY,
		    planted ? OPENING_DECOY : 0);
		assert_int_equal(
		    tagger_line(tagger, &one, 1, &in, &line), ERR_EXISTS);
		tagger_decoys(tagger, NULL);
		map_release(&names);
	}
	assert_int_equal(tagger_line(tagger, &one, 1, &in, &line), ERR_OK);
}

/* A line that says nothing but whom it means, by his handle: its tag is the
 * handle's, which no turn changes. */
static void test_a_line_of_a_handle_alone(void **state)
{
	struct feed_traits_line in = {.line = 5, .kind = FEED_LINE_GONE,
	    .handle = span_str("handle")};
	char long_handle[LIMIT_HANDLE + 1];
	uint8_t tag[RIGHTS_TAG];
	struct feed_line line;

	(void)state;
	assert_int_equal(tagger_add(tagger, 2, &second), ERR_OK);
	assert_int_equal(tagger_line(tagger, &one, 1, &in, &line), ERR_OK);
	assert_int_equal(line.line, 5);
	assert_int_equal(line.kind, FEED_LINE_GONE);
	assert_int_equal(line.tag_count, 1);
	assert_int_equal(line.join_count, 0);
	assert_true(span_is(line.handle, "handle"));
	assert_int_equal(tagger_handle(
	    tagger, &one, 1, span_str("handle"), tag), ERR_OK);
	assert_memory_equal(line.tags[0], tag, RIGHTS_TAG);
	/* one that is none names nobody, here and beside traits */
	memset(long_handle, 'h', sizeof(long_handle));
	in.handle = span_of(long_handle, sizeof(long_handle));
	assert_true(tagger_line(tagger, &one, 1, &in, &line) != ERR_OK);
	in.kind = 0;
	in.member = span_str("777");
	in.rank = '1';
	(void)snprintf(in.birth, sizeof(in.birth), "19800101");
	assert_true(tagger_line(tagger, &one, 1, &in, &line) != ERR_OK);
}

static void test_the_newest_version(void **state)
{
	struct tagger *t;

	(void)state;
	assert_int_equal(tagger_new(&still, &t), ERR_OK);
	assert_int_equal(tagger_newest(t), 0);
	assert_int_equal(tagger_add(t, 3, &root), ERR_OK);
	assert_int_equal(tagger_add(t, 4, &second), ERR_OK);
	assert_int_equal(tagger_newest(t), 4);
	tagger_drop(t, 4);
	assert_int_equal(tagger_newest(t), 3);
	tagger_free(t);
}

/* No tag, or all of them: whichever allocation fails. */
static void test_without_memory_nobody_is_named(void **state)
{
	const struct shown w = {.member = "4128", .nir = "2840619004003",
	    .birth = "19840617", .rank = 1};
	struct feed_traits_line in = {.line = 1, .birth = "19840617",
	    .nir = span_str("2840619004003"), .rank = '1',
	    .member = span_str("4128"), .handle = span_str("handle")};
	struct feed_line line, want;
	uint8_t ref[RIGHTS_TAG];
	struct slot s, asks;

	(void)state;
	assert_int_equal(tagger_add(tagger, 2, &second), ERR_OK);
	asks = ask(w);
	assert_int_equal(tagger_line(tagger, &one, 1, &in, &want), ERR_OK);
	for (int what = 0; what < 4; what++) {
		bool failed = true;

		for (int n = 0; failed; n++) {
			enum err e;

			(void)unmake(NULL);
			tagger = NULL;
			failing_set(FAILING_MEMORY, n, ENOMEM);
			e = tagger_new(&still, &tagger);
			if (!e)
				e = tagger_add(tagger, 1, &root);
			if (!e)
				e = tagger_add(tagger, 2, &second);
			if (!e && what == 0)
				e = asked(&one, 1, w, &s);
			else if (!e && what == 1)
				e = tagger_line(tagger, &one, 1, &in, &line);
			else if (!e && what == 2)
				e = tagger_handle(tagger, &one, 1,
				    span_str("handle"), ref);
			else if (!e)
				e = asked(NULL, 40, w, &s);
			failed = failing_end();
			assert_int_equal(e, failed ? ERR_NOMEM : ERR_OK);
		}
		if (what == 0)
			assert_memory_equal(s.tags, asks.tags, sizeof(s.tags));
		if (what == 1)
			assert_memory_equal(
			    line.tags, want.tags, sizeof(line.tags));
	}
	tagger_free(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_decoys, make, unmake),
		WITH(test_decoys_of_two_aliases),
		WITH(test_a_line_of_a_handle_alone),
		cmocka_unit_test(test_the_newest_version),
		cmocka_unit_test_setup_teardown(test_without_memory_nobody_is_named, make, unmake),
		WITH(test_every_alias_meets_its_line),
		WITH(test_a_card_names_its_person_alone),
		WITH(test_spellings_meet),
		WITH(test_other_traits_do_not_meet),
		WITH(test_cells_share_nothing),
		WITH(test_the_operator_parts_cells_too),
		WITH(test_no_insurer_has_the_key_of_cell_0),
		WITH(test_many_cells_keep_their_keys),
		WITH(test_another_root_gives_other_tags),
		WITH(test_a_turn_shows_both_versions),
		WITH(test_so_many_versions_and_no_more),
		WITH(test_a_fictive_nir_meets_nobody_and_costs_the_same),
		WITH(test_a_feed_cannot_reach_the_fictive_tag),
		WITH(test_several_aliases_are_a_question_of_their_own),
		WITH(test_traits_that_have_no_form),
		WITH(test_rights_pass_as_they_came),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
