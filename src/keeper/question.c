/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bytes to a question without traits. What is verified is what is read:
 * the same bytes, here. Strangers cost little: cheap checks come first, and no
 * entry is written before a signature of an enrolled key stood.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/log.h"
#include "base/sabotage.h"
#include "base/text.h"
#include "card/token.h"
#include "fhir/claim.h"
#include "keeper/batch.h"
#include "keeper/decoys.h"
#include "keeper/feed.h"
#include "keeper/keeper.h"
#include "keeper/keys.h"
#include "keeper/route.h"
#include "keeper/signed.h"
#include "keeper/tagger.h"

#define TYPE_SEALED "application/ecluse-sealed"
#define TYPE_FHIR "application/fhir+json"
#define TYPE_JSON "application/json"
#define PATH_RIGHTS "/fhir/CoverageEligibilityRequest"
#define PATH_CLAIM "/fhir/Claim"
#define PATH_BUNDLE "/fhir"
#define PATH_METADATA "/fhir/metadata"

/* A refusal that gets no entry: summed up, and said. */
static void turn_away(struct keeper *k, uint64_t ref, const struct ask *ask,
    uint8_t reason, enum fhir_refusal refusal)
{
	summary_add(k->summary, SUMMARY_STRANGERS, ask->plane, reason,
	    keeper_now(k));
	reply_refuse_ask(k, ref, ask, refusal);
}

/* The media type, without parameters, in lower case as everybody sends it. */
static bool is_type(struct span value, const char *type)
{
	const uint8_t *semicolon = value.n ? memchr(value.p, ';', value.n) :
	    NULL;

	if (semicolon)
		value.n = (size_t)(semicolon - value.p);
	while (value.n > 0 && value.p[value.n - 1] == ' ')
		value.n--;
	return span_is(value, type);
}

/* Of what was verified, which is no longer than this. */
static void keep(struct span in, char *out, size_t size)
{
	enum err e = text_copy(in, out, size);

	assert(!e);
	(void)e;
}

static void keep_asker(struct keeper *k, struct slot *s,
    const struct ask *ask, const struct signed_by *by)
{
	const struct registry_site *site =
	    &k->registry->sites[k->registry->keys[s->key].site];
	enum err e = httpsig_signature_parse(ask->signature, s->signature);

	assert(!e);
	(void)e;
	keep(ask->path, s->path, sizeof(s->path));
	keep(by->in.params, s->params, sizeof(s->params));
	keep(span_str(site->id), s->site, sizeof(s->site));
	memcpy(s->digest, by->digest, sizeof(s->digest));
	replay_tag(k->replay, by->in.keyid, by->in.nonce, s->replay);
}

/* A slot that knows who asks; NULL: none is free, or the nonce was used. */
static struct slot *open_slot(struct keeper *k, uint64_t ref,
    const struct ask *ask, const struct signed_by *by)
{
	struct slot *s = slots_take(k->slots, ask->plane);
	enum err e;

	if (s && slots_own(
	    k->slots, s, (uint32_t)(by->key - k->registry->keys))) {
		slots_give(k->slots, s);
		s = NULL;
	}
	if (!s) {
		reply_refuse_ask(k, ref, ask, REFUSAL_BUSY);
		return NULL;
	}
	s->gate_ref = ref;
	s->gate_turn = gates_turn(k, ask->plane);
	s->plane = ask->plane;
	keep_asker(k, s, ask, by);
	e = replay_admit(k->replay, s->replay, keeper_now(k));
	if (!e)
		return s;
	if (e == ERR_EXISTS)
		summary_add(k->summary, s->key, s->plane, LEAF_REFUSED_REPLAY,
		    keeper_now(k));
	reply_refuse_ask(k, ref, ask, e == ERR_EXISTS ? REFUSAL_REPLAYED :
	    REFUSAL_BUSY);
	slots_give(k->slots, s);
	return NULL;
}

static void refuse_form(
    struct keeper *k, struct slot *s, enum fhir_refusal refusal)
{
	decide_refuse(k, s, LEAF_REFUSED_FORM, refusal);
}

/* The FHIR bytes of the body, opened if sealed; ERR_REFUSED: said already. */
static enum err open_body(struct keeper *k, struct slot *s,
    const struct ask *ask, struct span *ret)
{
	char keyid[SIGN_KEY_ID_TEXT];
	const struct conf_plane *plane = &k->conf.plane[s->plane];
	struct seal_about about = {
	    .plane = span_str(conf_plane_word(s->plane)),
	    .authority = span_str(plane->authority), .path = ask->path};
	enum err e;

	if (is_type(ask->content_type, TYPE_FHIR) ||
	    is_type(ask->content_type, TYPE_JSON)) {
		if (!plane->plain) {
			refuse_form(k, s, REFUSAL_PLAIN);
			return ERR_REFUSED;
		}
		*ret = ask->body;
		return ERR_OK;
	}
	if (!is_type(ask->content_type, TYPE_SEALED)) {
		refuse_form(k, s, REFUSAL_MEDIA_TYPE);
		return ERR_REFUSED;
	}
	sign_key_id_text(k->registry->keys[s->key].id, keyid);
	about.keyid = span_str(keyid);
	buf_clear(&k->plain);
	e = keys_open(k, &about, ask->body, &s->seal);
	if (e) {
		refuse_form(k, s, e == ERR_UNKNOWN ? REFUSAL_SEAL_KEY :
		    REFUSAL_SEALED);
		return ERR_REFUSED;
	}
	s->sealed = true;
	*ret = buf_span(&k->plain);
	return ERR_OK;
}

/*
 * Nobody is named. Of a key's professionals the only one who is not revoked is
 * meant: his budget holds at all his sites. Several need not be told apart,
 * until one has narrower figures than the key: he would leave them with his
 * name. (That one is left: question_barred.)
 */
static enum fhir_refusal name_nobody(const struct keeper *k, struct slot *s,
    const struct registry_key *key)
{
	const struct registry_professional *only = NULL;
	size_t living = 0;

	if (key->rpps_count == 0 || SABOTAGED(UNNAMED))
		return REFUSAL_COUNT;
	for (size_t i = 0; i < key->rpps_count; i++) {
		const struct registry_professional *p =
		    &k->registry->professionals[key->rpps[i]];

		if (p->revoked || p == only)	/* or named twice */
			continue;
		only = p;
		living++;
	}
	if (living == 1)
		keep(span_str(only->rpps), s->rpps, sizeof(s->rpps));
	if (living > 1 && !SABOTAGED(NARROWED) &&
	    registry_key_narrowed(k->registry, key))
		return REFUSAL_UNNAMED;
	return REFUSAL_COUNT;
}

/* Is the site and professional that the body names the key's own? Else the
 * refusal. */
static enum fhir_refusal whose(const struct keeper *k, struct slot *s,
    const struct fhir_question *q)
{
	const struct registry_key *key = &k->registry->keys[s->key];

	if (q->site_kind != FHIR_SITE_NONE && strcmp(q->site, s->site) != 0)
		return REFUSAL_SITE;
	if (q->rpps[0] == '\0')
		return name_nobody(k, s, key);
	if (!registry_key_speaks_for(k->registry, key, span_str(q->rpps)))
		return REFUSAL_SITE;
	keep(span_str(q->rpps), s->rpps, sizeof(s->rpps));
	return REFUSAL_COUNT;
}

/*
 * The card, if one is shown: presence when its own mutuelle signed it. A card
 * of a mutuelle that is not ours cannot be checked and is no presence.
 * false: it is wrong, and the question is refused.
 */
static bool check_card(struct keeper *k, struct slot *s,
    const struct fhir_question *q, const struct registry_insurer *insurer,
    struct card_token *card)
{
	uint8_t kid[COSE_KID];
	struct span text = span_str(q->card);

	if (text.n == 0)
		return true;
	s->proof |= OPENING_CARD;
	if (!insurer)
		return !card_token_parse(text, card, kid) &&
		    strcmp(card->amc, q->amc) == 0;
	if ((card_token_verify(
		text, insurer->card_key, keeper_now(k), card) &&
		(!insurer->card_before || card_token_verify(text,
		    insurer->card_before, keeper_now(k), card))) ||
	    strcmp(card->amc, q->amc) != 0)
		return false;
	s->ask.card = true;
	return true;
}

static void copy_wish(struct slot *s, const struct fhir_question *q)
{
	memcpy(s->amc, q->amc, sizeof(s->amc));
	memcpy(s->convention, q->convention, sizeof(s->convention));
	memcpy(s->csr, q->csr, sizeof(s->csr));
	memcpy(s->domain, q->domain, sizeof(s->domain));
	s->care_day = q->care_day;
}

void question_resolve(struct keeper *k, struct slot *s)
{
	struct rights_resolve m = {
	    .cell = s->ask.cell, .count = s->tag_count};

	if (SABOTAGED(MISS_WAY) && m.cell == 0) {	/* it can only miss */
		decide_found(k, s, 0);
		return;
	}
	s->state = SLOT_RESOLVING;
	s->due_ms = clock_boot_ms(&k->hour.clock) + k->conf.vault_timeout_ms;
	if (!vaults_answers(k, s->ask.cell)) {
		decide_silent(k, s);
		return;
	}
	memcpy(m.tags, s->tags, sizeof(m.tags));
	m.older_count = s->older_count;
	memcpy(m.older, s->older, sizeof(m.older));
	buf_clear(&k->scratch);
	rights_resolve_pack(&m, &k->scratch);
	if (k->scratch.err || vaults_put(k, s->ask.cell, MSG_RESOLVE,
	    slots_ref(k->slots, s), buf_span(&k->scratch)))
		decide_silent(k, s);
}

/* May its key ask once more today? Else it is refused. */
static bool is_in_pace(struct keeper *k, struct slot *s, uint32_t persons)
{
	int64_t now = clock_boot_ms(&k->hour.clock);
	enum err e = s->paced ? ERR_OK : pace_take(k->pace, s->key,
	    pace_day(persons, k->conf.asks_per_person), now);

	s->paced = !e;
	if (!e)
		return true;
	if (e == ERR_FULL && often_may(k, OFTEN_PACE))
		log_say(LOG_WARN, "alarm: a key asks too often for a day "
		    "(site %u, key %u)", s->ask.site, s->ask.key);
	decide_later(k, s, e == ERR_FULL ? REFUSAL_OFTEN : REFUSAL_BUSY);
	return false;
}

/* Room first: nothing is looked up for a question that has none. */
static void admit(struct keeper *k, struct slot *s)
{
	struct guard_verdict v;

	guard_room(k->guard, &s->ask, keeper_now(k), &v);
	s->told = v.told;
	if (v.told.decision != GUARD_GO) {
		decide_refuse(k, s, LEAF_REFUSED_BUDGET, REFUSAL_BUDGET);
	} else if (!is_in_pace(k, s, v.key_persons)) {
		return;
	} else if (s->line) {
		batch_admitted(s, v.told.wait_ms);
	} else if (v.told.wait_ms > 0 && !s->slowed) {
		s->slowed = true;
		s->state = SLOT_WAITING;
		s->due_ms = clock_boot_ms(&k->hour.clock) + v.told.wait_ms;
	} else {
		question_resolve(k, s);
	}
}

/* Who is revoked does not go on by leaving his number out. */
static bool speaks(const struct registry *r, const struct registry_key *key,
    struct span rpps)
{
	if (rpps.n > 0)
		return registry_key_speaks_for(r, key, rpps);
	return registry_key_speaks(r, key) || SABOTAGED(UNNAMED);
}

bool question_barred(struct keeper *k, struct slot *s)
{
	static const enum fhir_refusal refusals[] = {
		[REGISTRY_PLANE] = REFUSAL_CLOSED_PLANE,
		[REGISTRY_PROFESSION] = REFUSAL_CLOSED_PROFESSION,
		[REGISTRY_CELL] = REFUSAL_CLOSED_CELL,
		[REGISTRY_SITE] = REFUSAL_CLOSED_SITE,
		[REGISTRY_KEY] = REFUSAL_CLOSED_KEY,
		[REGISTRY_PERSON] = REFUSAL_CLOSED_PERSON,
	};
	const struct registry_key *key = &k->registry->keys[s->key];
	enum registry_gate gate;

	if (!registry_key_lives(k->registry, key)) {
		decide_refuse(k, s, LEAF_REFUSED_KEY, REFUSAL_KEY_REVOKED);
		return true;
	}
	if (!speaks(k->registry, key, span_str(s->rpps))) {
		decide_refuse(k, s, LEAF_REFUSED_KEY, REFUSAL_SITE);
		return true;
	}
	gate = registry_closed(
	    k->registry, key, s->plane, s->ask.cell, span_str(s->rpps));
	if (gate == REGISTRY_NO_GATE)
		return false;
	decide_refuse(k, s, LEAF_REFUSED_SWITCH, refusals[gate]);
	return true;
}

/* Is it cards only while the budgets fill? Then it was refused here. */
static bool wants_card(struct keeper *k, struct slot *s)
{
	bool spent = past_spent(k) && !SABOTAGED(SPENT);

	if (s->ask.card || (!k->hour.doubtful && !spent))
		return false;
	decide_refuse(k, s, LEAF_REFUSED_CARD_ONLY,
	    k->hour.doubtful ? REFUSAL_CLOCK : REFUSAL_CARD_ONLY);
	return true;
}

void question_go_on(struct keeper *k, struct slot *s)
{
	if (s->batch && !s->line) {
		batch_go_on(k, s);
		return;
	}
	/* seconds went by: what was closed meanwhile is closed */
	if (question_barred(k, s))
		return;
	if (!wants_card(k, s))
		admit(k, s);
}

static void ask_about(
    struct keeper *k, struct slot *s, const struct fhir_question *q)
{
	const struct registry_key *key = &k->registry->keys[s->key];
	const struct registry_insurer *insurer = NULL;
	struct card_token card = {0};
	enum fhir_refusal refusal;

	if (SABOTAGED(QUIET))
		log_say(LOG_INFO, "a question about %s", q->nir);
	refusal = whose(k, s, q);
	if (refusal != REFUSAL_COUNT && !SABOTAGED(OWN)) {
		decide_refuse(k, s, LEAF_REFUSED_KEY, refusal);
		return;
	}
	copy_wish(s, q);
	if (!registry_profession_has(
	    &k->registry->professions[k->registry->sites[key->site]
		.profession], span_str(q->domain))) {
		decide_refuse(k, s, LEAF_REFUSED_DOMAIN, REFUSAL_DOMAIN);
		return;
	}
	refusal = route_find(k, q, &insurer);
	if (insurer && insurer->revoked)
		insurer = NULL;
	fold_ask(k->registry, key, s->plane, span_str(s->rpps), &s->ask);
	s->ask.cell = insurer ? registry_cell(k->registry, insurer) : 0;
	if (question_barred(k, s))
		return;
	if (refusal != REFUSAL_COUNT && !SABOTAGED(ROUTE)) {
		decide_refuse(k, s, LEAF_REFUSED_FORM, refusal);
		return;
	}
	if (!check_card(k, s, q, insurer, &card)) {
		decide_refuse(k, s, LEAF_REFUSED_FORM, REFUSAL_CARD);
		return;
	}
	if (wants_card(k, s))
		return;
	if (tagger_tags(k->tagger, insurer, q, &card, s)) {
		decide_refuse(k, s, LEAF_REFUSED_FORM, REFUSAL_INTERNAL);
		return;
	}
	if (s->proof & OPENING_DECOY)
		decoys_hit(k, s);
	admit(k, s);
}

void question_line(struct keeper *k, struct slot *s, struct span body)
{
	struct fhir_question q;

	if (request_read(body, date_of_ms(keeper_now(k)), k->line_tokens, &q,
		&s->fault)) {
		s->has_fault = true;
		decide_refuse(k, s, LEAF_REFUSED_FORM, REFUSAL_INTERNAL);
	} else {
		ask_about(k, s, &q);
		secret_wipe(&q, sizeof(q));
	}
}

/* The acts travel packed: they hold nothing of the person. */
static enum err keep_acts(
    struct keeper *k, struct slot *s, const struct estimate *acts)
{
	buf_clear(&k->scratch);
	estimate_pack(acts, &k->scratch);
	if (k->scratch.err)
		return k->scratch.err;
	s->acts = malloc(k->scratch.n);
	if (!s->acts)
		return ERR_NOMEM;
	memcpy(s->acts, k->scratch.p, k->scratch.n);
	s->acts_n = k->scratch.n;
	s->act_count = acts->count;
	return ERR_OK;
}

void question_claim(struct keeper *k, struct slot *s, struct span body)
{
	struct fhir_question q;
	struct estimate acts;

	s->purpose = RIGHTS_ESTIMATE;
	if (claim_read(body, date_of_ms(keeper_now(k)), k->line_tokens, &q,
		&acts, &s->fault)) {
		s->has_fault = true;
		decide_refuse(k, s, LEAF_REFUSED_FORM, REFUSAL_INTERNAL);
		return;
	}
	if (summary_unfit_over(k->summary, s->key, keeper_now(k)) ||
	    keep_acts(k, s, &acts))
		decide_refuse(k, s, LEAF_REFUSED_SLOW, REFUSAL_BUSY);
	else
		ask_about(k, s, &q);
	secret_wipe(&q, sizeof(q));
}

static void read_question(
    struct keeper *k, struct slot *s, const struct ask *ask)
{
	struct span body;
	size_t traits;

	/* a closed gate reads no body; cell and professional come later */
	if (question_barred(k, s) || open_body(k, s, ask, &body))
		return;
	/* a refusal is sealed into the same room, and may be shorter */
	traits = s->sealed ? k->plain.n : 0;
	if (span_is(ask->path, PATH_BUNDLE))
		batch_start(k, s, body);
	else if (span_is(ask->path, PATH_CLAIM))
		question_claim(k, s, body);
	else
		question_line(k, s, body);
	if (traits > 0)
		secret_wipe(k->plain.p, traits);
}

enum fhir_refusal question_place(const struct ask *ask)
{
	bool bundle = span_is(ask->path, PATH_BUNDLE) &&
	    ask->plane == ASK_FLOW;

	if (!bundle && !SABOTAGED(PATH) && !span_is(ask->path, PATH_RIGHTS) &&
	    !span_is(ask->path, PATH_CLAIM))
		return REFUSAL_PATH;
	if (ask->method != ASK_POST)
		return REFUSAL_METHOD;
	if (!bundle && ask->body.n > LIMIT_BODY)
		return REFUSAL_TOO_LARGE;
	return REFUSAL_COUNT;
}

void question_take(struct keeper *k, uint64_t ref, const struct ask *ask,
    const struct ahead_fact *fact)
{
	struct signed_by by = {0};
	enum fhir_refusal refusal;
	uint8_t reason;
	struct slot *s;

	if (ask->plane == ASK_STAFF && feed_is_path(ask->path)) {
		feed_ask(k, ref, ask);
		return;
	}
	if (ask->method == ASK_GET && span_is(ask->path, PATH_METADATA)) {
		refusal = signed_check(k, ask, fact, &by, &reason);
		if (k->registry->closed_planes >> ask->plane & 1) {
			reply_refuse_ask(
			    k, ref, ask, REFUSAL_CLOSED_PLANE);
			return;
		}
		reply_metadata(k, ref, ask, refusal == REFUSAL_COUNT);
		return;
	}
	refusal = question_place(ask);
	if (refusal != REFUSAL_COUNT) {
		reply_refuse_ask(k, ref, ask, refusal);
		return;
	}
	refusal = signed_check(k, ask, fact, &by, &reason);
	if (refusal != REFUSAL_COUNT) {
		turn_away(k, ref, ask, reason, refusal);
		return;
	}
	s = open_slot(k, ref, ask, &by);
	if (s)
		read_question(k, s, ask);
}
