/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An estimate's question in FHIR, and its acts between keeper and vault: what
 * the one takes, the other reads to the same acts; and a refusal keeps nothing
 * of the person.
 */
#include <string.h>
#include "base/money.h"
#include "fhir/claim.h"
#include "fuzz.h"
#include "msg/estimate.h"

#define TODAY 20780	/* 2026-11-23 */

static void whole(const struct fhir_question *q)
{
	bool traits = q->member[0] || q->nir[0];

	must(traits || q->card[0]);
	must(traits == (q->birth[0] && q->rank));
	must(strlen(q->amc) == FHIR_AMC);
	must(q->purpose == FHIR_BENEFITS && q->domain[0]);
	must(q->care_day >= TODAY - LIMIT_CARE_PAST_DAYS &&
	    q->care_day <= TODAY + LIMIT_CARE_AHEAD_DAYS);
}

static void line(const struct estimate_line *l)
{
	must(l->n > 0 && l->act[0] && l->quantity > 0);
	must(l->price >= 0 && l->price <= MONEY_MOST);
	must((l->given & ESTIMATE_BASE) || l->base == 0);
	must((l->given & ESTIMATE_AMO) || l->amo == 0);
	must((l->given & ESTIMATE_PARTICIPATION) || l->participation == 0);
}

/* To the vault and back. */
static void travels(const struct estimate *acts)
{
	static struct estimate back;
	struct buf out, again;

	buf_init(&out, ESTIMATE_MOST);
	buf_init(&again, ESTIMATE_MOST);
	estimate_pack(acts, &out);
	must(!out.err);
	must(estimate_unpack(buf_span(&out), &back) == ERR_OK);
	estimate_pack(&back, &again);
	must(!again.err && span_equal(buf_span(&out), buf_span(&again)));
	buf_release(&out);
	buf_release(&again);
}

static void claim(struct span in)
{
	static struct json_token tokens[LIMIT_JSON_TOKENS];
	static const struct fhir_question nobody;
	static struct estimate acts;
	struct fhir_question q = nobody;
	struct fhir_fault fault;

	if (claim_read(in, TODAY, tokens, &q, &acts, &fault) != ERR_OK) {
		must(memcmp(&q, &nobody, sizeof(q)) == 0);
		return;
	}
	met("a claim");
	whole(&q);
	must(acts.count > 0 && acts.count <= LIMIT_CLAIM_LINES);
	for (unsigned i = 0; i < acts.count; i++)
		line(&acts.lines[i]);
	travels(&acts);
}

static void packed(struct span in)
{
	static struct estimate acts;
	struct buf out;

	if (estimate_unpack(in, &acts) != ERR_OK)
		return;
	met("acts on their way to a vault");
	buf_init(&out, ESTIMATE_MOST);
	estimate_pack(&acts, &out);
	must(!out.err && span_equal(in, buf_span(&out)));
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span in = span_of(p, n);

	if (n && p[0] == 'P') {	/* no JSON begins so */
		in = span_of(p + 1, n - 1);
		packed(in);
	} else {
		claim(in);
	}
	return 0;
}
