/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "feed/contract_file.h"

#define MAGIC "ecluse-contract-v1"
#define SIGNATURE "signature "
#define B64 88		/* characters of a signature */
#define LINE (sizeof(SIGNATURE) - 1 + B64 + 1)

static bool is_head(const struct contract_file *c)
{
	return text_digits(span_of(c->amc, CONTRACT_FILE_AMC)) &&
	    c->made_ms >= 0 && c->until_ms >= c->made_ms;
}

static bool has_signature_line(struct span text)
{
	const size_t n = sizeof(SIGNATURE) - 1;

	for (size_t i = 0; i + n <= text.n; i++)
		if ((i == 0 || text.p[i - 1] == '\n') &&
		    memcmp(text.p + i, SIGNATURE, n) == 0)
			return true;
	return false;
}

enum err contract_file_pack(const struct contract_file *c,
    const struct sign_private *key, struct buf *out)
{
	char made[DATE_STAMP_SIZE], until[DATE_STAMP_SIZE];
	char text[TEXT_B64_SIZE(SIGN_SIZE)];
	uint8_t sig[SIGN_SIZE];
	size_t start = out->n;
	enum err e;

	if (!is_head(c) || c->text.n == 0)
		return ERR_RANGE;
	if (has_signature_line(c->text))
		return ERR_SHAPE;
	date_format_stamp(c->made_ms, made);
	date_format_stamp(c->until_ms, until);
	buf_printf(out, MAGIC "\namc %s\nmade %s\nuntil %s\n\n", c->amc, made,
	    until);
	buf_put_span(out, c->text);
	if (c->text.p[c->text.n - 1] != '\n')
		buf_text(out, "\n");
	if (out->err || out->n - start + LINE > LIMIT_CONTRACT_FILE)
		return out->err ? out->err : ERR_LIMIT;
	e = sign_make(key, span_of(out->p + start, out->n - start), sig);
	if (e)
		return e;
	text_b64(sig, SIGN_SIZE, text);
	buf_printf(out, SIGNATURE "%s\n", text);
	return out->err;
}

/* The rest of the line that begins with word, and what is behind it. */
static bool take_line(struct span *rest, const char *word, struct span *ret)
{
	size_t n = strlen(word);
	const uint8_t *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

	if (!end || (size_t)(end - rest->p) < n ||
	    memcmp(rest->p, word, n) != 0)
		return false;
	*ret = span_of(rest->p + n, (size_t)(end - rest->p) - n);
	rest->n -= (size_t)(end + 1 - rest->p);
	rest->p = end + 1;
	return true;
}

static bool split(struct span file, struct span *ret_signed,
    uint8_t sig[static SIGN_SIZE])
{
	struct span last, ignored;
	size_t n = 0;

	if (file.n <= LINE)
		return false;
	*ret_signed = span_of(file.p, file.n - LINE);
	ignored = span_of(file.p + file.n - LINE, LINE);
	return ret_signed->p[ret_signed->n - 1] == '\n' &&
	    take_line(&ignored, SIGNATURE, &last) && ignored.n == 0 &&
	    !text_unb64(last, sig, SIGN_SIZE, &n) && n == SIGN_SIZE;
}

enum err contract_file_parse(struct span file, struct contract_file *ret)
{
	struct contract_file c = {""};
	struct span rest, amc, made, until, empty;
	uint8_t sig[SIGN_SIZE];

	if (file.n > LIMIT_CONTRACT_FILE)
		return ERR_LIMIT;
	if (!split(file, &rest, sig) || !take_line(&rest, MAGIC, &empty) ||
	    empty.n != 0)
		return ERR_SHAPE;
	if (!take_line(&rest, "amc ", &amc) ||
	    !take_line(&rest, "made ", &made) ||
	    !take_line(&rest, "until ", &until) ||
	    !take_line(&rest, "", &empty) || empty.n != 0 || rest.n == 0 ||
	    text_copy(amc, c.amc, sizeof(c.amc)) ||
	    date_parse_stamp(made, &c.made_ms) ||
	    date_parse_stamp(until, &c.until_ms) ||
	    strlen(c.amc) != CONTRACT_FILE_AMC || !is_head(&c) ||
	    has_signature_line(rest))
		return ERR_SHAPE;
	c.text = rest;
	*ret = c;
	return ERR_OK;
}

enum err contract_file_verify(
    struct span file, const struct sign_public *key)
{
	struct span signed_part;
	uint8_t sig[SIGN_SIZE];

	if (!split(file, &signed_part, sig))
		return ERR_SHAPE;
	return sign_verify(key, signed_part, sig);
}
