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
#include "vault/catalogue.h"

struct bench {
	char dir[40], path[64];
	struct store *store;
	struct rules *rules;
	struct catalogue *c;
	struct contracts_said said;
};

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
	struct rules_fault fault;

	(void)snprintf(
	    b->dir, sizeof(b->dir), "/tmp/ecluse-catalogue-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	(void)snprintf(b->path, sizeof(b->path), "%s/store.db", b->dir);
	assert_int_equal(rules_load(RULES_DIR, &b->rules, &fault), ERR_OK);
	open_all(b);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	char log[80];

	close_all(b);
	rules_free(b->rules);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_versions, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_newer_and_older, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_limit, setup, teardown)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
