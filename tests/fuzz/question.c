/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rights question in FHIR, or a Bundle of them: what is taken is whole; a
 * line of a bundle is bytes of the body that are one JSON object, or a fault.
 */
#include <string.h>
#include "fhir/bundle.h"
#include "fuzz.h"

#define TODAY 20780	/* 2026-11-23 */

static void whole(const struct fhir_question *q)
{
	bool traits = q->member[0] || q->nir[0];

	must(traits || q->card[0]);
	must(traits == (q->birth[0] && q->rank));
	must(strlen(q->amc) == FHIR_AMC);
	must(q->purpose & (FHIR_VALIDATION | FHIR_BENEFITS));
	must(q->care_day >= TODAY - LIMIT_CARE_PAST_DAYS &&
	    q->care_day <= TODAY + LIMIT_CARE_AHEAD_DAYS);
	must((q->site[0] != '\0') == (q->site_kind != FHIR_SITE_NONE));
}

static void one(struct span in)
{
	static struct json_token tokens[LIMIT_JSON_TOKENS];
	static const struct fhir_question nobody;
	struct fhir_question q = nobody;
	struct fhir_fault fault;

	if (request_read(in, TODAY, tokens, &q, &fault) == ERR_OK) {
		met("a question");
		whole(&q);
	} else {
		must(memcmp(&q, &nobody, sizeof(q)) == 0);
	}
}

static void bundle(struct span in)
{
	static struct json_token tokens[LIMIT_BUNDLE_TOKENS];
	static struct bundle_lines lines;
	struct fhir_fault fault;
	const uint8_t *from = in.p;

	if (bundle_read(in, tokens, &lines, &fault) != ERR_OK)
		return;
	must(lines.count > 0 && lines.count <= LIMIT_BUNDLE_LINES);
	for (unsigned i = 0; i < lines.count; i++) {
		struct span q = lines.of[i].question;

		if (q.n == 0)
			continue;
		met("a line of a bundle");
		must(q.p > from && q.p + q.n < in.p + in.n);
		must(q.p[0] == '{' && q.p[q.n - 1] == '}');
		from = q.p + q.n;
		one(q);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n && p[0] == 'B')	/* no JSON begins so */
		bundle(span_of(p + 1, n - 1));
	else
		one(span_of(p, n));
	return 0;
}
