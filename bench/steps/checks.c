/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks what: from the gate's message to typed fields. */
#include <stdlib.h>
#include "card/token.h"
#include "fhir/request.h"
#include "lib/must.h"
#include "msg/ask.h"
#include "steps/scene.h"
#include "steps/steps.h"

struct checks {
	struct scene *scene;
	const struct scene_post *post;
	const struct sign_public *key;
	struct buf message;	/* as the gate sends it */
	struct buf plain;	/* an opened body */
	struct json_token *tokens;
	int32_t today;
};

static void pack(struct checks *c)
{
	struct ask a = {.plane = ASK_FLOW, .method = ASK_POST,
	    .authority = span_str(SCENE_AUTHORITY),
	    .path = span_str(SCENE_PATH),
	    .content_type = span_str("application/ecluse-sealed"),
	    .content_digest = span_str(c->post->fields.digest),
	    .signature_input = span_str(c->post->fields.input),
	    .signature = span_str(c->post->fields.signature),
	    .body = buf_span(&c->post->body)};

	buf_clear(&c->message);
	ask_pack(&a, &c->message);
	must(c->message.err, "packing");
}

static void unpack(void *ctx)
{
	struct checks *c = ctx;
	struct ask a;

	must(ask_unpack(buf_span(&c->message), &a), "unpacking");
}

static void parse_fields(void *ctx)
{
	struct checks *c = ctx;
	char authority[LIMIT_AUTHORITY + 1];
	struct httpsig_input in;

	must(httpsig_input_parse(span_str(c->post->fields.input), &in),
	    "signature input");
	must(httpsig_authority(span_str(SCENE_AUTHORITY), authority),
	    "authority");
}

static void check_digest(void *ctx)
{
	struct checks *c = ctx;

	must(httpsig_digest_check(span_str(c->post->fields.digest),
		 buf_span(&c->post->body)), "digest");
}

static void verify(void *ctx)
{
	struct checks *c = ctx;
	struct httpsig_question q = scene_question(c->post);
	struct httpsig_input in;

	must(httpsig_input_parse(span_str(c->post->fields.input), &in),
	    "signature input");
	must(httpsig_question_verify(&q, buf_span(&c->post->body), &in,
		 span_str(c->post->fields.signature), c->key), "verifying");
}

static void open_body(void *ctx)
{
	struct checks *c = ctx;
	struct seal_about about = scene_about(c->scene);
	struct seal_context seal;

	buf_clear(&c->plain);
	must(seal_open_request(c->scene->sealing, &about,
		 buf_span(&c->post->body), &c->plain, &seal), "opening");
}

static void read_fhir(void *ctx)
{
	struct checks *c = ctx;
	struct fhir_question q;
	struct fhir_fault fault;

	must(request_read(buf_span(&c->scene->fhir), c->today, c->tokens, &q,
		 &fault), "reading");
}

static void verify_card(void *ctx)
{
	struct checks *c = ctx;
	struct card_token t;

	must(card_token_verify(buf_span(&c->scene->token),
		 sign_private_public(c->scene->card), SCENE_NOW_MS, &t),
	    "card");
}

static void time_it(struct checks *c, const char *name, void (*run)(void *))
{
	struct steps_step s = {STEPS_KEEPER, name, run, c};

	steps_time(&s);
}

void steps_question(struct scene *scene)
{
	struct checks c = {.scene = scene, .post = &scene->sealed,
	    .key = sign_private_public(scene->ed25519),
	    .today = (int32_t)(SCENE_NOW_MS / 86400000)};

	c.tokens = calloc(LIMIT_JSON_TOKENS, sizeof(*c.tokens));
	must_true(c.tokens != NULL, "no memory");
	buf_init(&c.message, LIMIT_DATAGRAM);
	buf_init(&c.plain, LIMIT_BODY);
	steps_size("question, FHIR", (double)scene->fhir.n);
	steps_size("question, sealed", (double)scene->sealed.body.n);
	pack(&c);
	time_it(&c, "take the gate's message apart", unpack);
	time_it(&c, "signature fields, authority", parse_fields);
	time_it(&c, "digest of the body", check_digest);
	time_it(&c, "verify the signature, Ed25519", verify);
	c.post = &scene->plain_p256;
	c.key = sign_private_public(scene->p256);
	time_it(&c, "verify the signature, P-256", verify);
	c.post = &scene->sealed;
	time_it(&c, "open the seal (HPKE)", open_body);
	time_it(&c, "read JSON and FHIR", read_fhir);
	time_it(&c, "verify a card token (P-256)", verify_card);
	buf_release(&c.message);
	buf_release(&c.plain);
	free(c.tokens);
}
