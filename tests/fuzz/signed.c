/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A contract's file before its signature is believed, then signed for this
 * once: what is read has its lines where they stand, and written again it is
 * read alike. Nobody signed what a stranger wrote.
 */
#include <string.h>
#include "base/random.h"
#include "feed/contract_file.h"
#include "fuzz.h"

static struct sign_private *the_key(void)
{
	static struct sign_private *key;	/* made once */
	struct random_seeded seed;
	struct random random = random_from_seed(&seed, 7);

	if (!key)
		must(sign_private_make(SIGN_ED25519, &random, &key) == ERR_OK);
	return key;
}

static void same(const struct contract_file *a, const struct contract_file *b)
{
	must(strcmp(a->amc, b->amc) == 0);
	must(a->made_ms == b->made_ms && a->until_ms == b->until_ms);
	must(span_equal(a->text, b->text));
}

/* The file made anew, by a key that is known. */
static void again(const struct contract_file *c)
{
	struct contract_file back;
	struct buf out;
	enum err e;

	buf_init(&out, 2 * LIMIT_CONTRACT_FILE);
	e = contract_file_pack(c, the_key(), &out);
	/* another spelling of the times may be some characters longer */
	must(!e || e == ERR_LIMIT);
	if (!e) {
		must(contract_file_parse(buf_span(&out), &back) == ERR_OK);
		same(c, &back);
		must(contract_file_verify(buf_span(&out),
		    sign_private_public(the_key())) == ERR_OK);
	}
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span in = span_of(p, n);
	struct contract_file c;

	if (contract_file_parse(in, &c) != ERR_OK)
		return 0;
	met("a contract's file");
	must(n <= LIMIT_CONTRACT_FILE && strlen(c.amc) == CONTRACT_FILE_AMC);
	must(c.made_ms >= 0 && c.until_ms >= c.made_ms);
	must(c.text.p > p && c.text.n > 0 &&
	    c.text.p + c.text.n < p + n);
	must(contract_file_verify(in, sign_private_public(the_key())) != ERR_OK);
	again(&c);
	return 0;
}
