/* SPDX-License-Identifier: Apache-2.0 */
#include "card/token.h"
#include "lib/must.h"
#include "steps/scene.h"

struct seal_about scene_about(const struct scene *s)
{
	return (struct seal_about){span_str(s->keyid), span_str("flow"),
	    span_str(SCENE_AUTHORITY), span_str(SCENE_PATH)};
}

struct httpsig_question scene_question(const struct scene_post *p)
{
	return (struct httpsig_question){.method = span_str("POST"),
	    .authority = span_str(SCENE_AUTHORITY),
	    .path = span_str(SCENE_PATH),
	    .content_digest = span_str(p->fields.digest)};
}

void scene_sign(
    struct scene *s, struct scene_post *p, const struct sign_private *key)
{
	struct httpsig_signer signer = {key, &s->random, SCENE_NOW_MS / 1000,
	    SCENE_NOW_MS / 1000 + LIMIT_SIGNATURE_LIFE_S};
	struct httpsig_question q = scene_question(p);

	must(httpsig_question_sign(&q, buf_span(&p->body), &signer,
		 &p->fields), "signing a question");
}

void scene_seal(struct scene *s, struct scene_post *p)
{
	struct seal_about about = scene_about(s);

	buf_clear(&p->body);
	must(seal_request(s->sealing_public, &about, buf_span(&s->fhir),
		 &s->random, &p->body, &p->seal), "sealing a question");
}

static void make_keys(struct scene *s)
{
	uint8_t id[SIGN_KEY_ID];

	must(sign_private_make(SIGN_ED25519, &s->random, &s->ed25519), "key");
	must(sign_private_make(SIGN_ED25519, &s->random, &s->answer), "key");
	must(sign_private_make(SIGN_ED25519, &s->random, &s->promise), "key");
	must(sign_private_make(SIGN_P256, &s->random, &s->p256), "key");
	must(sign_private_make(SIGN_P256, &s->random, &s->card), "key");
	must(hpke_key_make(&s->random, &s->sealing), "key");
	hpke_key_public(s->sealing, s->sealing_public);
	sign_public_id(sign_private_public(s->ed25519), id);
	sign_key_id_text(id, s->keyid);
}

static void make_card(struct scene *s)
{
	struct card_token t = {.amc = "0099100001",
	    .issued_s = SCENE_NOW_MS / 1000 - 86400,
	    .expires_s = SCENE_NOW_MS / 1000 + 30 * 86400,
	    .convention = "BF", .csr = "E01"};

	random_fill(&s->random, t.cti, sizeof(t.cti));
	must(card_token_issue(&t, s->card, &s->token), "card");
}

void scene_init(struct scene *s, const char *folder)
{
	*s = (struct scene){.folder = folder, .random = random_system()};
	s->wish = (struct compose){.amc = "0099100001", .member = "03059765",
	    .birth = "19810508", .rank = "1", .domain = "OPTI",
	    .date = SCENE_DAY};
	make_keys(s);
	buf_init(&s->fhir, LIMIT_BODY);
	buf_init(&s->token, LIMIT_CARD);
	buf_init(&s->plain.body, LIMIT_BODY);
	buf_init(&s->plain_p256.body, LIMIT_BODY);
	buf_init(&s->sealed.body, LIMIT_BODY);
	make_card(s);
	compose_write(&s->wish, SCENE_NOW_MS, &s->fhir);
	must(s->fhir.err, "composing a question");
	buf_put_span(&s->plain.body, buf_span(&s->fhir));
	buf_put_span(&s->plain_p256.body, buf_span(&s->fhir));
	scene_sign(s, &s->plain, s->ed25519);
	scene_sign(s, &s->plain_p256, s->p256);
	scene_seal(s, &s->sealed);
	scene_sign(s, &s->sealed, s->ed25519);
}

void scene_release(struct scene *s)
{
	sign_private_free(s->ed25519);
	sign_private_free(s->p256);
	sign_private_free(s->card);
	sign_private_free(s->answer);
	sign_private_free(s->promise);
	hpke_key_free(s->sealing);
	buf_release(&s->fhir);
	buf_release(&s->token);
	buf_release(&s->plain.body);
	buf_release(&s->plain_p256.body);
	buf_release(&s->sealed.body);
}
