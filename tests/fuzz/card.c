/* SPDX-License-Identifier: Apache-2.0 */
/* A card's token: base45, CBOR and COSE_Sign1, each alone and together. */
#include <string.h>
#include "base/limits.h"
#include "card/base45.h"
#include "card/cose.h"
#include "card/token.h"
#include "fuzz.h"

static void base45(struct span in)
{
	uint8_t bytes[LIMIT_CARD];
	struct buf text;
	size_t n;

	if (base45_decode(in, bytes, sizeof(bytes), &n) != ERR_OK)
		return;
	met("base45");
	buf_init(&text, 4 * LIMIT_CARD);
	base45_encode(span_of(bytes, n), &text);
	must(!text.err && span_equal(in, buf_span(&text)));
	buf_release(&text);
}

static void cose(struct span in)
{
	struct cose_sign1 m;

	if (cose_sign1_parse(in, &m) != ERR_OK)
		return;
	met("COSE_Sign1");
	must(m.payload.p >= in.p &&
	    m.payload.p + m.payload.n <= in.p + in.n);
}

static void token(struct span in)
{
	struct card_token t;
	uint8_t kid[COSE_KID];

	memset(&t, 0, sizeof(t));
	if (card_token_parse(in, &t, kid) != ERR_OK)
		return;
	met("a token");
	must(strlen(t.amc) == CARD_TOKEN_AMC);
	must(t.issued_s > 0 && t.issued_s < t.expires_s);
	must(t.not_before_s == 0 ||
	    (t.not_before_s > 0 && t.not_before_s < t.expires_s));
}

/* The structure as it would be on a card, so that mutations of it count. */
static void wrapped(struct span in)
{
	struct buf text;

	buf_init(&text, 4096);
	buf_text(&text, "TP1:");
	base45_encode(in, &text);
	if (!text.err)
		token(buf_span(&text));
	buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static void (*const readers[])(struct span) = {
	    base45, cose, token, wrapped};
	struct span in = span_of(p, n);

	readers[choose(&in, 4)](in);
	return 0;
}
