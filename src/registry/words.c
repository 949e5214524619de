/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "registry/words.h"

enum err words_say(
    struct words_work *w, enum err e, const char *words)
{
	w->words = words;
	return e;
}

/* Room for one more record of size bytes in *array, which has count. */
static enum err grow(void **array, size_t count, size_t size)
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

static struct span value(const struct words_work *w, const char *name)
{
	return act_value(w->line, name);
}

static bool is_id(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-'))
			return false;
	}
	return s.n > 0;
}

static enum err take_id(
    struct words_work *w, const char *name, char *out, size_t size)
{
	struct span s = value(w, name);

	if (!is_id(s) || text_copy(s, out, size))
		return words_say(w, ERR_SHAPE,
		    "an identifier is missing, too long or has other "
		    "characters than letters, digits and . _ -");
	return ERR_OK;
}

static enum err take_raw(
    struct words_work *w, const char *name, uint8_t *out, size_t size)
{
	size_t n = 0;

	if (text_unb64url(value(w, name), out, size, &n) || n != size)
		return words_say(w, ERR_SHAPE,
		    "a key is missing or is not base64url of the right size");
	return ERR_OK;
}

static enum err take_spki(
    struct words_work *w, const char *name, struct sign_public **ret)
{
	uint8_t der[SIGN_SPKI_MAX];
	size_t n = 0;

	if (text_unb64url(value(w, name), der, sizeof(der), &n) ||
	    sign_public_parse(span_of(der, n), ret))
		return words_say(w, ERR_SHAPE,
		    "a public key is missing or is neither Ed25519 nor P-256 "
		    "(base64url of its SubjectPublicKeyInfo)");
	return ERR_OK;
}

enum err words_instance(struct words_work *w)
{
	if (!w->first)
		return words_say(w, ERR_STATE, "only the first entry says this");
	w->r->drill = span_is(value(w, "drill"), "yes");
	return ERR_OK;
}

enum err words_service(struct words_work *w)
{
	struct registry_service s;
	enum err e;

	if (!w->first)
		return words_say(w, ERR_STATE, "only the first entry says this");
	e = take_raw(w, "answer", s.answer, sizeof(s.answer));
	if (!e)
		e = take_raw(w, "promise", s.promise, sizeof(s.promise));
	if (!e)
		e = take_raw(w, "sealing", s.sealing, sizeof(s.sealing));
	if (!e)
		w->r->service = s;
	return e;
}

enum err words_admin(struct words_work *w)
{
	struct registry *r = w->r;
	struct registry_admin a = {0};
	enum err e = take_raw(w, "key", a.key, sizeof(a.key));

	if (!e)
		e = take_id(w, "name", a.name, sizeof(a.name));
	if (e)
		return e;
	for (size_t i = 0; i < r->admin_count; i++)
		if (memcmp(r->admins[i].key, a.key, sizeof(a.key)) == 0 ||
		    strcmp(r->admins[i].name, a.name) == 0)
			return words_say(w, ERR_EXISTS,
			    "this administrator's key or name is enrolled");
	e = grow((void **)&r->admins, r->admin_count, sizeof(a));
	if (!e)
		r->admins[r->admin_count++] = a;
	return e;
}

enum err words_insurer(struct words_work *w)
{
	struct registry *r = w->r;
	struct registry_insurer i = {0};
	struct span amc = value(w, "amc"), hosted = value(w, "hosted-by");
	enum err e;

	if (amc.n != 10 || !text_digits(amc) ||
	    text_copy(amc, i.amc, sizeof(i.amc)))
		return words_say(w, ERR_SHAPE, "amc has 10 digits");
	if (registry_insurer(r, amc))
		return words_say(w, ERR_EXISTS, "this AMC is enrolled already");
	e = take_id(w, "operator", i.operator, sizeof(i.operator));
	if (!e && hosted.n > 0)
		e = take_id(w, "hosted-by", i.hosted_by, sizeof(i.hosted_by));
	if (!e)
		e = take_spki(w, "feed-key", &i.feed_key);
	if (!e)
		e = take_spki(w, "card-key", &i.card_key);
	if (!e && sign_public_alg(i.card_key) != SIGN_P256)
		e = words_say(w, ERR_SHAPE, "a card key is P-256 (ES256)");
	if (!e)
		e = grow((void **)&r->insurers, r->insurer_count, sizeof(i));
	if (!e)
		e = map_put(&r->by_amc, amc, (uint32_t)r->insurer_count);
	if (e) {
		sign_public_free(i.feed_key);
		sign_public_free(i.card_key);
		return e;
	}
	r->insurers[r->insurer_count++] = i;
	return ERR_OK;
}

static enum err take_domains(struct words_work *w, struct registry_profession *p)
{
	struct span list = value(w, "domains");

	while (list.n > 0) {
		const uint8_t *comma = memchr(list.p, ',', list.n);
		size_t n = comma ? (size_t)(comma - list.p) : list.n;

		if (p->domain_count == REGISTRY_PROFESSION_DOMAINS ||
		    !is_id(span_of(list.p, n)) ||
		    text_copy(span_of(list.p, n),
			p->domains[p->domain_count++], 9))
			return words_say(w, ERR_SHAPE, "domains: codes and commas");
		n += comma ? 1 : 0;
		list = span_of(list.p + n, list.n - n);
	}
	return ERR_OK;
}

/*
 * What guard_set_figures() asks for. Figures that it refuses may not get into
 * the log: the keeper could not start with them, nor take them back.
 */
static bool figures_agree(const uint32_t *f)
{
	return f[0] <= f[1] && f[2] <= f[3] && f[0] <= f[2] &&
	    f[1] <= f[3] && f[4] <= f[5];
}

static enum err take_figures(struct words_work *w, struct registry_profession *p)
{
	static const char *const names[6] = {
	    "t24", "c24", "t30", "c30", "m24", "m30"};

	for (int i = 0; i < 6; i++) {
		uint64_t v = 0;

		if (text_u64(value(w, names[i]), 1000000, &v))
			return words_say(w, ERR_SHAPE,
			    "t24 c24 t30 c30 m24 m30 are whole numbers");
		p->figures[i] = (uint32_t)v;
	}
	return figures_agree(p->figures) ? ERR_OK :
	    words_say(w, ERR_RANGE,
		"T is at most C, and 24 h at most 30 days");
}

enum err words_profession(struct words_work *w)
{
	struct registry *r = w->r;
	struct registry_profession p = {0};
	const struct registry_profession *old;
	enum err e = take_id(w, "code", p.code, sizeof(p.code));

	if (!e)
		e = take_domains(w, &p);
	if (!e)
		e = take_figures(w, &p);
	if (e)
		return e;
	old = registry_profession(r, value(w, "code"));
	if (old) {
		r->professions[old - r->professions] = p;
		return ERR_OK;
	}
	if (r->profession_count == REGISTRY_PROFESSIONS)
		return words_say(w, ERR_LIMIT, "too many professions");
	e = grow((void **)&r->professions, r->profession_count, sizeof(p));
	if (!e)
		e = map_put(&r->by_profession, span_str(p.code),
		    (uint32_t)r->profession_count);
	if (!e)
		r->professions[r->profession_count++] = p;
	return e;
}

/* "*" stands for all others: it is no id. */
static enum err take_code(struct words_work *w, char *out, size_t size)
{
	if (span_is(value(w, "code"), "*"))
		return text_copy(value(w, "code"), out, size);
	return take_id(w, "code", out, size);
}

static enum err take_wide(struct words_work *w, struct registry_wide *ret)
{
	static const char *const names[4] = {
	    "floor24", "each24", "floor30", "each30"};
	enum err e = take_id(w, "scope", ret->scope, sizeof(ret->scope));

	if (!e)
		e = take_code(w, ret->code, sizeof(ret->code));
	for (int i = 0; i < 4 && !e; i++) {
		uint64_t v = 0;

		if (text_u64(value(w, names[i]), 1000000, &v))
			return words_say(w, ERR_SHAPE,
			    "floor24 each24 floor30 each30 are whole numbers");
		ret->figures[i] = (uint32_t)v;
	}
	return e;
}

static bool is_scope(const char *scope)
{
	static const char *const scopes[] = {
	    "profession", "cell", "platform", "card"};

	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
		if (strcmp(scope, scopes[i]) == 0)
			return true;
	return false;
}

/* As guard/figures.h reads data/wide.csv, and for the same reason as above. */
static enum err check_wide(
    struct words_work *w, const struct registry_wide *wide)
{
	const uint32_t *f = wide->figures;
	bool month = f[2] > 0 || f[3] > 0;

	if (!is_scope(wide->scope))
		return words_say(w, ERR_UNKNOWN,
		    "scope is profession, cell, platform or card");
	if (strcmp(wide->scope, "card") == 0)
		return f[0] > 0 && f[0] <= REGISTRY_CARD_SITES &&
			f[1] == 0 && !month ? ERR_OK :
		    words_say(w, ERR_RANGE,
			"card: 1 to 14 sites in floor24, the rest 0");
	if (month && (f[0] > f[2] || f[1] > f[3]))
		return words_say(w, ERR_RANGE, "24 h is at most 30 days");
	return ERR_OK;
}

enum err words_wide(struct words_work *w)
{
	struct registry *r = w->r;
	struct registry_wide wide = {0};
	enum err e = take_wide(w, &wide);

	if (!e)
		e = check_wide(w, &wide);
	if (e)
		return e;
	for (size_t i = 0; i < r->wide_count; i++)
		if (strcmp(r->wides[i].scope, wide.scope) == 0 &&
		    strcmp(r->wides[i].code, wide.code) == 0) {
			r->wides[i] = wide;
			return ERR_OK;
		}
	e = grow((void **)&r->wides, r->wide_count, sizeof(wide));
	if (!e)
		r->wides[r->wide_count++] = wide;
	return e;
}

enum err words_mode(struct words_work *w)
{
	struct registry *r = w->r;
	struct registry_mode m = {0};
	struct span mode = value(w, "mode");
	enum err e = take_id(w, "control", m.control, sizeof(m.control));

	if (e)
		return e;
	if (strcmp(m.control, "budget") != 0 &&
	    strcmp(m.control, "wide") != 0 &&
	    strcmp(m.control, "presence") != 0)
		return words_say(w, ERR_UNKNOWN,
		    "control is budget, wide or presence");
	m.observe = span_is(mode, "observe");
	if (!m.observe && !span_is(mode, "enforce"))
		return words_say(w, ERR_SHAPE, "mode is enforce or observe");
	for (size_t i = 0; i < r->mode_count; i++)
		if (strcmp(r->modes[i].control, m.control) == 0) {
			r->modes[i] = m;
			return ERR_OK;
		}
	e = grow((void **)&r->modes, r->mode_count, sizeof(m));
	if (!e)
		r->modes[r->mode_count++] = m;
	return e;
}

enum err words_site(struct words_work *w)
{
	struct registry *r = w->r;
	struct registry_site s = {0};
	const struct registry_profession *p =
	    registry_profession(r, value(w, "profession"));
	enum err e = take_id(w, "id", s.id, sizeof(s.id));

	if (e)
		return e;
	if (!p)
		return words_say(w, ERR_UNKNOWN,
		    "no such profession: the first entry lists them");
	if (registry_site(r, value(w, "id")))
		return words_say(w, ERR_EXISTS, "this site is enrolled already");
	s.profession = (uint32_t)(p - r->professions);
	e = grow((void **)&r->sites, r->site_count, sizeof(s));
	if (!e)
		e = map_put(
		    &r->by_site, value(w, "id"), (uint32_t)r->site_count);
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
	e = grow(
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
	uint32_t place;

	return take_rpps(w, value(w, "rpps"), &place);
}

/* "99700000017,99700000025" to places. */
static enum err take_rpps_list(struct words_work *w, struct registry_key *k)
{
	struct span list = value(w, "rpps");
	uint32_t places[REGISTRY_KEY_RPPS];
	enum err e;

	while (list.n > 0) {
		const uint8_t *comma = memchr(list.p, ',', list.n);
		size_t n = comma ? (size_t)(comma - list.p) : list.n;

		if (k->rpps_count == REGISTRY_KEY_RPPS)
			return words_say(w, ERR_LIMIT, "too many professionals");
		e = take_rpps(
		    w, span_of(list.p, n), &places[k->rpps_count++]);
		if (e)
			return e;
		n += comma ? 1 : 0;
		list = span_of(list.p + n, list.n - n);
	}
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
	struct span since = value(w, "since");

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

static enum err fill_key(struct words_work *w, struct registry_key *k)
{
	struct registry *r = w->r;
	const struct registry_site *site = registry_site(r, value(w, "site"));
	enum err e;

	if (!site)
		return words_say(w, ERR_UNKNOWN, "no such site: enrol it first");
	k->site = (uint32_t)(site - r->sites);
	e = take_spki(w, "spki", &k->key);
	if (e)
		return e;
	sign_public_id(k->key, k->id);
	if (registry_key(r, k->id))
		return words_say(w, ERR_EXISTS,
		    "this key is enrolled: one installation, one key");
	e = take_since(w, &k->since_ms);
	return e ? e : take_rpps_list(w, k);
}

enum err words_key(struct words_work *w)
{
	struct registry *r = w->r;
	struct registry_key k = {0};
	enum err e = fill_key(w, &k);

	if (!e)
		e = grow((void **)&r->keys, r->key_count, sizeof(k));
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

static enum err revoke_admin(struct words_work *w, struct span name)
{
	struct registry *r = w->r;
	size_t living = 0;

	for (size_t i = 0; i < r->admin_count; i++)
		living += r->admins[i].revoked ? 0 : 1;
	for (size_t i = 0; i < r->admin_count; i++)
		if (span_is(name, r->admins[i].name)) {
			if (living <= 2 && !r->admins[i].revoked)
				return words_say(w, ERR_STATE,
				    "two administrators must stay: enrol "
				    "another first");
			r->admins[i].revoked = true;
			return ERR_OK;
		}
	return words_say(w, ERR_UNKNOWN, "no such administrator");
}

static enum err revoke_key(struct words_work *w, struct span text)
{
	uint8_t id[SIGN_KEY_ID];
	const struct registry_key *k;
	size_t n = 0;

	if (text_unb64url(text, id, sizeof(id), &n) || n != sizeof(id))
		return words_say(w, ERR_SHAPE, "a key id has 43 characters");
	k = registry_key(w->r, id);
	if (!k)
		return words_say(w, ERR_UNKNOWN, "no such key");
	w->r->keys[k - w->r->keys].revoked = true;
	return ERR_OK;
}

enum err words_revoke(struct words_work *w)
{
	struct registry *r = w->r;
	struct span v;

	if (w->line->count != 1)
		return words_say(w, ERR_SHAPE,
		    "revoke names one of key, site, rpps, amc, admin");
	v = w->line->values[0];
	if (span_is(w->line->names[0], "key"))
		return revoke_key(w, v);
	if (span_is(w->line->names[0], "admin"))
		return revoke_admin(w, v);
	if (span_is(w->line->names[0], "site")) {
		const struct registry_site *s = registry_site(r, v);

		if (s)
			r->sites[s - r->sites].revoked = true;
		return s ? ERR_OK : words_say(w, ERR_UNKNOWN, "no such site");
	}
	if (span_is(w->line->names[0], "rpps")) {
		const struct registry_professional *p =
		    registry_professional(r, v);

		if (p)
			r->professionals[p - r->professionals].revoked = true;
		return p ? ERR_OK : words_say(w, ERR_UNKNOWN, "no such RPPS");
	}
	if (span_is(w->line->names[0], "amc")) {
		const struct registry_insurer *i = registry_insurer(r, v);

		if (i)
			r->insurers[i - r->insurers].revoked = true;
		return i ? ERR_OK : words_say(w, ERR_UNKNOWN, "no such AMC");
	}
	return words_say(w, ERR_SHAPE,
	    "revoke names one of key, site, rpps, amc, admin");
}

enum err words_scope(struct words_work *w)
{
	int64_t from, to;

	if (value(w, "asker").n == 0 ||
	    date_parse_stamp(value(w, "from"), &from) ||
	    date_parse_stamp(value(w, "to"), &to) || to <= from)
		return words_say(w, ERR_SHAPE,
		    "scope needs asker, from and a later to (RFC 3339)");
	w->wish = REGISTRY_SCOPE;
	return ERR_OK;
}

enum err words_clock(struct words_work *w)
{
	if (!span_is(value(w, "confirm"), "yes"))
		return words_say(w, ERR_SHAPE, "clock confirm=yes");
	w->wish = REGISTRY_CLOCK;
	return ERR_OK;
}
