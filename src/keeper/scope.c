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
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/file.h"
#include "base/text.h"
#include "json/write.h"
#include "keeper/keeper.h"
#include "keeper/select.h"

#define SCOPE_STEP 1000		/* entries read in one turn */
#define SCOPE_ASKED 64		/* handles asked for in one turn */
#define SCOPE_PART 49152	/* bytes of text sent at once */
#define SCOPE_HANDLE_BIT (UINT64_C(1) << 63)	/* in a message's ref */

enum hit_state { HIT_READ, HIT_NOT_DISCLOSED, HIT_CANNOT_EXCLUDE };

struct hit {	/* an entry that met a person */
	uint32_t cell;
	uint64_t number, index;
	int64_t time_ms;
	enum hit_state state;
};

struct handle {
	uint8_t n, bytes[LIMIT_HANDLE];
};

struct scope_run {
	struct keeper *k;
	struct admin *admin;
	uint64_t ref;
	struct buf act;		/* its text: select views it */
	struct select select;
	int64_t from_ms, to_ms;
	uint32_t only_cell;	/* 0: all */
	struct loop_timer timer;
	uint64_t cursor, end;
	struct map aliases;
	struct hit *hits;
	size_t hit_count, hit_room;
	uint64_t refused, missed;
	size_t person;		/* first hit of the person being asked for */
	size_t asked, handled;
	struct handle *handles;	/* by hit; set at a person's first hit */
	struct buf out;
};

static void finish(struct scope_run *s, enum err e, const char *words)
{
	struct keeper *k = s->k;

	if (s->admin)
		admin_done(s->admin, s->ref, e, words);
	loop_timer_clear(k->loop, &s->timer);
	map_release(&s->aliases);
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

/* All pseudonyms that the asked keys had in the months of the interval. */
static enum err gather_aliases(struct scope_run *s)
{
	const struct registry *r = s->k->registry;
	uint32_t first = date_month_of_ms(s->from_ms);
	uint32_t last = date_month_of_ms(s->to_ms - 1);
	struct secret month, asker;
	uint8_t pseudonym[LEAF_ASKER];
	enum err e = ERR_OK;

	for (uint32_t m = first; m <= last && !e; m++) {
		if (months_get(book_months(s->k->book), m, &month))
			continue;	/* nothing was asked, or destroyed */
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

static enum err add_hit(struct scope_run *s, const struct hit *h)
{
	struct hit *wider;
	size_t room = s->hit_room ? s->hit_room * 2 : 256;

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
    enum hit_state state)
{
	for (size_t i = s->hit_count; i > 0; i--) {
		struct hit *h = &s->hits[i - 1];

		if (h->index < first)
			return;
		if (h->index < end && h->state == HIT_READ)
			h->state = state;
	}
}

static enum err take_asked(
    struct scope_run *s, uint64_t index, const struct leaf *leaf)
{
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
	    s->k->book, index, &reread, &o, plain, &opened, &released);
	if (e || !opened)
		return e;
	if (select_has(&s->select, &s->k->registry->keys[key], o.site,
		o.rpps) && (!s->only_cell || o.cell == s->only_cell)) {
		struct hit h = {o.cell, o.number, index, leaf->time_ms,
		    HIT_READ};

		if (leaf->decision != LEAF_ANSWERED)
			s->refused++;
		else if (!leaf->existed)
			s->missed++;
		else
			e = add_hit(s, &h);
	}
	secret_wipe(plain, sizeof(plain));
	return e;
}

static enum err take_entry(struct scope_run *s, uint64_t index)
{
	struct tlog_record record;
	struct leaf leaf;
	uint32_t key;
	enum err e = tlog_read(book_log(s->k->book), index, &record);

	if (!e)
		e = leaf_unpack(record.leaf, &leaf);
	if (e)
		return e;
	if (leaf.kind == LEAF_NOT_DISCLOSED)
		mark(s, leaf.first, leaf.end, HIT_NOT_DISCLOSED);
	if (leaf.kind == LEAF_START)
		mark(s, leaf.first, leaf.end, HIT_CANNOT_EXCLUDE);
	if (leaf.time_ms < s->from_ms || leaf.time_ms >= s->to_ms)
		return ERR_OK;
	if (leaf.kind == LEAF_SUMMARY && !s->only_cell &&
	    map_find(&s->aliases, span_of(leaf.asker, LEAF_ASKER), &key))
		s->refused += leaf.count;
	return leaf.kind == LEAF_ASKED ? take_asked(s, index, &leaf) : ERR_OK;
}

static int by_person(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	if (x->cell != y->cell)
		return x->cell < y->cell ? -1 : 1;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static bool same_person(const struct hit *a, const struct hit *b)
{
	return a->cell == b->cell && a->number == b->number;
}

/* One past the last hit of the person whose first hit is i. */
static size_t person_end(const struct scope_run *s, size_t i)
{
	size_t end = i + 1;

	while (end < s->hit_count && same_person(&s->hits[i], &s->hits[end]))
		end++;
	return end;
}

static void write_ref(struct scope_run *s, struct json_writer *w, size_t i)
{
	char ref[TEXT_B64_SIZE(LIMIT_HANDLE)];

	text_b64url(s->handles[i].bytes, s->handles[i].n, ref);
	json_write_pair(w, "ref", ref);
}

static void write_hits(
    struct scope_run *s, struct json_writer *w, size_t i,
    enum hit_state state)
{
	size_t end = person_end(s, i);
	char stamp[DATE_STAMP_SIZE];

	json_write_name(w, "indexes");
	json_write_begin(w, '[');
	for (size_t h = i; h < end; h++)
		if (s->hits[h].state == state)
			json_write_int(w, (int64_t)s->hits[h].index);
	json_write_end(w, ']');
	json_write_name(w, "times");
	json_write_begin(w, '[');
	for (size_t h = i; h < end; h++)
		if (s->hits[h].state == state) {
			date_format_stamp(s->hits[h].time_ms, stamp);
			json_write_text(w, stamp);
		}
	json_write_end(w, ']');
}

static void write_person(
    struct scope_run *s, struct json_writer *w, size_t i,
    enum hit_state state)
{
	static const char *const fields[] = {
	    "in-force", "period", "level", "prior-authorisation"};
	const struct registry_insurer *insurer =
	    registry_of_cell(s->k->registry, s->hits[i].cell);

	json_write_begin(w, '{');
	json_write_pair(w, "operator", insurer ? insurer->operator : "");
	json_write_pair(w, "hosted_by", insurer ? insurer->hosted_by : "");
	json_write_pair(w, "amc", insurer ? insurer->amc : "");
	write_ref(s, w, i);
	json_write_name(w, "fields");
	json_write_begin(w, '[');
	for (int f = 0; f < 4; f++)
		json_write_text(w, fields[f]);
	json_write_end(w, ']');
	write_hits(s, w, i, state);
	json_write_end(w, '}');
}

/* Has the person of hit i an entry in this state? read wins over the rest. */
static bool person_has(const struct scope_run *s, size_t i,
    enum hit_state state)
{
	for (size_t h = i; h < person_end(s, i); h++)
		if (s->hits[h].state == state)
			return true;
	return false;
}

static void send_if_long(struct scope_run *s, size_t least)
{
	if (s->out.n >= least && s->out.n > 0) {
		admin_part(s->admin, s->ref, buf_span(&s->out));
		buf_clear(&s->out);
	}
}

static void write_list(
    struct scope_run *s, struct json_writer *w, const char *name,
    enum hit_state state)
{
	json_write_name(w, name);
	json_write_begin(w, '[');
	for (size_t i = 0; i < s->hit_count; i = person_end(s, i)) {
		if (!person_has(s, i, state) || (state != HIT_READ &&
		    person_has(s, i, HIT_READ)))
			continue;
		write_person(s, w, i, state);
		send_if_long(s, SCOPE_PART);
	}
	json_write_end(w, ']');
}

static enum err write_checkpoint(struct scope_run *s, struct json_writer *w)
{
	char path[PATH_MAX];
	struct buf note;
	enum err e = book_publish(s->k->book);

	buf_init(&note, CHECKPOINT_MAX);
	if (!e)
		e = file_path(path, sizeof(path), s->k->dir,
		    "journal/public/checkpoint");
	if (!e)
		e = file_read(path, &note);
	json_write_name(w, "checkpoint");
	json_write_span(w, buf_span(&note));
	buf_release(&note);
	return e;
}

static void write_all(struct scope_run *s)
{
	struct json_writer w = json_writer_of(&s->out);
	enum err e;

	json_write_begin(&w, '{');
	write_list(s, &w, "read", HIT_READ);
	write_list(s, &w, "cannot_be_excluded", HIT_CANNOT_EXCLUDE);
	json_write_name(&w, "refused");
	json_write_int(&w, (int64_t)s->refused);
	json_write_name(&w, "missed");
	json_write_int(&w, (int64_t)s->missed);
	e = write_checkpoint(s, &w);
	json_write_end(&w, '}');
	if (!e)
		e = s->out.err;
	send_if_long(s, 1);
	finish(s, e, e ? err_text(e) : "");
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
		if (chan_put(k->vault, MSG_HANDLE,
		    SCOPE_HANDLE_BIT | s->person, buf_span(&k->scratch))) {
			finish(s, ERR_CLOSED, "the vault does not answer");
			return;
		}
		s->asked++;
		s->person = person_end(s, s->person);
	}
	if (s->person == s->hit_count && s->asked == s->handled)
		write_all(s);
}

void scope_handled(struct keeper *k, uint64_t ref, struct span handle)
{
	struct scope_run *s = k->scope;
	uint64_t i = ref & ~SCOPE_HANDLE_BIT;

	if (!s || !(ref & SCOPE_HANDLE_BIT) || i >= s->hit_count ||
	    handle.n > LIMIT_HANDLE)
		return;
	s->handles[i].n = (uint8_t)handle.n;
	if (handle.n)
		memcpy(s->handles[i].bytes, handle.p, handle.n);
	s->handled++;
	ask_handles(s);
}

static void join(struct scope_run *s)
{
	if (s->hit_count == 0) {
		write_all(s);
		return;
	}
	qsort(s->hits, s->hit_count, sizeof(s->hits[0]), by_person);
	s->handles = calloc(s->hit_count, sizeof(*s->handles));
	if (!s->handles) {
		finish(s, ERR_NOMEM, "out of memory");
		return;
	}
	ask_handles(s);
}

static void step(void *ctx)
{
	struct scope_run *s = ctx;
	enum err e = ERR_OK;

	for (int i = 0; i < SCOPE_STEP && s->cursor < s->end && !e; i++)
		e = take_entry(s, s->cursor++);
	if (e)
		finish(s, e, "the journal cannot be read there");
	else if (s->cursor < s->end)
		again(s);
	else
		join(s);
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
	if (!e)
		e = select_parse(act_value(&line, "asker"), &s->select);
	if (!e)
		e = date_parse_stamp(act_value(&line, "from"), &s->from_ms);
	if (!e)
		e = date_parse_stamp(act_value(&line, "to"), &s->to_ms);
	if (e || act_value(&line, "amc").n == 0)
		return e;
	insurer = registry_insurer(s->k->registry, act_value(&line, "amc"));
	if (!insurer)
		return ERR_UNKNOWN;
	s->only_cell = registry_cell(s->k->registry, insurer);
	return ERR_OK;
}

void scope_start(
    struct keeper *k, struct admin *a, uint64_t ref, struct span act_text)
{
	struct scope_run *s;
	enum err e;

	if (k->scope) {
		admin_done(a, ref, ERR_STATE,
		    "another scope is running: wait for its end");
		return;
	}
	s = calloc(1, sizeof(*s));
	if (!s) {
		admin_done(a, ref, ERR_NOMEM, "out of memory");
		return;
	}
	*s = (struct scope_run){.k = k, .admin = a, .ref = ref};
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
	s->end = book_size(k->book);
	if (e)
		finish(s, e, e == ERR_UNKNOWN ? "no such AMC" : err_text(e));
	else
		again(s);
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
