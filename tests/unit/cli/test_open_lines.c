/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: an auditor is told a whole entry or none: what whoever sealed an
 * opening put into it, and no JSON or calendar has, is a fault. A release is
 * judged by the keys that the log had on its day, in their order. A question
 * that was signed once stands under one entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "cli/open_lines.h"
#include "crypto/httpsig.h"
#include "journal/checkpoint.h"
#include "journal/ending.h"
#include "journal/months.h"
#include "journal/opening.h"
#include "journal/rig.h"

#define LOG_NAME "a.example/journal"
#define AUTHORITY "a.example:8443"
#define NOON INT64_C(1795435200000)	/* 2026-11-23T12:00:00Z */
#define HEAD                                                                  \
	"{\"release\":\"ecluse/release/v1\",\"from\":\"2026-11-01T00:00:00Z\"," \
	"\"to\":\"2026-12-01T00:00:00Z\",\"cell\":4,\"count\":1,"             \
	"\"checkpoint\":\"\"}\n"

#define BY_KEY                                                                \
	"{\"release\":\"ecluse/release/v1\",\"from\":\"2026-11-01T00:00:00Z\"," \
	"\"to\":\"2026-12-01T00:00:00Z\",\"count\":6,\"checkpoint\":\"\"}\n"

static struct opening sample(void)
{
	return (struct opening){.site = span_str("TESTSITE01"),
	    .rpps = span_str("99900000003"), .cell = 4, .number = 99887766,
	    .proof = OPENING_CARD, .domain = span_str("OPTI"),
	    .care_day = 20780, .path = span_str("/fhir/x"),
	    .params = span_str("created=1")};
}

static struct leaf leaf_at(int64_t at_ms)
{
	return (struct leaf){.kind = LEAF_ASKED, .time_ms = at_ms,
	    .sequence = 1, .plane = 1, .purpose = 1,
	    .decision = LEAF_ANSWERED, .existed = true};
}

static void write_asked(FILE *f, unsigned index, struct leaf l,
    const struct opening *o, struct span spki)
{
	struct secret key;
	uint8_t sealed[OPENING_SIZE], leaf[LEAF_SIZE];
	char text[TEXT_B64_SIZE(OPENING_SIZE)];

	memset(&key, 6, sizeof(key));
	assert_int_equal(opening_seal(o, &key, sealed, l.commitment,
	    l.opening_hash), ERR_OK);
	assert_int_equal(leaf_pack(&l, leaf), ERR_OK);
	(void)text_b64url(leaf, sizeof(leaf), text);
	(void)fprintf(f, "{\"index\":%u,\"leaf\":\"%s\"", index, text);
	(void)text_b64url(sealed, sizeof(sealed), text);
	(void)fprintf(f, ",\"opening\":\"%s\"", text);
	(void)text_b64url(key.key, SECRET_SIZE, text);
	(void)fprintf(f, ",\"key\":\"%s\"", text);
	(void)text_b64url(spki.p, spki.n, text);
	if (spki.n > 0)
		(void)fprintf(f, ",\"spki\":\"%s\"", text);
	(void)fputs("}\n", f);
}

static void write_entry(
    FILE *f, unsigned index, struct leaf l, const struct opening *o)
{
	write_asked(f, index, l, o, span_of(NULL, 0));
}

static FILE *new_file(char *path)
{
	FILE *f = fdopen(mkstemp(path), "w");

	assert_non_null(f);
	return f;
}

/* Of a file that is written: what is found, and told. */
static struct open_found found_by(const struct open_how *how, FILE *f,
    const char *path, char **ret_told)
{
	struct open_found found;
	struct lines in;
	size_t n;

	assert_int_equal(fclose(f), 0);
	assert_int_equal(lines_open(&in, path, OPEN_LINE), ERR_OK);
	f = open_memstream(ret_told, &n);
	assert_non_null(f);
	assert_int_equal(open_lines(how, &in, f, &found), ERR_OK);
	assert_int_equal(fclose(f), 0);
	lines_close(&in);
	assert_int_equal(remove(path), 0);
	return found;
}

static struct open_found found_in(FILE *f, const char *path, char **ret_told)
{
	struct open_how how = {.folder = NULL};

	return found_by(&how, f, path, ret_told);
}

/* A release of this one entry; at is its time. */
static struct open_found found_of(
    const struct opening *o, int64_t at_ms, char **ret_told)
{
	char path[] = "/tmp/open-lines-XXXXXX";
	FILE *f = new_file(path);

	(void)fputs(HEAD, f);
	write_entry(f, 7, leaf_at(at_ms), o);
	return found_in(f, path, ret_told);
}

static void assert_refused(const struct opening *o, int64_t at_ms)
{
	char *told;
	struct open_found found = found_of(o, at_ms, &told);

	assert_string_equal(told, "");
	assert_non_null(found.fault);
	assert_false(found.whole);
	free(told);
}

static void assert_told(const struct opening *o, const char *day)
{
	char *told;
	struct open_found found = found_of(o, NOON, &told);
	json_t *line = json_loads(told, JSON_ALLOW_NUL, NULL);

	assert_null(found.fault);
	assert_true(found.count == 1 && found.unsigned_count == 1);
	assert_false(found.ended || found.whole);
	assert_int_equal(json_object_size(line), 20);
	assert_string_equal(json_string_value(
	    json_object_get(line, "care_day")), day);
	json_decref(line);
	free(told);
}

static void test_days_of_care(void **state)
{
	static const int32_t none[] = {
	    DATE_FIRST - 1, DATE_LAST + 1, INT32_MIN, INT32_MAX};
	struct opening o = sample();

	(void)state;
	assert_told(&o, "2026-11-23");
	o.care_day = DATE_FIRST;
	assert_told(&o, "1600-01-01");
	o.care_day = DATE_LAST;
	assert_told(&o, "9999-12-31");
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		o.care_day = none[i];
		assert_refused(&o, NOON);
	}
}

static void test_texts(void **state)
{
	static const char bad[] = "a\xff";

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct opening o = sample();
		struct span *const texts[] = {
		    &o.site, &o.rpps, &o.domain, &o.path, &o.params};

		*texts[i] = span_str(bad);
		assert_refused(&o, NOON);
		*texts[i] = span_of(NULL, 0);
		assert_told(&o, "2026-11-23");
		*texts[i] = span_of("a\0", 2);
		assert_told(&o, "2026-11-23");
	}
}

/* Behind the last year too. */
static void test_times(void **state)
{
	static const int64_t other[] = {
	    0, NOON - 40 * DATE_DAY_MS, NOON + 40 * DATE_DAY_MS, INT64_MAX};
	struct opening o = sample();

	(void)state;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		assert_refused(&o, other[i]);
}

/* The key that names the leaves of the asker o->key_id, n times byte. */
static void write_asker(FILE *f, struct opening *o, uint8_t byte)
{
	char id[SIGN_KEY_ID_TEXT], text[TEXT_B64_SIZE(SECRET_SIZE)];
	struct secret key;

	memset(&key, byte, sizeof(key));
	memset(o->key_id, byte, sizeof(o->key_id));
	sign_key_id_text(o->key_id, id);
	(void)text_b64url(key.key, SECRET_SIZE, text);
	(void)fprintf(f, "{\"asker\":\"%s\",\"month\":%u,\"key\":\"%s\"}\n",
	    id, date_month_of_ms(NOON), text);
}

static void name_leaf(struct leaf *l, uint8_t byte)
{
	struct secret key;

	memset(&key, byte, sizeof(key));
	months_pseudonym(&key, l->asker);
}

/* Whoever wrote them has numbers missing, 2 to the 64 of them in all. */
static void test_holes_do_not_come_round(void **state)
{
	static const uint64_t last[3] = {INT64_MAX, INT64_MAX, 8};
	char path[] = "/tmp/open-lines-XXXXXX", *told;
	struct opening o = sample();
	struct open_found found;
	FILE *f = new_file(path);

	(void)state;
	(void)fputs(BY_KEY, f);
	for (uint8_t i = 0; i < 3; i++)
		write_asker(f, &o, i + 1);
	for (uint8_t i = 0; i < 6; i++) {
		struct leaf l = leaf_at(NOON);

		name_leaf(&l, i / 2 + 1);
		memset(o.key_id, i / 2 + 1, sizeof(o.key_id));
		l.sequence = i % 2 ? last[i / 2] : 1;
		write_entry(f, i, l, &o);
	}
	found = found_in(f, path, &told);
	assert_null(found.fault);
	assert_true(found.count == 6 && found.holes == UINT64_MAX);
	free(told);
}

static void write_note(FILE *f, struct buf *line, struct span note)
{
	json_t *text = json_stringn((const char *)note.p, note.n);
	char *quoted = json_dumps(text, JSON_ENCODE_ANY);

	buf_text(line, quoted);
	buf_text(line, "}");
	(void)fprintf(f, "%.*s\n", (int)line->n, (const char *)line->p);
	free(quoted);
	json_decref(text);
}

/* A release of nothing, whose head and end the keys of these seeds signed. */
static void write_signed(FILE *f, uint8_t head_seed, uint8_t end_seed)
{
	struct sign_private *head = rig_key(head_seed), *end = rig_key(end_seed);
	const struct sign_private *signer = head;
	const struct checkpoint c = {.origin = LOG_NAME, .size = 3};
	struct ending ending = {.count = 0};
	struct buf line, note;

	buf_init(&line, OPEN_LINE);
	buf_init(&note, CHECKPOINT_MAX);
	buf_text(&line, "{\"release\":\"ecluse/release/v1\",\"cell\":4,"
	    "\"from\":\"2026-11-01T00:00:00Z\","
	    "\"to\":\"2026-12-01T00:00:00Z\",\"count\":0,\"checkpoint\":");
	assert_int_equal(checkpoint_sign(&c, &signer, 1, &note), ERR_OK);
	write_note(f, &line, buf_span(&note));
	buf_text(&line, "\n");
	hash_sha256(buf_span(&line), ending.hash);
	signer = end;
	line.n = note.n = 0;
	buf_text(&line, "{\"end\":");
	assert_int_equal(
	    ending_sign(&ending, LOG_NAME, &signer, 1, &note), ERR_OK);
	write_note(f, &line, buf_span(&note));
	buf_release(&line);
	buf_release(&note);
	sign_private_free(head);
	sign_private_free(end);
}

/* Three keys, each followed by the next, and a stranger's, 9: whatever key of
 * the way signed the head, and that one or a later one the end. */
static void test_a_log_whose_key_turned(void **state)
{
	static const uint8_t seeds[] = {1, 2, 3, 9};
	struct open_how how = {.key_count = 3};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct sign_private *k = rig_key(seeds[i]);

		assert_int_equal(note_key_make(span_str(LOG_NAME),
		    sign_public_raw(sign_private_public(k)), &how.keys[i]),
		    ERR_OK);
		sign_private_free(k);
	}
	for (size_t i = 0; i < 16; i++) {
		char path[] = "/tmp/open-lines-XXXXXX", *told;
		size_t head = i / 4, end = i % 4;
		FILE *f = new_file(path);
		struct open_found found;

		write_signed(f, seeds[head], seeds[end]);
		found = found_by(&how, f, path, &told);
		assert_int_equal(found.fault == NULL, head < 3);
		assert_int_equal(
		    found.whole, head < 3 && end < 3 && end >= head);
		assert_int_equal(found.turns, head < 3 ? 2 - head : 0);
		free(told);
	}
}

/* A question of its own (line 0) or a bundle's line; nonce: its last letter. */
struct asked {
	uint8_t line;
	char nonce;
	bool unsigned_;
};

static void write_question(FILE *f, unsigned index, const struct asked *q)
{
	struct sign_private *key = rig_key(5);
	struct leaf l = leaf_at(NOON);
	struct opening o = sample();
	char digest[HTTPSIG_DIGEST_TEXT], hash[TEXT_B64_SIZE(HASH_SIZE)];
	char id[SIGN_KEY_ID_TEXT], params[OPENING_PARAMS];
	struct buf base;

	sign_public_id(sign_private_public(key), o.key_id);
	sign_key_id_text(o.key_id, id);
	(void)snprintf(params, sizeof(params), "(\"@method\" \"@authority\" "
	    "\"@path\" \"content-digest\");created=1795435200;"
	    "expires=1795435230;nonce=\"A2crG5G1xb3g9LA-L4dRI%c\";"
	    "keyid=\"%s\";tag=\"ecluse-v1\"", q->nonce, id);
	o.params = span_str(params);
	o.line = q->line;
	(void)text_b64(o.digest, HASH_SIZE, hash);
	(void)snprintf(digest, sizeof(digest), "sha-256=:%s:", hash);
	buf_init(&base, 2048);
	buf_printf(&base, "\"@method\": POST\n\"@authority\": " AUTHORITY
	    "\n\"@path\": /fhir/x\n\"content-digest\": %s\n"
	    "\"@signature-params\": %s", digest, params);
	assert_int_equal(sign_make(key, buf_span(&base), o.signature), ERR_OK);
	l.sequence = index;
	write_asked(f, index, l, &o, q->unsigned_ ? span_of(NULL, 0) :
	    sign_public_spki(sign_private_public(key)));
	buf_release(&base);
	sign_private_free(key);
}

/* Two entries, 7 and 8; again: the second is told to repeat the first. */
static void test_a_question_that_stands_twice(void **state)
{
	static const struct {
		struct asked one, two;
		bool again;
	} cases[] = {
	    {{0, 'Q', false}, {0, 'Q', false}, true},
	    {{0, 'Q', false}, {0, 'A', false}, false},
	    {{1, 'Q', false}, {2, 'Q', false}, false},
	    {{2, 'Q', false}, {2, 'Q', false}, true},
	    {{0, 'Q', true}, {0, 'Q', true}, false},	/* told as unsigned */
	    {{0, 'Q', true}, {0, 'Q', false}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[] = "/tmp/open-lines-XXXXXX", *told;
		struct open_how how = {.authority = {"", AUTHORITY}};
		struct open_found found;
		FILE *f = new_file(path);

		(void)fputs("{\"release\":\"ecluse/release/v1\",\"cell\":4,"
		    "\"from\":\"2026-11-01T00:00:00Z\",\"count\":2,"
		    "\"to\":\"2026-12-01T00:00:00Z\",\"checkpoint\":\"\"}\n",
		    f);
		write_question(f, 7, &cases[i].one);
		write_question(f, 8, &cases[i].two);
		found = found_by(&how, f, path, &told);
		assert_null(found.fault);
		assert_int_equal(found.count, 2);
		assert_int_equal(found.unsigned_count,
		    cases[i].one.unsigned_ + cases[i].two.unsigned_);
		assert_int_equal(found.again_count, cases[i].again);
		assert_int_equal(
		    strstr(told, "\"again\":7}") != NULL, cases[i].again);
		free(told);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_days_of_care),
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_holes_do_not_come_round),
	    cmocka_unit_test(test_a_log_whose_key_turned),
	    cmocka_unit_test(test_a_question_that_stands_twice),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
