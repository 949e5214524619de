/* SPDX-License-Identifier: Apache-2.0 */
/* The relay: signed chunks, opened here, traits turned into tags, lines handed
 * to the vault a few at a time so that questions go on being answered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/log.h"
#include "feed/follow.h"
#include "feed/trait_line.h"
#include "json/write.h"
#include "keeper/feed.h"
#include "keeper/keys.h"
#include "keeper/tagger.h"
#include "keeper/wide.h"

#define FEED_STEP 65536		/* bytes of lines for the vault at once */
#define FEED_LINES_MOST (2 * LIMIT_FEED_CHUNK)	/* bytes of a chunk, tagged */

#define DECOY "decoy"	/* a word of docs/feed-rules.md */

/* LOST: undone by the vault while nobody waited: the next chunk is told. */
enum stage { BEGINNING, SENDING, ENDING, UNDOING, LOST };

struct feed_relay {
	struct feed_relay *behind;
	struct keeper *k;
	struct feed_carrier by;		/* of the chunk in work */
	struct admin *admin;	/* who brought the last chunk, if one did: his
				 * going ends the feed */
	struct feed_chunk_head head;	/* of the first chunk */
	struct feed_follow *follow;
	enum stage stage;
	uint32_t cell, turn;
	uint32_t version;	/* of the index keys, when it began */
	uint32_t next;		/* chunk that is waited for, or in work */
	uint8_t print[HASH_SIZE];	/* of the last one that came */
	bool last, idle;	/* idle: waiting for the next chunk */
	bool abandoned;		/* while its chunk was in work */
	int64_t since_ms, heard_ms;
	int64_t sent_ms;	/* boot clock: the last word to the vault */
	unsigned owed;		/* words that it has not answered */
	struct buf lines;	/* tagged lines of this chunk */
	size_t sent;		/* bytes of them handed over */
	uint64_t tagged;	/* lines for the vault so far */
	enum feed_no why;	/* what undid it */
	uint32_t bad_line;
	char word[64];		/* of LOST, from docs/feed-rules.md */
	struct feed_kept decoys;	/* lines left out that name one */
};

static void drop(struct feed_relay *f)
{
	struct feed_relay **at = &f->k->feed;

	while (*at != f)
		at = &(*at)->behind;
	*at = f->behind;
	feed_follow_free(f->follow);
	buf_release(&f->lines);
	free(f);
}

/* Its vault is not there any more, and with it what was staged. Nobody looks
 * at f behind this. */
static void broke(struct feed_relay *f)
{
	log_say(LOG_WARN, "feed of cell %u: its vault is gone", f->cell);
	feed_refuse(f->k, &f->by, FEED_NO_VAULT, NULL);
	drop(f);
}

/* false: f is not there any more. */
static bool send_vault(
    struct feed_relay *f, enum msg_type type, struct span body)
{
	f->sent_ms = clock_boot_ms(&f->k->hour.clock);
	f->owed++;
	if (!vaults_put(f->k, f->cell, type, f->turn, body))
		return true;
	broke(f);
	return false;
}

static void end(struct feed_relay *f, bool commit)
{
	uint8_t word = commit;

	(void)send_vault(f, MSG_FEED_END, span_of(&word, 1));
}

/* The feed is over: says why once the vault has forgotten it. */
static void undo(struct feed_relay *f, enum feed_no why)
{
	f->why = why;
	f->stage = UNDOING;
	f->idle = false;
	if (f->owed == 0)
		end(f, false);
}

/* A line that names a decoy: nobody is made of it. */
static void leave_out(struct feed_relay *f, uint32_t line)
{
	struct feed_kept *d = &f->decoys;

	d->reason = span_str(DECOY);
	d->count++;
	if (d->line_count < FEED_KEPT_LINES)
		d->lines[d->line_count++] = line;
}

static enum err tag_lines(struct feed_relay *f,
    const struct registry_insurer *insurer, struct span plain,
    uint64_t *ret_count, uint32_t *ret_line)
{
	struct reader r = reader_of(plain);
	struct feed_traits_line traits;
	struct feed_line line;
	enum err e = ERR_OK;

	*ret_count = 0;
	buf_clear(&f->lines);
	f->sent = 0;
	while (reader_left(&r) > 0 && !e) {
		e = feed_traits_line_unpack(&r, &traits);
		if (e)
			break;
		e = tagger_line(
		    f->k->tagger, insurer, f->cell, &traits, &line);
		if (e == ERR_EXISTS && f->head.keep_going) {
			leave_out(f, traits.line);
			e = ERR_OK;
		} else if (!e) {
			feed_line_pack(&line, &f->lines);
			f->tagged++;
			e = f->lines.err;
		}
		*ret_line = e == ERR_NOMEM ? 0 : traits.line;
		(*ret_count)++;
	}
	return e;
}

/* Whole lines of at most FEED_STEP bytes behind what was sent. */
static struct span some_lines(const struct feed_relay *f)
{
	struct reader r = reader_of(
	    span_of(f->lines.p + f->sent, f->lines.n - f->sent));
	const uint8_t *start = r.p, *end = r.p;
	struct feed_line line;

	while (reader_left(&r) > 0 && !feed_line_unpack(&r, &line)) {
		if (r.p - start > FEED_STEP && end > start)
			break;
		end = r.p;
	}
	return span_of(start, (size_t)(end - start));
}

/* This chunk is taken. */
static void say_taken(struct feed_relay *f, struct feed_carrier *by)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 1024);
	w = json_writer_of(&out);
	json_write_begin(&w, '{');
	feed_write_head(&f->head, f->next, "open", &w);
	json_write_end(&w, '}');
	feed_answer(f->k, by, &out, false, "");
	buf_release(&out);
}

/* The vault is kept supplied: while it merges what it has, the next chunk may
 * come and be tagged. A chunk is taken once it is handed over; what one of its
 * lines does to the feed is told with the next, or at the end. */
static void go_on(struct feed_relay *f)
{
	enum feed_no no = feed_barred(f->k, f->cell, f->by.plane);
	struct span some;

	if (no != FEED_NOS) {
		undo(f, no);	/* closed while this chunk was in work */
		return;
	}
	f->stage = SENDING;
	while ((some = some_lines(f)).n > 0 && f->owed < FEED_WINDOW) {
		f->sent += some.n;
		if (!send_vault(f, MSG_FEED_LINES, some))
			return;
	}
	if (some.n > 0)
		return;	/* until the vault has done with some */
	if (!f->last) {
		f->idle = true;
		f->next++;
		say_taken(f, &f->by);
	} else if (f->owed == 0) {
		f->stage = ENDING;
		end(f, true);
	}
}

static void begin(struct feed_relay *f)
{
	struct feed_begin m = {.cell = f->cell, .kind = f->head.kind,
	    .version = (uint8_t)f->version,
	    .keep_going = f->head.keep_going,
	    .made_ms = f->head.made_ms,
	    .effective_day = f->head.effective_day};

	memcpy(m.id, f->head.id, sizeof(m.id));
	buf_clear(&f->k->scratch);
	feed_begin_pack(&m, &f->k->scratch);
	f->stage = BEGINNING;
	(void)send_vault(f, MSG_FEED_BEGIN, buf_span(&f->k->scratch));
}

static struct span reason_of(enum feed_no no)
{
	return no == FEED_NO_DECOY ? span_str(DECOY) : span_of(NULL, 0);
}

/* Opens, follows and tags a verified chunk. FEED_NOS: it is fine. */
static enum feed_no open_chunk(struct feed_relay *f,
    const struct registry_insurer *insurer,
    const struct feed_chunk_head *head, struct span chunk)
{
	enum feed_no no = FEED_NOS;
	struct buf plain;
	uint64_t count = 0;
	enum err e;

	f->bad_line = 0;
	buf_init(&plain, LIMIT_FEED_CHUNK);
	if ((e = keys_open_chunk(f->k, chunk, &plain)))
		no = FEED_NO_SEAL;
	else if ((e = tag_lines(
	    f, insurer, buf_span(&plain), &count, &f->bad_line)))
		no = e == ERR_EXISTS ? FEED_NO_DECOY : FEED_NO_TRAIT;
	else if (feed_follow_chunk(
	    f->follow, head, buf_span(&plain), count))
		no = FEED_NO_WHOLE;
	no = e == ERR_NOMEM ? FEED_NO_MEMORY : no;	/* no fault of it */
	if (plain.p)
		secret_wipe(plain.p, plain.cap);
	buf_release(&plain);
	f->last = head->last;
	return no;
}

static struct feed_relay *relay_of(struct keeper *k, uint32_t cell)
{
	struct feed_relay *f = k->feed;

	while (f && f->cell != cell)
		f = f->behind;
	return f;
}

/* The feed that a cell's vault is at. */
static struct feed_relay *in_the_way(struct keeper *k, uint32_t cell)
{
	struct feed_relay *f = k->feed;

	while (f && (f->stage == LOST ||
	    vaults_of(k, f->cell) != vaults_of(k, cell)))
		f = f->behind;
	return f;
}

static struct feed_relay *start(
    struct keeper *k, uint32_t cell, const struct feed_chunk_head *head)
{
	struct feed_relay *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->follow = feed_follow_new();
	if (!f->follow) {
		free(f);
		return NULL;
	}
	f->k = k;
	f->cell = cell;
	f->head = *head;
	f->idle = true;
	f->turn = ++k->feed_turn;
	f->version = tagger_newest(k->tagger);
	f->since_ms = keeper_now(k);
	buf_init(&f->lines, FEED_LINES_MOST);
	f->behind = k->feed;
	k->feed = f;
	return f;
}

static bool same_feed(
    const struct feed_chunk_head *a, const struct feed_chunk_head *b)
{
	return memcmp(a->id, b->id, FEED_CHUNK_ID) == 0 &&
	    a->made_ms == b->made_ms && a->kind == b->kind &&
	    a->effective_day == b->effective_day &&
	    a->keep_going == b->keep_going;
}

/*
 * A chunk for a feed that is open: true if it is the one to take now. A chunk
 * sent again, because its answer was lost, is answered and not taken again;
 * if it is still in work, its last carrier is the one who waits.
 */
static bool fits(struct feed_relay *f, struct feed_carrier *by,
    const struct feed_chunk_head *head, const uint8_t *print)
{
	struct feed_detail d = {.has_next = true, .next = f->next,
	    .since_ms = f->since_ms};
	bool again = memcmp(print, f->print, sizeof(f->print)) == 0;

	if (!same_feed(&f->head, head)) {
		feed_refuse(f->k, by, FEED_NO_OPEN, &d);
	} else if (!f->idle && again && f->stage != UNDOING) {
		feed_refuse(f->k, &f->by, FEED_NO_BUSY, &d);
		f->by = *by;
		f->admin = by->admin;
	} else if (!f->idle) {
		feed_refuse(f->k, by, FEED_NO_BUSY, &d);
	} else if (again) {
		say_taken(f, by);
	} else if (head->number != f->next) {
		feed_refuse(f->k, by, FEED_NO_ORDER, &d);
	} else {
		return true;
	}
	return false;
}

/* What was undone while nobody waited is told to who brings the next chunk. */
static void tell_lost(struct feed_relay *f, struct feed_carrier *by)
{
	struct feed_detail d = {
	    .line = f->bad_line, .reason = span_str(f->word)};

	feed_refuse(f->k, by, f->why, &d);
	drop(f);
}

/* The relay that takes this chunk now; NULL: refused or answered. */
static struct feed_relay *find(struct keeper *k, struct feed_carrier *by,
    uint32_t cell, const struct feed_chunk_head *head, const uint8_t *print)
{
	struct feed_detail d = {.has_next = true};
	struct feed_relay *f = relay_of(k, cell);

	if (f && f->stage == LOST) {
		if (head->number > 0 && same_feed(&f->head, head)) {
			tell_lost(f, by);
			return NULL;
		}
		drop(f);
		f = NULL;
	}
	if (f)
		return fits(f, by, head, print) ? f : NULL;
	if (head->number != 0) {
		feed_refuse(k, by, FEED_NO_ORDER, &d);
	} else if ((f = in_the_way(k, cell)) != NULL) {
		often_line(k, OFTEN_WAITS, LOG_WARN, "feed of cell %u waits "
		    "for that of cell %u", cell, f->cell);
		f = NULL;
		feed_refuse(k, by, FEED_NO_BUSY, NULL);
	} else {
		f = start(k, cell, head);
		if (!f)
			feed_refuse(k, by, FEED_NO_MEMORY, NULL);
	}
	return f;
}

void feed_take(struct keeper *k, const struct feed_carrier *carrier,
    const struct registry_insurer *of, struct span chunk)
{
	struct feed_carrier by = *carrier;
	struct feed_chunk_head head;
	const struct registry_insurer *insurer =
	    feed_believe(k, &by, of, chunk, &head);
	uint8_t print[HASH_SIZE];
	struct feed_relay *f;
	enum feed_no no;

	if (!insurer)
		return;
	no = feed_barred(k, registry_cell(k->registry, insurer), by.plane);
	if (no != FEED_NOS) {
		feed_refuse(k, &by, no, NULL);
		return;
	}
	hash_sha256(chunk, print);
	f = find(k, &by, registry_cell(k->registry, insurer), &head, print);
	if (!f)
		return;
	memcpy(f->print, print, sizeof(f->print));
	f->by = by;
	f->admin = by.admin;
	f->heard_ms = keeper_now(k);
	no = open_chunk(f, insurer, &head, chunk);
	if (no != FEED_NOS && head.number == 0) {
		feed_refuse(k, &f->by, no, &(struct feed_detail){
		    .line = f->bad_line, .reason = reason_of(no)});
		drop(f);
		return;
	}
	f->idle = false;
	if (no != FEED_NOS)
		undo(f, no);
	else if (head.number == 0)
		begin(f);
	else
		go_on(f);
}

void feed_chunk(struct keeper *k, struct admin *a, uint64_t ref,
    struct span chunk)
{
	struct feed_carrier by = {.admin = a, .ref = ref};

	feed_take(k, &by, NULL, chunk);
}

static void committed(
    struct feed_relay *f, const struct feed_state *said, const char *word)
{
	struct keeper *k = f->k;
	struct feed_state with = *said, *state = &with;
	bool already = state->outcome == FEED_ALREADY;
	struct buf out;

	if (!already || often_may(k, OFTEN_FEED))
		log_say(LOG_INFO, "feed of cell %u %s: %llu lines", f->cell,
		    word, (unsigned long long)state->lines);
	if (!already)
		generations_note(k, f->cell, state->generation);
	if (!already && f->head.kind == FEED_FULL)
		generations_fed(k, f->cell, f->version);
	if (!already && f->head.kind == FEED_FULL &&
	    wide_members(k, f->cell, state->lines))
		log_say(LOG_WARN, "keeper/members not written");
	if (f->decoys.count > 0 && state->kept_count < FEED_KEPT_REASONS)
		state->kept[state->kept_count++] = f->decoys;
	f->next++;
	buf_init(&out, FEED_REPORT_MOST);
	feed_report_write(&f->head, f->next, state, word, &out);
	if (!already && !out.err)
		feed_report_keep(k, f->cell, f->head.id, buf_span(&out));
	feed_answer(k, &f->by, &out, true, word);
	buf_release(&out);
	drop(f);
}

/* The vault undid it: for a line, if we did not ask. */
static void undone(struct feed_relay *f, const struct feed_state *state)
{
	bool asked = f->stage == UNDOING;
	struct span word;

	if (often_may(f->k, OFTEN_FEED))
		log_say(LOG_WARN, "feed of cell %u undone", f->cell);
	if (!asked) {
		f->bad_line = state->bad_line;
		f->why = span_is(state->reason, "older") ||
		    span_is(state->reason, "replayed") ?
		    FEED_NO_OLDER : FEED_NO_LINE;
	}
	word = asked ? reason_of(f->why) : state->reason;
	(void)snprintf(f->word, sizeof(f->word), "%.*s", (int)word.n,
	    word.n ? (const char *)word.p : "");
	if (f->idle)
		f->stage = LOST;
	else
		tell_lost(f, &f->by);
}

/* One of its words is done. */
static void goes_on(struct feed_relay *f)
{
	if (f->stage == UNDOING) {
		if (f->owed == 0)
			end(f, false);
	} else if (f->abandoned) {
		undo(f, FEED_NO_IDLE);
	} else if (!f->idle) {
		go_on(f);
	}
}

/* Can it be said now? And no vault took more lines than it was given: how many
 * members a cell has moves budgets that all cells share. */
static bool may_say(const struct feed_relay *f, const struct feed_state *s)
{
	bool end = f->stage == ENDING;

	return s->outcome == FEED_COMMITTED ? end && s->lines <= f->tagged :
	    s->outcome == FEED_ALREADY ? f->stage == BEGINNING :
	    s->outcome == FEED_UNDONE || !end;
}

enum err feed_state(struct keeper *k, uint8_t vault, uint64_t ref,
    const struct feed_state *state)
{
	struct feed_relay *f = k->feed;

	while (f && f->turn != ref)
		f = f->behind;
	if (!f || vaults_of(k, f->cell)->nth != vault || f->stage == LOST)
		return ERR_OK;
	if (!may_say(f, state))
		return ERR_STATE;
	f->owed--;
	if (state->outcome == FEED_COMMITTED)
		committed(f, state, "committed");
	else if (state->outcome == FEED_ALREADY)
		committed(f, state, "already-committed");
	else if (state->outcome == FEED_UNDONE)
		undone(f, state);
	else
		goes_on(f);
	return ERR_OK;
}

bool feed_write_open(struct keeper *k, uint32_t cell, struct json_writer *w)
{
	const struct feed_relay *f = relay_of(k, cell);
	char stamp[DATE_STAMP_SIZE];

	if (!f || f->stage == LOST)
		return false;
	date_format_stamp(f->since_ms, stamp);
	json_write_begin(w, '{');
	feed_write_head(
	    &f->head, f->next, f->idle ? "open" : "working", w);
	json_write_pair(w, "since", stamp);
	json_write_end(w, '}');
	return true;
}

static void give_up(struct feed_relay *f)
{
	if (f->stage == LOST)
		drop(f);
	else
		undo(f, FEED_NO_IDLE);
}

static bool is_stuck(const struct feed_relay *f)
{
	return f->owed > 0 && f->stage != LOST &&
	    vaults_stuck(f->k, f->cell, f->sent_ms);
}

void feed_look(struct keeper *k)
{
	struct feed_relay *behind;

	feed_queries_look(k);
	for (struct feed_relay *f = k->feed; f; f = behind) {
		behind = f->behind;
		if (!vaults_runs(k, f->cell))
			broke(f);
		else if (is_stuck(f))
			vaults_stop(k, f->cell);	/* undoes the feed */
		else if (f->idle &&
		    keeper_now(k) - f->heard_ms >= FEED_IDLE_MS)
			give_up(f);
	}
}

void feed_admin_gone(struct keeper *k, const struct admin *a)
{
	struct feed_relay *behind;

	for (struct feed_relay *f = k->feed; f; f = behind) {
		behind = f->behind;
		if (f->admin != a)
			continue;
		f->admin = NULL;
		f->by = (struct feed_carrier){0};
		/* otherwise the vault still owes a state */
		if (f->idle)
			give_up(f);
		else
			f->abandoned = true;
	}
}

void feed_release(struct keeper *k)
{
	while (k->feed)
		drop(k->feed);
	feed_report_release(k);
}
