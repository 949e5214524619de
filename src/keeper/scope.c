/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exactly these persons: every entry of the asked askers between two times,
 * opened, joined by person, with the handle that only the mutuelle can turn
 * back. Runs in small steps between questions, in three parts: read entries,
 * ask the vault for handles, write.
 *
 * An entry counts as read when it says answered and existed, no not-disclosed
 * entry names it and no restart says that its batch cannot be excluded. Both
 * kinds of entry may stand behind `to`, so the journal is read to its end.
 * Where a professional is asked about, what a key of his was told without a
 * name cannot be excluded either.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/file.h"
#include "base/sabotage.h"
#include "base/text.h"
#include "keeper/publish.h"
#include "keeper/scope_run.h"

#define SCOPE_STEP 1000		/* entries read in one turn */
#define SCOPE_ASKED 64		/* handles asked for in one turn */
#define SCOPE_MOST UINT32_MAX	/* entries that met a person */

/* A handle's ref: this bit, the run's turn, the person's first hit. The vault
 * may still be answering a run whose administrator has left. */
#define SCOPE_HANDLE_BIT (UINT64_C(1) << 63)
#define SCOPE_TURN_MASK UINT32_C(0x7fffffff)
#define SCOPE_RESOLVE UINT32_MAX	/* for a hit; no slot's nor decoy's place */

static void finish(struct scope_run *s, enum err e, const char *words)
{
	struct keeper *k = s->k;

	if (s->admin)
		admin_done(s->admin, s->ref, e, words);
	loop_timer_clear(k->loop, &s->timer);
	map_release(&s->aliases);
	hash_stream_free(s->sum);
	free(s->hits);
	free(s->handles);
	buf_release(&s->act);
	buf_release(&s->out);
	free(s);
	k->scope = NULL;
}

static void again(struct scope_run *s)
{
	if (loop_timer_set(s->k->loop, &s->timer, 1))
		finish(s, ERR_NOMEM, "out of memory");
}

/* All pseudonyms that the asked keys had in the months of the interval.
 * ERR_STATE: one of them is destroyed, and who was read in it is not known. */
static enum err gather_aliases(struct scope_run *s)
{
	const struct registry *r = s->k->registry;
	uint32_t first = date_month_of_ms(s->from_ms);
	uint32_t last = date_month_of_ms(s->to_ms - 1);
	struct secret month, asker;
	uint8_t pseudonym[LEAF_ASKER];
	enum err e = ERR_OK;

	for (uint32_t m = first; m <= last && !e; m++) {
		e = months_get(book_months(s->book), m, &month);
		/* nothing was asked, or what there is left is wanted */
		if (e == ERR_UNKNOWN || (e == ERR_STATE && s->living)) {
			e = ERR_OK;
			continue;
		}
		for (uint32_t i = 0; i < r->key_count && !e; i++) {
			if (!select_has_key(&s->select, r, &r->keys[i]))
				continue;
			months_asker_key(&month, r->keys[i].id, &asker);
			months_pseudonym(&asker, pseudonym);
			e = map_put(&s->aliases,
			    span_of(pseudonym, sizeof(pseudonym)), i);
		}
	}
	secret_wipe(&month, sizeof(month));
	secret_wipe(&asker, sizeof(asker));
	return e;
}

enum err scope_add_hit(struct scope_run *s, const struct listing_hit *h)
{
	struct listing_hit *wider;
	size_t room = s->hit_room ? s->hit_room * 2 : 256;

	if (s->hit_count == SCOPE_MOST)
		return ERR_LIMIT;
	if (s->hit_count == s->hit_room) {
		wider = realloc(s->hits, room * sizeof(*wider));
		if (!wider)
			return ERR_NOMEM;
		s->hits = wider;
		s->hit_room = room;
	}
	s->hits[s->hit_count++] = *h;
	return ERR_OK;
}

/* Entries [first, end) turn out not to be plainly read. Hits are in the order
 * of their indexes while entries are read. */
static void mark(struct scope_run *s, uint64_t first, uint64_t end,
    enum listing_state state)
{
	for (size_t i = s->hit_count; i > 0; i--) {
		struct listing_hit *h = &s->hits[i - 1];

		if (h->index < first)
			return;
		if (h->index < end && h->state != LISTING_NOT_DISCLOSED)
			h->state = state;
	}
}

/* Is it one of those asked for? A key or a site is its key's own; so whose name
 * is missing could have been a professional's. */
static bool is_wanted(const struct scope_run *s, uint32_t key,
    const struct opening *o, enum listing_state *ret)
{
	const struct registry *r = s->k->registry;
	bool did = select_has(&s->select, r, &r->keys[key], o->site, o->rpps);

	*ret = did ? LISTING_READ : LISTING_CANNOT_EXCLUDE;
	return (did || o->rpps.n == 0) &&
	    (!s->only_cell || o->cell == s->only_cell);
}

static enum err take_asked(
    struct scope_run *s, uint64_t index, const struct leaf *leaf)
{
	enum listing_state state;
	uint8_t plain[OPENING_PLAIN];
	struct opening o;
	struct leaf reread;
	uint64_t released;
	uint32_t key;
	bool opened;
	enum err e;

	if (!map_find(&s->aliases, span_of(leaf->asker, LEAF_ASKER), &key))
		return ERR_OK;
	e = book_read(
	    s->book, index, &reread, &o, plain, &opened, &released);
	if (e || !opened)
		return e;
	if (is_wanted(s, key, &o, &state)) {
		struct listing_hit h = {o.cell, o.number, index, leaf->time_ms,
		    state, leaf->fields};

		if (leaf->decision != LEAF_ANSWERED)
			s->refused++;
		else if (!leaf->existed)
			s->missed++;
		else
			e = scope_add_hit(s, &h);
	}
	secret_wipe(plain, sizeof(plain));
	return e;
}

static enum err take_entry(struct scope_run *s, uint64_t index)
{
	struct tlog_record record;
	struct leaf leaf;
	uint32_t key;
	enum err e = tlog_read(book_log(s->book), index, &record);

	if (!e)
		e = leaf_unpack(record.leaf, &leaf);
	if (e)
		return e;
	if (leaf.kind == LEAF_NOT_DISCLOSED)
		mark(s, leaf.first, leaf.end, LISTING_NOT_DISCLOSED);
	if (leaf.kind == LEAF_START && !SABOTAGED(IN_DOUBT))
		mark(s, leaf.first, leaf.end, LISTING_CANNOT_EXCLUDE);
	if (leaf.time_ms < s->from_ms || leaf.time_ms >= s->to_ms)
		return ERR_OK;
	if (leaf.kind == LEAF_SUMMARY && !s->only_cell &&
	    map_find(&s->aliases, span_of(leaf.asker, LEAF_ASKER), &key))
		s->refused += leaf.count;
	if (leaf.kind != LEAF_ASKED)
		return ERR_OK;
	return s->word == SCOPE_SCOPE ? take_asked(s, index, &leaf) :
	    who_take(s, index, &leaf);
}

enum err scope_write_checkpoint(
    struct scope_run *s, struct json_writer *w)
{
	char path[PATH_MAX], name[64] = "journal/public/checkpoint";
	struct buf note;
	enum err e = publish_now(s->k);

	if (s->past)
		(void)snprintf(name, sizeof(name),
		    "keeper/old/%u/public/checkpoint", s->past);
	buf_init(&note, CHECKPOINT_MAX);
	if (!e)
		e = file_path(path, sizeof(path), s->k->dir, name);
	if (!e)
		e = file_read(path, &note);
	json_write_name(w, "checkpoint");
	json_write_span(w, buf_span(&note));
	buf_release(&note);
	return e;
}

static enum err write_end(struct scope_run *s)
{
	enum err e;

	json_write_name(&s->w, "refused");
	json_write_int(&s->w, (int64_t)s->refused);
	json_write_name(&s->w, "missed");
	json_write_int(&s->w, (int64_t)s->missed);
	e = scope_write_checkpoint(s, &s->w);
	if (!e)
		e = past_write(s->k, s->from_ms, s->to_ms, &s->w);
	json_write_end(&s->w, '}');
	return e ? e : s->out.err;
}

/* The last word; of who, which prints an array, it tells of other logs. */
static void done(struct scope_run *s)
{
	struct buf words;
	enum err e = ERR_OK;

	buf_init(&words, 2048);
	if (s->word == SCOPE_WHO) {
		struct json_writer w = json_writer_of(&words);

		json_write_begin(&w, '{');
		e = past_write(s->k, s->from_ms, s->to_ms, &w);
		json_write_end(&w, '}');
	}
	if (words.n <= 2)
		buf_clear(&words);
	buf_put_u8(&words, 0);
	if (!e)
		e = words.err;
	finish(s, e, e ? err_text(e) : (const char *)words.p);
	buf_release(&words);
}

/* One part of the text, as soon as the last one has left. */
static void write_part(void *ctx)
{
	struct scope_run *s = ctx;
	bool more = true;
	enum err e = ERR_OK;

	if (admin_is_behind(s->admin)) {
		again(s);
		return;
	}
	if (s->word != SCOPE_SCOPE) {
		e = who_write(s, &more);
	} else {
		more = listing_go_on(&s->listing, SCOPE_PART);
		e = more ? s->out.err : write_end(s);
	}
	if (!e)
		admin_part(s->admin, s->ref, buf_span(&s->out));
	buf_clear(&s->out);
	if (!e && !more)
		done(s);
	else if (e)
		finish(s, e, err_text(e));
	else
		again(s);
}

static void write_all(struct scope_run *s)
{
	s->w = json_writer_of(&s->out);
	if (s->word == SCOPE_SCOPE)
		json_write_begin(&s->w, '{');
	s->listing = (struct listing){.registry = s->k->registry,
	    .hits = s->hits, .handles = s->handles, .count = s->hit_count,
	    .w = &s->w};
	loop_timer_init(&s->timer, write_part, s);
	again(s);
}

static uint64_t handle_ref(const struct scope_run *s, size_t person)
{
	return SCOPE_HANDLE_BIT | (uint64_t)s->turn << 32 | person;
}

/* Asks the vault for some handles; the rest follows when they have come. */
static void ask_handles(struct scope_run *s)
{
	struct keeper *k = s->k;

	while (s->person < s->hit_count && s->asked - s->handled < SCOPE_ASKED) {
		struct rights_handle m = {
		    s->hits[s->person].cell, s->hits[s->person].number};

		buf_clear(&k->scratch);
		rights_handle_pack(&m, &k->scratch);
		if (vaults_put(k, m.cell, MSG_HANDLE,
		    handle_ref(s, s->person), buf_span(&k->scratch))) {
			finish(s, ERR_CLOSED, "the vault does not answer");
			return;
		}
		s->handles[s->person].asked = true;
		s->asked_ms = clock_boot_ms(&k->hour.clock);
		s->asked++;
		s->person = listing_end(s->hits, s->hit_count, s->person);
	}
	if (s->person == s->hit_count && s->asked == s->handled)
		write_all(s);
}

/* The refs can be guessed: one vault names nobody of another's. */
static bool is_from(const struct scope_run *s, uint32_t cell, uint8_t vault)
{
	return vaults_of(s->k, cell)->nth == vault;
}

void scope_handled(
    struct keeper *k, uint8_t vault, uint64_t ref, struct span handle)
{
	struct scope_run *s = k->scope;
	uint32_t i = (uint32_t)ref;

	if (!s || ref != handle_ref(s, i) || !s->handles ||
	    i >= s->hit_count || !s->handles[i].asked ||
	    !is_from(s, s->hits[i].cell, vault) ||
	    s->handles[i].came || handle.n > LIMIT_HANDLE)
		return;
	s->handles[i].came = true;
	s->handles[i].n = (uint8_t)handle.n;
	if (handle.n)
		memcpy(s->handles[i].bytes, handle.p, handle.n);
	s->handled++;
	ask_handles(s);
}

static void join(struct scope_run *s)
{
	if (s->hit_count == 0 || s->word != SCOPE_SCOPE) {
		write_all(s);
		return;
	}
	listing_sort(s->hits, s->hit_count);
	s->handles = calloc(s->hit_count, sizeof(*s->handles));
	if (!s->handles) {
		finish(s, ERR_NOMEM, "out of memory");
		return;
	}
	ask_handles(s);
}

/* No start entry ends a log before: what was on its way when it was copied
 * cannot be excluded. */
static enum err mark_end(struct scope_run *s)
{
	struct tlog_record record;
	enum err e;

	if (!s->past || s->end == 0)
		return ERR_OK;
	e = tlog_read(book_log(s->book), s->end - 1, &record);
	if (!e)
		mark(s, record.released, s->end, LISTING_CANNOT_EXCLUDE);
	return e;
}

static void step(void *ctx)
{
	struct scope_run *s = ctx;
	enum err e = ERR_OK;

	for (int i = 0; i < SCOPE_STEP && s->cursor < s->end && !e; i++)
		e = take_entry(s, s->cursor++);
	if (!e && s->cursor == s->end)
		e = mark_end(s);
	if (e)
		finish(s, e, "the journal cannot be read there");
	else if (s->cursor < s->end)
		again(s);
	else
		join(s);
}

static void choose_log(struct scope_run *s, struct span log)
{
	const struct registry *r = s->k->registry;
	const struct registry_past *p = registry_past(r, log);

	s->book = s->k->book;
	if (!p)
		return;
	s->past = (unsigned)(p - r->pasts) + 1;
	s->book = s->k->pasts[s->past - 1];
	book_cells(s->book, (uint32_t)r->insurer_count);
}

static enum err read_act(struct scope_run *s, struct span text)
{
	struct act_line line = {0};
	const struct registry_insurer *insurer;
	struct act_head head;
	struct span rest;
	enum err e;

	buf_put_span(&s->act, text);
	e = s->act.err ? s->act.err :
	    act_head(buf_span(&s->act), &head, &rest);
	if (!e)
		e = act_next(&rest, &line);
	s->word = span_is(line.word, "who") ? SCOPE_WHO :
	    span_is(line.word, "release") ? SCOPE_RELEASE : SCOPE_SCOPE;
	s->living = act_value(&line, "living").n > 0;
	if (!e && act_value(&line, "asker").n > 0)
		e = select_parse(act_value(&line, "asker"), &s->select);
	if (!e)
		e = date_parse_stamp(act_value(&line, "from"), &s->from_ms);
	if (!e)
		e = date_parse_stamp(act_value(&line, "to"), &s->to_ms);
	if (!e)
		choose_log(s, act_value(&line, "log"));
	if (e || act_value(&line, "amc").n == 0)
		return e;
	insurer = registry_insurer(s->k->registry, act_value(&line, "amc"));
	if (!insurer)
		return ERR_UNKNOWN;
	s->only_cell = registry_cell(s->k->registry, insurer);
	return ERR_OK;
}

/* Who is it? The reading follows when the vault has said. */
static void resolve(struct scope_run *s)
{
	struct keeper *k = s->k;
	struct rights_resolve m = {.cell = s->only_cell, .count = 1};
	enum err e = who_tag(s, m.tags[0]);

	buf_clear(&k->scratch);
	rights_resolve_pack(&m, &k->scratch);
	if (e || k->scratch.err) {
		finish(s, e ? e : k->scratch.err, "ref: not a handle");
		return;
	}
	s->resolving = true;
	s->asked_ms = clock_boot_ms(&k->hour.clock);
	if (vaults_put(k, m.cell, MSG_RESOLVE, handle_ref(s, SCOPE_RESOLVE),
	    buf_span(&k->scratch)))
		finish(s, ERR_CLOSED, "the vault does not answer");
}

bool scope_resolved(struct keeper *k, uint8_t vault, uint64_t ref,
    const struct rights_resolved *found)
{
	struct scope_run *s = k->scope;

	if ((uint32_t)ref != SCOPE_RESOLVE)
		return false;
	if (!s || !s->resolving || ref != handle_ref(s, SCOPE_RESOLVE) ||
	    !is_from(s, s->only_cell, vault))
		return true;	/* of a run that is over */
	s->resolving = false;
	s->number = found->number;
	if (found->over)
		finish(s, ERR_LIMIT, "the vault's ceiling of persons is "
		    "reached: ask again within the hour");
	else if (s->number == 0)
		finish(s, ERR_UNKNOWN, "no person of this AMC has this ref");
	else
		again(s);
	return true;
}

void scope_start(
    struct keeper *k, struct admin *a, uint64_t ref, struct span act_text)
{
	struct scope_run *s;
	enum err e;

	if (k->scope) {
		admin_done(a, ref, ERR_STATE,
		    "another scope, who or release is running: wait for its "
		    "end");
		return;
	}
	s = calloc(1, sizeof(*s));
	if (!s) {
		admin_done(a, ref, ERR_NOMEM, "out of memory");
		return;
	}
	k->scope_turn = (k->scope_turn + 1) & SCOPE_TURN_MASK;
	*s = (struct scope_run){
	    .k = k, .admin = a, .ref = ref, .turn = k->scope_turn};
	k->scope = s;
	map_init(&s->aliases);
	buf_init(&s->act, LIMIT_ACT);
	buf_init(&s->out, SCOPE_PART * 2);
	loop_timer_init(&s->timer, step, s);
	/* refusals that are still being summed up belong to the answer */
	decide_summaries(k, true);
	decide_commit(k);
	e = read_act(s, act_text);
	if (!e)
		e = gather_aliases(s);
	s->end = s->book ? book_size(s->book) : 0;
	if (e)
		finish(s, e, e == ERR_UNKNOWN ? "no such AMC" :
		    e == ERR_STATE ? "a month of this interval is destroyed: "
		    "who was read in it cannot be said" : err_text(e));
	else if (s->word == SCOPE_WHO)
		resolve(s);
	else
		again(s);
}

/* Is there a handle that will not come? */
static bool waits_in_vain(const struct scope_run *s)
{
	if (s->resolving)
		return vaults_stuck(s->k, s->only_cell, s->asked_ms);
	if (!s->handles || s->asked == s->handled)
		return false;
	for (size_t i = 0; i < s->hit_count; i++)
		if (s->handles[i].asked && !s->handles[i].came &&
		    vaults_stuck(s->k, s->hits[i].cell, s->asked_ms))
			return true;
	return false;
}

void scope_look(struct keeper *k)
{
	if (k->scope && waits_in_vain(k->scope))
		finish(k->scope, ERR_CLOSED, "a vault does not answer: ask "
		    "again when it does");
}

void scope_admin_gone(struct keeper *k, const struct admin *a)
{
	if (k->scope && k->scope->admin == a) {
		k->scope->admin = NULL;
		finish(k->scope, ERR_CLOSED, "");
	}
}

void scope_release(struct keeper *k)
{
	if (k->scope) {
		k->scope->admin = NULL;
		finish(k->scope, ERR_CLOSED, "");
	}
}
