/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a contract counts by its own days and cell, a newer file replaces an
 * older one and never the other way, a text with a fault changes nothing, all
 * is there after the store was closed, more than the limit is refused, and
 * more contracts than are held ready are priced all the same. */
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
#include "vault/catalogue.h"

struct bench {
	char dir[64], path[96];
	struct store *store;
	char rules[96], file[128];	/* folder; of path_of */
	struct catalogue *c;
	struct contracts_said said;
};

static const char *const files[] = {"acts.csv", "bases.csv",
    "exemptions.csv", "limits.csv", "participations.csv", "rates.csv",
    "renewals.csv", "responsible.csv"};

static const char *path_of(struct bench *b, const char *file)
{
	(void)snprintf(b->file, sizeof(b->file), "%s/%s", b->rules, file);
	return b->file;
}

static void write_file(struct bench *b, const char *file, struct span text)
{
	assert_int_equal(file_replace(path_of(b, file), text, 0600), ERR_OK);
}

static void read_file(const char *file, struct buf *text)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", RULES_DIR, file);
	buf_init(text, 1u << 20);
	assert_int_equal(file_read(path, text), ERR_OK);
}

/* The rules of the tree, which a test may change. */
static void copy_rules_again(struct bench *b)
{
	struct buf text;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		read_file(files[i], &text);
		write_file(b, files[i], buf_span(&text));
		buf_release(&text);
	}
}

static void copy_rules(struct bench *b)
{
	(void)snprintf(b->rules, sizeof(b->rules), "%s/rules", b->dir);
	assert_int_equal(file_mkdir(b->rules, 0700), ERR_OK);
	copy_rules_again(b);
}

static void open_all(struct bench *b)
{
	struct store_options o = {STORE_SQLITE, b->path, 1, 0};

	assert_int_equal(store_open(&o, &b->store), ERR_OK);
	assert_int_equal(
	    catalogue_open(b->store, b->rules, &b->c), ERR_OK);
}

static void close_all(struct bench *b)
{
	catalogue_close(b->c);
	assert_int_equal(store_close(b->store), ERR_OK);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_true(place_make(b->dir, sizeof(b->dir), "test_catalogue"));
	(void)snprintf(b->path, sizeof(b->path), "%s/store.db", b->dir);
	copy_rules(b);
	open_all(b);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	char log[112];

	close_all(b);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		assert_int_equal(unlink(path_of(b, files[i])), 0);
	assert_int_equal(rmdir(b->rules), 0);
	(void)snprintf(log, sizeof(log), "%s-wal", b->path);
	(void)unlink(log);
	assert_int_equal(unlink(b->path), 0);
	assert_int_equal(rmdir(b->dir), 0);
	free(b);
	return 0;
}

static uint8_t put(struct bench *b, uint32_t cell, const char *code,
    const char *from, int64_t made)
{
	char text[256];
	struct contracts_put in = {.cell = cell, .made_ms = made,
	    .amc = span_str("0099100001"), .text = span_str(text)};

	(void)snprintf(text, sizeof(text), "contract %s\ninsurer 0099100001\n"
	    "label-fr x\nlabel-en x\nfrom %s\nresponsible no\n"
	    "cover * = TM\n", code, from);
	in.text = span_str(text);
	memset(in.id, 0, sizeof(in.id));
	(void)snprintf((char *)in.id, sizeof(in.id), "%lld",
	    (long long)made);
	catalogue_put(b->c, &in, &b->said);
	return b->said.outcome;
}

/* The first day of the version that prices a day; 0: none does. */
static int32_t from_of(
    struct bench *b, uint32_t cell, const char *code, int32_t day)
{
	const struct price_plan *plan = NULL;

	assert_int_equal(catalogue_plan(
	    b->c, cell, span_str(code), day, &plan), ERR_OK);
	return plan ? price_plan_contract(plan)->from_day : 0;
}

#define Y2026 20454	/* 2026-01-01 */
#define Y2027 20819

static void test_versions(void **state)
{
	struct bench *b = *state;

	assert_int_equal(put(b, 1, "A", "2026-01-01", 10), CONTRACTS_TAKEN);
	assert_int_equal(put(b, 1, "A", "2027-01-01", 11), CONTRACTS_TAKEN);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(from_of(b, 1, "A", Y2026 - 1), 0);
		assert_int_equal(from_of(b, 1, "A", Y2026), Y2026);
		assert_int_equal(from_of(b, 1, "A", Y2027 - 1), Y2026);
		assert_int_equal(from_of(b, 1, "A", Y2027), Y2027);
		assert_int_equal(from_of(b, 2, "A", Y2027), 0);
		assert_int_equal(from_of(b, 1, "B", Y2027), 0);
		close_all(b);
		open_all(b);
	}
}

static void test_newer_and_older(void **state)
{
	struct bench *b = *state;
	struct contracts_put in = {.cell = 1, .made_ms = 99,
	    .amc = span_str("0099100001"),
	    .text = span_str("contract A\nwhat\n")};

	assert_int_equal(put(b, 1, "A", "2026-01-01", 10), CONTRACTS_TAKEN);
	assert_int_equal(put(b, 1, "A", "2026-01-01", 10), CONTRACTS_ALREADY);
	assert_int_equal(put(b, 1, "A", "2026-01-01", 9), CONTRACTS_OLDER);
	assert_int_equal(put(b, 1, "A", "2026-01-01", 12), CONTRACTS_TAKEN);
	assert_int_equal(put(b, 1, "A", "2026-01-01", 10), CONTRACTS_OLDER);
	catalogue_put(b->c, &in, &b->said);
	assert_int_equal(b->said.outcome, CONTRACTS_WRONG);
	assert_true(b->said.words.n > 0);
	assert_int_equal(from_of(b, 1, "A", Y2026), Y2026);
}

static void test_limit(void **state)
{
	struct bench *b = *state;
	char code[16];

	for (int i = 0; i < LIMIT_CONTRACTS; i++) {
		(void)snprintf(code, sizeof(code), "C%d", i);
		assert_int_equal(
		    put(b, 1, code, "2026-01-01", 10), CONTRACTS_TAKEN);
	}
	assert_int_equal(
	    put(b, 1, "MORE", "2026-01-01", 10), CONTRACTS_FULL);
	assert_int_equal(put(b, 1, "C7", "2026-01-01", 11), CONTRACTS_TAKEN);
	assert_int_equal(put(b, 2, "MORE", "2026-01-01", 10),
	    CONTRACTS_TAKEN);
	for (int i = 0; i < 2 * LIMIT_CONTRACTS; i++) {
		(void)snprintf(
		    code, sizeof(code), "C%d", i % LIMIT_CONTRACTS);
		assert_int_equal(from_of(b, 1, code, Y2026), Y2026);
	}
}

/* What contract A pays for a consultation of 60 EUR on 2026-06-01. */
static int64_t price_of(struct bench *b)
{
	static struct price_result result;
	static struct price_ask ask;
	struct price_fault fault;
	const struct price_plan *plan = NULL;

	ask = (struct price_ask){.day = Y2026 + 151, .line_count = 1};
	ask.lines[0] = (struct price_line){.n = 1, .quantity = 1,
	    .price = money_of(6000), .optam = CONTRACT_YES,
	    .act = rules_act(catalogue_rules(b->c), span_str("G"), ask.day)};
	assert_int_equal(catalogue_plan(
	    b->c, 1, span_str("A"), ask.day, &plan), ERR_OK);
	assert_int_equal(price(plan, &ask, true, &result, &fault), ERR_OK);
	return result.amc.cents;
}

/* The base of a consultation, in the place of 30.00; gives what is said. */
static enum err reload(struct bench *b, const char *base, char *words,
    uint32_t *rows)
{
	struct buf text, out;
	struct reader r;
	struct span said;
	enum err e;
	char *at;

	read_file("bases.csv", &text);
	buf_put_u8(&text, 0);
	at = strstr((char *)text.p, "\nG;;;30.00;");
	assert_non_null(at);
	memcpy(at + 5, base, 5);
	write_file(b, "bases.csv", span_of(text.p, text.n - 1));
	buf_release(&text);
	buf_init(&out, 512);
	catalogue_reload(b->c, &out);
	r = reader_of(buf_span(&out));
	e = (enum err)read_u16(&r);
	*rows = read_u32(&r);
	said = read_bytes(&r, reader_left(&r));
	(void)snprintf(words, 240, "%.*s", (int)said.n,
	    (const char *)said.p);
	buf_release(&out);
	return e;
}

static void test_reload(void **state)
{
	struct bench *b = *state;
	char words[240];
	uint32_t rows, same;

	assert_int_equal(put(b, 1, "A", "2026-01-01", 10), CONTRACTS_TAKEN);
	assert_int_equal(price_of(b), 900);
	assert_int_equal(reload(b, "40.00", words, &rows), ERR_OK);
	assert_true(rows > 300);
	assert_string_equal(words, "");
	assert_int_equal(price_of(b), 1200);
	/* file, line and column are told, and what was there counts on */
	assert_int_not_equal(reload(b, "4x.00", words, &same), ERR_OK);
	assert_int_equal(same, 0);
	assert_ptr_equal(strstr(words, "bases.csv:"), words);
	assert_non_null(strstr(words, ": base: "));
	assert_int_equal(price_of(b), 1200);
	assert_int_equal(unlink(path_of(b, "rates.csv")), 0);
	assert_int_not_equal(reload(b, "50.00", words, &same), ERR_OK);
	assert_non_null(strstr(words, "rates.csv"));
	assert_int_equal(price_of(b), 1200);
	copy_rules_again(b);
	assert_int_equal(reload(b, "50.00", words, &same), ERR_OK);
	assert_int_equal(same, rows);
	assert_int_equal(price_of(b), 1500);
}

/* The rules lose every row of an act, or have them again. */
static void without_act(struct bench *b, const char *row)
{
	struct buf text, out;
	const char *at, *end;

	read_file("acts.csv", &text);
	buf_put_u8(&text, 0);
	at = strstr((char *)text.p, row);
	assert_non_null(at);
	end = strchr(at + 1, '\n');
	buf_init(&out, 1u << 20);
	buf_put(&out, text.p, (size_t)(at - (char *)text.p));
	buf_text(&out, end);
	write_file(b, "acts.csv", buf_span(&out));
	buf_release(&out);
	buf_release(&text);
}

/* A contract that names the act TCG. */
static void put_z(struct bench *b, int64_t made, const char *more)
{
	char text[256];
	struct contracts_put in = {.cell = 1, .made_ms = made,
	    .amc = span_str("0099100001"), .text = span_str(text)};

	(void)snprintf(text, sizeof(text), "contract Z\ninsurer 0099100001\n"
	    "label-fr x\nlabel-en x\nfrom 2026-01-01\nresponsible no\n"
	    "cover * = TM\n%s", more);
	in.text = span_str(text);
	memset(in.id, (int)made, sizeof(in.id));
	catalogue_put(b->c, &in, &b->said);
	assert_int_equal(b->said.outcome, CONTRACTS_TAKEN);
}

/* A stored contract is read again by the new rules when it is next asked
 * for: one that names what they lack prices nothing until it is there again,
 * and takes no other contract with it. */
static void test_reload_rechecks(void **state)
{
	struct bench *b = *state;
	char words[240];
	uint32_t rows;

	assert_int_equal(put(b, 1, "A", "2026-01-01", 10), CONTRACTS_TAKEN);
	put_z(b, 11, "cover act:TCG = nothing\n");
	assert_int_equal(from_of(b, 1, "Z", Y2026), Y2026);
	without_act(b, "\nTCG;");
	assert_int_equal(reload(b, "30.00", words, &rows), ERR_OK);
	assert_int_equal(from_of(b, 1, "Z", Y2026), 0);
	assert_int_equal(price_of(b), 900);
	copy_rules_again(b);
	assert_int_equal(reload(b, "30.00", words, &rows), ERR_OK);
	assert_int_equal(from_of(b, 1, "Z", Y2026), Y2026);
}

/* Asked for when it is held ready: its text is not fetched. */
static void assert_held(struct bench *b, const char *code, int32_t from)
{
	failing_store_set(FAILING_STORE_STEP, 1, 1, ERR_IO);
	assert_int_equal(from_of(b, 1, code, Y2026), from);
	assert_false(failing_store_end());
}

/* One that cannot be priced is read once, and not for each estimate, and takes
 * no place of others; a new text is read. */
static void test_unpriced_is_remembered(void **state)
{
	struct bench *b = *state;
	char words[240];
	uint32_t rows;

	assert_int_equal(put(b, 1, "A", "2026-01-01", 10), CONTRACTS_TAKEN);
	put_z(b, 11, "cover act:TCG = nothing\n");
	without_act(b, "\nTCG;");
	assert_int_equal(reload(b, "30.00", words, &rows), ERR_OK);
	assert_int_equal(price_of(b), 900);
	assert_int_equal(from_of(b, 1, "Z", Y2026), 0);
	for (int i = 0; i < 100; i++)
		assert_held(b, "Z", 0);
	assert_held(b, "A", Y2026);
	put_z(b, 12, "");
	assert_int_equal(from_of(b, 1, "Z", Y2026), Y2026);
	assert_held(b, "Z", Y2026);
}

/* A vault that starts without rules prices once it has them. */
static void test_late_rules(void **state)
{
	struct bench *b = *state;
	char words[240];
	uint32_t rows;

	assert_int_equal(put(b, 2, "A", "2026-01-01", 10), CONTRACTS_TAKEN);
	assert_int_equal(unlink(path_of(b, "acts.csv")), 0);
	close_all(b);
	open_all(b);
	assert_null(catalogue_rules(b->c));
	assert_null(catalogue_nothing(b->c));
	/* one that stands prices nothing meanwhile, and is not lost */
	assert_int_equal(from_of(b, 2, "A", Y2026), 0);
	assert_int_not_equal(reload(b, "30.00", words, &rows), ERR_OK);
	assert_int_equal(rows, 0);
	assert_null(catalogue_rules(b->c));
	assert_int_equal(put(b, 1, "A", "2026-01-01", 10),
	    CONTRACTS_NO_RULES);
	assert_int_equal(from_of(b, 1, "A", Y2026), 0);
	copy_rules_again(b);
	assert_int_equal(reload(b, "30.00", words, &rows), ERR_OK);
	assert_int_equal(put(b, 1, "A", "2026-01-01", 10), CONTRACTS_TAKEN);
	assert_int_equal(price_of(b), 900);
	assert_int_equal(from_of(b, 2, "A", Y2026), Y2026);
}

/* Who signed it is one mutuelle, whom it names another. */
static void test_a_contract_of_another_mutuelle(void **state)
{
	static const char text[] = "contract A\ninsurer 0099100002\n"
	    "label-fr x\nlabel-en x\nfrom 2026-01-01\nresponsible no\n"
	    "cover * = TM\n";
	struct bench *b = *state;
	struct contracts_put in = {.cell = 1, .made_ms = 10,
	    .amc = span_str("0099100001"), .text = span_str(text)};
	bool there = true;

	catalogue_put(b->c, &in, &b->said);
	assert_int_equal(b->said.outcome, CONTRACTS_AMC_DIFFERS);
	assert_int_equal(
	    catalogue_has(b->c, 1, span_str("A"), &there), ERR_OK);
	assert_false(there);
	in.amc = span_str("0099100002");
	catalogue_put(b->c, &in, &b->said);
	assert_int_equal(b->said.outcome, CONTRACTS_TAKEN);
}

/* A store that fails takes nothing half: what was there prices on, and the
 * same file, sent again, is taken. */
static void test_a_store_that_fails(void **state)
{
	static const enum failing_store_kind kinds[] = {FAILING_STORE_BEGIN,
	    FAILING_STORE_COMMIT, FAILING_STORE_STEP, FAILING_STORE_RUN};
	struct bench *b = *state;
	int64_t made = 10;

	assert_int_equal(put(b, 1, "A", "2026-01-01", made), CONTRACTS_TAKEN);
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		bool met = true;

		for (unsigned n = 0; met; n++) {
			uint8_t outcome;

			made++;
			failing_store_set(kinds[k], n, 1, ERR_FULL);
			outcome = put(b, 1, "A", "2026-01-01", made);
			met = failing_store_end();
			assert_int_equal(outcome,
			    met ? CONTRACTS_FAILED : CONTRACTS_TAKEN);
			assert_int_equal(from_of(b, 1, "A", Y2026), Y2026);
			assert_int_equal(put(b, 1, "A", "2026-01-01", made),
			    met ? CONTRACTS_TAKEN : CONTRACTS_ALREADY);
		}
	}
}

/* A contract that is not read is an error, and not one that is not there. */
static void test_a_contract_that_is_not_read(void **state)
{
	struct bench *b = *state;
	bool met = true;

	assert_int_equal(put(b, 1, "A", "2026-01-01", 10), CONTRACTS_TAKEN);
	for (unsigned n = 0; met; n++) {
		const struct price_plan *plan = NULL;
		bool there = false;
		enum err e;

		close_all(b);
		open_all(b);
		failing_store_set(FAILING_STORE_STEP, n, 1, ERR_IO);
		e = catalogue_plan(b->c, 1, span_str("A"), Y2026, &plan);
		assert_true(e || plan);
		if (!e)
			e = catalogue_has(b->c, 1, span_str("A"), &there);
		met = failing_store_end();
		assert_int_equal(e != ERR_OK, met);
		assert_true(e || there);
	}
}

#define MANY 60	/* contracts of a mutuelle: fewer than are held ready */

/* Contracts with the numbers from first on, of a cell, each asked for once;
 * how many of them were made ready for it. */
static uint64_t made_ready(
    struct bench *b, uint32_t cell, int first, int count)
{
	uint64_t before = store_runs(b->store);
	char code[16];

	for (int i = first; i < first + count; i++) {
		(void)snprintf(
		    code, sizeof(code), "C%d", i % LIMIT_CONTRACTS);
		assert_int_equal(from_of(b, cell, code, Y2026), Y2026);
	}
	/* one statement finds the version, another reads its text */
	return store_runs(b->store) - before - (uint64_t)count;
}

static void put_many(struct bench *b, uint32_t cell, int count)
{
	char code[16];

	for (int i = 0; i < count; i++) {
		(void)snprintf(code, sizeof(code), "C%d", i);
		assert_int_equal(
		    put(b, cell, code, "2026-01-01", 10), CONTRACTS_TAKEN);
	}
}

/* A mutuelle with as many contracts as there may be, all of them asked for in
 * turn, has its own made again and again, and nobody else's. */
static void test_a_mutuelle_of_many_contracts(void **state)
{
	struct bench *b = *state;
	uint64_t others = 0, own = 0;

	put_many(b, 1, LIMIT_CONTRACTS);
	put_many(b, 2, 4);
	put_many(b, 3, 4);
	for (int round = 0; round < 20; round++) {
		own += made_ready(b, 1, 100 * round, 100);
		others += made_ready(b, 2, 0, 4);
		others += made_ready(b, 3, 0, 4);
	}
	assert_int_equal(others, 8);
	assert_int_equal(own, 2000);
}

/* What nobody asks for any more keeps no place from who would use it. */
static void test_forgotten_contracts(void **state)
{
	struct bench *b = *state;
	uint64_t made = 0;
	int rounds = 0;

	put_many(b, 1, MANY);
	put_many(b, 2, 20);
	assert_int_equal(made_ready(b, 2, 0, 20), 20);
	do
		made = made_ready(b, 1, 0, MANY);
	while (made > 0 && ++rounds < 100);
	assert_int_equal(made, 0);
	assert_true(rounds > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_versions, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_newer_and_older, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_a_store_that_fails, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_a_contract_that_is_not_read, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_reload, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_reload_rechecks, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_unpriced_is_remembered, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_late_rules, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_a_contract_of_another_mutuelle, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_a_mutuelle_of_many_contracts, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_forgotten_contracts, setup, teardown)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
