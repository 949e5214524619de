/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <jansson.h>
#include "base/date.h"
#include "base/shown.h"
#include "base/text.h"
#include "insurer/report.h"
#include "lang/lang.h"

static const char *const kinds[] = {"", "full", "delta", "changes"};

static void list(struct report *r, uint32_t line, enum fault_column column,
    enum fault_reason reason, uint32_t nth)
{
	uint64_t n = r->why[column][reason].count++;

	if (n < REPORT_FIRST)
		r->why[column][reason].lines[n] = line;
	r->faults++;
	if (r->listed == REPORT_LISTED)
		return;
	r->list[r->listed].line = line;
	r->list[r->listed].column = column;
	r->list[r->listed].reason = reason;
	r->list[r->listed].nth = nth;
	r->listed++;
}

void report_head(
    struct report *r, const struct head_fault *faults, size_t count)
{
	for (size_t i = 0; i < count; i++)
		list(r, 1, faults[i].column, faults[i].reason, faults[i].nth);
}

void report_faults(
    struct report *r, uint32_t line, const struct member_faults *faults)
{
	r->faulty++;
	for (size_t i = 0; i < faults->count; i++)
		list(r, line, faults->list[i].column, faults->list[i].reason,
		    0);
}

bool report_stops(const struct report *r)
{
	/* a head with faults has no line behind it */
	return r->faults > 0 && (!r->bad || r->over || r->faulty == 0);
}

bool report_is_idle(const struct report *r)
{
	return r->since &&
	    r->since->changed + r->since->joined + r->since->gone == 0;
}

void report_passed(struct report *r, const struct member *m)
{
	r->keys += m->key_differs;
	r->lunar += m->lunar;
}

static void tell_since(const struct report *r)
{
	printf(_("persons: %s, %s, %s, %" PRIu64 " as before%s\n"),
	    lang_count(r->since->changed, "changed", "changed"),
	    lang_count(r->since->joined, "joined", "joined"),
	    lang_count(r->since->gone, "gone", "gone"), r->since->same,
	    report_is_idle(r) ? _(": no feed to send") : "");
}

/* By reason: how many, and the first lines. */
static void tell_reasons(const struct report *r)
{
	for (int c = 0; c <= FAULT_COLUMNS; c++)
		for (int w = 0; w < FAULT_REASONS; w++) {
			if (r->why[c][w].count == 0)
				continue;
			fprintf(stderr, _("%s: %s: %s: %s, first in line"),
			    r->in, fault_column_name((enum fault_column)c),
			    fault_reason_name((enum fault_reason)w),
			    lang_count(r->why[c][w].count, "time", "times"));
			for (int i = 0; i < REPORT_FIRST &&
			     r->why[c][w].lines[i]; i++)
				fprintf(stderr, " %" PRIu32,
				    r->why[c][w].lines[i]);
			fputc('\n', stderr);
		}
}

static void tell_faults(const struct report *r)
{
	for (size_t i = 0; i < r->listed; i++) {
		fprintf(stderr, "%s:%" PRIu32 ": ", r->in, r->list[i].line);
		if (r->list[i].column == FAULT_LINE && r->list[i].nth > 0)
			fprintf(stderr, _("column %" PRIu32 ": "),
			    r->list[i].nth);
		else if (r->list[i].column != FAULT_LINE)
			fprintf(stderr, "%s: ",
			    fault_column_name(r->list[i].column));
		fprintf(stderr, "%s\n",
		    lang_text(fault_reason_text(r->list[i].reason)));
	}
	if (r->faults > r->listed)
		fprintf(stderr, ngettext("%s: and %" PRIu64 " more\n",
		    "%s: and %" PRIu64 " more\n", r->faults - r->listed),
		    r->in, r->faults - r->listed);
	tell_reasons(r);
	if (r->over)
		fprintf(stderr, _("%s: too many to be left out (--most-bad)\n"),
		    r->in);
	if (r->lines > 0)
		fprintf(stderr,
		    _("%s: %" PRIu64 " of %" PRIu64 " lines have faults: %s\n"),
		    r->in, r->faulty, r->lines, report_stops(r) ?
		    _("nothing was written") : _("left out"));
	else
		fprintf(stderr, _("%s: nothing was written\n"), r->in);
}

static void tell_feed(const struct report *r)
{
	char day[DATE_TEXT_SIZE], id[2 * FEED_CHUNK_ID + 1];

	date_format(r->head.effective_day, day);
	text_hex(r->head.id, FEED_CHUNK_ID, id);
	printf(_("%s: %s of %s, %s, state of %s\n"
	       "%s: %s, %s, feed %.16s\n"),
	    r->in, lang_count(r->lines, "line", "lines"), r->head.amc,
	    kinds[r->head.kind], day, r->out,
	    lang_count(r->chunks, "chunk", "chunks"),
	    lang_count(r->bytes, "byte", "bytes"), id);
	if (r->keys > 0)
		printf(_("let pass: %" PRIu64 " NIR with a wrong key\n"),
		    r->keys);
	if (r->namesakes > 0)
		printf(_("left out: %" PRIu64 " NIR that two persons share "
		    "once Corsica's letters are read as numbers\n"), r->namesakes);
	if (r->lunar > 0)
		printf(ngettext("let pass: %" PRIu64
		    " birth date that no calendar has\n", "let pass: %" PRIu64
		    " birth dates that no calendar has\n", r->lunar),
		    r->lunar);
}

static json_t *faults_as_json(const struct report *r)
{
	json_t *all = json_array();

	for (size_t i = 0; i < r->listed; i++) {
		json_t *one = json_pack("{s:I, s:s, s:s, s:s}", "line",
		    (json_int_t)r->list[i].line, "column",
		    fault_column_name(r->list[i].column), "reason",
		    fault_reason_name(r->list[i].reason), "message",
		    fault_reason_text(r->list[i].reason));

		if (r->list[i].nth > 0)
			json_object_set_new(one, "nth",
			    json_integer((json_int_t)r->list[i].nth));
		json_array_append_new(all, one);
	}
	return all;
}

static json_t *reasons_as_json(const struct report *r)
{
	json_t *all = json_array(), *lines;

	for (int c = 0; c <= FAULT_COLUMNS; c++)
		for (int w = 0; w < FAULT_REASONS; w++) {
			if (r->why[c][w].count == 0)
				continue;
			lines = json_array();
			for (int i = 0; i < REPORT_FIRST &&
			     r->why[c][w].lines[i]; i++)
				json_array_append_new(lines,
				    json_integer(r->why[c][w].lines[i]));
			json_array_append_new(all, json_pack(
			    "{s:s, s:s, s:I, s:o}", "column",
			    fault_column_name((enum fault_column)c), "reason",
			    fault_reason_name((enum fault_reason)w), "count",
			    (json_int_t)r->why[c][w].count, "lines", lines));
		}
	return all;
}

static json_t *feed_as_json(const struct report *r)
{
	char day[DATE_TEXT_SIZE], id[2 * FEED_CHUNK_ID + 1];

	date_format(r->head.effective_day, day);
	text_hex(r->head.id, FEED_CHUNK_ID, id);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "file",
	    shown_json(r->out), "amc", r->head.amc, "kind", kinds[r->head.kind],
	    "effective", day, "id", id, "chunks", (json_int_t)r->chunks,
	    "bytes", (json_int_t)r->bytes);
}

static void tell_json(const struct report *r)
{
	json_t *o = json_pack("{s:s, s:I, s:I, s:I, s:o, "
	    "s:{s:I, s:I, s:I, s:I}}",
	    "in", shown_json(r->in), "lines", (json_int_t)r->lines, "faulty",
	    (json_int_t)r->faulty, "faults", (json_int_t)r->faults,
	    "listed", faults_as_json(r), "passed", "keys",
	    (json_int_t)r->keys, "lunar", (json_int_t)r->lunar, "namesakes",
	    (json_int_t)r->namesakes, "empty", (json_int_t)r->empty);

	json_object_set_new(o, "by_reason", reasons_as_json(r));
	json_object_set_new(o, "left_out", json_integer(
	    report_stops(r) ? 0 : (json_int_t)r->faulty));
	json_object_set_new(o, "feed",
	    !report_stops(r) && !report_is_idle(r) ? feed_as_json(r) : json_null());
	if (r->since)
		json_object_set_new(o, "persons", json_pack(
		    "{s:I, s:I, s:I, s:I}", "changed",
		    (json_int_t)r->since->changed, "joined",
		    (json_int_t)r->since->joined, "gone",
		    (json_int_t)r->since->gone, "same",
		    (json_int_t)r->since->same));
	(void)json_dumpf(o, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(o);
}

void report_tell(const struct report *r)
{
	if (r->json)
		tell_json(r);
	else if (r->faults > 0)
		tell_faults(r);
	if (!r->json && !report_stops(r) && r->since)
		tell_since(r);
	if (!r->json && !report_stops(r) && !report_is_idle(r))
		tell_feed(r);
	if (r->faulty > 0 && !report_stops(r) && !r->json)
		printf(ngettext("left out: %" PRIu64 " line, now in %s\n",
		    "left out: %" PRIu64 " lines, now in %s\n", r->faulty),
		    r->faulty, r->bad);
}
