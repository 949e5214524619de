/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: an act is applied whole or not at all, once, in its time, and by as
 * many administrators as its words need; the first entry comes first, once,
 * and says what it must. acts_do checks after every failure that nothing that
 * can be looked up has changed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "failing.h"
#include "registry/acts.h"

#define DAY_MS INT64_C(86400000)

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

static void test_signatures_per_word(void **state)
{
	char admin[200], insurer[600], key[300];
	const struct {
		const char *line;
		unsigned signers;
	} words[] = {
		{admin, 2},
		{insurer, 2},
		{"profession code=gp t24=1 c24=1 t30=1 c30=1 m24=1 m30=1\n",
		    2},
		{"wide scope=cell code=* floor24=1 each24=0 floor30=0 "
		    "each30=0\n", 2},
		{"mode control=budget mode=observe\n", 2},
		{"clock confirm=yes\n", 2},
		{"scope asker=x from=2026-11-01T00:00:00Z "
		    "to=2026-11-02T00:00:00Z\n", 2},
		{"site id=s1 profession=gp\n", 1},
		{"professional rpps=99700000009\n", 1},
		{key, 1},
		{"budget site=s1 t24=1 c24=1 t30=1 c30=1 m24=1 m30=1\n", 2},
		{"cap keys-day=5 persons24=9 persons30=9\n", 2},
		{"close site=s1\n", 1},
		{"open site=s1\n", 2},
		{"revoke site=s1\n", 1},
	};
	struct acts *a = *state;

	(void)snprintf(
	    admin, sizeof(admin), "admin key=%s name=x\n",
	    acts_raw(ACTS_ADMIN + 9));
	(void)snprintf(insurer, sizeof(insurer), "insurer amc=0000000001 "
	    "operator=x feed-key=%s card-key=%s\n", acts_p256(0),
	    acts_p256(1));
	(void)snprintf(
	    key, sizeof(key), "key spki=%s site=s1\n", acts_ed25519(9));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		acts_fails(a, ERR_REFUSED, 0, words[i].signers - 1,
		    words[i].line);
		if (acts_do(a, words[i].signers, "%s", words[i].line))
			fail_msg("%s: %s", words[i].line, a->fault.words);
	}
}

static void test_what_is_the_first_entrys_alone(void **state)
{
	struct acts *a = *state;
	char line[600];

	acts_fails(a, ERR_STATE, 1, 2, "instance drill=yes\n");
	(void)snprintf(line, sizeof(line), "%s", strstr(acts_first(true),
	    "service"));
	*(strchr(line, '\n') + 1) = '\0';
	acts_fails(a, ERR_STATE, 1, 2, line);
}

/* n keys at site s1, numbered from first on. */
static enum err keys(struct acts *a, unsigned signers, unsigned first,
    unsigned n, const char *more)
{
	struct buf lines;
	enum err e;

	buf_init(&lines, 65536);
	for (unsigned i = first; i < first + n; i++)
		buf_printf(&lines, "key spki=%s site=s1\n", acts_ed25519(i));
	e = acts_do(a, signers, "%.*s%s", (int)lines.n, lines.p, more);
	buf_release(&lines);
	return e;
}

static void test_bulk_needs_two(void **state)
{
	struct acts *a = *state;

	acts_fails(a, ERR_REFUSED, 0, 1,
	    "site id=s1 profession=gp\nsite id=s2 profession=gp\n");
	assert_int_equal(acts_do(a, 1, "site id=s1 profession=gp\n"), ERR_OK);
	assert_int_equal(
	    keys(a, 1, 10, REGISTRY_ALONE_KEYS + 1, ""), ERR_REFUSED);
	assert_int_equal(keys(a, 1, 10, REGISTRY_ALONE_KEYS,
	    "site id=s2 profession=gp\n"), ERR_OK);
	assert_int_equal(
	    keys(a, 2, 20, REGISTRY_ALONE_KEYS + 1, ""), ERR_OK);
	assert_int_equal(acts_do(a, 2,
	    "site id=s3 profession=gp\nsite id=s4 profession=gp\n"), ERR_OK);
	/* one line that needs two makes the act need two, wherever it is */
	assert_int_equal(acts_do(a, 1, "site id=s5 profession=gp\n"
	    "admin key=%s name=x\n", acts_raw(3)), ERR_REFUSED);
}

static void test_an_unknown_word_or_name_is_refused(void **state)
{
	struct acts *a = *state;

	acts_fails(a, ERR_UNKNOWN, 1, 2, "sites id=s1 profession=gp\n");
	acts_fails(a, ERR_UNKNOWN, 2, 2,
	    "site id=s1 profession=gp\nunrevoke site=s1\n");
	acts_fails(a, ERR_SHAPE, 2, 2,
	    "site id=s1 profession=gp\nsite id=s2 profession=gp amc=1\n");
	acts_fails(a, ERR_SHAPE, 3, 2, "site id=s1 profession=gp\n"
	    "site id=s2 profession=gp\nsite id=s3  profession=gp\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "site id=s1 profession=gp");
	acts_fails(a, ERR_SHAPE, 0, 2, "");
}

static void test_a_head_that_is_none(void **state)
{
	struct acts *a = *state;
	struct span text = span_str("ecluse act v2\n");

	assert_int_equal(registry_apply(a->r, text, 2, false, a->now_ms,
	    &a->wish, &a->fault), ERR_SHAPE);
	assert_int_equal(a->fault.line, 0);
	assert_non_null(strstr(a->fault.words, "head"));
}

static void test_lone_words_stand_alone(void **state)
{
	static const char *const lone[] = {
		"profession code=gp t24=1 c24=1 t30=1 c30=1 m24=1 m30=1\n",
		"profession code=new t24=1 c24=1 t30=1 c30=1 m24=1 m30=1\n",
		"wide scope=profession code=* floor24=1 each24=0 floor30=0 "
		"each30=0\n",
		"mode control=budget mode=observe\n",
		"clock confirm=yes\n",
		"scope asker=x from=2026-11-01T00:00:00Z "
		"to=2026-11-02T00:00:00Z\n",
		"revoke site=s1\n",
	};
	struct acts *a = *state;
	char lines[300];

	assert_int_equal(acts_do(a, 1, "site id=s1 profession=gp\n"), ERR_OK);
	for (size_t i = 0; i < sizeof(lone) / sizeof(lone[0]); i++) {
		/* before another line, behind one, twice */
		(void)snprintf(lines, sizeof(lines), "%s%s", lone[i],
		    "site id=s2 profession=gp\n");
		acts_fails(a, ERR_STATE, 2, 2, lines);
		(void)snprintf(lines, sizeof(lines), "%s%s",
		    "site id=s2 profession=gp\n", lone[i]);
		acts_fails(a, ERR_STATE, 2, 2, lines);
		(void)snprintf(lines, sizeof(lines), "%s%s", lone[i], lone[i]);
		acts_fails(a, ERR_STATE, 2, 2, lines);
		/* what follows is not even a line */
		(void)snprintf(lines, sizeof(lines), "%s \n", lone[i]);
		acts_fails(a, ERR_SHAPE, 2, 2, lines);
		(void)snprintf(lines, sizeof(lines), "%sbye\n", lone[i]);
		acts_fails(a, ERR_UNKNOWN, 2, 2, lines);
	}
}

/* A last line that fails after all others were applied. */
#define BROKEN "site id=s1 profession=nurse\n"

static void test_a_broken_last_line_undoes_all(void **state)
{
	struct acts *a = *state;

	assert_int_equal(acts_do(a, 2, "site id=s1 profession=gp\n"
	    "site id=s2 profession=gp\nkey spki=%s site=s1 "
	    "rpps=99700000001\n", acts_ed25519(1)), ERR_OK);
	assert_int_equal(acts_do(a, 2, "admin key=%s name=x\n"
	    "insurer amc=0000000001 operator=o feed-key=%s card-key=%s\n"
	    "site id=s3 profession=optician\n"
	    "professional rpps=99700000003\n"
	    "key spki=%s site=s3 rpps=99700000001,99700000004\n" BROKEN,
	    acts_raw(5), acts_p256(0), acts_p256(1), acts_ed25519(2)),
	    ERR_UNKNOWN);
	assert_int_equal(a->fault.line, 6);
}

static void test_what_a_failed_act_named_is_enrolled_elsewhere(void **state)
{
	struct acts *a = *state;
	const struct registry_key *k;

	assert_int_equal(acts_do(a, 2, "site id=s1 profession=gp\n"), ERR_OK);
	/* these would have the places 1, 0, 0, 0 */
	assert_int_equal(acts_do(a, 2, "site id=s2 profession=gp\n"
	    "insurer amc=0000000001 operator=o feed-key=%s card-key=%s\n"
	    "key spki=%s site=s2 rpps=99700000001\n" BROKEN, acts_p256(0),
	    acts_p256(1), acts_ed25519(1)), ERR_UNKNOWN);
	/* others take their places */
	assert_int_equal(acts_do(a, 2, "site id=s3 profession=optician\n"
	    "insurer amc=0000000002 operator=o feed-key=%s card-key=%s\n"
	    "key spki=%s site=s3 rpps=99700000002\n", acts_p256(0),
	    acts_p256(1), acts_ed25519(2)), ERR_OK);
	assert_null(registry_site(a->r, span_str("s2")));
	assert_null(registry_key(a->r, acts_id(1)));
	assert_null(registry_insurer(a->r, span_str("0000000001")));
	assert_null(registry_professional(a->r, span_str("99700000001")));
	/* then they come after all */
	assert_int_equal(acts_do(a, 2, "site id=s2 profession=gp\n"
	    "insurer amc=0000000001 operator=o feed-key=%s card-key=%s\n"
	    "key spki=%s site=s2 rpps=99700000001\n", acts_p256(0),
	    acts_p256(1), acts_ed25519(1)), ERR_OK);
	k = registry_key(a->r, acts_id(1));
	assert_non_null(k);
	assert_int_equal(k - a->r->keys, 1);
	assert_string_equal(a->r->sites[k->site].id, "s2");
	assert_int_equal(k->rpps_count, 1);
	assert_true(
	    registry_key_speaks_for(a->r, k, span_str("99700000001")));
	assert_int_equal(registry_cell(a->r,
	    registry_insurer(a->r, span_str("0000000001"))), 2);
	k = registry_key(a->r, acts_id(2));
	assert_string_equal(a->r->sites[k->site].id, "s3");
	assert_true(
	    registry_key_speaks_for(a->r, k, span_str("99700000002")));
	assert_false(
	    registry_key_speaks_for(a->r, k, span_str("99700000001")));
}

static void test_many_records_and_many_failures(void **state)
{
	struct acts *a = *state;

	/* arrays and maps grow over several sizes, with failures between */
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(acts_do(a, 1, "site id=t%u profession=gp\n",
		    i), ERR_OK);
		assert_int_equal(acts_do(a, 2, "site id=u%u profession=gp\n"
		    "site id=v%u profession=gp\nsite id=t%u profession=gp\n",
		    i, i, i), ERR_EXISTS);
	}
	assert_int_equal(a->r->site_count, 200);
	for (unsigned i = 0; i < 200; i++) {
		char id[8];
		const struct registry_site *s;

		(void)snprintf(id, sizeof(id), "t%u", i);
		s = registry_site(a->r, span_str(id));
		assert_int_equal(s - a->r->sites, i);
		id[0] = 'u';
		assert_null(registry_site(a->r, span_str(id)));
	}
}

static enum err at(struct acts *a, int64_t time_ms, int64_t live_ms,
    unsigned serial)
{
	struct buf text;
	enum err e;

	buf_init(&text, ACTS_TEXT);
	acts_text(&text, &serial, time_ms, "professional rpps=99700000001\n");
	e = registry_apply(a->r, buf_span(&text), 1, false, live_ms,
	    &a->wish, &a->fault);
	buf_release(&text);
	return e;
}

static void test_the_same_text_counts_once(void **state)
{
	struct acts *a = *state;

	assert_int_equal(at(a, ACTS_NOW, ACTS_NOW, 77), ERR_OK);
	assert_int_equal(at(a, ACTS_NOW, ACTS_NOW, 77), ERR_EXISTS);
	assert_non_null(strstr(a->fault.words, "before"));
	/* replayed too: a log that held it twice is not ours */
	assert_int_equal(at(a, ACTS_NOW, 0, 77), ERR_EXISTS);
	assert_int_equal(a->r->version, 2);
}

static void test_a_failed_text_may_come_again(void **state)
{
	struct acts *a = *state;
	unsigned serial = 88;
	struct buf text;

	buf_init(&text, ACTS_TEXT);
	acts_text(&text, &serial, ACTS_NOW, "professional rpps=99700000001 "
	    "site=s1\n");
	assert_int_equal(registry_apply(a->r, buf_span(&text), 1, false,
	    ACTS_NOW, &a->wish, &a->fault), ERR_UNKNOWN);
	assert_int_equal(acts_at(a, 1, ACTS_NOW, ACTS_NOW,
	    "site id=s1 profession=gp\n"), ERR_OK);
	assert_int_equal(registry_apply(a->r, buf_span(&text), 1, false,
	    ACTS_NOW, &a->wish, &a->fault), ERR_OK);
	buf_release(&text);
}

static void test_old_and_future_acts_are_refused(void **state)
{
	struct acts *a = *state;

	assert_int_equal(at(a, ACTS_NOW - 8 * DAY_MS, ACTS_NOW, 1000),
	    ERR_TIME);
	assert_int_equal(at(a, ACTS_NOW - 7 * DAY_MS - 1, ACTS_NOW, 1000),
	    ERR_TIME);
	assert_int_equal(at(a, ACTS_NOW + 60001, ACTS_NOW, 1000), ERR_TIME);
	assert_int_equal(at(a, ACTS_NOW - 7 * DAY_MS, ACTS_NOW, 1000), ERR_OK);
	acts_end(a);
	acts_start(a, false);
	assert_int_equal(at(a, ACTS_NOW + 60000, ACTS_NOW, 1001), ERR_OK);
	acts_end(a);
	acts_start(a, false);
	/* a replay does not look at the hour */
	assert_int_equal(at(a, ACTS_NOW - 800 * DAY_MS, 0, 1002), ERR_OK);
}

static enum err first(struct acts *a, bool is_first, const char *lines)
{
	struct registry_fault fault = {0};
	struct buf text, before, after;
	enum err e;

	buf_init(&text, ACTS_TEXT);
	buf_init(&before, 1u << 20);
	buf_init(&after, 1u << 20);
	acts_dump(a->r, &before);
	acts_text(&text, &a->serial, a->now_ms, lines);
	e = registry_apply(a->r, buf_span(&text), 0, is_first, 0, &a->wish,
	    &fault);
	acts_dump(a->r, &after);
	if (e)
		assert_true(span_equal(buf_span(&before), buf_span(&after)));
	buf_release(&text);
	buf_release(&before);
	buf_release(&after);
	return e;
}

/* The first entry's text with each line that begins with word left out, but
 * for the first keep of them. */
static const char *without(const char *word, int keep)
{
	static char out[3000];
	const char *at = acts_first(true);
	size_t n = 0;

	while (*at) {
		size_t len = strcspn(at, "\n") + 1;

		if (strncmp(at, word, strlen(word)) != 0 || keep-- > 0) {
			memcpy(out + n, at, len);
			n += len;
		}
		at += len;
	}
	out[n] = '\0';
	return out;
}

static void test_the_first_entry_is_whole_or_nothing(void **state)
{
	struct acts a;
	char lines[4000];

	(void)state;
	acts_empty(&a);
	assert_int_equal(first(&a, true, ""), ERR_SHAPE);
	assert_false(registry_is_founded(a.r));
	(void)snprintf(lines, sizeof(lines), "%sinstance drill=no\n",
	    acts_first(true));
	assert_int_equal(first(&a, true, lines), ERR_EXISTS);
	(void)snprintf(lines, sizeof(lines), "%s%.*s\n", acts_first(true),
	    (int)strcspn(strstr(acts_first(true), "service"), "\n"),
	    strstr(acts_first(true), "service"));
	assert_int_equal(first(&a, true, lines), ERR_EXISTS);
	/* a last line that fails: nothing stays, not even figures */
	(void)snprintf(lines, sizeof(lines), "%smode control=x mode=observe\n",
	    acts_first(true));
	assert_int_equal(first(&a, true, lines), ERR_UNKNOWN);
	assert_null(registry_profession(a.r, span_str("gp")));
	assert_int_equal(first(&a, true, "profession code=nurse domains=SOIN "
	    "t24=1 c24=2 t30=3 c30=4 m24=1 m30=1\nmode control=x "
	    "mode=observe\n"), ERR_UNKNOWN);
	(void)snprintf(lines, sizeof(lines), "instance drill=Yes\n%s",
	    without("instance", 0));
	assert_int_equal(first(&a, true, lines), ERR_SHAPE);
	(void)snprintf(lines, sizeof(lines),
	    "%smode control=budget mode=observe\n", acts_first(true));
	assert_int_equal(first(&a, true, lines), ERR_OK);
	assert_true(registry_observes(a.r, "budget"));
	assert_true(registry_is_founded(a.r));
	/* what failed named the place that another got */
	assert_non_null(registry_profession(a.r, span_str("optician")));
	assert_null(registry_profession(a.r, span_str("nurse")));
	acts_end(&a);
}

static void test_no_memory_for_a_registry(void **state)
{
	struct registry *r = NULL;

	(void)state;
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_int_equal(registry_new(&r), ERR_NOMEM);
	assert_true(failing_end());
	assert_null(r);
	registry_free(r);
}

static void test_what_is_not_founded_is_seen(void **state)
{
	static const struct {
		const char *left_out;
		int keep;
		bool founded;
	} some[] = {{"service", 0, false}, {"admin", 0, false},
	    {"admin", 1, false}, {"profession", 0, true}};
	struct acts a;

	(void)state;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		acts_empty(&a);
		assert_int_equal(first(&a, true, without(
		    some[i].left_out, some[i].keep)), ERR_OK);
		assert_int_equal(
		    registry_is_founded(a.r), some[i].founded);
		acts_end(&a);
	}
}

static void test_service_keys_have_their_sizes(void **state)
{
	struct acts a;
	char *lines, *at;

	(void)state;
	acts_empty(&a);
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = {
		    "answer=", "promise=", "sealing="};

		lines = strdup(acts_first(true));
		at = strstr(lines, names[i]) + strlen(names[i]);
		/* two characters less */
		memmove(at, at + 2, strlen(at + 2) + 1);
		assert_int_equal(first(&a, true, lines), ERR_SHAPE);
		free(lines);
	}
	/* no point of the curve begins so */
	lines = strdup(acts_first(true));
	*(strstr(lines, "sealing=") + 8) = 'C';
	assert_int_equal(first(&a, true, lines), ERR_SHAPE);
	free(lines);
	acts_end(&a);
}

static void test_the_first_entry_is_the_first(void **state)
{
	struct acts a;

	(void)state;
	acts_empty(&a);
	assert_int_equal(first(&a, false, acts_first(true)), ERR_STATE);
	assert_int_equal(first(&a, true, acts_first(true)), ERR_OK);
	assert_int_equal(first(&a, true, acts_first(true)), ERR_STATE);
	assert_true(a.r->drill);
	assert_int_equal(a.r->version, 1);
	acts_end(&a);
}

static enum err alone(const void *text, size_t n)
{
	uint8_t *p = malloc(n ? n : 1);
	struct acts a;
	enum err e;

	assert_non_null(p);
	memcpy(p, text, n);
	acts_empty(&a);
	e = registry_apply(
	    a.r, span_of(p, n), 0, true, 0, &a.wish, &a.fault);
	assert_int_equal(a.r->version, e ? 0 : 1);
	acts_end(&a);
	free(p);
	return e;
}

static void test_whole_texts_cut_and_flipped_do_no_harm(void **state)
{
	unsigned serial = 5000, taken = 0;
	struct buf text;

	(void)state;
	buf_init(&text, ACTS_TEXT);
	acts_text(&text, &serial, ACTS_NOW, acts_first(false));
	/* cut behind a line it is a shorter act: signatures see that */
	for (size_t n = 0; n < text.n; n++)
		assert_true(alone(text.p, n) || text.p[n - 1] == '\n');
	for (size_t i = 0; i < text.n; i++) {
		text.p[i] ^= (uint8_t)(1u << i % 7);
		taken += alone(text.p, text.n) ? 0 : 1;
		text.p[i] ^= (uint8_t)(1u << i % 7);
	}
	/* other keys, names and figures are as good as these; not much else */
	assert_true(taken > 100 && taken < text.n * 2 / 3);
	buf_release(&text);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_signatures_per_word),
		WITH(test_what_is_the_first_entrys_alone),
		WITH(test_bulk_needs_two),
		WITH(test_an_unknown_word_or_name_is_refused),
		WITH(test_a_head_that_is_none),
		WITH(test_lone_words_stand_alone),
		WITH(test_a_broken_last_line_undoes_all),
		WITH(test_what_a_failed_act_named_is_enrolled_elsewhere),
		WITH(test_many_records_and_many_failures),
		WITH(test_the_same_text_counts_once),
		WITH(test_a_failed_text_may_come_again),
		WITH(test_old_and_future_acts_are_refused),
		cmocka_unit_test(test_the_first_entry_is_whole_or_nothing),
		cmocka_unit_test(test_no_memory_for_a_registry),
		cmocka_unit_test(test_what_is_not_founded_is_seen),
		cmocka_unit_test(test_service_keys_have_their_sizes),
		cmocka_unit_test(test_the_first_entry_is_the_first),
		cmocka_unit_test(test_whole_texts_cut_and_flipped_do_no_harm),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
