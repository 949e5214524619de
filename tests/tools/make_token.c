/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests: issues card tokens with a new key, so that other
 * implementations can read them. Prints one token a line.
 *
 *   test_make_token PUB.pem COUNT ISSUED EXPIRES [NOT_BEFORE [CONVENTION [CSR]]]
 *
 * Writes the new public key to PUB.pem, which may not exist. Times are seconds
 * since 1970; the cards are numbered in the first byte of their cti.
 */
#include "base/text.h"
#include "card/token.h"

static int64_t number(const char *text)
{
	uint64_t v = 0;

	if (text_u64(span_str(text), INT64_MAX, &v) != ERR_OK) {
		(void)fprintf(stderr, "not a number: %s\n", text);
		exit(2);
	}
	return (int64_t)v;
}

static void print_token(
    const struct card_token *t, const struct sign_private *key)
{
	struct buf text;
	enum err e;

	buf_init(&text, LIMIT_CARD);
	e = card_token_issue(t, key, &text);
	if (e != ERR_OK) {
		(void)fprintf(stderr, "issue: %s\n", err_text(e));
		exit(1);
	}
	(void)fwrite(text.p, 1, text.n, stdout);
	(void)putchar('\n');
	buf_release(&text);
}

int main(int argc, char **argv)
{
	struct card_token t = { .amc = "0123456789" };
	struct random random = random_system();
	struct sign_private *key = NULL;
	int64_t count;

	if (argc < 5 || argc > 8)
		return 2;
	count = number(argv[2]);
	t.issued_s = number(argv[3]);
	t.expires_s = number(argv[4]);
	if (argc > 5)
		t.not_before_s = number(argv[5]);
	if (argc > 6)
		(void)snprintf(
		    t.convention, sizeof(t.convention), "%s", argv[6]);
	if (argc > 7)
		(void)snprintf(t.csr, sizeof(t.csr), "%s", argv[7]);
	if (sign_private_make(SIGN_P256, &random, &key) != ERR_OK ||
	    sign_public_save(sign_private_public(key), argv[1]) != ERR_OK)
		return 1;
	for (int64_t i = 0; i < count; i++) {
		random_fill(&random, t.cti, sizeof(t.cti));
		t.cti[0] = (uint8_t)i;
		print_token(&t, key);
	}
	sign_private_free(key);
	return 0;
}
