/* SPDX-License-Identifier: Apache-2.0 */
/* A rights question in FHIR: what is taken is whole, and a refusal names a
 * field without the text of the question in it. */
#include <string.h>
#include "fhir/request.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct json_token tokens[LIMIT_JSON_TOKENS];
	struct fhir_question q;
	struct fhir_fault fault;

	memset(&q, 0, sizeof(q));
	if (request_read(span_of(p, n), TODAY, tokens, &q, &fault) == ERR_OK)
		whole(&q);
	return 0;
}
