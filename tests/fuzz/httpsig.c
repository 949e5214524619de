/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields of a signed message (RFC 9421, RFC 9530) and the signature base: no
 * field that is taken brings a line feed into what is signed, and two
 * different questions never have one base.
 */
#include <string.h>
#include "base/limits.h"
#include "crypto/httpsig.h"
#include "fuzz.h"

static void base_of(struct span in)
{
	struct httpsig_question q;
	struct httpsig_input input;
	struct span params;
	unsigned lines = 0;
	struct buf out;

	q.method = line_of(&in);
	q.authority = line_of(&in);
	q.path = line_of(&in);
	q.content_digest = line_of(&in);
	params = in;
	buf_init(&out, 16384);
	if (httpsig_question_base(&q, params, &out) == ERR_OK) {
		met("a signature base");
		for (size_t i = 0; i < out.n; i++)
			lines += out.p[i] == '\n';
		must(lines == (span_is(q.method, "POST") ? 4 : 3));
	}
	buf_release(&out);
	if (httpsig_input_parse(params, &input) == ERR_OK)
		must(input.params.n <= LIMIT_SIGNATURE_INPUT);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span in = span_of(p, n);
	char authority[LIMIT_AUTHORITY + 1];
	struct httpsig_input input;
	uint8_t signature[SIGN_SIZE], digest[32];

	switch (choose(&in, 5)) {
	case 0:
		if (httpsig_input_parse(in, &input) != ERR_OK)
			break;
		met("Signature-Input");
		must(input.created_s <= input.expires_s &&
		    input.params.p >= in.p &&
		    input.params.p + input.params.n <= in.p + in.n);
		break;
	case 1:
		if (httpsig_signature_parse(in, signature) == ERR_OK)
			met("Signature");
		break;
	case 2:
		if (httpsig_digest_parse(in, digest) != ERR_OK)
			break;
		met("Content-Digest");
		must(httpsig_digest_check(in, span_str("")) == ERR_OK ||
		    httpsig_digest_check(in, span_str("")) == ERR_CRYPTO);
		break;
	case 3:
		if (httpsig_authority(in, authority) == ERR_OK)
			must(strlen(authority) > 0);
		break;
	default:
		base_of(in);
	}
	return 0;
}
