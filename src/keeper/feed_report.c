/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a feed while it comes and when it is done. */
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "json/write.h"
#include "keeper/feed.h"

#define ID_TEXT (2 * FEED_CHUNK_ID + 1)

/* What the last feed of a cell came to, for carriers that lost the answer. */
struct feed_past {
	struct feed_past *behind;
	uint32_t cell;
	uint8_t id[FEED_CHUNK_ID];
	struct buf report;
};

void feed_write_head(const struct feed_chunk_head *head, uint32_t next,
    const char *state, struct json_writer *w)
{
	char id[ID_TEXT], made[DATE_STAMP_SIZE];

	text_hex(head->id, FEED_CHUNK_ID, id);
	date_format_stamp(head->made_ms, made);
	json_write_pair(w, "amc", head->amc);
	json_write_pair(w, "id", id);
	json_write_pair(w, "made", made);
	json_write_pair(w, "state", state);
	json_write_name(w, "next");
	json_write_int(w, next);
}

static void write_kept(
    struct json_writer *w, const struct feed_kept *list, unsigned count)
{
	json_write_name(w, "kept_out");
	json_write_begin(w, '[');
	for (unsigned i = 0; i < count; i++) {
		json_write_begin(w, '{');
		json_write_name(w, "reason");
		json_write_span(w, list[i].reason);
		json_write_name(w, "count");
		json_write_int(w, (int64_t)list[i].count);
		json_write_name(w, "lines");
		json_write_begin(w, '[');
		for (unsigned j = 0; j < list[i].line_count; j++)
			json_write_int(w, list[i].lines[j]);
		json_write_end(w, ']');
		json_write_end(w, '}');
	}
	json_write_end(w, ']');
}

/* Nothing when every name has its contract. */
static void write_missing(
    struct json_writer *w, const struct feed_state *s)
{
	if (s->missing_count == 0)
		return;
	json_write_name(w, "contracts_missing");
	json_write_begin(w, '{');
	json_write_name(w, "count");
	json_write_int(w, s->missing_count);
	json_write_name(w, "first");
	json_write_begin(w, '[');
	for (unsigned i = 0; i < s->missing_listed; i++)
		json_write_span(w, s->missing[i]);
	json_write_end(w, ']');
	json_write_end(w, '}');
}

void feed_report_write(const struct feed_chunk_head *head, uint32_t next,
    const struct feed_state *s, const char *state, struct buf *out)
{
	const struct {
		const char *name;
		uint64_t n;
	} counts[] = {{"lines", s->lines}, {"added", s->added},
	    {"changed", s->changed}, {"unchanged", s->unchanged},
	    {"dropped", s->dropped}, {"persons_new", s->persons_new},
	    {"generation", s->generation}};
	struct json_writer w = json_writer_of(out);

	json_write_begin(&w, '{');
	feed_write_head(head, next, state, &w);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		json_write_name(&w, counts[i].name);
		json_write_int(&w, (int64_t)counts[i].n);
	}
	write_kept(&w, s->kept, s->kept_count);
	write_missing(&w, s);
	json_write_end(&w, '}');
}

static struct feed_past *past_of(struct keeper *k, uint32_t cell)
{
	struct feed_past *p = k->feed_past;

	while (p && p->cell != cell)
		p = p->behind;
	return p;
}

void feed_report_keep(struct keeper *k, uint32_t cell,
    const uint8_t id[static FEED_CHUNK_ID], struct span report)
{
	struct feed_past *p = past_of(k, cell);

	if (!p) {
		p = calloc(1, sizeof(*p));
		if (!p)
			return;		/* then a lost answer stays lost */
		p->cell = cell;
		p->behind = k->feed_past;
		buf_init(&p->report, FEED_REPORT_MOST);
		k->feed_past = p;
	}
	memcpy(p->id, id, sizeof(p->id));
	buf_clear(&p->report);
	buf_put_span(&p->report, report);
}

struct span feed_report(struct keeper *k, uint32_t cell,
    const uint8_t id[static FEED_CHUNK_ID])
{
	const struct feed_past *p = past_of(k, cell);

	return p && memcmp(p->id, id, FEED_CHUNK_ID) == 0 ?
	    buf_span(&p->report) : span_of(NULL, 0);
}

void feed_report_release(struct keeper *k)
{
	struct feed_past *p;

	while ((p = k->feed_past) != NULL) {
		k->feed_past = p->behind;
		buf_release(&p->report);
		free(p);
	}
}
