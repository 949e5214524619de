/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A feed on its way: signed chunks from the administrators' socket, opened
 * here, traits turned into tags, lines handed to the vault a few at a time so
 * that questions go on being answered. Whole or nothing: the vault shows
 * nothing before the last line has come and the whole adds up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "feed/follow.h"
#include "feed/trait_line.h"
#include "json/write.h"
#include "keeper/keeper.h"
#include "keeper/keys.h"
#include "keeper/tagger.h"
#include "keeper/wide.h"

#define FEED_STEP 24576		/* bytes of lines for the vault at once */
#define FEED_LINES_MOST (2 * LIMIT_FEED_CHUNK)	/* bytes of a chunk, tagged */

enum stage { BEGINNING, SENDING, ENDING, UNDOING };

struct feed_relay {
	struct keeper *k;
	struct admin *admin;	/* NULL: gone, the feed is being undone */
	uint64_t ref;		/* of the chunk being worked on */
	enum stage stage;
	struct feed_follow *follow;
	uint32_t cell;
	char amc[FEED_CHUNK_AMC + 1];
	uint8_t kind;
	bool last, idle;	/* idle: waiting for the next chunk */
	bool broken;		/* meanwhile its vault ended */
	uint32_t turn;
	int64_t sent_ms;	/* boot clock: the last word to the vault */
	struct buf lines;	/* tagged lines of this chunk */
	size_t sent;		/* bytes of them handed over */
	enum err why;		/* what undid it */
	char words[160];
};

static void drop(struct feed_relay *f)
{
	f->k->feed = NULL;
	feed_follow_free(f->follow);
	buf_release(&f->lines);
	free(f);
}

/* Its vault is not there any more, and with it what was staged. Nobody looks
 * at f behind this. */
static void broke(struct feed_relay *f)
{
	const char *words = "the vault of this AMC ended: nothing of this "
			    "feed was taken, load it again";

	if (f->stage == ENDING)
		words = "the vault of this AMC ended: whether this feed was "
			"taken is not known, load it again";
	f->broken = true;
	if (f->admin && f->idle)
		return;		/* told when the next chunk comes */
	if (f->admin && f->stage == UNDOING)
		admin_done(f->admin, f->ref, f->why, f->words);
	else if (f->admin)
		admin_done(f->admin, f->ref, ERR_CLOSED, words);
	drop(f);
}

static void send_vault(
    struct feed_relay *f, enum msg_type type, struct span body)
{
	f->sent_ms = clock_boot_ms(&f->k->hour.clock);
	if (vaults_put(f->k, f->cell, type, f->turn, body))
		broke(f);
}

/* The feed is over: says why once the vault has forgotten it. */
static void undo(struct feed_relay *f, enum err why, const char *words)
{
	static const uint8_t no = 0;

	f->why = why;
	(void)snprintf(f->words, sizeof(f->words), "%s", words);
	f->stage = UNDOING;
	f->idle = false;
	send_vault(f, MSG_FEED_END, span_of(&no, 1));
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
		*ret_line = traits.line;
		e = tagger_line(
		    f->k->tagger, insurer, f->cell, &traits, &line);
		if (!e) {
			feed_line_pack(&line, &f->lines);
			e = f->lines.err;
		}
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

static void go_on(struct feed_relay *f)
{
	static const uint8_t yes = 1;
	struct span some = some_lines(f);

	if (some.n > 0) {
		f->stage = SENDING;
		f->sent += some.n;
		send_vault(f, MSG_FEED_LINES, some);
	} else if (f->last) {
		f->stage = ENDING;
		send_vault(f, MSG_FEED_END, span_of(&yes, 1));
	} else {
		f->idle = true;
		admin_done(f->admin, f->ref, ERR_OK, "");
	}
}

static void begin(struct feed_relay *f, const struct feed_chunk_head *head)
{
	struct feed_begin m = {.cell = f->cell, .kind = head->kind,
	    .version = (uint8_t)tagger_newest(f->k->tagger),
	    .effective_day = head->effective_day};

	memcpy(m.id, head->id, sizeof(m.id));
	buf_clear(&f->k->scratch);
	feed_begin_pack(&m, &f->k->scratch);
	f->stage = BEGINNING;
	send_vault(f, MSG_FEED_BEGIN, buf_span(&f->k->scratch));
}

/* Opens, follows and tags a verified chunk. */
static enum err open_chunk(struct feed_relay *f,
    const struct registry_insurer *insurer,
    const struct feed_chunk_head *head, struct span chunk)
{
	struct buf plain;
	uint64_t count = 0;
	uint32_t line = 0;
	enum err e;

	buf_init(&plain, LIMIT_FEED_CHUNK);
	e = keys_open_chunk(f->k, chunk, &plain);
	if (!e)
		e = tag_lines(f, insurer, buf_span(&plain), &count, &line);
	if (e && line)
		(void)snprintf(f->words, sizeof(f->words),
		    "line %u: a trait has not its form (%s)", line,
		    err_text(e));
	else if (e)
		(void)snprintf(f->words, sizeof(f->words),
		    "the chunk is sealed to another instance, or damaged");
	if (!e) {
		e = feed_follow_chunk(
		    f->follow, head, buf_span(&plain), count);
		if (e)
			(void)snprintf(f->words, sizeof(f->words),
			    "not the next chunk of this feed: load the file "
			    "again from its start");
	}
	if (plain.p)
		secret_wipe(plain.p, plain.cap);
	buf_release(&plain);
	f->last = head->last;
	return e;
}

static struct feed_relay *start(
    struct keeper *k, struct admin *a, const struct feed_chunk_head *head)
{
	struct feed_relay *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->k = k;
	f->admin = a;
	f->kind = head->kind;
	f->idle = true;
	f->turn = ++k->feed_turn;
	memcpy(f->amc, head->amc, sizeof(f->amc));
	buf_init(&f->lines, FEED_LINES_MOST);
	f->follow = feed_follow_new();
	if (!f->follow) {
		free(f);
		return NULL;
	}
	k->feed = f;
	return f;
}

/* May this chunk come now? The relay it belongs to, or NULL, said. */
static struct feed_relay *relay_of(struct keeper *k, struct admin *a,
    uint64_t ref, const struct feed_chunk_head *head)
{
	struct feed_relay *f = k->feed;

	if (f && (f->admin != a || !f->idle ||
	    strcmp(f->amc, head->amc) != 0)) {
		admin_done(a, ref, ERR_STATE,
		    "another feed is being loaded: try again when it is done");
		return NULL;
	}
	if (f && f->broken) {
		f->ref = ref;
		f->idle = false;
		broke(f);
		return NULL;
	}
	if (!f && head->number != 0) {
		admin_done(a, ref, ERR_STATE,
		    "the feed begins with its first chunk");
		return NULL;
	}
	if (!f)
		f = start(k, a, head);
	if (!f)
		admin_done(a, ref, ERR_NOMEM, "out of memory");
	return f;
}

void feed_chunk(struct keeper *k, struct admin *a, uint64_t ref,
    struct span chunk)
{
	const struct registry_insurer *insurer;
	struct feed_chunk_head head;
	struct feed_relay *f;
	bool first;
	enum err e = feed_chunk_head_parse(chunk, &head);

	if (e) {
		admin_done(a, ref, e, "not a chunk of a feed: ecluse-insurer "
		    "feed writes them");
		return;
	}
	insurer = registry_insurer(k->registry, span_str(head.amc));
	if (!insurer || insurer->revoked) {
		admin_done(a, ref, ERR_UNKNOWN,
		    "this AMC is not enrolled: ecluse enrol insurer");
		return;
	}
	if (feed_chunk_verify(chunk, insurer->feed_key) &&
	    (!insurer->feed_before ||
		feed_chunk_verify(chunk, insurer->feed_before))) {
		admin_done(a, ref, ERR_CRYPTO,
		    "the chunk is not signed by this mutuelle's feed key");
		return;
	}
	first = k->feed == NULL;
	f = relay_of(k, a, ref, &head);
	if (!f)
		return;
	f->ref = ref;
	f->cell = registry_cell(k->registry, insurer);
	e = open_chunk(f, insurer, &head, chunk);
	if (e && first) {
		admin_done(a, ref, e, f->words);
		drop(f);
		return;
	}
	f->idle = false;
	if (e)
		undo(f, e, f->words);
	else if (first)
		begin(f, &head);
	else
		go_on(f);
}

static void report(struct feed_relay *f, const struct feed_state *state)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 4096);
	w = json_writer_of(&out);
	json_write_begin(&w, '{');
	json_write_pair(&w, "amc", f->amc);
	json_write_name(&w, "lines");
	json_write_int(&w, (int64_t)state->lines);
	json_write_name(&w, "added");
	json_write_int(&w, (int64_t)state->added);
	json_write_name(&w, "changed");
	json_write_int(&w, (int64_t)state->changed);
	json_write_name(&w, "unchanged");
	json_write_int(&w, (int64_t)state->unchanged);
	json_write_name(&w, "dropped");
	json_write_int(&w, (int64_t)state->dropped);
	json_write_name(&w, "persons_new");
	json_write_int(&w, (int64_t)state->persons_new);
	json_write_name(&w, "generation");
	json_write_int(&w, state->generation);
	json_write_end(&w, '}');
	admin_part(f->admin, f->ref, buf_span(&out));
	buf_release(&out);
}

static void committed(struct feed_relay *f, const struct feed_state *state)
{
	struct keeper *k = f->k;

	log_say(LOG_INFO, "feed of cell %u committed: %llu lines", f->cell,
	    (unsigned long long)state->lines);
	generations_note(k, f->cell, state->generation);
	if (f->kind == FEED_FULL && wide_members(k, f->cell, state->lines))
		log_say(LOG_WARN, "keeper/members not written");
	if (f->admin) {
		report(f, state);
		admin_done(f->admin, f->ref, ERR_OK, "committed");
	}
	drop(f);
}

static void undone(struct feed_relay *f, const struct feed_state *state)
{
	char words[200];

	(void)snprintf(words, sizeof(words), "%s", f->words);
	if (f->stage != UNDOING)
		(void)snprintf(words, sizeof(words),
		    "line %u: %.*s: nothing of this feed was taken",
		    state->bad_line, (int)state->reason.n,
		    (const char *)state->reason.p);
	log_say(LOG_WARN, "feed of cell %u undone", f->cell);
	if (f->admin)
		admin_done(f->admin, f->ref,
		    f->stage == UNDOING ? f->why : ERR_CORRUPT, words);
	drop(f);
}

void feed_state(struct keeper *k, uint8_t vault, uint64_t ref,
    const struct feed_state *state)
{
	struct feed_relay *f = k->feed;

	if (!f || ref != f->turn || vaults_of(k, f->cell)->nth != vault)
		return;
	if (state->outcome == FEED_COMMITTED)
		committed(f, state);
	else if (state->outcome == FEED_UNDONE)
		undone(f, state);
	else if (!f->admin)
		undo(f, ERR_CLOSED, "");
	else if (f->stage != UNDOING)
		go_on(f);
}

void feed_look(struct keeper *k)
{
	struct feed_relay *f = k->feed;

	if (!f || f->broken)
		return;
	if (!vaults_runs(k, f->cell))
		broke(f);
	else if (!f->idle && vaults_stuck(k, f->cell, f->sent_ms))
		vaults_stop(k, f->cell);	/* its end undoes the feed */
}

void feed_admin_gone(struct keeper *k, const struct admin *a)
{
	struct feed_relay *f = k->feed;

	if (!f || f->admin != a)
		return;
	f->admin = NULL;
	if (f->broken) {
		drop(f);
		return;
	}
	/* otherwise the vault still owes a state, and then it is undone */
	if (f->idle)
		undo(f, ERR_CLOSED, "");
}

void feed_release(struct keeper *k)
{
	if (k->feed)
		drop(k->feed);
}
