/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes one line of JSON for every answer the keeper can give (each state of
 * rights, each refusal, each fault of a body, the capability statement), and
 * for what nginx and the gate refuse ("front"):
 *
 *	{"kind":"refusal","name":"budget-spent","status":429,"retry":3600,
 *	 "body":{...}}
 *
 * for the validators of tests/strangers and for the tables that tools/fhir
 * makes. With an argument: reads a question from that file and answers
 * {"kind":"question",...} with what was read, or its fault.
 */
#include <stdio.h>
#include <stdlib.h>
#include "base/date.h"
#include "fhir/extension.h"
#include "fhir/metadata.h"
#include "fhir/outcome.h"
#include "fhir/route.h"
#include "json/write.h"
#include "rights/answer.h"
#include "upstream/refuse.h"

#define NOW_MS INT64_C(1795341724003)	/* 2026-11-22T10:02:04.003Z */
#define TODAY 20779			/* 2026-11-22 */
#define LINE_MAX 65536

/* {"alg":"EdDSA","typ":"ecluse-promise+jwt","kid":"example"} and so on: the
 * form of a promise, with a signature of zeros. */
#define PROMISE                                                               \
	"eyJhbGciOiJFZERTQSIsInR5cCI6ImVjbHVzZS1wcm9taXNlK2p3dCIsImtpZCI6Im"  \
	"V4YW1wbGUifQ.eyJpc3MiOiJmbG93LmVjbHVzZS5leGFtcGxlL2pvdXJuYWwiLCJ0e"  \
	"G4iOiJmbG93LmVjbHVzZS5leGFtcGxlL2pvdXJuYWwvNDEyIiwiYW1jIjoiMDA5OTE"  \
	"yMzQ1NiIsInNpdGUiOiIwRTIwMDAxMjMiLCJkb20iOiJPUFRJIiwibHZsIjoiQlIyM"  \
	"DAifQ.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"  \
	"AAAAAAAAAAAAAAAAAAAAAAAAA"

static void say_line(const char *kind, const char *name, int status, int retry,
    const struct buf *body)
{
	if (body->err) {
		fprintf(stderr, "%s %s: %s\n", kind, name, err_text(body->err));
		exit(1);
	}
	printf("{\"kind\":\"%s\",\"name\":\"%s\",\"status\":%d,\"retry\":%d,"
	       "\"body\":%.*s}\n", kind, name, status, retry, (int)body->n,
	    (const char *)body->p);
}

static void say_answer(const char *name, const struct answer_facts *facts,
    const char *transaction)
{
	struct extension_left left = {41, 163};
	struct rights_do asked = {.care_day = TODAY, .now_ms = NOW_MS,
	    .domain = span_str("OPTI"), .convention = span_str("SP"),
	    .csr = span_str("C1"), .amc = span_str("0099123456"),
	    .transaction = span_str(transaction)};
	struct span promise = {0};
	struct buf b;

	buf_init(&b, LINE_MAX);
	if (answer_write(&asked, facts, &b))
		exit(1);
	if (facts->state == RIGHTS_COVERED)
		promise = span_str(PROMISE);
	extension_close(&left, promise, &b);
	say_line("answer", name, 200, 0, &b);
	buf_release(&b);
}

static void say_answers(void)
{
	static const char here[] = "flow.ecluse.example/journal/412";
	struct answer_facts f = {.state = RIGHTS_COVERED,
	    .level = span_str("BR200"), .contract = span_str("CONFORT"),
	    .from_day = 20454, .until_day = 20818, .order = 1}, second;

	say_answer("covered", &f, here);
	f.order = 2;
	say_answer("covered-second", &f, here);
	f.order = 1;
	second = f;
	second.order = 2;
	second.level = span_str("TM");
	f.next = &second;
	say_answer("covered-twice", &f, here);
	f.next = NULL;
	f.authorization = 1;
	say_answer("authorization", &f, here);
	f.level = (struct span){0};
	f.until_day = 0;
	say_answer("no-level-no-end", &f, here);
	f.until_day = 20818;
	f.authorization = 0;
	f.state = RIGHTS_NOT_COVERED;
	say_answer("not-covered", &f, here);
	f.state = RIGHTS_OTHER_ROUTE;
	f.convention = span_str("VM");
	f.csr = span_str("E01");
	say_answer("other-route", &f, here);
	f = (struct answer_facts){.state = RIGHTS_CLOSED};
	say_answer("closed", &f, here);
	f.state = RIGHTS_UNKNOWN;
	say_answer("unknown", &f, here);
}

static void say_refusals(void)
{
	struct buf b;

	buf_init(&b, OUTCOME_MAX);
	for (int r = 0; r < REFUSAL_COUNT; r++) {
		const struct fhir_refusal_text *t =
		    refusal_text((enum fhir_refusal)r);

		buf_clear(&b);
		outcome_write_refusal((enum fhir_refusal)r, &b);
		say_line("refusal", t->code, t->status, t->retry_after_s, &b);
	}
	buf_release(&b);
}

/* Of the directory: two routes, the first one whole. */
static void say_routes(void)
{
	static const struct fhir_route routes[] = {
		{"SP", "C1", "aval", "https://flow.aval.example/fhir", 20454,
		    20818},
		{"VM", "", "amont", "", 20454, INT32_MAX}};
	struct buf b;

	buf_init(&b, ROUTE_OUTCOME);
	route_write(REFUSAL_ROUTE, routes, 2, &b);
	say_line("routed", "right-route", 422, 0, &b);
	buf_release(&b);
}

static void say_front(void)
{
	struct buf b;

	buf_init(&b, REFUSE_MOST);
	for (unsigned why = 1; why < REFUSE_COUNT; why++) {
		const struct refuse_text *t = refuse_text(why);

		buf_clear(&b);
		refuse_write(why, NULL, &b);
		b.n--;	/* the line feed behind it */
		say_line("front", t->code, t->status, t->retry_after_s, &b);
	}
	buf_release(&b);
}

static void say_faults(void)
{
	struct buf b;

	buf_init(&b, OUTCOME_MAX);
	for (int i = 0; i < FAULT_COUNT; i++) {
		struct fhir_fault f = fault_of((enum fhir_fault_kind)i);

		buf_clear(&b);
		if (f.status == 422)
			(void)snprintf(f.path, sizeof(f.path),
			    "CoverageEligibilityRequest.item[0].category");
		outcome_write_fault(&f, &b);
		say_line("fault", f.name, f.status, 0, &b);
	}
	buf_release(&b);
}

static void say_metadata(void)
{
	struct metadata m = {
	    .base = span_str("https://flow.ecluse.example/fhir"),
	    .version = span_str("0.1.0"), .started_ms = NOW_MS};
	struct buf b;

	buf_init(&b, LINE_MAX);
	metadata_write(&m, &b);
	say_line("metadata", "sealed", 200, 0, &b);
	buf_clear(&b);
	m.plain = true;
	metadata_write(&m, &b);
	say_line("metadata", "plain", 200, 0, &b);
	buf_release(&b);
}

static void put_question(const struct fhir_question *q, struct buf *out)
{
	struct json_writer w = json_writer_of(out);

	json_write_begin(&w, '{');
	json_write_pair(&w, "amc", q->amc);
	json_write_pair(&w, "convention", q->convention);
	json_write_pair(&w, "csr", q->csr);
	json_write_pair(&w, "member", q->member);
	json_write_pair(&w, "nir", q->nir);
	json_write_pair(&w, "birth", q->birth);
	json_write_pair(&w, "card", q->card);
	json_write_pair(&w, "domain", q->domain);
	json_write_pair(&w, "site", q->site);
	json_write_pair(&w, "rpps", q->rpps);
	json_write_name(&w, "rank");
	json_write_int(&w, q->rank);
	json_write_name(&w, "purpose");
	json_write_int(&w, q->purpose);
	json_write_name(&w, "care_day");
	json_write_int(&w, q->care_day);
	json_write_end(&w, '}');
}

static int say_question(const char *path)
{
	static uint8_t text[LIMIT_BODY + 1];
	static struct json_token scratch[LIMIT_JSON_TOKENS];
	struct fhir_question q;
	struct fhir_fault fault;
	struct buf b;
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f) {
		perror(path);
		return 1;
	}
	n = fread(text, 1, sizeof(text), f);
	(void)fclose(f);
	buf_init(&b, LINE_MAX);
	if (request_read(span_of(text, n), TODAY, scratch, &q, &fault)) {
		outcome_write_fault(&fault, &b);
		say_line("fault", fault.name, fault.status, 0, &b);
	} else {
		put_question(&q, &b);
		say_line("question", "", 200, 0, &b);
	}
	buf_release(&b);
	return 0;
}

int main(int argc, char **argv)
{
	int failed = 0;

	if (argc == 1) {
		say_answers();
		say_refusals();
	say_routes();
		say_faults();
		say_front();
		say_metadata();
	}
	for (int i = 1; i < argc; i++)
		failed |= say_question(argv[i]);
	return failed;
}
