/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "crypto/hash.h"
#include "feed/trait_line.h"
#include "ident/ident.h"
#include "keeper/tagger.h"

/* Operator of cell 0: no identifier, so that no insurer can share its key. */
#define TAGGER_NOWHERE "*"

struct tagger {
	struct secret root;
	struct ident_index **cells;	/* by cell number */
	size_t cell_count;
};

enum err tagger_new(const struct secret *index_root, struct tagger **ret)
{
	struct tagger *t = calloc(1, sizeof(*t));

	if (!t)
		return ERR_NOMEM;
	t->root = *index_root;
	*ret = t;
	return ERR_OK;
}

void tagger_free(struct tagger *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->cell_count; i++)
		ident_index_free(t->cells[i]);
	free(t->cells);
	secret_wipe(&t->root, sizeof(t->root));
	free(t);
}

static enum err widen(struct tagger *t, uint32_t cell)
{
	size_t count = t->cell_count ? t->cell_count : 16;
	struct ident_index **wider;

	if (cell < t->cell_count)
		return ERR_OK;
	while (count <= cell)
		count *= 2;
	wider = realloc(t->cells, count * sizeof(*wider));
	if (!wider)
		return ERR_NOMEM;
	memset(wider + t->cell_count, 0,
	    (count - t->cell_count) * sizeof(*wider));
	t->cells = wider;
	t->cell_count = count;
	return ERR_OK;
}

/* The index key of a cell; cell 0 has one too. */
static enum err index_of(struct tagger *t,
    const struct registry_insurer *insurer, uint32_t cell,
    struct ident_index **ret)
{
	struct amc amc = {.text = "0000000000"};
	const char *operator = TAGGER_NOWHERE;
	enum err e = widen(t, cell);

	if (e)
		return e;
	if (insurer) {
		memcpy(amc.text, insurer->amc, sizeof(amc.text));
		operator = insurer->operator;
	}
	if (!t->cells[cell])
		e = ident_index_new(&t->root, &amc, span_str(operator),
		    TAGGER_VERSION, &t->cells[cell]);
	if (!e)
		*ret = t->cells[cell];
	return e;
}

/* Traits in canonical form; what is not given or matches nobody is off. */
struct traits {
	bool member, nir, fictive;
	struct canon_member member_number;
	struct canon_nir nir_number;
	struct canon_birth birth;
	char rank;
};

static enum err canon(struct span nir, struct span birth, struct span rank,
    struct span member, struct traits *ret)
{
	struct traits t = {0};
	enum err e;

	if (birth.n == 0) {
		*ret = t;
		return ERR_OK;
	}
	e = canon_birth(birth, &t.birth);
	if (!e)
		e = canon_rank(rank, &t.rank);
	if (!e && member.n) {
		e = canon_member(member, &t.member_number);
		t.member = !e;
	}
	if (!e && nir.n) {
		e = canon_nir(nir, NULL, &t.nir_number);
		t.nir = !e;
		t.fictive = e == ERR_REFUSED;
		if (t.fictive)
			e = ERR_OK;
	}
	if (!e)
		*ret = t;
	return e;
}

/* One alias: as it is; several: a hash of all, so that showing one known alias
 * beside guesses of another is a new question every time. */
static void question_key(struct slot *s)
{
	uint8_t hash[HASH_SIZE];

	if (s->tag_count == 1) {
		memcpy(s->ask.q, s->tags[0], GUARD_Q);
		return;
	}
	hash_sha256(span_of(s->tags, s->tag_count * (size_t)RIGHTS_TAG), hash);
	memcpy(s->ask.q, hash, GUARD_Q);
}

/* A tag that no feed has, the same for the same number with or without its
 * key: fictive numbers match nobody, and cost their asker a miss. */
static void put_fictive(struct ident_index *x, const struct fhir_question *q,
    uint8_t tag[static RIGHTS_TAG])
{
	uint8_t hash[HASH_SIZE];

	hash_sha256(span_of(q->nir, strnlen(q->nir, NIR_BODY)), hash);
	ident_card(x, hash, tag);
	for (int i = 0; i < RIGHTS_TAG; i++)
		tag[i] ^= 0xff;
}

enum err tagger_tags(struct tagger *t,
    const struct registry_insurer *insurer, const struct fhir_question *q,
    const struct card_token *card, struct slot *s)
{
	char rank[2] = {q->rank ? (char)('0' + q->rank) : '\0', '\0'};
	struct ident_index *x;
	struct traits traits;
	enum err e = index_of(t, insurer, s->ask.cell, &x);

	if (!e)
		e = canon(span_str(q->nir), span_str(q->birth),
		    span_str(rank), span_str(q->member), &traits);
	if (e)
		return e;
	s->tag_count = 0;
	if (q->card[0] != '\0') {
		/* the card names its person alone: what is shown beside it
		 * is dropped, so that it is one question wherever it is shown
		 * and nothing is learnt about guesses beside it */
		ident_card(x, card->cti, s->tags[s->tag_count++]);
		traits = (struct traits){0};
	}
	if (traits.member) {
		s->proof |= OPENING_MEMBER;
		ident_member(x, &traits.member_number, &traits.birth,
		    traits.rank, s->tags[s->tag_count++]);
	}
	if (traits.nir || traits.fictive)
		s->proof |= OPENING_NIR;
	if (traits.nir)
		ident_nir(x, &traits.nir_number, &traits.birth, traits.rank,
		    s->tags[s->tag_count++]);
	if (traits.fictive)
		put_fictive(x, q, s->tags[s->tag_count++]);
	secret_wipe(&traits, sizeof(traits));
	if (s->tag_count == 0)
		return ERR_SHAPE;
	question_key(s);
	return ERR_OK;
}

static void put_domains(
    const struct feed_traits_line *in, struct feed_line *ret)
{
	ret->domain_count = in->domain_count;
	for (unsigned i = 0; i < in->domain_count; i++)
		ret->domains[i] = (struct feed_domain){in->domains[i].code,
		    in->domains[i].level, in->domains[i].authorization};
}

static void copy_rights(
    const struct feed_traits_line *in, struct feed_line *ret)
{
	*ret = (struct feed_line){
	    .line = in->line,
	    .handle = in->handle,
	    .contract = in->contract,
	    .convention = in->convention,
	    .csr = in->csr,
	    .order = in->order,
	    .from_day = in->from_day,
	    .to_day = in->to_day,
	    .closed_day = in->closed_day,
	    .age_class = in->age_class,
	    .age_change = in->age_change,
	};
	put_domains(in, ret);
}

/* A line that names a person by his handle and says nothing else. */
static enum err tag_bare(struct ident_index *x,
    const struct feed_traits_line *in, struct feed_line *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->line = in->line;
	ret->kind = in->kind;
	ret->handle = in->handle;
	ret->tag_count = 1;
	return ident_ref(x, in->handle, ret->tags[0]);
}

enum err tagger_line(struct tagger *t,
    const struct registry_insurer *insurer, uint32_t cell,
    const struct feed_traits_line *in, struct feed_line *ret)
{
	struct ident_index *x;
	struct traits traits;
	uint8_t n = 0;
	enum err e = index_of(t, insurer, cell, &x);

	if (!e && in->kind)
		return tag_bare(x, in, ret);
	if (!e)
		e = canon(in->nir, span_of(in->birth, FEED_TRAITS_BIRTH),
		    span_of(&in->rank, 1), in->member, &traits);
	if (e)
		return e;
	copy_rights(in, ret);
	if (traits.member)
		ident_member(x, &traits.member_number, &traits.birth,
		    traits.rank, ret->tags[n++]);
	if (traits.nir)
		ident_nir(x, &traits.nir_number, &traits.birth, traits.rank,
		    ret->tags[n++]);
	if (in->handle.n)
		e = ident_ref(x, in->handle, ret->tags[n++]);
	for (unsigned i = 0; i < in->card_count; i++)
		ident_card(x, in->cards[i], ret->tags[n++]);
	ret->tag_count = n;
	ret->card_count = in->card_count;
	secret_wipe(&traits, sizeof(traits));
	return e;
}
