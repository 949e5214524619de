/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "keeper/desk.h"
#include "keeper/tagger.h"

static const char *failed;
static int64_t desk_ms;

int64_t keeper_now(struct keeper *k)
{
	k->turn_ms = hour_now(&k->hour);
	return k->turn_ms;
}

void keeper_fail(struct keeper *k, const char *words, enum err e)
{
	assert_int_not_equal(e, ERR_OK);
	if (!failed)
		failed = words;
	k->failed = true;
}

const char *desk_failed(void)
{
	return failed;
}

void desk_forgets(void)
{
	failed = NULL;
}

void desk_at(struct desk *d, int64_t now_ms)
{
	(void)d;
	desk_ms = now_ms;
}

static int64_t time_now(void *ctx)
{
	(void)ctx;
	return desk_ms;
}

static void open_memory(struct keeper *k)
{
	assert_int_equal(slots_new(&k->slots), ERR_OK);
	assert_int_equal(summary_new(&k->summary), ERR_OK);
	k->pace = pace_new();
	assert_non_null(k->pace);
	buf_init(&k->plain, LIMIT_BUNDLE + 4096);
	buf_init(&k->body, LIMIT_BUNDLE);
	buf_init(&k->scratch, LIMIT_BUNDLE + 4096);
	k->tokens = calloc(LIMIT_BUNDLE_TOKENS, sizeof(*k->tokens));
	k->line_tokens = calloc(LIMIT_JSON_TOKENS, sizeof(*k->line_tokens));
	assert_true(k->tokens && k->line_tokens);
}

static void open_disk(struct desk *d)
{
	struct keeper *k = &d->k;

	k->dir = d->h.dir;
	k->random = d->h.random;
	k->salts = d->h.random;
	k->keys = d->h.keys;
	k->registry = d->h.acts.r;
	k->book = d->h.book;
	k->guard = d->h.guard;
	k->replay = d->h.replay;
	assert_int_equal(outstanding_open(
	    rig_in(d->h.dir, "keeper/released"), 0, &k->outstanding), ERR_OK);
	assert_int_equal(tagger_new(&k->keys->question, &k->tagger), ERR_OK);
	assert_int_equal(tagger_add(k->tagger, 1, &k->keys->index), ERR_OK);
}

void desk_plane(struct desk *d, uint8_t plane)
{
	struct conf_plane *conf = &d->k.conf.plane[plane];
	int fd[2];

	(void)snprintf(conf->authority, sizeof(conf->authority),
	    DESK_AUTHORITY);
	conf->enabled = conf->plain = true;
	d->plane = plane;
	chan_free(d->gate);
	assert_int_equal(socketpair(
	    AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
	assert_int_equal(gates_take(&d->k, plane, 7, fd[0]), ERR_OK);
	assert_int_equal(chan_new(
	    fd[1], MSG_GATE, MSG_KEEPER, 1u << 24, &d->gate), ERR_OK);
}

static void open_channels(struct desk *d)
{
	static const struct clock clock = {time_now, time_now, NULL};
	struct keeper *k = &d->k;
	int fd[2];

	assert_int_equal(loop_new(&clock, &k->loop), ERR_OK);
	hour_init(&k->hour, clock, 0);
	vaults_open(k);
	desk_plane(d, ASK_FLOW);
	assert_int_equal(socketpair(
	    AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
	assert_int_equal(vaults_take(k, 0, 7, fd[0]), ERR_OK);
	assert_int_equal(chan_new(
	    fd[1], MSG_VAULT, MSG_KEEPER, 1u << 24, &d->vault), ERR_OK);
	k->vaults[0].ready = true;
}

void desk_make(struct desk *d)
{
	struct keeper *k = &d->k;

	memset(d, 0, sizeof(*d));
	failed = NULL;
	desk_ms = HOUSE_NOW;
	house_make(&d->h);
	assert_int_equal(acts_do(&d->h.acts, 2, "insurer amc=" DESK_AMC
	    " operator=o feed-key=%s card-key=%s\n", acts_p256(0),
	    acts_p256(1)), ERR_OK);
	(void)snprintf(k->conf.origin, sizeof(k->conf.origin), ACTS_ORIGIN);
	k->conf.vault_count = 1;
	k->conf.vault_timeout_ms = 3000;
	k->conf.asks_per_person = 20;
	buf_init(&d->kept, 1u << 20);
	buf_init(&d->asked, 1u << 20);
	open_memory(k);
	open_disk(d);
	open_channels(d);
}

void desk_unmake(struct desk *d)
{
	struct keeper *k = &d->k;

	chan_free(d->gate);
	chan_free(d->vault);
	vaults_close(k);
	gates_close(k);
	loop_free(k->loop);
	batch_close(k);
	slots_free(k->slots);
	pace_free(k->pace);
	summary_free(k->summary);
	outstanding_close(k->outstanding);
	tagger_free(k->tagger);
	free(k->tokens);
	free(k->line_tokens);
	buf_release(&k->plain);
	buf_release(&k->body);
	buf_release(&k->scratch);
	buf_release(&d->kept);
	buf_release(&d->asked);
	house_unmake(&d->h);
}

int desk_setup(void **state)
{
	struct desk *it = calloc(1, sizeof(*it));

	assert_non_null(it);
	desk_make(it);
	*state = it;
	return 0;
}

int desk_teardown(void **state)
{
	desk_unmake(*state);
	free(*state);
	return 0;
}

void desk_body(char *out, size_t size, const char *amc, const char *domain,
    const char *member)
{
	(void)snprintf(out, size, "{\"resourceType\":"
	    "\"CoverageEligibilityRequest\",\"status\":\"active\","
	    "\"purpose\":[\"benefits\",\"validation\"],"
	    "\"created\":\"2026-11-22\",\"servicedDate\":\"2026-11-22\","
	    "\"patient\":{\"reference\":\"#p\"},\"insurer\":{\"identifier\":{"
	    "\"system\":\"https://ecluse.example/id/amc\",\"value\":\"%s\"}},"
	    "\"item\":[{\"category\":{\"coding\":[{\"system\":"
	    "\"https://ecluse.example/fhir/CodeSystem/domain\",\"code\":"
	    "\"%s\"}]}}],\"insurance\":[{\"coverage\":{\"reference\":"
	    "\"#c\"}}],\"contained\":[{\"resourceType\":\"Patient\",\"id\":"
	    "\"p\",\"birthDate\":\"1981-05-08\"},{\"resourceType\":"
	    "\"Coverage\",\"id\":\"c\",\"status\":\"active\","
	    "\"subscriberId\":\"%s\",\"dependent\":\"1\",\"beneficiary\":{"
	    "\"reference\":\"#p\"},\"payor\":[{\"identifier\":{\"system\":"
	    "\"https://ecluse.example/id/amc\",\"value\":\"%s\"}}]}]}",
	    amc, domain, member, amc);
}

struct desk_ask desk_plain(void)
{
	static char body[4096];

	desk_body(body, sizeof(body), DESK_AMC, "MED", "02447812");
	return (struct desk_ask){.key = 1, .path = DESK_RIGHTS,
	    .type = "application/fhir+json", .body = body,
	    .authority = DESK_AUTHORITY, .plane = ASK_FLOW,
	    .method = ASK_POST, .created_s = desk_ms / 1000};
}

static struct span body_of(const struct desk_ask *a)
{
	return a->bytes.p ? a->bytes : span_str(a->body);
}

static void sign(struct desk *d, const struct desk_ask *a,
    struct httpsig_fields *ret)
{
	const struct httpsig_question q = {
	    .method = span_str(a->method == ASK_POST ? "POST" : "GET"),
	    .authority = span_str(DESK_AUTHORITY), .path = span_str(a->path)};
	struct sign_private *key = acts_private(a->key);
	const struct httpsig_signer by = {.key = a->by ? a->by : key,
	    .random = &d->h.random,
	    .created_s = a->created_s,
	    .expires_s = a->created_s + (a->life_s ? a->life_s : 30)};

	assert_int_equal(
	    httpsig_question_sign(&q, body_of(a), &by, ret), ERR_OK);
	sign_private_free(key);
}

void desk_asks(struct desk *d, struct desk_ask a)
{
	struct httpsig_fields fields = {.digest = ""};
	struct ask ask = {.plane = a.plane, .method = a.method,
	    .authority = span_str(a.authority), .path = span_str(a.path),
	    .content_type = span_str(a.type)};

	if (!a.unsigned_)
		sign(d, &a, &fields);
	ask.body = a.sent ? span_str(a.sent) : body_of(&a);
	ask.content_digest = span_str(a.digest ? a.digest : fields.digest);
	ask.signature_input = span_str(a.input ? a.input : fields.input);
	ask.signature = span_str(a.unsigned_ ? "" : fields.signature);
	buf_clear(&d->asked);
	ask_pack(&ask, &d->asked);
	assert_int_equal(d->asked.err, ERR_OK);
	desk_asks_again(d);
}

void desk_asks_again(struct desk *d)
{
	assert_int_equal(chan_put(
	    d->gate, MSG_ASK, ++d->ref, buf_span(&d->asked)), ERR_OK);
	assert_int_equal(chan_flush(d->gate), ERR_OK);
}

struct slot *desk_told(struct desk *d, uint8_t *ret_type)
{
	struct msg m;

	vaults_flush(&d->k);
	if (chan_get(d->vault, &m))
		return NULL;
	*ret_type = (uint8_t)m.type;
	return slots_find(d->k.slots, m.ref);
}

void desk_serves(struct desk *d, uint64_t number)
{
	const struct rights_done done =
	    desk_done("{\"resourceType\":\"CoverageEligibilityResponse\"");
	struct keeper *k = &d->k;
	struct slot *s;
	uint8_t type = 0;

	decide_commit(k);
	while (!k->failed && (s = desk_told(d, &type))) {
		if (type == MSG_RESOLVE)
			decide_found(k, s, number && s->ask.cell > 0 ?
			    number + s->line : 0);
		else
			reply_done(k, s, &done);
		if (!k->failed)
			decide_commit(k);
	}
}

bool desk_answer(struct desk *d, struct ask_answer *ret)
{
	struct msg m;

	gates_flush(&d->k);
	if (chan_get(d->gate, &m))
		return false;
	assert_int_equal(m.type, MSG_ANSWER);
	assert_true(m.ref == d->ref);
	buf_clear(&d->kept);
	buf_put_span(&d->kept, m.body);
	assert_int_equal(ask_answer_unpack(buf_span(&d->kept), ret), ERR_OK);
	return true;
}

uint16_t desk_status(struct desk *d)
{
	struct ask_answer a;

	return desk_answer(d, &a) ? a.status : 0;
}

uint16_t desk_says(struct desk *d, const char *words)
{
	struct ask_answer a = {0};

	if (!desk_answer(d, &a))
		fail_msg("no answer: %s", words);
	if (!memmem(a.body.p, a.body.n, words, strlen(words)))
		fail_msg("%u: no %s: %.*s", a.status, words, (int)a.body.n,
		    (const char *)a.body.p);
	return a.status;
}

struct rights_done desk_done(const char *body)
{
	return (struct rights_done){.state = RIGHTS_COVERED, .until_day = 20818,
	    .level = span_str("BR200"), .body = span_str(body)};
}

struct leaf desk_leaf_at(struct desk *d, uint64_t index)
{
	struct tlog_record record;
	struct leaf leaf;

	assert_true(index < book_size(d->k.book));
	assert_int_equal(tlog_read(
	    book_log(d->k.book), index, &record), ERR_OK);
	assert_int_equal(leaf_unpack(record.leaf, &leaf), ERR_OK);
	return leaf;
}

struct leaf desk_leaf(struct desk *d)
{
	return desk_leaf_at(d, book_size(d->k.book) - 1);
}

void desk_reads(struct desk *d)
{
	d->k.gates[d->plane].waits = true;
	gates_read(&d->k);
}
