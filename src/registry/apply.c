/* SPDX-License-Identifier: Apache-2.0 */
/* How an act is applied, whole or not at all; what each word does: words.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/sabotage.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "registry/alone.h"
#include "registry/apply.h"
#include "registry/routes.h"
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
	{"vault", "number key", 2, false, words_vault_vault},
	{"admin", "key name", 2, false, words_admin},
	{"insurer", "amc operator hosted-by feed-key card-key label", 2, false,
	    words_insurer},
	{"profession", "code plane domains t24 c24 t30 c30 m24 m30", 2, true,
	    words_figures_profession},
	{"wide", "scope code floor24 each24 floor30 each30", 2, true,
	    words_figures_wide},
	{"budget", "site rpps t24 c24 t30 c30 m24 m30 default", 2, true,
	    words_figures_budget},
	{"cap", "keys-day persons24 persons30", 2, true, words_figures_cap},
	{"mode", "control mode", 2, true, words_figures_mode},
	{"ceiling", "amc cell persons-hour", 2, true, words_vault_ceiling},
	{"clock", "confirm", 2, true, words_clock},
	{"scope", "asker from to amc log", 2, true, words_scope},
	{"who", "amc ref from to log living", 2, true, words_list_who},
	{"release", "amc asker from to log", 2, true, words_list_release},
	{"continue", "confirm from size root known-size known-root", 2, true,
	    words_past_continue},
	{"site", "id profession finess siret label", 1, false, words_site},
	{"professional", "rpps site", 1, false, words_professional},
	{"key", "spki site plane rpps since", 1, false, words_key},
	{"revoke", "key site rpps amc admin", 1, true, words_revoke},
	{"close", "plane profession amc site key rpps reason", 1, true,
	    words_close},
	{"open", "plane profession amc site key rpps reason", 2, true,
	    words_open},
	{"turn", "kind key amc from before sig", 2, true, words_turn},
	{"destroy", "kind generation amc month lose", 2, true, words_turn_destroy},
	{"decoy", "amc persons set react withdraw", 2, true, words_decoy},
	{"route", "amc convention csr operator url from until", 2, false,
	    words_route},
	{"purge", "month ended", 2, true, words_purge},
};

static const struct rule *rule_of(struct span word)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (span_is(word, rules[i].word))
			return &rules[i];
	return NULL;
}

/* The next line into w->line, with its rule; ERR_CLOSED at the end. */
static enum err next_line(
    struct words_work *w, struct span *rest, const struct rule **ret)
{
	enum err e = act_next(rest, &w->line);

	if (e == ERR_CLOSED)
		return e;
	if (e) {
		w->line.number++;
		return words_say(w, e, "word name=value..., one space "
		    "between, printable ASCII, each name once");
	}
	*ret = rule_of(w->line.word);
	if (!*ret)
		return words_say(w, ERR_UNKNOWN, "no such word");
	if (act_only(&w->line, (*ret)->names))
		return words_say(w, ERR_SHAPE,
		    "a name that this word does not take");
	return ERR_OK;
}

/* What the lines ask for. */
struct asked {
	unsigned signers, keys, sites;
	unsigned new_keys;	/* those without the age of a drill */
};

/*
 * Looks through all lines before anything is changed: lone words change
 * records in place, so their form, their company and their signatures are
 * settled first.
 */
static enum err survey(
    struct words_work *w, struct span rest, struct asked *ret)
{
	struct asked a = {.signers = 1};
	const struct rule *rule;
	bool lone = false;
	enum err e;

	while (!(e = next_line(w, &rest, &rule))) {
		lone = lone || rule->lone;
		if (!w->first && lone && w->line.number > 1)
			return words_say(w, ERR_STATE,
			    "this word stands alone in its act");
		if (rule->signers > a.signers)
			a.signers = rule->signers;
		if (span_is(w->line.word, "key")) {
			a.keys++;
			a.new_keys += words_value(w, "since").n == 0 ? 1 : 0;
		}
		a.sites += span_is(w->line.word, "site") ? 1 : 0;
	}
	if (e != ERR_CLOSED)
		return e;
	if (w->line.number == 0)
		return words_say(w, ERR_SHAPE, "the act says nothing");
	if (a.keys > REGISTRY_ALONE_KEYS || a.sites > 1)
		a.signers = 2;
	*ret = a;
	w->line = (struct act_line){0};
	return ERR_OK;
}

/* Enough signatures? The log's own acts were asked when they were new. */
static enum err check_signers(struct words_work *w, struct asked a,
    unsigned signers, int64_t live_ms)
{
	bool enrols = a.keys > 0 || a.sites > 0;

	if (w->first)
		return ERR_OK;
	if (signers < a.signers && !SABOTAGED(TWO_SIGNATURES))
		return words_say(w, ERR_REFUSED, a.signers == 2 ?
		    "two administrators must sign this" :
		    "an administrator must sign this");
	if (live_ms == 0 || !enrols)
		return ERR_OK;
	if (alone_is_capped(w->r, a.new_keys, w->taken_ms))
		return words_say(w, ERR_LIMIT, "more new keys in 24 hours than "
		    "the cap: two administrators raise it (cap keys-day=)");
	if (signers > 1)
		return ERR_OK;
	if (w->head->time_ms < live_ms - DATE_DAY_MS)
		return words_say(w, ERR_TIME, "one signature enrols on the "
		    "day of the act alone: write and sign it anew");
	if (alone_is_bulk(w->r, a.keys, a.sites, w->taken_ms))
		return words_say(w, ERR_REFUSED,
		    "two administrators must sign this: one alone has "
		    "enrolled all that one may in a day");
	return ERR_OK;
}

static enum err apply_lines(struct words_work *w, struct span rest)
{
	const struct rule *rule;
	enum err e;

	while (!(e = next_line(w, &rest, &rule))) {
		e = rule->apply(w);
		if (e)
			return e;
	}
	return e == ERR_CLOSED ? ERR_OK : e;
}

/* How far the arrays went, to forget what an act added. What the first entry
 * alone can change is empty before it. */
struct mark {
	size_t admins, insurers, professions, sites, professionals, keys;
	size_t wides, modes, vaults, routes;
};

static struct mark mark_of(const struct registry *r)
{
	return (struct mark){r->admin_count, r->insurer_count,
	    r->profession_count, r->site_count, r->professional_count,
	    r->key_count, r->wide_count, r->mode_count,
	    r->vault_count, r->route_count};
}

static void forget_insurers(struct registry *r, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (r->insurers[i].next > count)
			r->insurers[i].next = 0;
	while (r->insurer_count > count) {
		r->insurer_count--;
		sign_public_free(r->insurers[r->insurer_count].feed_key);
		sign_public_free(r->insurers[r->insurer_count].card_key);
	}
}

static void forget(struct registry *r, struct mark m, bool first)
{
	forget_insurers(r, m.insurers);
	while (r->key_count > m.keys) {
		r->key_count--;
		sign_public_free(r->keys[r->key_count].key);
		free(r->keys[r->key_count].rpps);
	}
	r->admin_count = m.admins;
	r->profession_count = m.professions;
	r->site_count = m.sites;
	r->professional_count = m.professionals;
	r->wide_count = m.wides;
	r->mode_count = m.modes;
	r->vault_count = m.vaults;
	routes_forget(r, m.routes);
	if (first) {
		r->drill = false;
		r->turn_count = 0;
		r->service = (struct registry_service){0};
	}
}

/* Its turn, not applied before, and its time is near enough. */
static enum err check_fresh(struct words_work *w, const uint8_t *hash,
    int64_t live_ms)
{
	uint32_t ignored;

	if (map_find(&w->r->texts, span_of(hash, HASH_SIZE), &ignored))
		return words_say(w, ERR_EXISTS, REGISTRY_TAKEN);
	if (w->first != (w->r->version == 0))
		return words_say(w, ERR_STATE,
		    "the first entry comes first, and once");
	if (live_ms == 0)
		return ERR_OK;
	if (w->head->time_ms > live_ms + REGISTRY_ACT_AHEAD_MS ||
	    w->head->time_ms < live_ms - REGISTRY_ACT_LIFE_MS)
		return words_say(w, ERR_TIME,
		    "the act's time is more than 7 days ago or in the future: "
		    "write and sign it anew");
	return ERR_OK;
}

/* All that is asked before the lines themselves. */
static enum err check(struct words_work *w, struct span rest,
    const uint8_t hash[static HASH_SIZE], unsigned signers, int64_t live_ms,
    struct asked *ret)
{
	enum err e = check_fresh(w, hash, live_ms);

	if (!e)
		e = survey(w, rest, ret);
	return e ? e : check_signers(w, *ret, signers, live_ms);
}

/* All checks, then the change. */
static enum err apply(struct words_work *w, struct span rest,
    const uint8_t hash[static HASH_SIZE], unsigned signers, int64_t live_ms)
{
	struct asked asked = {0};
	enum err e = check(w, rest, hash, signers, live_ms, &asked);

	/* after the lines nothing may fail: lone words are not undone */
	if (!e)
		e = map_reserve(&w->r->texts);
	if (!e)
		e = apply_lines(w, rest);
	if (!e)
		e = map_put(&w->r->texts, span_of(hash, HASH_SIZE),
		    (uint32_t)w->r->version);
	if (!e && w->first)
		e = text_copy(w->head->origin, w->r->origin,
		    sizeof(w->r->origin));
	if (!e && signers == 1)
		alone_note(w->r, asked.keys, asked.sites, w->taken_ms);
	return e;
}

static enum err say_fault(const struct words_work *w, enum err e,
    struct registry_fault *fault)
{
	fault->line = w->line.number;
	(void)snprintf(fault->words, sizeof(fault->words), "%s",
	    w->words ? w->words : err_text(e));
	return e;
}

static enum err head_of(
    struct words_work *w, struct span text, struct act_head *ret,
    struct span *rest)
{
	enum err e = act_head(text, ret, rest);

	if (e)
		w->words = "the head is not that of an act (docs/acts.md)";
	return e;
}

enum err registry_check(struct registry *r, struct span text,
    unsigned signers, int64_t live_ms, struct registry_fault *fault)
{
	struct act_head head;
	struct words_work w = {.r = r, .head = &head, .taken_ms = live_ms};
	struct asked asked = {0};
	uint8_t hash[HASH_SIZE];
	struct span rest;
	enum err e = head_of(&w, text, &head, &rest);

	*fault = (struct registry_fault){0};
	hash_sha256(text, hash);
	if (!e)
		e = check(&w, rest, hash, signers, live_ms, &asked);
	return e ? say_fault(&w, e, fault) : ERR_OK;
}

/* w has everything but the head. */
static enum err apply_text(struct words_work *w, struct span text,
    unsigned signers, struct registry_fault *fault)
{
	struct registry *r = w->r;
	struct mark before = mark_of(r);
	struct act_head head;
	uint8_t hash[HASH_SIZE];
	struct span rest;
	enum err e = head_of(w, text, &head, &rest);

	*fault = (struct registry_fault){0};
	w->head = &head;
	if (!e && w->taken_ms == 0)
		w->taken_ms = head.time_ms;
	hash_sha256(text, hash);
	if (!e)
		e = apply(w, rest, hash, signers, w->live_ms);
	w->head = NULL;
	if (e) {
		forget(r, before, w->first && r->version == 0);
		return say_fault(w, e, fault);
	}
	r->version++;
	return ERR_OK;
}

enum err registry_apply(struct registry *r, struct span text,
    unsigned signers, bool first, int64_t live_ms,
    enum registry_wish *ret_wish, struct registry_fault *fault)
{
	struct words_work w = {.r = r, .first = first, .live_ms = live_ms,
	    .taken_ms = live_ms};
	enum err e = apply_text(&w, text, signers, fault);

	if (!e)
		*ret_wish = w.wish;
	return e;
}

enum err apply_replayed(struct registry *r, struct span text,
    unsigned signers, bool first, int64_t taken_ms,
    struct registry_fault *fault)
{
	struct words_work w = {.r = r, .first = first, .taken_ms = taken_ms};

	return apply_text(&w, text, signers, fault);
}

enum err registry_asks(struct span text, struct registry_asks *ret,
    struct registry_fault *fault)
{
	struct registry_asks a = {0};
	struct words_work w = {.head = &a.head};
	struct asked asked = {0};
	struct act_line line = {0};
	enum err e = head_of(&w, text, &a.head, &a.lines);

	*fault = (struct registry_fault){0};
	if (!e)
		e = survey(&w, a.lines, &asked);
	if (e)
		return say_fault(&w, e, fault);
	a.signers = asked.signers;
	a.keys = asked.keys;
	a.sites = asked.sites;
	for (text = a.lines; !act_next(&text, &line);)
		a.count = line.number;
	a.until_ms = a.head.time_ms + (a.signers == 1 && a.keys + a.sites > 0 ?
	    DATE_DAY_MS : REGISTRY_ACT_LIFE_MS);
	*ret = a;
	return ERR_OK;
}
