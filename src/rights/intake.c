/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/sabotage.h"
#include "rights/intake.h"
#include "rights/line.h"
#include "rights/merge.h"
#include "rights/stay.h"
#include "rights/sweep.h"

/* So many lines may be left out; more than that, no more than one in ten. */
#define INTAKE_KEPT_FREE 20
#define INTAKE_KEPT_SHARE 10

enum phase {
	REST,		/* nothing to do; a feed may be open */
	SETTLE,		/* look for what was left to do */
	OPEN,		/* a new feed begins */
	READ,		/* lines wait */
	KNOW,		/* the table's tags are learnt; then READ */
	SPILL,		/* new aliases from memory to the disk; then `after` */
	POUR,		/* from there into the table; then `last` */
	WRITE,		/* from memory into the table; then `last` */
	DROP,		/* a full feed's end: rights not listed */
	DROP_LISTED,	/* of persons that changes list */
	END_TAGS,	/* tags not listed */
	TURN,		/* the generation */
	UNDO, TIDY,
	PHASES
};

struct intake {
	struct roll *roll;
	struct stage stage;
	struct sweep sweep;
	enum phase phase, after, last;
	bool open;		/* a feed is: its lines are welcome */
	bool asked;		/* a message waits for its answer */
	bool answered;		/* and there it is */
	bool begin_waits;
	const char *none;	/* what lines hear when no feed is open */
	struct feed_begin begin;
	struct buf lines;
	struct reader unread;
	bool reads;		/* asked with lines */
	struct buf ahead;	/* those that came before the answer */
	bool has_ahead;
	unsigned steps;		/* since the last commit to the disk */
	bool settle;		/* the store's housekeeping comes next */
	struct feed_state state;
};

enum err intake_new(struct roll *roll, struct random random,
    const struct stage_pace *pace, struct intake **ret)
{
	const struct stage_pace usual = STAGE_PACE;
	struct intake *in = calloc(1, sizeof(*in));

	if (!in)
		return ERR_NOMEM;
	in->roll = roll;
	in->phase = SETTLE;
	in->none = "no-feed";
	stage_init(&in->stage, roll, random, pace ? pace : &usual);
	buf_init(&in->lines, LIMIT_DATAGRAM);
	buf_init(&in->ahead, LIMIT_DATAGRAM);
	in->unread = reader_of(buf_span(&in->lines));
	*ret = in;
	return ERR_OK;
}

void intake_free(struct intake *in)
{
	if (!in)
		return;
	stage_release(&in->stage);
	buf_release(&in->lines);
	buf_release(&in->ahead);
	free(in);
}

static void go(struct intake *in, enum phase phase)
{
	in->phase = phase;
	memset(&in->sweep, 0, sizeof(in->sweep));
}

/* Memory has no room for more new aliases. */
static void go_spill(struct intake *in, enum phase after)
{
	go(in, SPILL);
	in->after = after;
}

/* All new aliases into the table, and then what comes next. */
static void go_write(struct intake *in, enum phase last)
{
	in->last = last;
	if (spill_is_empty(&in->stage.spill))
		go(in, WRITE);
	else if (in->stage.fresh.count > 0)
		go_spill(in, POUR);
	else
		go(in, POUR);
}

static void answer(
    struct intake *in, enum feed_outcome outcome, const char *reason)
{
	const struct stage_counts *n = &in->stage.count;

	if (!in->asked || in->answered)
		return;
	in->answered = true;
	in->state = (struct feed_state){
		.outcome = (uint8_t)outcome,
		.generation = in->stage.cell.generation,
		.lines = n->lines,
		.added = n->added,
		.changed = n->changed,
		.unchanged = n->unchanged,
		.dropped = n->dropped,
		.persons_new = n->persons_new,
		.bad_line = in->state.bad_line,
		.reason = span_str(reason),
	};
	if (outcome != FEED_COMMITTED)
		return;
	in->state.kept_count = (uint8_t)in->stage.kept_count;
	memcpy(in->state.kept, in->stage.kept,
	    in->stage.kept_count * sizeof(in->state.kept[0]));
}

bool intake_owes(const struct intake *in)
{
	return in->asked && !in->answered;
}

enum err intake_last(
    struct intake *in, uint32_t cell, struct feed_last *ret)
{
	struct cell_row row;
	enum err e = roll_cell(in->roll, cell, &row);

	if (e)
		return e;
	*ret = (struct feed_last){.generation = row.generation,
		.effective_day = row.effective_day, .made_ms = row.made_ms};
	memcpy(ret->id, row.feed, sizeof(ret->id));
	return ERR_OK;
}

enum err intake_named(struct intake *in, stage_tell *tell, void *ctx)
{
	return stage_named(&in->stage, tell, ctx);
}

bool intake_busy(const struct intake *in)
{
	return in->phase != REST || in->settle;
}

bool intake_has_feed(const struct intake *in)
{
	return in->open || in->asked || intake_busy(in);
}

static void ask(struct intake *in, bool reads)
{
	in->asked = true;
	in->reads = reads;
	memset(&in->state, 0, sizeof(in->state));
}

static enum err take_message(struct intake *in)
{
	if (in->asked)
		return ERR_STATE;
	ask(in, false);
	return ERR_OK;
}

enum err intake_begin(struct intake *in, const struct feed_begin *begin)
{
	enum err e = take_message(in);

	if (e)
		return e;
	in->begin = *begin;
	in->begin_waits = true;
	in->none = "no-feed";
	if (in->open)
		go(in, UNDO);
	else if (in->phase == REST)
		go(in, SETTLE);
	in->open = false;
	return ERR_OK;
}

static enum err copy(struct buf *to, struct span lines)
{
	buf_clear(to);
	buf_put_span(to, lines);
	return to->err;
}

static void begin_lines(struct intake *in)
{
	ask(in, true);
	in->unread = reader_of(buf_span(&in->lines));
	if (in->open)
		go(in, READ);
	else
		answer(in, FEED_UNDONE, in->none);
}

enum err intake_lines(struct intake *in, struct span lines)
{
	enum err e;

	if (in->asked) {
		if (!in->reads || in->has_ahead)
			return ERR_STATE;
		e = copy(&in->ahead, lines);
		in->has_ahead = !e;
		return e;
	}
	e = copy(&in->lines, lines);
	if (!e)
		begin_lines(in);
	return e;
}

bool intake_answer(struct intake *in, struct feed_state *ret)
{
	struct buf read = in->lines;

	if (!in->answered)
		return false;
	in->asked = in->answered = false;
	*ret = in->state;
	memset(&in->state, 0, sizeof(in->state));
	if (in->has_ahead) {
		in->has_ahead = false;
		in->lines = in->ahead;
		in->ahead = read;
		begin_lines(in);
	}
	return true;
}

/* The feed is lost; what it brought goes first, the answer after it. */
static void give_up(struct intake *in, uint32_t line, const char *reason)
{
	in->open = false;
	in->state.bad_line = line;
	in->state.reason = span_str(reason);
	go(in, UNDO);
}

/* A cell's first feed lists all that there is. */
static enum phase what_drops(const struct stage *st)
{
	if (!st->whole || st->cell.generation == 0)
		return END_TAGS;
	return st->full ? DROP : DROP_LISTED;
}

enum err intake_end(struct intake *in, bool commit)
{
	enum err e = take_message(in);

	if (e)
		return e;
	if (!in->open)
		answer(in, FEED_UNDONE, commit ? in->none : "");
	else if (!commit)
		go(in, UNDO);
	else if (stage_kept_out(&in->stage) > INTAKE_KEPT_FREE &&
	    stage_kept_out(&in->stage) * INTAKE_KEPT_SHARE >
	    in->stage.count.lines)
		give_up(in, 0, "too-many-faults");
	else
		go_write(in, what_drops(&in->stage));
	in->open = false;
	return ERR_OK;
}

static bool same_feed(const struct intake *in)
{
	const struct cell_row *last = &in->stage.cell;

	return last->generation > 0 && in->begin.made_ms != 0 &&
	    in->begin.made_ms == last->made_ms &&
	    memcmp(in->begin.id, last->feed, sizeof(last->feed)) == 0;
}

/* Why a feed may not even begin, or NULL. */
static const char *begin_fault(const struct intake *in)
{
	const struct feed_begin *b = &in->begin;

	if (b->effective_day < LINE_DAY_FIRST ||
	    b->effective_day > LINE_DAY_LAST)
		return "day";
	if (in->stage.cell.generation == 0)
		return NULL;
	if (b->effective_day < in->stage.cell.effective_day)
		return "older";
	/* carried again, by whom we cannot know, it would set the book back */
	return !SABOTAGED(FEED_REPLAY) &&
	    b->made_ms != 0 && b->made_ms <= in->stage.cell.made_ms &&
	    !same_feed(in) ? "replayed" : NULL;
}

static enum err step_open(struct intake *in)
{
	const char *fault;
	enum err e = stage_take(&in->stage, in->begin.cell);

	in->begin_waits = false;
	if (e)
		return e;
	fault = begin_fault(in);
	if (fault) {
		answer(in, FEED_UNDONE, fault);
	} else if (same_feed(in) &&
	    in->begin.version == in->stage.cell.version) {
		answer(in, FEED_ALREADY, "");
	} else {
		e = roll_write(in->roll);
		if (!e)
			e = stage_open(&in->stage, &in->begin);
		if (e)
			return e;
		in->open = true;
		answer(in, FEED_GOES_ON, "");
	}
	go(in, REST);
	return ERR_OK;
}

static enum err read_line(struct intake *in)
{
	struct reader number = in->unread;
	struct feed_line line;
	const char *fault = NULL;
	enum err e = feed_line_unpack(&in->unread, &line);

	if (e) {
		fault = line_unpack_fault(e);
		if (!fault)
			return ERR_SHAPE;
		give_up(in, read_u32(&number), fault);
		return ERR_OK;
	}
	e = merge_line(&in->stage, &line, &fault);
	if (e != ERR_REFUSED)
		return e;
	if (in->stage.keep_going) {
		stage_keep_out(&in->stage, line.line, fault);
		e = stage_settle(&in->stage);
		return e ? e : stay_line(&in->stage, &line);
	}
	give_up(in, line.line, fault);
	return ERR_OK;
}

static enum err step_read(struct intake *in)
{
	enum err e = roll_write(in->roll);

	for (unsigned i = 0; i < in->stage.pace.step_lines && !e; i++) {
		if (in->phase != READ || reader_done(&in->unread))
			break;
		if (!fresh_has_room(&in->stage.fresh, RIGHTS_TAGS_FED + 1))
			go_spill(in, READ);
		else if (stage_should_know(&in->stage))
			go(in, KNOW);
		else
			e = read_line(in);
	}
	if (!e)
		e = stage_settle(&in->stage);
	if (!e && in->phase == READ && reader_done(&in->unread)) {
		answer(in, FEED_GOES_ON, "");
		go(in, REST);
	}
	return e;
}

static enum err step_sweep(struct intake *in,
    enum err (*f)(struct stage *st, struct sweep *sw, bool *ret_more),
    bool *ret_more)
{
	enum err e = roll_write(in->roll);

	return e ? e : f(&in->stage, &in->sweep, ret_more);
}

static enum err step_know(struct intake *in)
{
	bool more = true;
	enum err e = stage_know(&in->stage, &in->sweep.at, &more);

	if (!e && !more)
		go(in, READ);
	return e;
}

static enum err step_spill(struct intake *in)
{
	bool more = true;
	enum err e = sweep_spill(&in->stage, &in->sweep, &more);

	if (!e && !more)
		go(in, in->after);
	return e;
}

/* A sweep, and what comes behind its last step. */
static enum err sweep_to(struct intake *in,
    enum err (*f)(struct stage *st, struct sweep *sw, bool *ret_more),
    enum phase next)
{
	bool more = true;
	enum err e = step_sweep(in, f, &more);

	if (!e && !more)
		go(in, next);
	return e;
}

static enum err step_pour(struct intake *in)
{
	return sweep_to(in, sweep_pour, in->last);
}

static enum err step_write(struct intake *in)
{
	return sweep_to(in, sweep_write, in->last);
}

static enum err step_drop(struct intake *in)
{
	return sweep_to(in, sweep_drop, END_TAGS);
}

static enum err step_drop_listed(struct intake *in)
{
	return sweep_to(in, sweep_drop_listed, END_TAGS);
}

static enum err step_end_tags(struct intake *in)
{
	return sweep_to(in, sweep_end_tags, TURN);
}

static enum err step_turn(struct intake *in)
{
	enum err e = roll_write(in->roll);

	if (!e)
		e = stage_turn(&in->stage);
	if (e)
		return e;
	answer(in, FEED_COMMITTED, "");
	in->settle = true;
	go(in, SETTLE);
	return ERR_OK;
}

static enum err step_undo(struct intake *in)
{
	struct span reason = in->state.reason;
	bool more = true;
	enum err e = step_sweep(in, sweep_undo, &more);

	if (!e && !more)
		e = roll_commit(in->roll);
	if (e || more)
		return e;
	if (!in->begin_waits) {
		answer(in, FEED_UNDONE, "");
		in->state.reason = reason;
	}
	go(in, SETTLE);
	return ERR_OK;
}

static enum err step_tidy(struct intake *in)
{
	bool more = true;
	enum err e = step_sweep(in, sweep_tidy, &more);

	if (!e && !more)
		e = roll_commit(in->roll);
	if (!e && !more)
		go(in, SETTLE);
	return e;
}

static enum err step_settle(struct intake *in)
{
	enum phase next = UNDO;
	uint32_t cell = 0;
	enum err e = cell_sql_staged(&in->roll->cell, &cell);

	if (e == ERR_UNKNOWN) {
		next = TIDY;
		e = untidy_sql_any(&in->roll->untidy, &cell);
	}
	if (!e) {
		e = stage_take(&in->stage, cell);
		go(in, next);
	} else if (e == ERR_UNKNOWN) {
		e = ERR_OK;
		go(in, in->begin_waits ? OPEN : REST);
	}
	return e;
}

/* After the store failed: nothing of this feed may stay to be seen. */
static void recover(struct intake *in)
{
	bool undoing = in->phase == UNDO || in->phase == TIDY ||
	    in->phase == SETTLE || in->phase == OPEN;

	roll_rollback(in->roll);
	in->steps = 0;
	if (!undoing) {
		/* "goes on", not fetched yet, is true no more; who heard it
		 * is told with his next message */
		in->answered = false;
		in->none = in->asked ? "no-feed" : "store";
		give_up(in, 0, "store");
		return;
	}
	in->open = in->begin_waits = false;
	answer(in, FEED_UNDONE, "store");
	go(in, REST);	/* hidden; the next feed or start tries again */
}

/* Commits to the disk now and then, and lets the log be moved just after. */
static enum err save(struct intake *in)
{
	if (++in->steps < in->stage.pace.commit_steps)
		return ERR_OK;
	in->steps = 0;
	in->settle = true;
	return roll_commit(in->roll);
}

enum err intake_yield(struct intake *in)
{
	enum err e;

	if (in->phase != REST || !store_busy(in->roll->store))
		return ERR_OK;
	in->steps = 0;
	in->settle = true;
	e = roll_commit(in->roll);
	if (e)
		recover(in);
	return e;
}

enum err intake_step(struct intake *in)
{
	static enum err (*const steps[PHASES])(struct intake *in) = {
		[SETTLE] = step_settle, [OPEN] = step_open,
		[READ] = step_read, [KNOW] = step_know, [SPILL] = step_spill,
		[POUR] = step_pour, [WRITE] = step_write,
		[DROP] = step_drop, [DROP_LISTED] = step_drop_listed,
		[END_TAGS] = step_end_tags,
		[TURN] = step_turn, [UNDO] = step_undo, [TIDY] = step_tidy,
	};
	enum err e = ERR_OK;

	if (in->settle) {
		assert(!store_busy(in->roll->store));	/* just committed */
		in->settle = false;
		return store_settle(in->roll->store);
	}
	if (in->phase != REST)
		e = steps[in->phase](in);
	if (!e)
		e = save(in);
	if (e && e != ERR_SHAPE)
		recover(in);
	return e;
}
