/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/limits.h"
#include "base/text.h"
#include "registry/signers.h"
#include "registry/words.h"

enum err words_say(
    struct words_work *w, enum err e, const char *words)
{
	w->words = words;
	return e;
}

bool words_far(const struct words_work *w, int64_t time_ms, int32_t days)
{
	return w->live_ms > 0 &&
	    time_ms > w->head->time_ms + days * DATE_DAY_MS;
}

enum err words_grow(void **array, size_t count, size_t size)
{
	void *wider;

	/* doubling at powers of two: count tells when the array is full */
	if (count & (count - 1))
		return ERR_OK;
	wider = realloc(*array, (count ? count * 2 : 1) * size);
	if (!wider)
		return ERR_NOMEM;
	*array = wider;
	return ERR_OK;
}

struct span words_value(const struct words_work *w, const char *name)
{
	return act_value(&w->line, name);
}

bool words_is_id(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-'))
			return false;
	}
	return s.n > 0;
}

enum err words_id(
    struct words_work *w, const char *name, char *out, size_t size)
{
	struct span s = words_value(w, name);

	if (!words_is_id(s) || text_copy(s, out, size))
		return words_say(w, ERR_SHAPE,
		    "an identifier is missing, too long or has other "
		    "characters than letters, digits and . _ -");
	return ERR_OK;
}

enum err words_next(struct span *list, struct span *ret)
{
	const uint8_t *comma;
	size_t n;

	if (list->n == 0)
		return ERR_CLOSED;
	comma = memchr(list->p, ',', list->n);
	n = comma ? (size_t)(comma - list->p) : list->n;
	if (comma && n + 1 == list->n)
		return ERR_SHAPE;
	*ret = span_of(list->p, n);
	n += comma ? 1 : 0;
	*list = span_of(list->p + n, list->n - n);
	return ERR_OK;
}

static enum err take_raw(
    struct words_work *w, const char *name, uint8_t *out, size_t size)
{
	size_t n = 0;

	if (text_unb64url(words_value(w, name), out, size, &n) || n != size)
		return words_say(w, ERR_SHAPE,
		    "a key is missing or is not base64url of the right size");
	return ERR_OK;
}

enum err words_spki(
    struct words_work *w, const char *name, struct sign_public **ret)
{
	uint8_t der[SIGN_SPKI_MAX];
	size_t n = 0;
	enum err e =
	    text_unb64url(words_value(w, name), der, sizeof(der), &n);

	if (!e)
		e = sign_public_parse(span_of(der, n), ret);
	return !e || e == ERR_NOMEM ? e : words_say(w, ERR_SHAPE,
	    "a public key is missing or is neither Ed25519 nor P-256 "
	    "(base64url of its SubjectPublicKeyInfo)");
}

enum err words_instance(struct words_work *w)
{
	struct span drill;

	if (!w->first)
		return words_say(w, ERR_STATE, "only the first entry says this");
	if (w->instance)
		return words_say(w, ERR_EXISTS, "said once already");
	drill = words_value(w, "drill");
	if (!span_is(drill, "yes") && !span_is(drill, "no"))
		return words_say(w, ERR_SHAPE, "instance drill=yes or drill=no");
	w->r->drill = span_is(drill, "yes");
	w->instance = true;
	return ERR_OK;
}

enum err words_service(struct words_work *w)
{
	struct registry_service s = {0};
	enum err e;

	if (!w->first)
		return words_say(w, ERR_STATE, "only the first entry says this");
	if (w->service)
		return words_say(w, ERR_EXISTS, "said once already");
	e = take_raw(w, "answer", s.answer, sizeof(s.answer));
	if (!e)
		e = take_raw(w, "promise", s.promise, sizeof(s.promise));
	if (!e)
		e = take_raw(w, "sealing", s.sealing, sizeof(s.sealing));
	if (!e && s.sealing[0] != REGISTRY_POINT)
		e = words_say(w, ERR_SHAPE,
		    "sealing is an uncompressed point of P-256");
	if (e)
		return e;
	w->r->service = s;
	w->service = true;
	return words_turn_first(w);
}

static size_t living_admins(const struct registry *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->admin_count; i++)
		n += r->admins[i].revoked ? 0 : 1;
	return n;
}

/* What is no key signs nothing, and is one slip away from one that is. Asked
 * of a live act alone, as words_apart. */
static enum err check_admin_key(struct words_work *w, const uint8_t *raw)
{
	struct sign_public *key = NULL;
	enum err e = w->live_ms ? sign_public_ed25519(raw, &key) : ERR_OK;

	sign_public_free(key);
	return e != ERR_SHAPE ? e : words_say(w, e,
	    "these 32 bytes are no Ed25519 key: nobody could sign by it");
}

enum err words_admin(struct words_work *w)
{
	struct registry *r = w->r;
	struct registry_admin a = {0};
	enum err e = take_raw(w, "key", a.key, sizeof(a.key));

	if (!e)
		e = words_id(w, "name", a.name, sizeof(a.name));
	if (e)
		return e;
	for (size_t i = 0; i < r->admin_count; i++)
		if (memcmp(r->admins[i].key, a.key, sizeof(a.key)) == 0 ||
		    strcmp(r->admins[i].name, a.name) == 0)
			return words_say(w, ERR_EXISTS,
			    "this administrator's key or name is enrolled");
	e = check_admin_key(w, a.key);
	if (!e)
		e = words_apart_admin(w, a.key);
	if (e)
		return e;
	if (w->live_ms > 0 && r->admin_count >= SIGNERS_EVER)
		return words_say(w, ERR_LIMIT, "no more administrators: vaults "
		    "keep 128, revoked ones too");
	if (living_admins(r) == REGISTRY_ADMINS)
		return words_say(w, ERR_LIMIT,
		    "too many administrators: revoke one first");
	e = words_grow((void **)&r->admins, r->admin_count, sizeof(a));
	if (!e)
		r->admins[r->admin_count++] = a;
	return e;
}

static bool same_key(const struct sign_public *a, const struct sign_public *b)
{
	return a && b &&
	    span_equal(sign_public_spki(a), sign_public_spki(b));
}

bool words_feed_key_taken(const struct registry *r, struct span amc,
    const struct sign_public *key)
{
	const struct registry_insurer *i = registry_insurer_first(r, amc);

	while (i && !same_key(i->feed_key, key) &&
	    !same_key(i->feed_before, key))
		i = registry_insurer_next(r, i);
	return i != NULL;
}

/* The same AMC under another operator is another cell. */
static enum err check_cell(
    struct words_work *w, const struct registry_insurer *new)
{
	const struct registry_insurer *i =
	    registry_insurer_first(w->r, span_str(new->amc));

	for (; i; i = registry_insurer_next(w->r, i))
		if (strcmp(i->operator, new->operator) == 0)
			return words_say(w, ERR_EXISTS,
			    "this AMC is enrolled under this operator");
	if (words_feed_key_taken(w->r, span_str(new->amc), new->feed_key))
		return words_say(w, ERR_EXISTS, "the AMC's feeds to its other "
		    "operator have this key: each cell needs its own");
	return ERR_OK;
}

/* The last cell of the AMC, at whose end the next one goes; or NULL. */
static struct registry_insurer *last_cell(struct registry *r, struct span amc)
{
	const struct registry_insurer *i = registry_insurer_first(r, amc);

	while (i && i->next)
		i = registry_insurer_next(r, i);
	return i ? &r->insurers[i - r->insurers] : NULL;
}

static enum err add_insurer(
    struct words_work *w, const struct registry_insurer *i)
{
	struct registry *r = w->r;
	struct registry_insurer *last;
	enum err e = ERR_OK;

	if (r->insurer_count >= LIMIT_CELLS)
		return words_say(w, ERR_LIMIT, "too many insurers: this "
		    "instance has as many cells as one may have");
	e = words_grow(
	    (void **)&r->insurers, r->insurer_count, sizeof(*i));
	last = last_cell(r, span_str(i->amc));
	if (!e && !last)
		e = map_put(&r->by_amc, span_str(i->amc),
		    (uint32_t)r->insurer_count);
	if (e)
		return e;
	r->insurers[r->insurer_count++] = *i;
	if (last)
		last->next = (uint32_t)r->insurer_count;
	return ERR_OK;
}

enum err words_insurer(struct words_work *w)
{
	struct registry_insurer i = {0};
	struct span amc = words_value(w, "amc");
	struct span hosted = words_value(w, "hosted-by");
	enum err e;

	if (amc.n != 10 || !text_digits(amc) ||
	    text_copy(amc, i.amc, sizeof(i.amc)))
		return words_say(w, ERR_SHAPE, "amc has 10 digits");
	e = words_id(w, "operator", i.operator, sizeof(i.operator));
	if (!e && hosted.n > 0)
		e = words_id(w, "hosted-by", i.hosted_by, sizeof(i.hosted_by));
	if (!e)
		e = words_spki(w, "feed-key", &i.feed_key);
	if (!e)
		e = words_apart_key(w, i.feed_key);
	if (!e)
		e = words_spki(w, "card-key", &i.card_key);
	if (!e && sign_public_alg(i.card_key) != SIGN_P256)
		e = words_say(w, ERR_SHAPE, "a card key is P-256 (ES256)");
	if (!e)
		e = check_cell(w, &i);
	if (!e)
		e = add_insurer(w, &i);
	if (e) {
		sign_public_free(i.feed_key);
		sign_public_free(i.card_key);
	}
	return e;
}

enum err words_site(struct words_work *w)
{
	struct registry *r = w->r;
	struct registry_site s = {0};
	const struct registry_profession *p =
	    registry_profession(r, words_value(w, "profession"));
	enum err e = words_id(w, "id", s.id, sizeof(s.id));

	if (e)
		return e;
	if (!p)
		return words_say(w, ERR_UNKNOWN,
		    "no such profession: the first entry lists them");
	if (registry_site(r, words_value(w, "id")))
		return words_say(w, ERR_EXISTS, "this site is enrolled already");
	s.profession = (uint32_t)(p - r->professions);
	e = words_grow((void **)&r->sites, r->site_count, sizeof(s));
	if (!e)
		e = map_put(
		    &r->by_site, words_value(w, "id"), (uint32_t)r->site_count);
	if (!e)
		r->sites[r->site_count++] = s;
	return e;
}

/* The place of an RPPS, enrolled by its first mention. */
static enum err take_rpps(struct words_work *w, struct span rpps, uint32_t *ret)
{
	struct registry *r = w->r;
	const struct registry_professional *old = registry_professional(r, rpps);
	struct registry_professional p = {0};
	enum err e;

	if (old) {
		*ret = (uint32_t)(old - r->professionals);
		return ERR_OK;
	}
	if (rpps.n != 11 || !text_digits(rpps) ||
	    text_copy(rpps, p.rpps, sizeof(p.rpps)))
		return words_say(w, ERR_SHAPE, "an RPPS has 11 digits");
	e = words_grow(
	    (void **)&r->professionals, r->professional_count, sizeof(p));
	if (!e)
		e = map_put(
		    &r->by_rpps, rpps, (uint32_t)r->professional_count);
	if (e)
		return e;
	*ret = (uint32_t)r->professional_count;
	r->professionals[r->professional_count++] = p;
	return ERR_OK;
}

enum err words_professional(struct words_work *w)
{
	struct span site = words_value(w, "site");
	uint32_t place;

	if (site.n > 0 && !registry_site(w->r, site))
		return words_say(w, ERR_UNKNOWN, "no such site: enrol it first");
	if (registry_professional(w->r, words_value(w, "rpps")))
		return words_say(w, ERR_EXISTS, "this RPPS is enrolled already");
	return take_rpps(w, words_value(w, "rpps"), &place);
}

/* "99700000017,99700000025" to places. */
static enum err take_rpps_list(struct words_work *w, struct registry_key *k)
{
	struct span list = words_value(w, "rpps"), one;
	uint32_t places[REGISTRY_KEY_RPPS];
	enum err e;

	while (!(e = words_next(&list, &one))) {
		if (k->rpps_count == REGISTRY_KEY_RPPS)
			return words_say(w, ERR_LIMIT, "too many professionals");
		e = take_rpps(w, one, &places[k->rpps_count++]);
		if (e)
			return e;
	}
	if (e != ERR_CLOSED)
		return words_say(w, e, "rpps: numbers and commas");
	if (k->rpps_count == 0)
		return ERR_OK;
	k->rpps = malloc(k->rpps_count * sizeof(*k->rpps));
	if (!k->rpps)
		return ERR_NOMEM;
	memcpy(k->rpps, places, k->rpps_count * sizeof(*k->rpps));
	return ERR_OK;
}

static enum err take_since(struct words_work *w, int64_t *ret)
{
	struct span since = words_value(w, "since");

	*ret = w->head->time_ms;
	if (since.n == 0)
		return ERR_OK;
	if (!w->r->drill)
		return words_say(w, ERR_STATE,
		    "since is for drill instances: leave it out");
	if (date_parse_stamp(since, ret))
		return words_say(w, ERR_SHAPE, "since is a time of RFC 3339");
	return ERR_OK;
}

/* A key speaks on one plane; without a word of it on the flow plane. The
 * numbers are those of leaves and messages. */
static enum err take_plane(struct words_work *w, uint8_t *ret)
{
	static const struct {
		const char *word;
		uint8_t plane;
	} planes[] = {{"", 1}, {"flow", 1}, {"portal", 2}, {"staff", 4}};
	struct span plane = words_value(w, "plane");

	for (size_t i = 0; i < sizeof(planes) / sizeof(planes[0]); i++)
		if (span_is(plane, planes[i].word)) {
			*ret = planes[i].plane;
			return ERR_OK;
		}
	return words_say(
	    w, ERR_UNKNOWN, "no such plane: flow, portal or staff");
}

static enum err fill_key(struct words_work *w, struct registry_key *k)
{
	struct registry *r = w->r;
	const struct registry_site *site =
	    registry_site(r, words_value(w, "site"));
	enum err e;

	if (!site)
		return words_say(w, ERR_UNKNOWN, "no such site: enrol it first");
	k->site = (uint32_t)(site - r->sites);
	e = take_plane(w, &k->plane);
	if (e)
		return e;
	e = words_spki(w, "spki", &k->key);
	if (e)
		return e;
	sign_public_id(k->key, k->id);
	if (registry_key(r, k->id))
		return words_say(w, ERR_EXISTS,
		    "this key is enrolled: one installation, one key");
	e = words_apart_key(w, k->key);
	if (e)
		return e;
	k->taken_ms = w->taken_ms;
	if (r->key_count > 0 && r->keys[r->key_count - 1].taken_ms > k->taken_ms)
		k->taken_ms = r->keys[r->key_count - 1].taken_ms;
	e = take_since(w, &k->since_ms);
	return e ? e : take_rpps_list(w, k);
}

enum err words_key(struct words_work *w)
{
	struct registry *r = w->r;
	struct registry_key k = {0};
	enum err e = fill_key(w, &k);

	if (!e)
		e = words_grow((void **)&r->keys, r->key_count, sizeof(k));
	if (!e)
		e = map_put(&r->by_key, span_of(k.id, sizeof(k.id)),
		    (uint32_t)r->key_count);
	if (e) {
		sign_public_free(k.key);
		free(k.rpps);
		return e;
	}
	r->keys[r->key_count++] = k;
	return ERR_OK;
}

enum err words_scope(struct words_work *w)
{
	static const char shape[] =
	    "scope needs asker, from and a later to (RFC 3339)";

	if (words_value(w, "asker").n == 0)
		return words_say(w, ERR_SHAPE, shape);
	return words_list_span(w, shape);
}

enum err words_clock(struct words_work *w)
{
	if (!span_is(words_value(w, "confirm"), "yes"))
		return words_say(w, ERR_SHAPE, "clock confirm=yes");
	w->wish = REGISTRY_CLOCK;
	return ERR_OK;
}
