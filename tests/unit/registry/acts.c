/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/random.h"
#include "base/text.h"
#include "registry/acts.h"
#include "registry/apply.h"
#include "registry/routes.h"
#include "registry/turns.h"

#define ROOMS 8		/* static rooms: texts live for 8 calls */
#define ROOM 200

static char *room(void)
{
	static char rooms[ROOMS][ROOM];
	static unsigned turn;

	return rooms[turn++ % ROOMS];
}

struct sign_private *acts_private(unsigned n)
{
	uint8_t seed[SIGN_ED25519_KEY] = {0};
	struct sign_private *k = NULL;

	put_be32(seed, n + 1);
	assert_int_equal(sign_private_ed25519(seed, &k), ERR_OK);
	return k;
}

const char *acts_ed25519(unsigned n)
{
	struct sign_private *k = acts_private(n);
	struct span spki = sign_public_spki(sign_private_public(k));
	char *out = room();

	text_b64url(spki.p, spki.n, out);
	sign_private_free(k);
	return out;
}

const char *acts_p256(unsigned n)
{
	static char made[8][TEXT_B64_SIZE(SIGN_P256_SPKI)];
	struct sign_private *k = NULL;
	struct random_seeded seed;
	struct random r = random_from_seed(&seed, n);
	struct span spki;

	if (made[n][0] == '\0') {
		assert_int_equal(
		    sign_private_make(SIGN_P256, &r, &k), ERR_OK);
		spki = sign_public_spki(sign_private_public(k));
		text_b64url(spki.p, spki.n, made[n]);
		sign_private_free(k);
	}
	return made[n];
}

const char *acts_raw(unsigned n)
{
	struct sign_private *k = acts_private(n);
	char *out = room();

	text_b64url(sign_public_raw(sign_private_public(k)),
	    SIGN_ED25519_KEY, out);
	sign_private_free(k);
	return out;
}

const uint8_t *acts_id(unsigned n)
{
	struct sign_private *k = acts_private(n);
	uint8_t *out = (uint8_t *)room();

	sign_public_id(sign_private_public(k), out);
	sign_private_free(k);
	return out;
}

const char *acts_id_text(unsigned n)
{
	char *out = room();

	sign_key_id_text(acts_id(n), out);
	return out;
}

void acts_text(
    struct buf *out, unsigned *serial, int64_t time_ms, const char *lines)
{
	uint8_t nonce[16] = {0};

	put_be32(nonce, (*serial)++);
	act_write_head(out, span_str(ACTS_ORIGIN), time_ms, nonce);
	buf_text(out, lines);
	assert_int_equal(out->err, ERR_OK);
}

const char *acts_first(bool drill)
{
	static char text[2000];
	uint8_t sealing[65] = {4};
	char point[TEXT_B64_SIZE(65)];

	text_b64url(sealing, sizeof(sealing), point);
	(void)snprintf(text, sizeof(text), "instance drill=%s\n"
	    "service answer=%s promise=%s sealing=%s\n"
	    "admin key=%s name=a0\nadmin key=%s name=a1\n"
	    "profession code=optician plane=flow domains=OPTI t24=40 c24=100 "
	    "t30=400 c30=1000 m24=10 m30=60\n"
	    "profession code=gp plane=flow domains=MED,CSTE t24=40 c24=200 "
	    "t30=600 c30=2000 m24=10 m30=60\n"
	    "wide scope=profession code=* floor24=300 each24=3000 "
	    "floor30=3000 each30=55000\n"
	    "wide scope=card code=* floor24=6 each24=0 floor30=0 each30=0\n",
	    drill ? "yes" : "no", acts_raw(100), acts_raw(101), point,
	    acts_raw(ACTS_ADMIN), acts_raw(ACTS_ADMIN + 1));
	return text;
}

void acts_empty(struct acts *a)
{
	*a = (struct acts){.now_ms = ACTS_NOW};
	buf_init(&a->log, ACTS_LOG);
	assert_int_equal(registry_new(&a->r), ERR_OK);
}

static void keep(struct acts *a, unsigned signers, int64_t taken_ms,
    struct span text)
{
	buf_put_u8(&a->log, (uint8_t)signers);
	buf_put_u64(&a->log, (uint64_t)taken_ms);
	buf_put_s32(&a->log, text);
	assert_int_equal(a->log.err, ERR_OK);
	a->kept++;
}

void acts_start(struct acts *a, bool drill)
{
	struct buf text;

	acts_empty(a);
	buf_init(&text, ACTS_TEXT);
	acts_text(&text, &a->serial, a->now_ms, acts_first(drill));
	assert_int_equal(registry_apply(a->r, buf_span(&text), 0, true,
	    a->now_ms, &a->wish, &a->fault), ERR_OK);
	keep(a, 0, a->now_ms, buf_span(&text));
	buf_release(&text);
}

static void replay(const struct acts *a, struct registry *r, bool again)
{
	struct reader in = reader_of(buf_span(&a->log));
	struct registry_fault fault;

	for (uint64_t i = 0; i < a->kept; i++) {
		unsigned signers = read_u8(&in);
		int64_t taken_ms = (int64_t)read_u64(&in);
		struct span text = read_s32(&in);

		if (again)
			assert_int_equal(registry_check(
			    r, text, signers, 0, &fault), ERR_EXISTS);
		else if (apply_replayed(
		    r, text, signers, i == 0, taken_ms, &fault))
			fail_msg("replayed: %s: %.*s", fault.words,
			    (int)text.n, (const char *)text.p);
	}
	assert_true(reader_done(&in));
}

void acts_replays(const struct acts *a)
{
	struct registry *r = NULL;
	struct buf now, then;

	if (a->kept == 0 || a->kept != a->r->version)
		return;
	buf_init(&now, 1u << 22);
	buf_init(&then, 1u << 22);
	assert_int_equal(registry_new(&r), ERR_OK);
	replay(a, r, false);
	acts_dump(a->r, &now);
	acts_dump(r, &then);
	assert_true(span_equal(buf_span(&now), buf_span(&then)));
	replay(a, r, true);
	registry_free(r);
	buf_release(&now);
	buf_release(&then);
}

void acts_end(struct acts *a)
{
	registry_free(a->r);
	buf_release(&a->log);
}

enum err acts_at(struct acts *a, unsigned signers, int64_t time_ms,
    int64_t live_ms, const char *lines)
{
	struct buf text, before, after;
	enum registry_wish wish = a->wish;
	enum err e;

	buf_init(&text, ACTS_TEXT);
	buf_init(&before, 1u << 22);
	buf_init(&after, 1u << 22);
	acts_text(&text, &a->serial, time_ms, lines);
	acts_dump(a->r, &before);
	e = registry_apply(a->r, buf_span(&text), signers, false, live_ms,
	    &a->wish, &a->fault);
	acts_dump(a->r, &after);
	if (e) {
		assert_true(span_equal(buf_span(&before), buf_span(&after)));
		assert_int_equal(a->wish, wish);
		assert_true(a->fault.words[0] != '\0');
	} else {
		keep(a, signers, live_ms, buf_span(&text));
		assert_int_equal(a->fault.line, 0);
		assert_int_equal(a->fault.words[0], 0);
	}
	buf_release(&text);
	buf_release(&before);
	buf_release(&after);
	return e;
}

enum err acts_do(struct acts *a, unsigned signers, const char *format, ...)
{
	static char lines[ACTS_TEXT];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(lines, sizeof(lines), format, ap);
	va_end(ap);
	assert_true(n >= 0 && (size_t)n < sizeof(lines));
	a->now_ms += ACTS_STEP_MS;
	return acts_at(a, signers, a->now_ms, a->now_ms, lines);
}

void acts_fails(struct acts *a, enum err e, uint32_t line, unsigned signers,
    const char *lines)
{
	enum err got = acts_do(a, signers, "%s", lines);

	if (got != e || a->fault.line != line)
		fail_msg("%s instead of %s, line %u instead of %u: %s: %s",
		    err_text(got), err_text(e), a->fault.line, line,
		    a->fault.words, lines);
}

static void put_public(struct buf *out, const struct sign_public *k)
{
	struct span spki = k ? sign_public_spki(k) : span_of(NULL, 0);
	char text[TEXT_B64_SIZE(SIGN_SPKI_MAX)];

	text_b64url(spki.p, spki.n, text);
	buf_printf(out, " %s", text);
}

static void dump_turn(const struct registry_turn *t, struct buf *out)
{
	buf_printf(out, "\nturn %u %u %d %lld %lld ", t->kind, t->generation,
	    t->destroyed, (long long)t->said_ms, (long long)t->from_ms);
	buf_put(out, t->name, t->name_len);
}

static void dump_records(const struct registry *r, struct buf *out)
{
	buf_printf(out, "version %llu drill %d\n",
	    (unsigned long long)r->version, r->drill);
	buf_put(out, &r->service, sizeof(r->service));
	for (size_t i = 0; i < r->admin_count; i++) {
		buf_printf(out, "\nadmin %s %d ", r->admins[i].name,
		    r->admins[i].revoked);
		buf_put(out, r->admins[i].key, SIGN_ED25519_KEY);
	}
	for (size_t i = 0; i < r->insurer_count; i++) {
		const struct registry_insurer *n = &r->insurers[i];

		buf_printf(out, "\ninsurer %s %s %s %d %d %d %u", n->amc,
		    n->operator, n->hosted_by, n->revoked, n->closed,
		    n->decoy_closes, n->next);
		put_public(out, n->feed_key);
		put_public(out, n->card_key);
		put_public(out, n->feed_before);
		put_public(out, n->card_before);
	}
	for (size_t i = 0; i < r->profession_count; i++) {
		const struct registry_profession *p = &r->professions[i];

		buf_printf(out, "\nprofession %s %u", p->code, p->closed);
		for (unsigned d = 0; d < p->domain_count; d++)
			buf_printf(out, " %s", p->domains[d]);
		for (int f = 0; f < 6 * (REGISTRY_PLANES - 1); f++)
			buf_printf(out, " %u", p->figures[1 + f / 6][f % 6]);
	}
	for (size_t i = 0; i < r->wide_count; i++)
		buf_printf(out, "\nwide %s %s %u %u %u %u", r->wides[i].scope,
		    r->wides[i].code, r->wides[i].figures[0],
		    r->wides[i].figures[1], r->wides[i].figures[2],
		    r->wides[i].figures[3]);
	for (size_t i = 0; i < r->mode_count; i++)
		buf_printf(out, "\nmode %s %d", r->modes[i].control,
		    r->modes[i].observe);
	buf_printf(out, "\nplanes %u cap %u %u %u", r->closed_planes,
	    r->cap.keys_day, r->cap.persons24, r->cap.persons30);
	for (size_t i = 0; i < r->own_count; i++) {
		buf_printf(out, "\nown %d %u %d", r->owns[i].is_site,
		    r->owns[i].place, r->owns[i].preset);
		for (int f = 0; f < 6; f++)
			buf_printf(out, " %u", r->owns[i].figures[f]);
	}
	for (size_t i = 0; i < r->closing_count; i++)
		buf_printf(out, "\nclosed %s %s %lld", r->closings[i].gate,
		    r->closings[i].reason,
		    (long long)r->closings[i].since_ms);
	for (size_t i = 0; i < r->turn_count; i++)
		dump_turn(&r->turns[i], out);
	for (size_t i = 0; i < r->month_count; i++)
		buf_printf(out, "\ndestroyed %u", r->months[i]);
	for (size_t i = 0; i < r->route_count; i++)
		buf_printf(out, "\nroute %s %s %s %s %s %d %d %u %u",
		    r->routes[i].amc, r->routes[i].convention,
		    r->routes[i].csr, r->routes[i].operator,
		    r->routes[i].url, r->routes[i].from_day,
		    r->routes[i].until_day, r->routes[i].before,
		    r->routes[i].behind);
}

/* What one signature may do today, and what vaults and old logs are. */
static void dump_rest(const struct registry *r, struct buf *out)
{
	buf_printf(out, "\norigin %s %d purged %u %d alone %zu %lld",
	    r->origin, r->reopened, r->purged_month, r->purged_day,
	    r->alone_next, (long long)r->alone_ms);
	for (size_t i = 0; i < REGISTRY_ALONE_ACTS; i++)
		buf_printf(out, " %lld %u %u", (long long)r->alone[i].time_ms,
		    r->alone[i].keys, r->alone[i].sites);
	for (size_t i = 0; i < r->past_count; i++)
		buf_printf(out, "\npast %s %llu %llu", r->pasts[i].origin,
		    (unsigned long long)r->pasts[i].size,
		    (unsigned long long)r->pasts[i].known_size);
	for (size_t i = 0; i < r->vault_count; i++) {
		buf_printf(out, "\nvault %u ", r->vaults[i].number);
		buf_put(out, r->vaults[i].key, SIGN_ED25519_KEY);
	}
	for (size_t i = 0; i < r->ceiling_count; i++)
		buf_printf(out, "\nceiling %u %lld", r->ceilings[i].cell,
		    (long long)r->ceilings[i].said_ms);
	for (size_t i = 0; i < r->decoy_count; i++) {
		buf_printf(out, "\ndecoy %u %u %lld %lld ",
		    r->decoys[i].cell, r->decoys[i].persons,
		    (long long)r->decoys[i].said_ms,
		    (long long)r->decoys[i].withdrawn_ms);
		buf_put(out, r->decoys[i].set, sizeof(r->decoys[i].set));
	}
}

static void dump_askers(const struct registry *r, struct buf *out)
{
	for (size_t i = 0; i < r->site_count; i++)
		buf_printf(out, "\nsite %s %u %d %d %u", r->sites[i].id,
		    r->sites[i].profession, r->sites[i].revoked,
		    r->sites[i].closed, r->sites[i].own);
	for (size_t i = 0; i < r->professional_count; i++)
		buf_printf(out, "\nprofessional %s %d %d %u",
		    r->professionals[i].rpps, r->professionals[i].revoked,
		    r->professionals[i].closed, r->professionals[i].own);
	for (size_t i = 0; i < r->key_count; i++) {
		const struct registry_key *k = &r->keys[i];

		buf_printf(out, "\nkey %u %d %d %d %lld", k->site, k->revoked,
		    k->closed, registry_key_lives(r, k),
		    (long long)k->since_ms);
		buf_printf(out, " taken %lld", (long long)k->taken_ms);
		put_public(out, k->key);
		for (uint32_t p = 0; p < k->rpps_count; p++)
			buf_printf(out, " %u", k->rpps[p]);
		buf_put(out, k->id, SIGN_KEY_ID);
	}
}

/* The place that a look-up tells, or -1. */
#define PLACE(found, array) ((found) ? (int)((found) - (array)) : -1)

static void dump_lookups(const struct registry *r, struct buf *out)
{
	static uint8_t ids[16][SIGN_KEY_ID];
	static const char *const professions[] = {
	    "optician", "gp", "pharmacy", "nurse"};
	char text[32];

	for (unsigned i = 0; i < 16; i++) {
		const struct registry_key *k;
		const struct registry_site *s;
		const struct registry_professional *p;
		const struct registry_insurer *n;
		const struct registry_route *t;

		if (get_be64(ids[i]) == 0)
			memcpy(ids[i], acts_id(i), SIGN_KEY_ID);
		k = registry_key(r, ids[i]);
		(void)snprintf(text, sizeof(text), "s%u", i);
		s = registry_site(r, span_str(text));
		(void)snprintf(text, sizeof(text), "997000000%02u", i);
		p = registry_professional(r, span_str(text));
		(void)snprintf(text, sizeof(text), "00000000%02u", i);
		n = registry_insurer_first(r, span_str(text));
		t = routes_of(r, span_str(text));
		buf_printf(out, "\n%u: %d %d %d %d %d", i, PLACE(k, r->keys),
		    PLACE(s, r->sites), PLACE(p, r->professionals),
		    PLACE(n, r->insurers), PLACE(t, r->routes));
		if (k && p)
			buf_printf(out, " speaks %d", registry_key_speaks_for(
			    r, k, span_str(p->rpps)));
	}
	for (size_t i = 0; i < 4; i++) {
		const struct registry_profession *p =
		    registry_profession(r, span_str(professions[i]));

		buf_printf(out, "\n%s %d", professions[i],
		    PLACE(p, r->professions));
	}
	buf_printf(out, "\nobserves %d %d %d",
	    registry_observes(r, "budget"), registry_observes(r, "wide"),
	    registry_observes(r, "presence"));
}

void acts_dump(const struct registry *r, struct buf *out)
{
	dump_records(r, out);
	dump_rest(r, out);
	dump_askers(r, out);
	dump_lookups(r, out);
	assert_int_equal(out->err, ERR_OK);
}
