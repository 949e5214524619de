/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/log.h"
#include "json/write.h"
#include "keeper/decoys.h"
#include "keeper/keeper.h"
#include "keeper/purge.h"
#include "keeper/retain.h"
#include "msg/retain.h"

#define LINE_MOST 512		/* bytes of what is said of a cell */
#define RUN_BIT (UINT64_C(1) << 63)	/* in a ref: the dry one's */

/* One walk over all cells. */
struct run {
	bool working, sent;	/* sent: a vault has the question */
	uint64_t turn;		/* counts questions: late words miss */
	uint32_t vault_turn;	/* the start of the vault that has it */
	struct retain_ask ask;
	uint64_t rights, persons, names;	/* of the cell so far */
};

struct retain {
	struct run real, dry;
	int32_t done_day;
	struct retain_said said;	/* the last one: too large a stack */
	struct admin *admin;	/* who waits for the dry one; or NULL */
	uint64_t ref;
};

enum err retain_new(struct retain **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? ERR_OK : ERR_NOMEM;
}

void retain_free(struct retain *r)
{
	free(r);
}

static void end_look(struct keeper *k, enum err e, const char *words)
{
	struct retain *r = k->retain;

	r->dry.working = r->dry.sent = false;
	if (r->admin)
		admin_done(r->admin, r->ref, e, words);
	r->admin = NULL;
}

/*
 * The next question; one that cannot go now goes when retain_settle looks. A
 * vault has one at a time: a look waits while a purge's is under way.
 */
static void send(struct keeper *k, struct run *r)
{
	const struct run *other =
	    r == &k->retain->dry ? &k->retain->real : &k->retain->dry;
	struct buf out;

	r->sent = false;
	if (other->working && other->sent)
		return;
	buf_init(&out, LIMIT_DATAGRAM);
	r->ask.today = date_of_ms(keeper_now(k));
	r->ask.live_day = purge_live_day(k);
	retain_ask_pack(&r->ask, &out);
	r->turn++;
	r->vault_turn = vaults_of(k, r->ask.cell)->turn;
	r->sent = !out.err && vaults_of(k, r->ask.cell)->ready &&
	    !vaults_put(k, r->ask.cell, MSG_RETAIN,
		r->turn | (r->ask.dry ? RUN_BIT : 0), buf_span(&out));
	buf_release(&out);
}

static void begin(struct keeper *k, struct run *r, int32_t day, bool dry)
{
	memset(&r->ask, 0, sizeof(r->ask));
	r->ask.cell = 1;
	r->ask.ended_day = day;
	r->ask.dry = dry;
	r->rights = r->persons = r->names = 0;
	r->working = true;
	send(k, r);
}

/* A vault that was started anew knows nothing of the question. */
static void again(struct keeper *k, struct run *r)
{
	const struct vaults_vault *v = vaults_of(k, r->ask.cell);

	if (r->working &&
	    (!r->sent || !v->ready || v->turn != r->vault_turn))
		send(k, r);
}

void retain_settle(struct keeper *k)
{
	struct retain *r = k->retain;
	int32_t day = k->registry->purged_day;

	if (!r->real.working && day > r->done_day &&
	    k->registry->insurer_count > 0)
		begin(k, &r->real, day, false);
	else
		again(k, &r->real);
	again(k, &r->dry);
}

static void say_cell(struct keeper *k, const struct run *r)
{
	const struct registry_insurer *i =
	    registry_of_cell(k->registry, r->ask.cell);

	if (i && (r->rights || r->persons || r->names))
		log_say(LOG_INFO, "retention: AMC %s of %s: %llu rights, "
		    "%llu persons' aliases, %llu former members are gone",
		    i->amc, i->operator, (unsigned long long)r->rights,
		    (unsigned long long)r->persons,
		    (unsigned long long)r->names);
}

static void write_count(
    struct json_writer *w, const char *name, uint64_t count)
{
	json_write_name(w, name);
	json_write_int(w, (int64_t)count);
}

static void tell_cell(struct keeper *k, const struct run *r)
{
	const struct registry_insurer *i =
	    registry_of_cell(k->registry, r->ask.cell);
	char day[DATE_TEXT_SIZE];
	struct json_writer w;
	struct buf out;

	buf_init(&out, LINE_MOST);
	w = json_writer_of(&out);
	date_format(r->ask.ended_day, day);
	json_write_begin(&w, '{');
	json_write_pair(&w, "operator", i ? i->operator : "");
	json_write_pair(&w, "amc", i ? i->amc : "");
	json_write_pair(&w, "ended", day);
	write_count(&w, "rights", r->rights);
	write_count(&w, "persons", r->persons);
	write_count(&w, "names", r->names);
	json_write_end(&w, '}');
	buf_text(&out, "\n");
	if (!out.err && k->retain->admin)
		admin_part(k->retain->admin, k->retain->ref, buf_span(&out));
	buf_release(&out);
}

static void end_cell(struct keeper *k, struct run *r)
{
	if (r->ask.dry)
		tell_cell(k, r);
	else
		say_cell(k, r);
	r->rights = r->persons = r->names = 0;
	r->ask.after = r->ask.count = 0;
	if (r->ask.cell++ < k->registry->insurer_count) {
		send(k, r);
		return;
	}
	r->working = false;
	if (r->ask.dry) {
		end_look(k, ERR_OK, r->ask.ended_day > k->registry->purged_day ?
		    "" : REGISTRY_PURGE_TWICE);
		return;
	}
	k->retain->done_day = r->ask.ended_day;
	log_say(LOG_INFO, "retention: done in every vault");
}

/* A vault keeps them by its own clock: nothing is asked of it again soon. */
static void refused(struct keeper *k, struct run *r)
{
	if (r->ask.dry) {
		end_look(k, ERR_STATE, "a vault keeps these by its own clock: "
		    "is its time right?");
		return;
	}
	log_say(LOG_ERROR, "retention: vault %u keeps these by its own clock: "
	    "is its time right? Tried again after the next start",
	    vaults_of(k, r->ask.cell)->nth);
	k->retain->done_day = r->ask.ended_day;
	r->working = false;
}

/* Which tag of each of them stays. */
static enum err keep_handles(struct keeper *k, struct run *r)
{
	const struct retain_said *said = &k->retain->said;
	const struct registry_insurer *i =
	    registry_of_cell(k->registry, r->ask.cell);
	enum err e = ERR_OK;

	for (unsigned n = 0; n < said->count && !e; n++) {
		r->ask.keep[n].person = said->gone[n].person;
		e = tagger_handle(k->tagger, i, r->ask.cell,
		    span_of(said->gone[n].handle, said->gone[n].handle_len),
		    r->ask.keep[n].tag);
	}
	r->ask.count = said->count;
	return e;
}

static void take(struct keeper *k, struct run *r)
{
	const struct retain_said *said = &k->retain->said;

	r->sent = false;
	if (said->state == RETAIN_BUSY && r->ask.dry)
		end_look(k, ERR_STATE,
		    "a feed is open: look again when it has ended");
	if (said->state == RETAIN_REFUSED)
		refused(k, r);
	if (said->state == RETAIN_BUSY || said->state == RETAIN_REFUSED)
		return;
	r->rights += said->rights;
	r->persons += said->persons;
	r->names += said->names;
	r->ask.after = said->after;
	if (keep_handles(k, r)) {
		log_say(LOG_ERROR, "retention: a handle has no tag: tried "
		    "again after the next start");
		k->retain->done_day = r->ask.ended_day;
		r->working = false;
		return;
	}
	if (said->state == RETAIN_END)
		end_cell(k, r);
	else
		send(k, r);
}

enum err retain_said(
    struct keeper *k, uint8_t vault, uint64_t ref, struct span body)
{
	struct retain *r = k->retain;
	struct run *run = ref & RUN_BIT ? &r->dry : &r->real;
	enum err e = retain_said_unpack(body, &r->said);

	if (!e && run->working && run->sent &&
	    (ref & ~RUN_BIT) == run->turn &&
	    vaults_of(k, run->ask.cell)->nth == vault)
		take(k, run);
	return e;
}

void retain_look(
    struct keeper *k, struct admin *a, uint64_t ref, struct span body)
{
	struct reader in = reader_of(body);
	int32_t day = (int32_t)read_u32(&in);
	struct retain *r = k->retain;

	if (r->admin || r->dry.working) {
		admin_done(a, ref, ERR_STATE,
		    "somebody else is counting: wait for the end");
		return;
	}
	if (k->registry->insurer_count == 0) {
		admin_done(a, ref, ERR_OK, "");
		return;
	}
	/* nobody may ask about a day before */
	if (day == 0)
		day = date_of_ms(keeper_now(k)) - LIMIT_CARE_PAST_DAYS - 1;
	if (day > date_of_ms(keeper_now(k)) - LIMIT_PURGE_DAYS) {
		admin_done(a, ref, ERR_STATE, REGISTRY_PURGE_EARLY);
		return;
	}
	r->admin = a;
	r->ref = ref;
	begin(k, &r->dry, day, true);
}

void retain_admin_gone(struct keeper *k, const struct admin *a)
{
	if (k->retain && k->retain->admin && (!a || k->retain->admin == a)) {
		k->retain->admin = NULL;
		end_look(k, ERR_CLOSED, "");
	}
}
