/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: acts that no rule prices are told by their place, whoever is asked
 * about; who is not covered, or by no contract that is here, is priced nothing;
 * a child is priced as one until the month that the feed says, and what his age
 * alone contradicts is an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "failing_store.h"
#include "place.h"
#include "vault/estimate.h"

#define CELL 3
#define DAY 20607	/* 2026-06-03 */
#define MONTH (2026 * 12 + 5)	/* of that day, as a feed counts */

struct bench {
	char dir[64], path[96];
	struct store *store;
	struct catalogue *c;
	struct contracts_said said;
	struct estimate acts;
	struct answer_facts facts;
	struct estimating m;
};

static void open_with(struct bench *b, const char *rules)
{
	struct store_options o = {STORE_SQLITE, b->path, 1, 0};

	assert_int_equal(store_open(&o, &b->store), ERR_OK);
	assert_int_equal(catalogue_open(b->store, rules, &b->c), ERR_OK);
}

static void close_all(struct bench *b)
{
	catalogue_close(b->c);
	assert_int_equal(store_close(b->store), ERR_OK);
}

/* A hearing aid, for somebody who is covered by contract A. */
static int setup(void **state)
{
	static const char text[] = "contract A\ninsurer 0099100001\n"
	    "label-fr x\nlabel-en x\nfrom 2026-01-01\nresponsible no\n"
	    "cover * = TM\n";
	struct contracts_put in = {.cell = CELL, .made_ms = 1,
	    .amc = span_str("0099100001"), .text = span_str(text)};
	struct bench *b = calloc(1, sizeof(*b));

	assert_true(place_make(b->dir, sizeof(b->dir), "test_estimate"));
	(void)snprintf(b->path, sizeof(b->path), "%s/store.db", b->dir);
	open_with(b, RULES_DIR);
	catalogue_put(b->c, &in, &b->said);
	assert_int_equal(b->said.outcome, CONTRACTS_TAKEN);
	b->acts = (struct estimate){.count = 1, .lines[0] = {.n = 7,
	    .act = "PAZ", .quantity = 1, .price = 140000}};
	b->facts = (struct answer_facts){.state = RIGHTS_COVERED,
	    .contract = span_str("A"), .since_day = DAY - 100};
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	char log[112];

	close_all(b);
	(void)snprintf(log, sizeof(log), "%s-wal", b->path);
	(void)unlink(log);
	assert_int_equal(unlink(b->path), 0);
	assert_int_equal(rmdir(b->dir), 0);
	free(b);
	return 0;
}

static enum err make_less(struct bench *b, size_t cut)
{
	struct rights_do asked = {.cell = CELL, .care_day = DAY,
	    .purpose = RIGHTS_ESTIMATE, .domain = span_str("AUDI")};
	struct buf packed;
	enum err e;

	buf_init(&packed, ESTIMATE_MOST);
	estimate_pack(&b->acts, &packed);
	assert_int_equal(packed.err, ERR_OK);
	asked.acts = span_of(packed.p, packed.n - cut);
	e = estimate_make(&b->m, b->c, &asked, &b->facts);
	buf_release(&packed);
	return e;
}

static void make(struct bench *b)
{
	assert_int_equal(make_less(b, 0), ERR_OK);
}

static void assert_unfit(struct bench *b, unsigned line, const char *field)
{
	for (int about = RIGHTS_COVERED; about <= RIGHTS_UNKNOWN; about++) {
		b->facts.state = (enum rights_state)about;
		make(b);
		assert_int_equal(b->m.state, RIGHTS_UNFIT);
		assert_int_equal(b->m.line, line);
		assert_string_equal(b->m.field, field);
		assert_false(b->m.priced);
	}
}

static void test_unfit_whoever_is_asked_about(void **state)
{
	struct bench *b = *state;
	static const char *const others[] = {"NONE", "M01"};

	b->acts.count = 2;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		b->acts.lines[1] = b->acts.lines[0];
		(void)snprintf(b->acts.lines[1].act,
		    sizeof(b->acts.lines[1].act), "%s", others[i]);
		assert_unfit(b, 1, "act");
	}
	b->acts.lines[1] = b->acts.lines[0];
	b->acts.lines[1].other = 140001;
	assert_unfit(b, 1, "other");
	b->acts.lines[1].other = 0;
	b->facts.state = RIGHTS_COVERED;
	make(b);
	assert_true(b->m.priced);
}

static void test_by_the_contract_or_not_at_all(void **state)
{
	static const struct answer_facts second = {.state = RIGHTS_COVERED};
	struct bench *b = *state;

	make(b);
	assert_int_equal(b->m.state, RIGHTS_COVERED);
	assert_true(b->m.priced && !b->m.no_contract && !b->m.second);
	/* the base of an adult is 400, of which the mutuelle pays 40 % */
	assert_int_equal(b->m.result.amc.cents, 16000);
	assert_int_equal(b->m.ask.since_day, DAY - 100);
	b->facts.next = &second;
	make(b);
	assert_true(b->m.priced && b->m.second);
	b->facts.contract = span_str("B");
	make(b);
	assert_true(b->m.no_contract && !b->m.priced);
	for (int other = RIGHTS_NOT_COVERED; other <= RIGHTS_UNKNOWN; other++) {
		b->facts.state = (enum rights_state)other;
		for (int known = 0; known < 2; known++) {
			b->facts.contract = span_str(known ? "A" : "B");
			make(b);
			assert_int_equal(b->m.state, other);
			assert_false(b->m.priced || b->m.no_contract ||
			    b->m.second || b->m.contradicted);
			assert_int_equal(b->m.ask.since_day, 0);
		}
	}
}

static void test_a_child_until_the_month_of_the_feed(void **state)
{
	static const struct {
		uint8_t class;
		uint32_t change;
		bool child;
	} cases[] = {{0, 0, false}, {2, 0, false}, {2, MONTH + 1, false},
	    {1, 0, true}, {1, MONTH + 1, true}, {1, MONTH, false},
	    {1, MONTH - 1, false}};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		b->facts.age_class = cases[i].class;
		b->facts.age_change = cases[i].change;
		make(b);
		assert_true(b->m.priced);
		/* 40 % of 1400, or of 400 */
		assert_int_equal(b->m.result.amc.cents,
		    cases[i].child ? 56000 : 16000);
	}
}

static const char *const files[] = {"acts.csv", "bases.csv",
    "exemptions.csv", "limits.csv", "participations.csv", "rates.csv",
    "renewals.csv", "responsible.csv"};

static void path_in(
    const struct bench *b, const char *file, char out[static 128])
{
	(void)snprintf(out, 128, "%s/rules/%s", b->dir, file);
}

/* The rules of the tree, by which a child's hearing aid has a base of 100. */
static void copy_rules(struct bench *b)
{
	char to[128], from[256], *at;
	struct buf text;

	path_in(b, "", to);
	assert_int_equal(file_mkdir(to, 0700), ERR_OK);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(
		    from, sizeof(from), "%s/%s", RULES_DIR, files[i]);
		buf_init(&text, 1u << 20);
		assert_int_equal(file_read(from, &text), ERR_OK);
		at = memmem(text.p, text.n, "PAZ;;child;1400", 15);
		if (at && i == 1)
			memcpy(at, "PAZ;;child;0100", 15);
		path_in(b, files[i], to);
		assert_int_equal(
		    file_replace(to, buf_span(&text), 0600), ERR_OK);
		buf_release(&text);
	}
}

static void remove_rules(struct bench *b)
{
	char path[128];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path_in(b, files[i], path);
		assert_int_equal(unlink(path), 0);
	}
	path_in(b, "", path);
	assert_int_equal(rmdir(path), 0);
}

/* More is kept back than is paid for a child, and not for an adult: no refusal,
 * for that is no reading of the journal. */
static void test_what_his_age_alone_contradicts(void **state)
{
	struct bench *b = *state;
	char rules[128];

	close_all(b);
	copy_rules(b);
	path_in(b, "", rules);
	open_with(b, rules);
	b->acts.lines[0].given = ESTIMATE_PARTICIPATION;
	b->acts.lines[0].participation = 10000;
	make(b);
	assert_true(b->m.priced && !b->m.contradicted);
	b->facts.age_class = 1;
	make(b);
	assert_int_equal(b->m.state, RIGHTS_COVERED);
	assert_true(b->m.contradicted && !b->m.priced);
	/* about nobody the same, and nothing of it is told */
	b->facts.state = RIGHTS_CLOSED;
	make(b);
	assert_false(b->m.contradicted || b->m.priced);
	remove_rules(b);
}

static void test_ears_are_told_apart(void **state)
{
	static const char sides[] = {0, 'L', 'R'};
	struct bench *b = *state;

	for (uint8_t side = 0; side < sizeof(sides); side++) {
		b->acts.lines[0].side = side;
		make(b);
		assert_true(b->m.priced);
		assert_int_equal(b->m.ask.lines[0].side, sides[side]);
	}
}

/* Whether the contract is here is told also where nothing can be priced. */
static void test_without_rules(void **state)
{
	struct bench *b = *state;

	close_all(b);
	open_with(b, "/nowhere");
	(void)snprintf(b->acts.lines[0].act, sizeof(b->acts.lines[0].act),
	    "NONE");
	make(b);
	assert_int_equal(b->m.state, RIGHTS_COVERED);
	assert_false(b->m.priced);
	b->facts.state = RIGHTS_UNKNOWN;
	make(b);
	assert_int_equal(b->m.state, RIGHTS_UNKNOWN);
	assert_false(b->m.priced || b->m.no_contract);
}

static void test_what_fails_is_told(void **state)
{
	struct bench *b = *state;
	bool met = true;

	assert_int_equal(make_less(b, 1), ERR_SHAPE);
	for (unsigned n = 0; met; n++) {
		enum err e;

		close_all(b);
		open_with(b, RULES_DIR);
		failing_store_set(FAILING_STORE_STEP, n, 1, ERR_IO);
		e = make_less(b, 0);
		met = failing_store_end();
		assert_int_equal(e != ERR_OK, met);
		assert_int_equal(b->m.priced, !met);
	}
}

#define WITH(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(test_unfit_whoever_is_asked_about),
	    WITH(test_by_the_contract_or_not_at_all),
	    WITH(test_a_child_until_the_month_of_the_feed),
	    WITH(test_what_his_age_alone_contradicts),
	    WITH(test_ears_are_told_apart),
	    WITH(test_without_rules),
	    WITH(test_what_fails_is_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
