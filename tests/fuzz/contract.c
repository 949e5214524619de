/* SPDX-License-Identifier: Apache-2.0 */
/* A contract's text, and a line of acts to price, under the real rules. */
#include <string.h>
#include "contract/check.h"
#include "contract/contract.h"
#include "fuzz.h"
#include "price/inquiry.h"
#include "rules/rules.h"

#define DAY 20780	/* 2026-11-23 */

static void count(void *ctx, const struct contract_breach *b)
{
	must(b->words_fr[0] && b->words_en[0]);
	(*(unsigned *)ctx)++;
}

static void contract(struct span in, const struct rules *rules)
{
	struct contract_fault fault;
	struct contract *c = NULL;
	unsigned told = 0;

	if (contract_read(in, rules, &c, &fault) != ERR_OK) {
		must(fault.words[0]);
		return;
	}
	must(contract_check(c, rules, DAY, count, &told) == told);
	contract_free(c);
}

static void inquiry(struct span in, const struct rules *rules)
{
	static struct json_token tokens[LIMIT_JSON_TOKENS];
	struct inquiry_fault fault = {{0}, NULL};
	static struct inquiry q;

	if (inquiry_read(in, rules, tokens, NULL, &q, &fault) != ERR_OK)
		must(fault.words);
}

static const struct rules *the_rules(void)
{
	static struct rules *rules;	/* read once */
	const char *root = getenv("ECLUSE_ROOT");
	struct rules_fault fault;
	char folder[512];

	if (rules)
		return rules;
	(void)snprintf(folder, sizeof(folder), "%s/data/rules",
	    root ? root : ".");
	must(rules_load(folder, &rules, &fault) == ERR_OK);
	return rules;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span in = span_of(p, n);

	if (choose(&in, 2))
		inquiry(in, the_rules());
	else
		contract(in, the_rules());
	return 0;
}
