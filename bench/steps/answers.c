/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves: promise, closing, seal, signature, messages. And the client's
 * side: composing, sealing, signing. */
#include <string.h>
#include "fhir/extension.h"
#include "keeper/promise.h"
#include "lib/must.h"
#include "msg/ask.h"
#include "msg/rights.h"
#include "rights/answer.h"
#include "steps/scene.h"
#include "steps/steps.h"

struct answers {
	struct scene *scene;
	struct secret blinding;
	struct promise wish;
	struct buf open;	/* the vault's text */
	struct buf promise, body, sealed, message;
	struct scene_post post;	/* the client's */
};

static void promise(void *ctx)
{
	struct answers *a = ctx;

	buf_clear(&a->promise);
	must(promise_write(&a->wish, &a->blinding, a->scene->promise,
		 &a->promise), "promise");
}

static void close_it(void *ctx)
{
	struct answers *a = ctx;
	struct extension_left left = {39, 99};

	buf_clear(&a->body);
	buf_put_span(&a->body, buf_span(&a->open));
	extension_close(&left, buf_span(&a->promise), &a->body);
	must(a->body.err, "closing");
}

static void seal(void *ctx)
{
	struct answers *a = ctx;

	buf_clear(&a->sealed);
	must(seal_answer(&a->scene->sealed.seal, buf_span(&a->body),
		 &a->scene->random, &a->sealed), "sealing");
}

static void sign_span(struct answers *a, const char *type, struct span body,
    struct httpsig_fields *ret)
{
	struct httpsig_answer what = {.status = 200,
	    .content_type = span_str(type), .body = body,
	    .question = span_str(a->scene->plain.fields.signature)};

	must(httpsig_answer_sign(&what, SCENE_NOW_MS / 1000,
		 a->scene->answer, ret), "signing");
}

static void sign_plain(void *ctx)
{
	struct answers *a = ctx;
	struct httpsig_fields f;

	sign_span(a, "application/fhir+json", buf_span(&a->body), &f);
}

static void sign_sealed(void *ctx)
{
	struct answers *a = ctx;
	struct httpsig_fields f;

	sign_span(a, "application/ecluse-sealed", buf_span(&a->sealed), &f);
}

static void bare_sign(void *ctx)
{
	struct answers *a = ctx;
	uint8_t sig[SIGN_SIZE];

	must(sign_make(a->scene->answer, span_of(a->body.p, 300), sig),
	    "signing");
}

static void pack_done(void *ctx)
{
	struct answers *a = ctx;
	struct rights_done d = {.state = RIGHTS_COVERED,
	    .level = span_str("BR200"), .body = buf_span(&a->open)};

	buf_clear(&a->message);
	rights_done_pack(&d, &a->message);
	must(a->message.err, "packing");
	must(rights_done_unpack(buf_span(&a->message), &d), "unpacking");
}

static void compose(void *ctx)
{
	struct answers *a = ctx;

	buf_clear(&a->post.body);
	compose_write(&a->scene->wish, SCENE_NOW_MS, &a->post.body);
	must(a->post.body.err, "composing");
}

static void client_seal(void *ctx)
{
	struct answers *a = ctx;

	scene_seal(a->scene, &a->post);
}

static void client_sign(void *ctx)
{
	struct answers *a = ctx;

	scene_sign(a->scene, &a->post, a->scene->ed25519);
}

static void write_open(struct answers *a)
{
	struct answer_facts f = {.state = RIGHTS_COVERED, .authorization = 1,
	    .level = span_str("BR200"), .contract = span_str("CONFORT"),
	    .from_day = a->wish.care_day - 300,
	    .until_day = a->wish.care_day + 40, .order = 1};
	struct rights_do m = {.index = a->wish.index, .cell = a->wish.cell,
	    .number = a->wish.number, .purpose = RIGHTS_READ,
	    .care_day = a->wish.care_day, .now_ms = SCENE_NOW_MS,
	    .domain = a->wish.domain, .amc = a->wish.amc,
	    .transaction = span_str("bench.ecluse.example/journal/1234567")};

	must(answer_write(&m, &f, &a->open), "answer");
}

static void time_it(struct answers *a, enum steps_who who, const char *name,
    void (*run)(void *))
{
	struct steps_step s = {who, name, run, a};

	steps_time(&s);
}

static void time_all(struct answers *a)
{
	time_it(a, STEPS_KEEPER, "message of an answer, packed and read",
	    pack_done);
	time_it(a, STEPS_KEEPER, "promise (Ed25519)", promise);
	time_it(a, STEPS_KEEPER, "budget left, promise into the text",
	    close_it);
	steps_size("answer, FHIR", (double)a->body.n);
	time_it(a, STEPS_KEEPER, "seal the answer", seal);
	steps_size("answer, sealed", (double)a->sealed.n);
	time_it(a, STEPS_KEEPER, "sign the answer, plain", sign_plain);
	time_it(a, STEPS_KEEPER, "sign the answer, sealed", sign_sealed);
	time_it(a, STEPS_KEEPER, "of that, Ed25519 alone", bare_sign);
	time_it(a, STEPS_CLIENT, "compose", compose);
	time_it(a, STEPS_CLIENT, "seal (HPKE)", client_seal);
	time_it(a, STEPS_CLIENT, "sign (Ed25519)", client_sign);
}

void steps_answer(struct scene *scene)
{
	struct answers a = {.scene = scene, .wish = {
	    .origin = span_str("bench.ecluse.example/journal"),
	    .amc = span_str("0099100001"), .site = span_str("0E2000008"),
	    .domain = span_str("OPTI"), .level = span_str("BR200"),
	    .rules = span_str("rights-1"), .index = 1234567, .number = 4711,
	    .cell = 1, .authorization = true,
	    .care_day = (int32_t)(SCENE_NOW_MS / 86400000),
	    .now_ms = SCENE_NOW_MS}};

	random_fill(&scene->random, &a.blinding, sizeof(a.blinding));
	buf_init(&a.open, LIMIT_BODY);
	buf_init(&a.promise, 4096);
	buf_init(&a.body, LIMIT_BODY);
	buf_init(&a.sealed, LIMIT_BODY);
	buf_init(&a.message, LIMIT_BODY + 4096);
	buf_init(&a.post.body, LIMIT_BODY);
	write_open(&a);
	time_all(&a);
	buf_release(&a.open);
	buf_release(&a.promise);
	buf_release(&a.body);
	buf_release(&a.sealed);
	buf_release(&a.message);
	buf_release(&a.post.body);
}
