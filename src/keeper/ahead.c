/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "keeper/ahead.h"
#include "keeper/keeper.h"
#include "keeper/signed.h"
#include "proc/aside.h"

#define FEWEST 2	/* of a group that the thread is worth */
#define TEXT_MOST (AHEAD_QUESTIONS * (LIMIT_BUNDLE + 4096))
#define TEXT_KEPT (1u << 18)	/* bytes of room that stay for the next */

struct one {
	uint64_t ref;
	size_t at, n;		/* its message in the group's text */
	struct ahead_fact fact;
};

struct group {
	uint32_t turn;		/* of the gate that asked them all */
	unsigned count, taken;
	struct buf text;
	struct one of[AHEAD_QUESTIONS];
};

/* One gate's: a group that comes, one that is taken. */
struct pair {
	struct group groups[2];
	struct group *coming, *ready;
	bool under_way, verified;	/* the coming one */
};

struct ahead {
	struct pair pairs[CONF_PLANES];	/* by plane */
	struct group *work[CONF_PLANES];	/* the thread's; NULL: none */
};

/* --- what the thread does: it allocates nothing, and writes good alone --- */

static void verify_group(struct group *g)
{
	for (unsigned i = 0; i < g->count; i++) {
		struct ahead_fact *f = &g->of[i].fact;

		f->good = f->known && !sign_verify_ed25519(f->key,
		    span_of(f->what.base, f->what.n), f->what.signature);
	}
}

static enum err verify_all(const void *job)
{
	const struct ahead *a = job;

	for (unsigned i = 0; i < CONF_PLANES; i++)
		if (a->work[i])
			verify_group(a->work[i]);
	return ERR_OK;
}

/* --- facts --- */

/* The same question of the same arithmetic? */
static bool is_about(const struct ahead_fact *f,
    const struct sign_public *key, const struct httpsig_signed *what)
{
	const uint8_t *raw = sign_public_raw(key);

	return f->known && raw && !memcmp(f->key, raw, sizeof(f->key)) &&
	    f->what.n == what->n &&
	    !memcmp(f->what.base, what->base, what->n) &&
	    !memcmp(f->what.signature, what->signature, SIGN_SIZE);
}

enum err ahead_verify(const struct ahead_fact *fact,
    const struct sign_public *key, const struct httpsig_signed *what)
{
	if (fact && is_about(fact, key, what))
		return fact->good ? ERR_OK : ERR_CRYPTO;
	return sign_verify(key, span_of(what->base, what->n), what->signature);
}

/* --- groups --- */

/* Traits stood in the text of plain questions. */
static void empty(struct group *g)
{
	secret_wipe(g->text.p, g->text.n);
	if (g->text.cap > TEXT_KEPT)
		buf_release(&g->text);
	buf_clear(&g->text);
	g->count = g->taken = 0;
}

struct ahead *ahead_new(void)
{
	struct ahead *a = calloc(1, sizeof(*a));

	for (unsigned i = 0; a && i < CONF_PLANES; i++) {
		struct pair *p = &a->pairs[i];

		p->coming = &p->groups[0];
		p->ready = &p->groups[1];
		buf_init(&p->coming->text, TEXT_MOST);
		buf_init(&p->ready->text, TEXT_MOST);
	}
	return a;
}

void ahead_free(struct ahead *a)
{
	for (unsigned i = 0; a && i < CONF_PLANES; i++) {
		struct pair *p = &a->pairs[i];

		empty(p->coming);
		empty(p->ready);
		buf_release(&p->coming->text);
		buf_release(&p->ready->text);
	}
	free(a);
}

bool ahead_has_room(const struct ahead *a, uint8_t plane)
{
	return a->pairs[plane].coming->count == 0;
}

/* Room for n bytes more. What moves into a wider one is wiped where it stood:
 * realloc() would leave it there. */
static enum err make_room(struct buf *text, size_t n)
{
	struct buf wider;

	if (n <= text->cap - text->n)
		return ERR_OK;
	buf_init(&wider, TEXT_MOST);
	if (!buf_extend(&wider, text->n + n))
		return wider.err;
	buf_clear(&wider);
	buf_put_span(&wider, buf_span(text));
	secret_wipe(text->p, text->n);
	buf_release(text);
	*text = wider;
	return ERR_OK;
}

enum err ahead_keep(struct ahead *a, uint8_t plane, uint32_t turn,
    uint64_t ref, struct span message)
{
	struct group *g = a->pairs[plane].coming;
	struct one *o = &g->of[g->count];
	enum err e;

	assert(g->count < AHEAD_QUESTIONS);
	e = make_room(&g->text, message.n);
	if (e)
		return e;
	o->ref = ref;
	o->at = g->text.n;
	o->n = message.n;
	o->fact.known = false;
	buf_put_span(&g->text, message);
	g->turn = turn;
	g->count++;
	return ERR_OK;
}

static struct ask ask_of(const struct group *g, const struct one *o)
{
	struct ask ask;
	enum err e = ask_unpack(span_of(g->text.p + o->at, o->n), &ask);

	assert(!e);
	(void)e;
	return ask;
}

/* What is refused by its place costs nothing here either. */
static void prepare(struct keeper *k, struct group *g)
{
	for (unsigned i = 0; i < g->count; i++) {
		struct ahead_fact *f = &g->of[i].fact;
		struct ask ask = ask_of(g, &g->of[i]);
		const struct sign_public *key;

		if (question_place(&ask) != REFUSAL_COUNT ||
		    !signed_what(k, &ask, &key, &f->what) ||
		    sign_public_alg(key) != SIGN_ED25519)
			continue;
		memcpy(f->key, sign_public_raw(key), sizeof(f->key));
		f->known = true;
	}
}

void ahead_begin(struct keeper *k)
{
	struct ahead *a = k->ahead;
	unsigned count = 0;

	if (aside_is_busy(k->verifier))
		return;
	for (unsigned i = 0; i < CONF_PLANES; i++)
		if (!a->pairs[i].verified)
			count += a->pairs[i].coming->count;
	for (unsigned i = 0; i < CONF_PLANES; i++) {
		struct pair *p = &a->pairs[i];
		bool new = !p->verified && p->coming->count > 0;

		p->under_way = new && count >= FEWEST;
		/* one alone is verified when it is taken */
		p->verified |= new && count < FEWEST;
		a->work[i] = p->under_way ? p->coming : NULL;
		if (p->under_way)
			prepare(k, p->coming);
	}
	if (count >= FEWEST)
		aside_begin(k->verifier, verify_all, a);
}

/* The coming group takes the place of one that was taken. */
static void advance(struct pair *p)
{
	struct group *g = p->ready;

	if (g->taken < g->count || !p->verified)
		return;
	empty(g);
	p->ready = p->coming;
	p->coming = g;
	p->verified = false;
}

void ahead_landed(struct keeper *k)
{
	enum err e;

	if (!aside_is_busy(k->verifier))
		return;
	e = aside_wait(k->verifier);
	assert(!e);	/* verify_all() has none */
	(void)e;
	for (unsigned i = 0; i < CONF_PLANES; i++) {
		struct pair *p = &k->ahead->pairs[i];

		p->verified |= p->under_way;
		p->under_way = false;
		advance(p);
	}
}

bool ahead_holds(const struct ahead *a, uint8_t plane)
{
	const struct pair *p = &a->pairs[plane];

	return p->ready->taken < p->ready->count || p->verified;
}

bool ahead_take(struct ahead *a, uint8_t plane, uint32_t turn,
    struct ahead_taken *ret)
{
	struct pair *p = &a->pairs[plane];
	struct group *g;
	struct one *o;

	advance(p);
	g = p->ready;
	if (g->turn != turn)
		g->taken = g->count;
	if (g->taken == g->count) {
		empty(g);
		return false;
	}
	o = &g->of[g->taken++];
	*ret = (struct ahead_taken){o->ref, ask_of(g, o), &o->fact};
	return true;
}
