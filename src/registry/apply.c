/* SPDX-License-Identifier: Apache-2.0 */
/* How an act is applied, whole or not at all; what each word does: words.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "crypto/hash.h"
#include "registry/words.h"

/* A lone word makes an act by itself: what it changes cannot be undone by
 * forgetting added records, or is not a change at all. */
static const struct rule {
	const char *word, *names;
	unsigned signers;
	bool lone;
	words_fn apply;
} rules[] = {
	{"instance", "drill", 2, false, words_instance},
	{"service", "answer promise sealing", 2, false, words_service},
	{"admin", "key name", 2, false, words_admin},
	{"insurer", "amc operator hosted-by feed-key card-key label", 2, false,
	    words_insurer},
	{"profession", "code plane domains t24 c24 t30 c30 m24 m30", 2, true,
	    words_profession},
	{"wide", "scope code floor24 each24 floor30 each30", 2, true, words_wide},
	{"mode", "control mode", 2, true, words_mode},
	{"clock", "confirm", 2, true, words_clock},
	{"scope", "asker from to amc", 2, true, words_scope},
	{"site", "id profession finess siret label", 1, false, words_site},
	{"professional", "rpps site", 1, false, words_professional},
	{"key", "spki site rpps since", 1, false, words_key},
	{"revoke", "key site rpps amc admin", 1, true, words_revoke},
};

static const struct rule *rule_of(struct span word)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (span_is(word, rules[i].word))
			return &rules[i];
	return NULL;
}

static enum err apply_lines(struct words_work *w, struct span rest)
{
	struct act_line line = {0};
	bool lone = false;
	enum err e;

	while (!(e = act_next(&rest, &line))) {
		const struct rule *rule = rule_of(line.word);

		w->line = &line;
		if (!rule)
			return words_say(w, ERR_UNKNOWN, "no such word");
		if (act_only(&line, rule->names))
			return words_say(w, ERR_SHAPE,
			    "a name that this word does not take");
		if (!w->first && (lone || (rule->lone && line.number > 1)))
			return words_say(w, ERR_STATE,
			    "this word stands alone in its act");
		lone = rule->lone;
		e = rule->apply(w);
		if (e)
			return e;
	}
	if (e != ERR_CLOSED)
		return words_say(w, ERR_SHAPE, "word name=value..., one space "
		    "between, printable ASCII, each name once");
	if (!w->line)
		return words_say(w, ERR_SHAPE, "the act says nothing");
	return ERR_OK;
}

/* How far the arrays went, to forget what an act added. */
struct mark {
	size_t admins, insurers, sites, professionals, keys;
};

static struct mark mark_of(const struct registry *r)
{
	return (struct mark){r->admin_count, r->insurer_count, r->site_count,
	    r->professional_count, r->key_count};
}

static void forget(struct registry *r, struct mark m)
{
	while (r->insurer_count > m.insurers) {
		r->insurer_count--;
		sign_public_free(r->insurers[r->insurer_count].feed_key);
		sign_public_free(r->insurers[r->insurer_count].card_key);
	}
	while (r->key_count > m.keys) {
		r->key_count--;
		sign_public_free(r->keys[r->key_count].key);
		free(r->keys[r->key_count].rpps);
	}
	r->admin_count = m.admins;
	r->site_count = m.sites;
	r->professional_count = m.professionals;
}

/* The text was not applied before, and its time is near enough. */
static enum err check_fresh(struct words_work *w, const uint8_t *hash,
    int64_t live_ms)
{
	uint32_t ignored;

	if (map_find(&w->r->texts, span_of(hash, HASH_SIZE), &ignored))
		return words_say(w, ERR_EXISTS, "this act was applied before");
	if (live_ms == 0)
		return ERR_OK;
	if (w->head->time_ms > live_ms + 60000 ||
	    w->head->time_ms < live_ms - REGISTRY_ACT_LIFE_MS)
		return words_say(w, ERR_TIME,
		    "the act's time is more than 7 days ago or in the future: "
		    "write and sign it anew");
	return ERR_OK;
}

/* What a text asks for, before anything is changed: lone words change records
 * in place, so signatures are counted first. */
struct asked {
	unsigned signers, keys, sites;
};

static struct asked asked_of(struct span rest)
{
	struct act_line line = {0};
	struct asked a = {.signers = 1};

	while (!act_next(&rest, &line)) {
		const struct rule *rule = rule_of(line.word);

		if (rule && rule->signers > a.signers)
			a.signers = rule->signers;
		a.keys += span_is(line.word, "key") ? 1 : 0;
		a.sites += span_is(line.word, "site") ? 1 : 0;
	}
	if (a.keys > REGISTRY_ALONE_KEYS || a.sites > 1)
		a.signers = 2;
	return a;
}

/* Time for the caps goes on, never back, whatever the acts say. */
static int64_t alone_time(const struct registry *r, int64_t time_ms)
{
	return time_ms > r->alone_ms ? time_ms : r->alone_ms;
}

/* Would this be more than one signature enrols in a day? */
static bool is_bulk(const struct registry *r, struct asked a, int64_t time_ms)
{
	int64_t now_ms = alone_time(r, time_ms);

	for (size_t i = 0; i < REGISTRY_ALONE_ACTS; i++) {
		const struct registry_alone *old = &r->alone[i];

		if (now_ms - old->time_ms >= DATE_DAY_MS)
			continue;
		a.keys += old->keys;
		a.sites += old->sites;
	}
	return a.keys > REGISTRY_ALONE_DAY || a.sites > REGISTRY_ALONE_DAY;
}

static void note_alone(struct registry *r, struct asked a, int64_t time_ms)
{
	r->alone_ms = alone_time(r, time_ms);
	r->alone[r->alone_next] = (struct registry_alone){
	    r->alone_ms, a.keys, a.sites};
	r->alone_next = (r->alone_next + 1) % REGISTRY_ALONE_ACTS;
}

/* Enough signatures? The log's own acts were asked when they were new. */
static enum err check_signers(struct words_work *w, struct asked a,
    unsigned signers, int64_t live_ms)
{
	bool enrols = a.keys > 0 || a.sites > 0;

	if (signers < a.signers)
		return words_say(w, ERR_REFUSED, a.signers == 2 ?
		    "two administrators must sign this" :
		    "an administrator must sign this");
	if (live_ms == 0 || !enrols || signers > 1)
		return ERR_OK;
	if (w->head->time_ms < live_ms - DATE_DAY_MS)
		return words_say(w, ERR_TIME, "one signature enrols on the "
		    "day of the act alone: write and sign it anew");
	if (is_bulk(w->r, a, w->head->time_ms))
		return words_say(w, ERR_REFUSED,
		    "two administrators must sign this: one alone has "
		    "enrolled all that one may in a day");
	return ERR_OK;
}

enum err registry_apply(struct registry *r, struct span text,
    unsigned signers, bool first, int64_t live_ms,
    enum registry_wish *ret_wish, struct registry_fault *fault)
{
	struct act_head head;
	struct words_work w = {.r = r, .head = &head, .first = first};
	struct mark before = mark_of(r);
	struct asked asked = {0};
	uint8_t hash[HASH_SIZE];
	struct span rest;
	enum err e;

	*fault = (struct registry_fault){0};
	hash_sha256(text, hash);
	e = act_head(text, &head, &rest);
	if (e)
		w.words = "the head is not that of an act: see act.h";
	if (!e)
		e = check_fresh(&w, hash, live_ms);
	if (!e && !first) {
		asked = asked_of(rest);
		e = check_signers(&w, asked, signers, live_ms);
	}
	if (!e)
		e = apply_lines(&w, rest);
	if (!e)
		e = map_put(&r->texts, span_of(hash, sizeof(hash)),
		    (uint32_t)r->version);
	if (e) {
		forget(r, before);
		fault->line = w.line ? w.line->number : 0;
		(void)snprintf(fault->words, sizeof(fault->words), "%s",
		    w.words ? w.words : err_text(e));
		return e;
	}
	if (signers == 1 && (asked.keys > 0 || asked.sites > 0))
		note_alone(r, asked, head.time_ms);
	r->version++;
	*ret_wish = w.wish;
	return ERR_OK;
}
