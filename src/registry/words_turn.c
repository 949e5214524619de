/* SPDX-License-Identifier: Apache-2.0 */
/* What turn and destroy do: a key's next generation, a key's or month's end. */
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "journal/follow.h"
#include "registry/turns.h"
#include "registry/words.h"

static enum err add(struct words_work *w, const struct registry_turn *t)
{
	struct registry *r = w->r;
	enum err e = words_grow((void **)&r->turns, r->turn_count, sizeof(*t));

	if (!e)
		r->turns[r->turn_count++] = *t;
	return e;
}

enum err words_turn_first(struct words_work *w)
{
	const struct registry_service *s = &w->r->service;
	struct registry_turn all[] = {
	    {.kind = KEYRING_INDEX},
	    {.kind = KEYRING_LOG},
	    {.kind = KEYRING_REGISTRY},
	    {.kind = KEYRING_ANSWER, .name_len = sizeof(s->answer)},
	    {.kind = KEYRING_PROMISE, .name_len = sizeof(s->promise)},
	    {.kind = KEYRING_SEALING, .name_len = sizeof(s->sealing)},
	};
	enum err e = ERR_OK;

	memcpy(all[3].name, s->answer, sizeof(s->answer));
	memcpy(all[4].name, s->promise, sizeof(s->promise));
	memcpy(all[5].name, s->sealing, sizeof(s->sealing));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && !e; i++) {
		all[i].generation = 1;
		all[i].from_ms = all[i].said_ms = w->head->time_ms;
		e = add(w, &all[i]);
	}
	return e;
}

/* A kind of the keeper's that turns, or 0, said. */
static enum keyring_kind kind_of(struct words_work *w)
{
	enum keyring_kind kind = keyring_kind_of(words_value(w, "kind"));

	if (turns_at(w->r, kind, 1))
		return kind;
	w->words = "kind is answer, promise, sealing, index, log or registry, "
	    "or with an amc card or feed";
	return (enum keyring_kind)0;
}

static enum err take_from(struct words_work *w, int64_t *ret)
{
	struct span from = words_value(w, "from");

	*ret = w->head->time_ms;
	if (from.n > 0 && (date_parse_stamp(from, ret) ||
	    *ret < w->head->time_ms))
		return words_say(w, ERR_SHAPE,
		    "from is a time of RFC 3339, not before the act's own");
	if (words_far(w, *ret, LIMIT_TURN_AHEAD_DAYS))
		return words_say(w, ERR_RANGE, "from is more than a year "
		    "ahead, and until then no other turn of this kind can be "
		    "said");
	return ERR_OK;
}

static unsigned kept(const struct registry *r, enum keyring_kind kind)
{
	unsigned n = 0;

	for (size_t i = 0; i < r->turn_count; i++)
		n += r->turns[i].kind == kind && !r->turns[i].destroyed;
	return n;
}

/* A log's key is named by the one before it: and that one's own name is learnt
 * here if it was the first. */
static enum err take_proof(
    struct words_work *w, struct registry_turn *t, uint8_t *before)
{
	struct registry *r = w->r;
	const struct registry_turn *old =
	    turns_at(r, t->kind, t->generation - 1);
	struct note_key from, to;
	size_t n = 0, size = 0;

	if (text_unb64url(words_value(w, "before"), before, SIGN_ED25519_KEY,
		&n) || n != SIGN_ED25519_KEY ||
	    text_unb64url(words_value(w, "sig"), t->sig, sizeof(t->sig),
		&size) || size != sizeof(t->sig))
		return words_say(w, ERR_SHAPE, "before and sig are as ecluse "
		    "keys turn showed them: the key in use and what it signs");
	if (old->name_len && memcmp(old->name, before, n) != 0)
		return words_say(w, ERR_STATE,
		    "before is not the key in use");
	if (memcmp(t->name, before, n) == 0)
		return words_say(w, ERR_EXISTS,
		    "this key was in use already: make another");
	if (turns_log_key(r->origin, t->kind, before, &from) ||
	    turns_log_key(r->origin, t->kind, t->name, &to) ||
	    follow_verify(&from, &to, t->sig))
		return words_say(w, ERR_CRYPTO,
		    "sig is not the signature of before on this next key");
	return ERR_OK;
}

/* The last of the checks of turn_ours, and the change. */
static enum err add_turn(struct words_work *w, struct registry_turn *t)
{
	uint8_t before[SIGN_ED25519_KEY];
	struct registry_turn *old;
	enum err e = ERR_OK;

	if (turns_is_log(t->kind))
		e = take_proof(w, t, before);
	else if (words_value(w, "before").n + words_value(w, "sig").n > 0)
		e = words_say(w, ERR_SHAPE, "before and sig are for log and "
		    "registry alone");
	if (!e)
		e = add(w, t);
	if (e || !turns_is_log(t->kind))
		return e;
	old = &w->r->turns[turns_at(w->r, t->kind, t->generation - 1) -
	    w->r->turns];
	memcpy(old->name, before, sizeof(before));
	old->name_len = sizeof(before);
	return ERR_OK;
}

static enum err turn_ours(struct words_work *w)
{
	enum keyring_kind kind = kind_of(w);
	struct registry_turn t = {.kind = (uint8_t)kind,
	    .said_ms = w->head->time_ms};
	size_t n = 0, size = kind == KEYRING_SEALING ?
	    KEYRING_NAME : SIGN_ED25519_KEY;
	enum err e;

	if (!kind)
		return ERR_SHAPE;
	t.generation = turns_last(w->r, kind) + 1;
	if (text_unb64url(words_value(w, "key"), t.name, sizeof(t.name), &n) ||
	    n != size)
		return words_say(w, ERR_SHAPE, "key is the name that ecluse "
		    "keys turn showed: base64url of the right size");
	t.name_len = (uint8_t)n;
	for (size_t i = 0; i < w->r->turn_count; i++)
		if (w->r->turns[i].name_len == n &&
		    memcmp(w->r->turns[i].name, t.name, n) == 0)
			return words_say(w, ERR_EXISTS,
			    "this key was in use already: make another");
	if (turns_in_use(w->r, kind, w->head->time_ms) != t.generation - 1)
		return words_say(w, ERR_STATE,
		    "the last turn of this kind has not come yet");
	if (kept(w->r, kind) == TURNS_KEPT || t.generation > TURNS_MOST)
		return words_say(w, ERR_LIMIT,
		    "too many generations: destroy the oldest first");
	e = n == SIGN_ED25519_KEY ? words_apart_raw(w, t.name) : ERR_OK;
	if (!e)
		e = take_from(w, &t.from_ms);
	return e ? e : add_turn(w, &t);
}

/* The mutuelle's key that kind names, and the one before it. */
static enum err slots_of(struct words_work *w, struct sign_public ***now,
    struct sign_public ***before)
{
	const struct registry_insurer *i =
	    registry_insurer(w->r, words_value(w, "amc"));
	struct registry_insurer *own;
	bool card = span_is(words_value(w, "kind"), "card");

	if (!i || i->revoked)
		return words_say(w, ERR_UNKNOWN, WORDS_NO_AMC);
	if (!card && !span_is(words_value(w, "kind"), "feed"))
		return words_say(w, ERR_SHAPE, "an amc has card and feed keys");
	own = &w->r->insurers[i - w->r->insurers];
	*now = card ? &own->card_key : &own->feed_key;
	*before = card ? &own->card_before : &own->feed_before;
	return ERR_OK;
}

static bool same_key(const struct sign_public *a, const struct sign_public *b)
{
	return span_equal(sign_public_spki(a), sign_public_spki(b));
}

static enum err turn_theirs(struct words_work *w)
{
	struct sign_public **now, **before, *key;
	enum err e = slots_of(w, &now, &before);

	if (e)
		return e;
	if (words_value(w, "from").n + words_value(w, "before").n +
	    words_value(w, "sig").n > 0)
		return words_say(w, ERR_SHAPE,
		    "from is not for a mutuelle's keys: both are good at once");
	if (*before)
		return words_say(w, ERR_STATE,
		    "two keys are good already: destroy the older first");
	e = words_spki(w, "key", &key);
	if (e)
		return e;
	if (span_is(words_value(w, "kind"), "card") &&
	    sign_public_alg(key) != SIGN_P256)
		e = words_say(w, ERR_SHAPE, "a card key is P-256 (ES256)");
	else if (same_key(key, *now))
		e = words_say(w, ERR_EXISTS, "this key is in use already");
	else if (span_is(words_value(w, "kind"), "feed") &&
	    words_feed_key_taken(w->r, span_of(words_value(w, "amc").p,
		REGISTRY_AMC_SIZE - 1), key))
		e = words_say(w, ERR_EXISTS, "another cell of this AMC has "
		    "this key");
	else
		e = words_apart_key(w, key);
	if (e) {
		sign_public_free(key);
		return e;
	}
	*before = *now;
	*now = key;
	return ERR_OK;
}

enum err words_turn(struct words_work *w)
{
	return words_value(w, "amc").n > 0 ? turn_theirs(w) : turn_ours(w);
}

enum err words_turn_month(struct words_work *w, uint32_t *ret)
{
	struct span s = words_value(w, "month");
	char day[DATE_TEXT_SIZE] = "YYYY-MM-01";
	int32_t first;

	if (s.n != 7)
		return words_say(w, ERR_SHAPE, "month is YYYY-MM");
	memcpy(day, s.p, 7);
	if (date_parse(span_str(day), &first))
		return words_say(w, ERR_SHAPE, "month is YYYY-MM");
	*ret = date_month_of_ms((int64_t)first * 86400000);
	return ERR_OK;
}

static enum err destroy_month(struct words_work *w)
{
	struct registry *r = w->r;
	uint32_t month = 0;
	enum err e = words_turn_month(w, &month);

	if (e)
		return e;
	if (w->line.count != 1)
		return words_say(w, ERR_SHAPE, "month stands by itself");
	if (date_month_of_ms(w->head->time_ms) < month + TURNS_MONTHS)
		return words_say(w, ERR_STATE,
		    "a month is destroyed from its twelfth month after on");
	if (turns_month_destroyed(r, month))
		return words_say(w, ERR_EXISTS, "it is destroyed already");
	e = words_grow((void **)&r->months, r->month_count, sizeof(month));
	if (!e)
		r->months[r->month_count++] = month;
	return e;
}

static enum err destroy_theirs(struct words_work *w)
{
	struct sign_public **now, **before;
	enum err e = slots_of(w, &now, &before);

	if (e)
		return e;
	if (!*before)
		return words_say(w, ERR_STATE,
		    "there is one key alone: turn it first");
	sign_public_free(*before);
	*before = NULL;
	return ERR_OK;
}

/* Mutuelles whose last full feed came before the version's successor: those
 * who sign have seen the names of all that the keeper asked for. */
static enum err check_lose(struct words_work *w, enum keyring_kind kind)
{
	struct span list = words_value(w, "lose"), amc;
	enum err e = ERR_OK;

	if (list.n == 0)
		return ERR_OK;
	if (kind != KEYRING_INDEX)
		return words_say(w, ERR_SHAPE, "lose is for index alone");
	while (!(e = words_next(&list, &amc)))
		if (!registry_insurer(w->r, amc))
			return words_say(w, ERR_UNKNOWN, "lose: no such AMC");
	return e == ERR_CLOSED ? ERR_OK :
	    words_say(w, e, "lose is AMC numbers, a comma between");
}

static enum err destroy_ours(struct words_work *w)
{
	enum keyring_kind kind = kind_of(w);
	const struct registry_turn *t, *next;
	struct registry *r = w->r;
	uint64_t n = 0;
	enum err e;

	if (!kind)
		return ERR_SHAPE;
	if (text_u64(words_value(w, "generation"), TURNS_MOST, &n))
		return words_say(w, ERR_SHAPE, "generation is a number");
	t = turns_at(r, kind, (uint32_t)n);
	if (!t)
		return words_say(w, ERR_UNKNOWN, "no such generation");
	if (t->destroyed)
		return words_say(w, ERR_EXISTS, "it is destroyed already");
	next = turns_at(r, kind, (uint32_t)n + 1);
	if (!next || next->from_ms > w->head->time_ms)
		return words_say(w, ERR_STATE,
		    "it is in use, or will be: turn it first");
	if (kind == KEYRING_INDEX && !turns_month_destroyed(
	    r, date_month_of_ms(next->from_ms)))
		return words_say(w, ERR_STATE, "months of this index version "
		    "live: it finds those who come back until the month of "
		    "its turn is destroyed");
	e = check_lose(w, kind);
	if (!e)
		r->turns[t - r->turns].destroyed = true;
	return e;
}

enum err words_turn_destroy(struct words_work *w)
{
	if (words_value(w, "month").n > 0)
		return destroy_month(w);
	if (words_value(w, "amc").n > 0)
		return words_value(w, "lose").n > 0 ? words_say(w, ERR_SHAPE,
		    "lose is for index alone") : destroy_theirs(w);
	return destroy_ours(w);
}
