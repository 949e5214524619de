/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "base/sabotage.h"
#include "crypto/hash.h"
#include "feed/trait_line.h"
#include "ident/ident.h"
#include "keeper/decoys.h"

/* Operator of cell 0: no identifier, so that no insurer can share its key. */
#define TAGGER_NOWHERE "*"

/* The index keys of one version, or of what never turns. */
struct keys {
	uint32_t version;
	struct secret root;
	struct ident_index **cells;	/* by cell number */
	size_t cell_count;
};

struct tagger {
	const struct map *decoys;		/* NULL: none */
	struct keys still;			/* version 0 */
	struct keys of[RIGHTS_VERSIONS];	/* newest first */
	unsigned count;
};

enum err tagger_new(const struct secret *question_root, struct tagger **ret)
{
	struct tagger *t = calloc(1, sizeof(*t));

	if (!t)
		return ERR_NOMEM;
	t->still.root = *question_root;
	*ret = t;
	return ERR_OK;
}

static void clear(struct keys *k)
{
	for (size_t i = 0; i < k->cell_count; i++)
		ident_index_free(k->cells[i]);
	free(k->cells);
	secret_wipe(k, sizeof(*k));
}

void tagger_free(struct tagger *t)
{
	if (!t)
		return;
	clear(&t->still);
	for (unsigned i = 0; i < t->count; i++)
		clear(&t->of[i]);
	free(t);
}

enum err tagger_add(
    struct tagger *t, uint32_t version, const struct secret *index_root)
{
	if (t->count == RIGHTS_VERSIONS)
		return ERR_FULL;
	memmove(&t->of[1], &t->of[0], t->count * sizeof(t->of[0]));
	t->count++;
	t->of[0] = (struct keys){.version = version, .root = *index_root};
	return ERR_OK;
}

static unsigned place_of(const struct tagger *t, uint32_t version)
{
	unsigned i = 0;

	while (i < t->count && t->of[i].version != version)
		i++;
	return i;
}

bool tagger_has(const struct tagger *t, uint32_t version)
{
	return place_of(t, version) < t->count;
}

void tagger_drop(struct tagger *t, uint32_t version)
{
	unsigned i = place_of(t, version);

	if (i == t->count)
		return;
	clear(&t->of[i]);
	t->count--;
	memmove(&t->of[i], &t->of[i + 1], (t->count - i) * sizeof(t->of[0]));
	secret_wipe(&t->of[t->count], sizeof(t->of[0]));
}

uint32_t tagger_newest(const struct tagger *t)
{
	return t->count ? t->of[0].version : 0;
}

void tagger_decoys(struct tagger *t, const struct map *names)
{
	t->decoys = names;
}

/* Is one of these the name of a decoy; what: at least so far planted. */
static bool has_decoy(const struct tagger *t,
    const uint8_t (*tags)[RIGHTS_TAG], unsigned count, uint32_t what)
{
	uint32_t is = 0, most = 0;

	for (unsigned i = 0; i < count && t->decoys && !SABOTAGED(DECOY); i++)
		if (map_find(t->decoys, span_of(tags[i], RIGHTS_TAG), &is) &&
		    is > most)
			most = is;
	return most >= what;
}

static enum err widen(struct keys *t, uint32_t cell)
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
static enum err index_of(struct keys *t,
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
		    t->version, &t->cells[cell]);
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

/* What a question shows, under one key. */
struct tags {
	uint8_t count;
	uint8_t of[RIGHTS_TAGS_ASKED][RIGHTS_TAG];
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
static void question_key(const struct tags *tags, struct slot *s)
{
	uint8_t hash[HASH_SIZE];

	if (tags->count == 1) {
		memcpy(s->ask.q, tags->of[0], GUARD_Q);
		return;
	}
	hash_sha256(span_of(tags->of, tags->count * (size_t)RIGHTS_TAG), hash);
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

static void tags_under(struct ident_index *x, const struct traits *traits,
    const struct fhir_question *q, const struct card_token *card,
    struct tags *ret)
{
	ret->count = 0;
	if (q->card[0] != '\0')
		ident_card(x, card->cti, ret->of[ret->count++]);
	if (traits->member)
		ident_member(x, &traits->member_number, &traits->birth,
		    traits->rank, ret->of[ret->count++]);
	if (traits->nir)
		ident_nir(x, &traits->nir_number, &traits->birth,
		    traits->rank, ret->of[ret->count++]);
	if (traits->fictive)
		put_fictive(x, q, ret->of[ret->count++]);
}

/* The tags of every version, and the name of the question. */
static enum err put_tags(struct tagger *t,
    const struct registry_insurer *insurer, const struct traits *traits,
    const struct fhir_question *q, const struct card_token *card,
    struct slot *s)
{
	struct ident_index *x;
	struct tags tags = {0};
	enum err e = ERR_OK;

	for (unsigned i = 0; i < t->count; i++) {
		e = index_of(&t->of[i], insurer, s->ask.cell, &x);
		if (e)
			break;
		tags_under(x, traits, q, card, &tags);
		memcpy(i ? s->older[i - 1] : s->tags, tags.of,
		    sizeof(tags.of));
		s->tag_count = tags.count;
		s->older_count = (uint8_t)i;
	}
	if (!e && s->tag_count == 0)
		e = ERR_SHAPE;
	if (!e)
		e = index_of(&t->still, insurer, s->ask.cell, &x);
	if (!e) {
		tags_under(x, traits, q, card, &tags);
		question_key(&tags, s);
		if (has_decoy(t, tags.of, tags.count, DECOYS_PLANTED))
			s->proof |= OPENING_DECOY;
	}
	return e;
}

enum err tagger_tags(struct tagger *t,
    const struct registry_insurer *insurer, const struct fhir_question *q,
    const struct card_token *card, struct slot *s)
{
	char rank[2] = {q->rank ? (char)('0' + q->rank) : '\0', '\0'};
	struct traits traits;
	enum err e = canon(span_str(q->nir), span_str(q->birth),
	    span_str(rank), span_str(q->member), &traits);

	if (e)
		return e;
	s->tag_count = s->older_count = 0;
	/* the card names its person alone: what is shown beside it is dropped,
	 * so that it is one question wherever it is shown and nothing is
	 * learnt about guesses beside it */
	if (q->card[0] != '\0')
		traits = (struct traits){0};
	if (traits.member)
		s->proof |= OPENING_MEMBER;
	if (traits.nir || traits.fictive)
		s->proof |= OPENING_NIR;
	e = put_tags(t, insurer, &traits, q, card, s);
	secret_wipe(&traits, sizeof(traits));
	return e;
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

/* Tags of what a line shows; gives how many. */
static uint8_t line_tags(struct ident_index *x, const struct traits *traits,
    uint8_t (*tags)[RIGHTS_TAG])
{
	uint8_t n = 0;

	if (traits->member)
		ident_member(x, &traits->member_number, &traits->birth,
		    traits->rank, tags[n++]);
	if (traits->nir)
		ident_nir(x, &traits->nir_number, &traits->birth,
		    traits->rank, tags[n++]);
	return n;
}

static uint8_t line_cards(struct ident_index *x,
    const struct feed_traits_line *in, uint8_t (*tags)[RIGHTS_TAG])
{
	for (unsigned i = 0; i < in->card_count; i++)
		ident_card(x, in->cards[i], tags[i]);
	return (uint8_t)in->card_count;
}

/* What older versions called the person. */
static enum err line_joins(struct tagger *t,
    const struct registry_insurer *insurer, uint32_t cell,
    const struct feed_traits_line *in, const struct traits *traits,
    struct feed_line *ret)
{
	struct ident_index *x;
	enum err e = ERR_OK;

	for (unsigned i = 1; i < t->count; i++) {
		e = index_of(&t->of[i], insurer, cell, &x);
		if (e)
			break;
		ret->join_count += line_tags(
		    x, traits, ret->joins + ret->join_count);
		ret->join_count += line_cards(
		    x, in, ret->joins + ret->join_count);
	}
	return e;
}

enum err tagger_handle(struct tagger *t,
    const struct registry_insurer *insurer, uint32_t cell,
    struct span handle, uint8_t ret[static RIGHTS_TAG])
{
	struct ident_index *still;
	enum err e = index_of(&t->still, insurer, cell, &still);

	return e ? e : ident_ref(still, handle, ret);
}

enum err tagger_line(struct tagger *t,
    const struct registry_insurer *insurer, uint32_t cell,
    const struct feed_traits_line *in, struct feed_line *ret)
{
	struct ident_index *x, *still;
	struct traits traits;
	uint8_t n;
	enum err e = index_of(&t->of[0], insurer, cell, &x);

	if (!e)
		e = index_of(&t->still, insurer, cell, &still);
	if (!e && in->kind)
		return tag_bare(still, in, ret);
	if (!e)
		e = canon(in->nir, span_of(in->birth, FEED_TRAITS_BIRTH),
		    span_of(&in->rank, 1), in->member, &traits);
	if (e)
		return e;
	copy_rights(in, ret);
	n = line_tags(still, &traits, ret->tags);
	if (has_decoy(t, ret->tags, n, DECOYS_MADE)) {
		secret_wipe(&traits, sizeof(traits));
		return ERR_EXISTS;
	}
	n = line_tags(x, &traits, ret->tags);
	if (in->handle.n)
		e = ident_ref(still, in->handle, ret->tags[n++]);
	n += line_cards(x, in, ret->tags + n);
	ret->tag_count = n;
	ret->card_count = in->card_count;
	if (!e)
		e = line_joins(t, insurer, cell, in, &traits, ret);
	secret_wipe(&traits, sizeof(traits));
	return e;
}
