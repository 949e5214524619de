/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new set of decoys. The keeper invents them itself: an administrator who
 * chose them could ask about real persons, without a question or a budget, by
 * whether they are refused. For the same reason nothing is said of one whom a
 * vault knows: another is invented in her place.
 */
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "fhir/request.h"
#include "keeper/decoys.h"
#include "keeper/keeper.h"

#define MEMBER_LIKE "########"
#define TRIES 200		/* of one person */
#define REF_BIT UINT32_C(0x80000000)	/* no slot has such a place */
#define PART_MOST 49152

struct decoys_run {
	struct keeper *k;
	struct admin *admin;
	uint64_t ref;
	uint32_t turn, cell;
	const struct registry_insurer *insurer;
	struct span pattern;
	char pattern_text[LIMIT_MEMBER + 1];
	bool with_nir;
	int year;
	int64_t asked_ms;
	size_t waiting;		/* persons whom a vault still looks for */
	struct decoys_set *set;
	struct {
		struct decoys_person is;
		uint8_t tries, left;	/* answers that are due */
		bool found;
		uint8_t tags[2][RIGHTS_TAG];
	} persons[LIMIT_DECOYS];
};

static void finish(struct decoys_run *run, enum err e, const char *words)
{
	struct keeper *k = run->k;

	if (run->admin)
		admin_done(run->admin, run->ref, e, words);
	if (run->set)
		secret_wipe(run->set, sizeof(*run->set));
	free(run->set);
	secret_wipe(run, sizeof(*run));
	free(run);
	k->decoys_run = NULL;
}

/* The tags of a person by one alias, as a question has them. */
static enum err tags_of(struct decoys_run *run,
    const struct decoys_person *p, bool by_nir, struct slot *s)
{
	struct fhir_question q = {.rank = 1};
	enum err e;

	memcpy(q.birth, p->birth, sizeof(p->birth));
	e = by_nir ? text_copy(span_str(p->nir), q.nir, sizeof(q.nir)) :
	    text_copy(span_str(p->member), q.member, sizeof(q.member));
	s->ask.cell = run->cell;
	if (!e)
		e = tagger_tags(run->k->tagger, run->insurer, &q, NULL, s);
	secret_wipe(&q, sizeof(q));
	return e;
}

/* Does any vault know her by this alias? */
static enum err ask_alias(struct decoys_run *run, size_t i, bool by_nir)
{
	struct keeper *k = run->k;
	struct slot s = {.state = SLOT_FREE};
	struct rights_resolve m = {.cell = run->cell};
	uint64_t ref = (uint64_t)run->turn << 32 | REF_BIT |
	    (uint32_t)run->persons[i].tries << 16 |
	    (uint32_t)(2 * i + (by_nir ? 1 : 0));
	enum err e = tags_of(run, &run->persons[i].is, by_nir, &s);

	if (e)
		return e;
	memcpy(run->persons[i].tags[by_nir], s.ask.q, RIGHTS_TAG);
	m.count = s.tag_count;
	memcpy(m.tags, s.tags, sizeof(m.tags));
	m.older_count = s.older_count;
	memcpy(m.older, s.older, sizeof(m.older));
	buf_clear(&k->scratch);
	rights_resolve_pack(&m, &k->scratch);
	run->persons[i].left++;
	return k->scratch.err ? k->scratch.err : vaults_put(
	    k, run->cell, MSG_RESOLVE, ref, buf_span(&k->scratch));
}

static enum err invent(struct decoys_run *run, size_t i)
{
	enum err e;

	run->persons[i].found = false;
	decoys_invent(&run->k->random, run->pattern, run->with_nir, run->year,
	    &run->persons[i].is);
	e = ask_alias(run, i, false);
	if (!e && run->with_nir)
		e = ask_alias(run, i, true);
	run->asked_ms = clock_boot_ms(&run->k->hour.clock);
	return e;
}

/* The set's name, then the mutuelle's lines: all, or none. */
static enum err tell(struct decoys_run *run, const uint8_t *hash)
{
	char hex[2 * HASH_SIZE + 1];
	struct buf out;
	enum err e;

	text_hex(hash, HASH_SIZE, hex);
	buf_init(&out, PART_MOST);
	buf_printf(&out, "%s\n", hex);
	decoys_write_head(&out);
	for (size_t i = 0; i < run->set->persons; i++)
		decoys_write_line(&run->persons[i].is, run->year, &out);
	e = out.err;
	if (!e)
		admin_part(run->admin, run->ref, buf_span(&out));
	if (out.p)
		secret_wipe(out.p, out.cap);
	buf_release(&out);
	return e;
}

static void keep(struct decoys_run *run)
{
	struct decoys_set *kept = calloc(1, sizeof(*kept));
	struct decoys_set *s = run->set;
	uint8_t hash[HASH_SIZE];
	enum err e;

	for (size_t i = 0; i < s->persons; i++)
		for (int j = 0; j < (run->with_nir ? 2 : 1); j++)
			memcpy(s->tags[s->tag_count++],
			    run->persons[i].tags[j], RIGHTS_TAG);
	if (!kept) {
		finish(run, ERR_NOMEM, "out of memory");
		return;
	}
	*kept = *s;
	decoys_hash(kept, hash);
	e = decoys_keep(run->k, kept);
	if (e) {
		finish(run, e, "keeper/decoys could not be written");
		return;
	}
	e = tell(run, hash);	/* if not, no act will name the set */
	finish(run, e, e ? "out of memory" : "");
}

bool decoys_resolved(struct keeper *k, uint8_t vault, uint64_t ref,
    const struct rights_resolved *m)
{
	struct decoys_run *run = k->decoys_run;
	size_t i = (uint16_t)ref / 2;
	enum err e = ERR_OK;

	if (!(ref & REF_BIT))
		return false;
	if (!run || run->turn != ref >> 32 || i >= run->set->persons ||
	    vaults_of(k, run->cell)->nth != vault ||
	    run->persons[i].left == 0 ||
	    run->persons[i].tries != (uint8_t)(ref >> 16))
		return true;
	run->persons[i].found |= m->over || m->number != 0;
	if (--run->persons[i].left > 0)
		return true;
	if (!run->persons[i].found) {
		if (--run->waiting == 0)
			keep(run);
		return true;
	}
	if (++run->persons[i].tries == TRIES)
		e = ERR_FULL;
	if (!e)
		e = invent(run, i);
	if (e)
		finish(run, e, "no persons could be invented: leave more of "
		    "the member number open, and look at the vault");
	return true;
}

/* What was asked for, into the run. Words: why not. */
static const char *read_body(struct decoys_run *run, struct span body)
{
	struct reader r = reader_of(body);
	unsigned persons = read_u16(&r);
	unsigned flags = read_u8(&r);
	struct span amc = read_s16(&r);
	struct span pattern = read_s16(&r);

	if (r.bad || reader_left(&r) > 0 || persons == 0 ||
	    persons > LIMIT_DECOYS || flags > 1)
		return "1 to 100 persons";
	if (pattern.n == 0)
		pattern = span_str(MEMBER_LIKE);
	if (!decoys_pattern_ok(pattern) || text_copy(pattern,
	    run->pattern_text, sizeof(run->pattern_text)))
		return "a member number is like ##A-####: capitals, digits, - "
		    "and /, with # or ? for 5 characters at least";
	run->insurer = registry_insurer(run->k->registry, amc);
	if (!run->insurer || run->insurer->revoked)
		return "no such AMC; of two operators' name one: AMC@OPERATOR";
	run->cell = registry_cell(run->k->registry, run->insurer);
	run->pattern = span_str(run->pattern_text);
	run->with_nir = flags == 0;
	run->set->persons = (uint16_t)persons;
	run->set->cell = run->cell;
	return NULL;
}

static void begin(struct decoys_run *run)
{
	struct keeper *k = run->k;
	int month, day;
	enum err e = ERR_OK;

	date_to_civil(date_of_ms(keeper_now(k)), &run->year, &month, &day);
	run->set->made_ms = keeper_now(k);
	random_fill(&k->random, run->set->salt, DECOYS_SALT);
	run->turn = ++k->decoys_turn;
	run->waiting = run->set->persons;
	for (size_t i = 0; i < run->set->persons && !e; i++)
		e = invent(run, i);
	if (e)
		finish(run, ERR_CLOSED, "the vault does not answer");
}

void decoys_plant(
    struct keeper *k, struct admin *a, uint64_t ref, struct span body)
{
	struct decoys_run *run;
	const char *fault;

	if (k->decoys_run) {
		admin_done(a, ref, ERR_STATE, "another set is being made");
		return;
	}
	run = calloc(1, sizeof(*run));
	if (run)
		run->set = calloc(1, sizeof(*run->set));
	if (!run || !run->set) {
		free(run);
		admin_done(a, ref, ERR_NOMEM, "out of memory");
		return;
	}
	k->decoys_run = run;
	run->k = k;
	run->admin = a;
	run->ref = ref;
	fault = read_body(run, body);
	if (fault)
		finish(run, ERR_SHAPE, fault);
	else if (k->registry->decoy_count == REGISTRY_DECOYS)
		finish(run, ERR_LIMIT, "too many sets of decoys");
	else if (!vaults_answers(k, run->cell))
		finish(run, ERR_CLOSED, "the vault does not answer");
	else
		begin(run);
}

void decoys_look(struct keeper *k)
{
	struct decoys_run *run = k->decoys_run;

	if (run && vaults_stuck(k, run->cell, run->asked_ms))
		finish(run, ERR_CLOSED, "the vault does not answer");
}

void decoys_admin_gone(struct keeper *k, const struct admin *a)
{
	if (k->decoys_run && (!a || k->decoys_run->admin == a)) {
		k->decoys_run->admin = NULL;
		finish(k->decoys_run, ERR_CLOSED, "");
	}
}
