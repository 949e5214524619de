/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "base/log.h"
#include "json/write.h"
#include "keeper/purge.h"
#include "registry/turns.h"

#define STEP_MS 10	/* between two steps: a thousand entries each */
#define LOOK_MOST 4096

/* Logs to purge: the journal, then those before it; NULL: no more. */
static struct book *nth_log(struct keeper *k, size_t nth)
{
	if (nth == 0)
		return k->book;
	return nth <= k->registry->past_count ? k->pasts[nth - 1] : NULL;
}

/* The first entry behind a month: by halving, for times never go back. */
static enum err find_end(struct book *b, uint32_t month, uint64_t *ret)
{
	uint64_t low = 0, high = tlog_size(book_log(b));
	struct tlog_record record;
	struct leaf leaf;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;
		enum err e = tlog_read(book_log(b), mid, &record);

		if (!e)
			e = leaf_unpack(record.leaf, &leaf);
		if (e)
			return e;
		if (date_month_of_ms(leaf.time_ms) <= month)
			low = mid + 1;
		else
			high = mid;
	}
	*ret = low;
	return ERR_OK;
}

static void give_up(const char *what, enum err e)
{
	log_say(LOG_ERROR, "purge: %s: %s: tried again after the next start",
	    what, err_text(e));
}

/* One step; false: all is done, or cannot be. */
static bool step(struct keeper *k)
{
	struct book *b = nth_log(k, k->purge.log);
	bool more = false;
	enum err e = ERR_OK;

	if (!b) {
		log_say(LOG_INFO, "openings up to %04u-%02u are taken away",
		    k->purge.month / 12, k->purge.month % 12 + 1);
		return false;
	}
	if (!k->purge.found)
		e = find_end(b, k->purge.month, &k->purge.end);
	k->purge.found = true;
	if (!e && k->purge.end > tlog_published(book_log(b)))
		return true;	/* a drill's year passes within a second */
	decide_commit(k);
	if (!e)
		e = tlog_purge(book_log(b), k->purge.end, &more);
	if (e) {
		give_up("openings", e);
		return false;
	}
	if (!more) {
		k->purge.log++;
		k->purge.found = false;
	}
	return true;
}

static void tick(void *ctx)
{
	struct keeper *k = ctx;

	k->purge.working = step(k);
	if (k->purge.working &&
	    loop_timer_set(k->loop, &k->purge.timer, STEP_MS))
		keeper_fail(k, "timer", ERR_NOMEM);
}

void purge_settle(struct keeper *k)
{
	if (k->purge.working || k->registry->purged_month <= k->purge.month)
		return;
	k->purge.month = k->registry->purged_month;
	k->purge.log = 0;
	k->purge.found = false;
	k->purge.working = true;
	loop_timer_init(&k->purge.timer, tick, k);
	if (loop_timer_set(k->loop, &k->purge.timer, STEP_MS))
		keeper_fail(k, "timer", ERR_NOMEM);
}

/* The first month whose key lives; UINT32_MAX: none. */
static uint32_t first_living(const struct keeper *k)
{
	uint32_t month;
	bool live;

	for (size_t i = 0; months_at(book_months(k->book), i, &month, &live);
	    i++)
		if (live)
			return month;
	return UINT32_MAX;
}

int32_t purge_live_day(const struct keeper *k)
{
	uint32_t month = first_living(k);
	int32_t day = INT32_MAX;

	if (month == UINT32_MAX || date_from_civil((int)(month / 12),
	    (int)(month % 12 + 1), 1, &day))
		return INT32_MAX;
	return day;
}

enum err purge_fault(const struct keeper *k, const struct act_line *line,
    char words[static KEYS_WORDS])
{
	struct span s = act_value(line, "month");
	uint32_t living = first_living(k);
	char text[16];

	if (living == UINT32_MAX || s.n == 0)
		return ERR_OK;
	(void)snprintf(text, sizeof(text), "%04u-%02u", living / 12,
	    living % 12 + 1);
	if (s.n != 7 || memcmp(text, s.p, 7) > 0)
		return ERR_OK;
	(void)snprintf(words, KEYS_WORDS, "%s comes before, and its key "
	    "lives: destroy it first", text);
	return ERR_STATE;
}

/* The last destroyed month with none that lives before it; 0: none. */
static uint32_t last_month(const struct keeper *k)
{
	const struct registry *r = k->registry;
	uint32_t living = first_living(k), last = 0;

	for (size_t i = 0; i < r->month_count; i++)
		if (r->months[i] < living && r->months[i] > last)
			last = r->months[i];
	return last;
}

static enum err count(struct keeper *k, uint32_t month, uint64_t *ret)
{
	struct book *b;
	enum err e = ERR_OK;

	*ret = 0;
	for (size_t i = 0; (b = nth_log(k, i)) != NULL && !e; i++) {
		uint64_t end = 0, before = 0;

		e = find_end(b, month, &end);
		if (!e)
			e = find_end(b, k->registry->purged_month, &before);
		*ret += end - before;
	}
	return e;
}

void purge_look(struct keeper *k, struct admin *a, uint64_t ref)
{
	uint32_t month = last_month(k);
	uint64_t entries = 0;
	char text[16] = "";
	struct json_writer w;
	struct buf out;
	enum err e = ERR_OK;

	buf_init(&out, LOOK_MOST);
	w = json_writer_of(&out);
	if (month > k->registry->purged_month) {
		e = count(k, month, &entries);
		(void)snprintf(text, sizeof(text), "%04u-%02u", month / 12,
		    month % 12 + 1);
	}
	json_write_begin(&w, '{');
	json_write_pair(&w, "month", text);
	json_write_name(&w, "entries");
	json_write_int(&w, (int64_t)entries);
	json_write_name(&w, "bytes");
	json_write_int(&w, (int64_t)entries * OPENING_SIZE);
	json_write_end(&w, '}');
	buf_text(&out, "\n");
	if (!e && !out.err)
		admin_part(a, ref, buf_span(&out));
	admin_done(a, ref, e ? e : out.err,
	    e ? "the journal cannot be read" : "");
	buf_release(&out);
}
