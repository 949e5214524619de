/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "api/compose.h"
#include "base/clock.h"
#include "lib/must.h"
#include "rights/post.h"

#define TYPE_SEALED "application/ecluse-sealed"
#define TYPE_FHIR "application/fhir+json"
#define POST_MOST (LIMIT_BUNDLE + 8192)
#define ENTRY                                                                 \
	"{\"request\":{\"method\":\"POST\",\"url\":"                          \
	"\"CoverageEligibilityRequest\"},\"resource\":"

static void compose(const struct post_about *about,
    const struct crowd_site *site, const struct crowd_person *person,
    int64_t now_ms, struct buf *out)
{
	struct compose c = {.amc = person->amc, .domain = site->domain,
	    .date = about->day};

	if (person->token) {
		c.card = person->token;
	} else {
		*(person->by_nir ? &c.nir : &c.member) =
		    person->by_nir ? person->nir : person->member;
		c.birth = person->birth;
		c.rank = person->rank;
	}
	compose_write(&c, now_ms, out);
	must(out->err, "composing a question");
}

static const char *path_of(const struct post_about *about)
{
	return about->lines > 1 ? POST_BUNDLE : POST_PATH;
}

static void compose_all(const struct post_about *about,
    const struct crowd_site *site, const struct crowd_person *persons,
    int64_t now_ms, struct buf *out)
{
	if (about->lines == 1) {
		compose(about, site, persons, now_ms, out);
		return;
	}
	buf_text(out, "{\"resourceType\":\"Bundle\",\"type\":\"batch\","
	    "\"entry\":[");
	for (unsigned i = 0; i < about->lines; i++) {
		buf_text(out, i ? "," ENTRY : ENTRY);
		compose(about, site, &persons[i], now_ms, out);
		buf_text(out, "}");
	}
	buf_text(out, "]}");
	must(out->err, "composing a bundle");
}

static void write_post(const struct post_about *about,
    const struct httpsig_fields *f, struct span body, struct buf *out)
{
	buf_printf(out,
	    "POST %s HTTP/1.1\r\n"
	    "Host: %s\r\n"
	    "Content-Type: %s\r\n"
	    "Content-Length: %zu\r\n"
	    "Content-Digest: %s\r\n"
	    "Signature-Input: %s\r\n"
	    "Signature: %s\r\n"
	    "Accept: " TYPE_FHIR "\r\n\r\n",
	    path_of(about), about->authority, about->sealed ? TYPE_SEALED : TYPE_FHIR, body.n,
	    f->digest, f->input, f->signature);
	buf_put_span(out, body);
	must(out->err, "writing a question");
}

static void seal(const struct post_about *about, const char *keyid,
    struct buf *body, struct seal_context *ret)
{
	struct seal_about to = {span_str(keyid), span_str("flow"),
	    span_str(about->authority), span_str(path_of(about))};
	struct buf sealed;

	buf_init(&sealed, POST_MOST);
	must(seal_request(about->pin->sealing, &to, buf_span(body),
		 &about->random, &sealed, ret), "sealing a question");
	buf_release(body);
	*body = sealed;
}

void post_make(const struct post_about *about, const struct crowd_site *site,
    const struct crowd_person *persons, struct post *ret)
{
	struct clock clock = clock_system();
	int64_t now_ms = clock_wall_ms(&clock);
	struct httpsig_question q = {.method = span_str("POST"),
	    .authority = span_str(about->authority),
	    .path = span_str(path_of(about))};
	struct httpsig_signer signer = {site->key, &about->random,
	    now_ms / 1000, now_ms / 1000 + LIMIT_SIGNATURE_LIFE_S};
	struct httpsig_fields fields;
	struct buf body;

	buf_init(&body, POST_MOST);
	compose_all(about, site, persons, now_ms, &body);
	if (about->sealed)
		seal(about, site->keyid, &body, &ret->seal);
	must(httpsig_question_sign(&q, buf_span(&body), &signer, &fields),
	    "signing a question");
	memcpy(ret->signature, fields.signature, sizeof(ret->signature));
	buf_init(&ret->bytes, POST_MOST);
	write_post(about, &fields, buf_span(&body), &ret->bytes);
	buf_release(&body);
}

void post_release(struct post *p)
{
	buf_release(&p->bytes);
	secret_wipe(&p->seal, sizeof(p->seal));
}

static size_t count(struct span text, const char *word)
{
	size_t n = 0, size = strlen(word);
	const uint8_t *at;

	while (text.n && (at = memmem(text.p, text.n, word, size)) != NULL) {
		n++;
		text.n -= (size_t)(at + size - text.p);
		text.p = at + size;
	}
	return n;
}

enum err post_check(const struct post_about *about, const struct post *p,
    const struct reply *r, size_t *ret_covered)
{
	struct httpsig_answer a = {.status = r->status,
	    .content_type = r->type, .body = r->body,
	    .question = span_str(p->signature)};
	struct span text = r->body;
	struct buf plain;
	int64_t created_s;
	enum err e = httpsig_answer_verify(&a, r->digest, r->input,
	    r->signature, about->answer_key, &created_s);

	buf_init(&plain, REPLY_MOST);
	if (!e && about->sealed) {
		e = seal_open_answer(&p->seal, r->body, &plain);
		text = buf_span(&plain);
	}
	if (!e && count(text, "\"CoverageEligibilityResponse\"") !=
	    about->lines)
		e = ERR_SHAPE;
	if (!e)
		*ret_covered = count(text, "\"valueCode\":\"covered\"");
	buf_release(&plain);
	return e;
}
