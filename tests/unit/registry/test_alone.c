/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what one administrator's signature does, and figures that would keep
 * the keeper from starting again never get into the log. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "base/date.h"
#include "base/random.h"
#include "base/text.h"
#include "registry/registry.h"

#define T0 INT64_C(1790000000000)
#define HOUR_MS INT64_C(3600000)

static struct registry *registry;
static unsigned written;

static enum err act(unsigned signers, int64_t at_ms, int64_t live_ms,
    bool first, const char *lines)
{
	enum registry_wish wish = REGISTRY_NOTHING;
	struct registry_fault fault;
	uint8_t nonce[16] = {0};
	struct buf text;
	enum err e;

	put_be32(nonce, ++written);
	buf_init(&text, 65536);
	act_write_head(&text, span_str("test"), at_ms, nonce);
	buf_text(&text, lines);
	assert_false(text.err);
	e = registry_apply(registry, buf_span(&text), signers, first, live_ms,
	    &wish, &fault);
	buf_release(&text);
	return e;
}

static int set_up(void **state)
{
	(void)state;
	written = 0;
	if (registry_new(&registry))
		return 1;
	return act(0, T0, 0, true,
	    "instance drill=no\n"
	    "profession code=optician domains=OPTI t24=10 c24=20 t30=30 "
	    "c30=40 m24=5 m30=6\n");
}

static int tear_down(void **state)
{
	(void)state;
	registry_free(registry);
	return 0;
}

static enum err site(unsigned signers, unsigned n, int64_t at_ms,
    int64_t live_ms)
{
	char line[80];

	(void)snprintf(line, sizeof(line), "site id=S%u profession=optician\n",
	    n);
	return act(signers, at_ms, live_ms, false, line);
}

static void test_alone_many_acts_a_day_are_bulk(void **state)
{
	(void)state;
	for (unsigned i = 0; i < REGISTRY_ALONE_DAY; i++)
		assert_int_equal(site(1, i, T0, T0), ERR_OK);
	assert_int_equal(site(1, 100, T0, T0), ERR_REFUSED);
	assert_int_equal(site(1, 100, T0 + 23 * HOUR_MS, T0 + 23 * HOUR_MS),
	    ERR_REFUSED);
	assert_int_equal(site(2, 101, T0, T0), ERR_OK);
	assert_int_equal(site(1, 100, T0 + 24 * HOUR_MS, T0 + 24 * HOUR_MS),
	    ERR_OK);
}

static void test_alone_dated_back_is_refused(void **state)
{
	(void)state;
	assert_int_equal(site(1, 1, T0 - 25 * HOUR_MS, T0), ERR_TIME);
	assert_int_equal(site(2, 2, T0 - 25 * HOUR_MS, T0), ERR_OK);
	for (unsigned i = 0; i < REGISTRY_ALONE_DAY; i++)
		assert_int_equal(site(1, 10 + i, T0, T0), ERR_OK);
	assert_int_equal(site(1, 100, T0 - 23 * HOUR_MS, T0), ERR_REFUSED);
}

/* The log was accepted when it was written: replay does not judge again. */
static void test_alone_replay_takes_all(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3 * REGISTRY_ALONE_DAY; i++)
		assert_int_equal(site(1, i, T0, 0), ERR_OK);
	assert_int_equal(site(1, 100, T0, T0), ERR_REFUSED);
}

static void test_figures_that_contradict_are_refused(void **state)
{
	static const char *const bad[] = {
	    "t24=10 c24=20 t30=5 c30=40 m24=5 m30=6",
	    "t24=10 c24=20 t30=15 c30=15 m24=5 m30=6",
	    "t24=10 c24=20 t30=30 c30=40 m24=7 m30=6",
	    "t24=21 c24=20 t30=30 c30=40 m24=5 m30=6",
	};
	char line[160];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(line, sizeof(line),
		    "profession code=optician domains=OPTI %s\n", bad[i]);
		assert_int_equal(act(2, T0, T0, false, line), ERR_RANGE);
	}
}

static void test_wide_that_guard_refuses_is_refused(void **state)
{
	static const struct {
		const char *line;
		enum err want;
	} rows[] = {
	    {"wide scope=card code=* floor24=15 each24=0 floor30=0 each30=0\n",
		ERR_RANGE},
	    {"wide scope=card code=* floor24=0 each24=0 floor30=0 each30=0\n",
		ERR_RANGE},
	    {"wide scope=cell code=* floor24=9 each24=0 floor30=8 each30=0\n",
		ERR_RANGE},
	    {"wide scope=cell code=* floor24=1 each24=9 floor30=8 each30=8\n",
		ERR_RANGE},
	    {"wide scope=cells code=* floor24=1 each24=1 floor30=8 each30=8\n",
		ERR_UNKNOWN},
	    {"wide scope=card code=* floor24=6 each24=0 floor30=0 each30=0\n",
		ERR_OK},
	    {"wide scope=cell code=* floor24=9 each24=1 floor30=0 each30=0\n",
		ERR_OK},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(act(2, T0, T0, false, rows[i].line),
		    rows[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_alone_many_acts_a_day_are_bulk, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_alone_dated_back_is_refused, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_alone_replay_takes_all, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_figures_that_contradict_are_refused, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_wide_that_guard_refuses_is_refused, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
