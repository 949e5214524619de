/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/random.h"
#include "card/token.h"
#include "keeper/bodies.h"
#include "registry/acts.h"

#define ID "https://ecluse.example/id/"
#define CODES "https://ecluse.example/fhir/CodeSystem/"
#define YEAR_S (365 * INT64_C(86400))

static char text[LIMIT_BUNDLE + 65536];

static struct buf begin(void)
{
	struct buf out;

	buf_init(&out, sizeof(text));
	return out;
}

static const char *end(struct buf *out)
{
	assert_int_equal(out->err, ERR_OK);
	assert_true(out->n < sizeof(text));
	memcpy(text, out->p, out->n);
	text[out->n] = '\0';
	buf_release(out);
	return text;
}

static void put_class(struct buf *out, const char *code, const char *value)
{
	buf_printf(out, "{\"type\":{\"coding\":[{\"system\":\"" CODES
	    "coverage-class\",\"code\":\"%s\"}]},\"value\":\"%s\"}", code,
	    value);
}

static void put_coverage(struct buf *out, const struct bodies_one *b)
{
	buf_text(out, "{\"resourceType\":\"Coverage\",\"id\":\"c\","
	    "\"status\":\"active\",\"beneficiary\":{\"reference\":\"#p\"},");
	if (b->card)
		buf_printf(out, "\"identifier\":[{\"system\":\"" ID "card\","
		    "\"value\":\"%s\"}],", b->card);
	if (b->member)
		buf_printf(out, "\"subscriberId\":\"%s\",\"dependent\":\"1\",",
		    b->member);
	if (b->convention || b->csr) {
		buf_text(out, "\"class\":[");
		if (b->convention)
			put_class(out, "convention", b->convention);
		if (b->convention && b->csr)
			buf_text(out, ",");
		if (b->csr)
			put_class(out, "csr", b->csr);
		buf_text(out, "],");
	}
	buf_printf(out, "\"payor\":[{\"identifier\":{\"system\":\"" ID "amc\","
	    "\"value\":\"%s\"}}]}", b->amc);
}

/* What a question and an estimate's have alike. */
static void put_rest(struct buf *out, const struct bodies_one *b)
{
	buf_text(out, "\"status\":\"active\",\"created\":\"2026-11-22\","
	    "\"patient\":{\"reference\":\"#p\"},\"contained\":[{"
	    "\"resourceType\":\"Patient\",\"id\":\"p\"");
	if (b->member)
		buf_text(out, ",\"birthDate\":\"1981-05-08\"");
	buf_text(out, "},");
	put_coverage(out, b);
	buf_printf(out, "],\"insurer\":{\"identifier\":{\"system\":\"" ID
	    "amc\",\"value\":\"%s\"}},", b->amc);
	if (b->site)
		buf_printf(out, "\"provider\":{\"identifier\":{\"system\":\""
		    ID "site\",\"value\":\"%s\"}},", b->site);
	if (b->rpps)
		buf_printf(out, "\"enterer\":{\"identifier\":{\"system\":"
		    "\"https://rpps.esante.gouv.fr\",\"value\":\"%s\"}},",
		    b->rpps);
	buf_text(out, "\"insurance\":[{\"sequence\":1,\"focal\":true,"
	    "\"coverage\":{\"reference\":\"#c\"}}]");
}

const char *bodies_question(struct bodies_one b)
{
	struct buf out = begin();

	buf_text(&out, "{\"resourceType\":\"CoverageEligibilityRequest\","
	    "\"purpose\":[\"benefits\",\"validation\"],"
	    "\"servicedDate\":\"2026-11-22\",");
	put_rest(&out, &b);
	buf_printf(&out, ",\"item\":[{\"category\":{\"coding\":[{\"system\":\""
	    CODES "domain\",\"code\":\"%s\"}]}}]}", b.domain);
	return end(&out);
}

const char *bodies_claim(struct bodies_one b, unsigned acts)
{
	struct buf out = begin();

	buf_printf(&out, "{\"resourceType\":\"Claim\","
	    "\"use\":\"predetermination\",\"type\":{\"coding\":[{\"system\":\""
	    CODES "domain\",\"code\":\"%s\"}]},", b.domain);
	put_rest(&out, &b);
	buf_text(&out, ",\"item\":[");
	for (unsigned i = 1; i <= acts; i++)
		buf_printf(&out, "%s{\"sequence\":%u,\"productOrService\":{"
		    "\"coding\":[{\"system\":\"" CODES "act\",\"code\":"
		    "\"OPTFRAME\"}]},\"servicedDate\":\"2026-11-22\","
		    "\"unitPrice\":{\"value\":140.50,\"currency\":\"EUR\"}}",
		    i > 1 ? "," : "", i);
	buf_text(&out, "]}");
	return end(&out);
}

const char *bodies_bundle(const char *const *lines, unsigned count)
{
	struct buf out = begin();

	buf_text(&out, "{\"resourceType\":\"Bundle\",\"type\":\"batch\","
	    "\"entry\":[");
	for (unsigned i = 0; i < count; i++)
		buf_printf(&out, "%s{\"request\":{\"method\":\"POST\","
		    "\"url\":\"CoverageEligibilityRequest\"},\"resource\":%s}",
		    i ? "," : "", lines[i]);
	buf_text(&out, "]}");
	return end(&out);
}

const char *bodies_card(
    const char *amc, unsigned key, uint8_t cti, int64_t now_ms)
{
	static char out[CARD_TOKEN_SIZE];
	struct card_token t = {.issued_s = now_ms / 1000 - YEAR_S,
	    .expires_s = now_ms / 1000 + YEAR_S};
	struct random_seeded seed;
	struct random r = random_from_seed(&seed, key);
	struct sign_private *k = NULL;
	struct buf b;

	(void)snprintf(t.amc, sizeof(t.amc), "%s", amc);
	memset(t.cti, cti, sizeof(t.cti));
	assert_int_equal(sign_private_make(SIGN_P256, &r, &k), ERR_OK);
	buf_init(&b, sizeof(out) - 1);
	assert_int_equal(card_token_issue(&t, k, &b), ERR_OK);
	memcpy(out, b.p, b.n);
	out[b.n] = '\0';
	buf_release(&b);
	sign_private_free(k);
	return out;
}
