/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/file.h"
#include "base/lines.h"
#include "base/progress.h"
#include "base/text.h"
#include "people/contract.h"
#include "people/extent.h"
#include "people/family.h"
#include "people/next.h"

#define CLOSED_WITHIN 28	/* days before the date */
#define RENEWED 93		/* of a hundred */

/* What happens to a line: one thing at most but for a renewal. Shares are of
 * a hundred. */
enum event { NOTHING, CHANGED, CARD, CLOSED, DROPPED, EVENTS };
static const uint32_t shares[EVENTS] = {0, 2, 2, 1, 1};

struct making {
	const struct next *what;
	struct plan before, plan;	/* plan: the same on the new day */
	struct extent extent;
	struct mint mint;
	struct book book;
	struct folder folder;
	FILE *changes;
	uint64_t line;
	struct next_report report;
};

static void note(struct making *m, const struct row *row, const char *what,
    uint64_t *counter)
{
	fprintf(m->changes, "%s;%s;%s;%s\n", row->amc, row->ref, row->member,
	    what);
	(*counter)++;
}

/* A stream of its own for each line and seed of changes. */
static void line_random(const struct making *m, struct random_seeded *r)
{
	struct plan p = {.seed = m->plan.seed ^ m->what->seed};

	plan_random(&p, PLAN_NEXT, m->line, r);
}

static enum event draw_event(struct random_seeded *r)
{
	uint64_t at = random_seeded_below(r, 100);
	unsigned i;

	for (i = CHANGED; i < EVENTS; i++) {
		if (at < shares[i])
			return (enum event)i;
		at -= shares[i];
	}
	return NOTHING;
}

static void renew(struct making *m, struct row *row, struct random_seeded *r)
{
	int32_t first = 0, last = 0;

	if (row->closed_day || row->to_day >= m->what->day ||
	    !row_is_open(row, m->before.day) || !plan_chance(r, RENEWED))
		return;
	if (date_from_civil(m->plan.year, 1, 1, &first) ||
	    date_from_civil(m->plan.year, 12, 31, &last))
		return;
	row->from_day = first;
	row->to_day = last;
	note(m, row, "renewed", &m->report.renewed);
}

static void change_contract(
    struct making *m, struct row *row, struct random_seeded *r)
{
	const struct contract *to = contract_other(row->contract, r);

	(void)snprintf(row->contract, sizeof(row->contract), "%s", to->code);
	(void)snprintf(row->domains, sizeof(row->domains), "%s", to->domains);
	note(m, row, "changed", &m->report.changed);
}

static void change_card(
    struct making *m, struct row *row, struct random_seeded *r)
{
	uint8_t cti[16];

	for (size_t i = 0; i < sizeof(cti); i++)
		cti[i] = (uint8_t)random_seeded_below(r, 256);
	text_hex(cti, sizeof(cti), row->cards[0]);
	row->card_count = 1;
	note(m, row, "card", &m->report.card);
}

static void close_early(
    struct making *m, struct row *row, struct random_seeded *r)
{
	int32_t day = m->what->day - plan_between(r, 1, CLOSED_WITHIN);

	row->closed_day = day < row->from_day ? row->from_day : day;
	note(m, row, "closed", &m->report.closed);
}

/* false: the line is left out. */
static bool change(struct making *m, struct row *row)
{
	struct random_seeded r;

	line_random(m, &r);
	renew(m, row, &r);
	if (!row_is_open(row, m->what->day))
		return true;
	switch (draw_event(&r)) {
	case CHANGED:
		change_contract(m, row, &r);
		break;
	case CARD:
		change_card(m, row, &r);
		break;
	case CLOSED:
		close_early(m, row, &r);
		break;
	case DROPPED:
		note(m, row, "dropped", &m->report.dropped);
		return false;
	case NOTHING:
	case EVENTS:
		break;
	}
	return true;
}

static enum err copy_rows(struct making *m, struct lines *in)
{
	struct progress bar;
	struct row row;
	char *line;
	size_t n;
	enum err e = lines_next(in, &line, &n);	/* the head */

	progress_start(&bar, "people", "members", m->plan.members,
	    m->what->clock);
	while (!e && !(e = lines_next(in, &line, &n))) {
		e = row_people_parse(line, n, &row);
		m->line++;
		if (!e && change(m, &row))
			e = book_put(&m->book, &row);
		progress_step(&bar, m->line);
	}
	progress_end(&bar);
	return e == ERR_CLOSED ? ERR_OK : e;
}

static enum err join_households(struct making *m)
{
	uint32_t joining = m->extent.families / 100 + 1;
	enum err e = ERR_OK;

	for (uint32_t i = 0; i < joining && !e; i++) {
		struct family f;

		family_make(&m->plan, m->extent.families++, &f);
		m->extent.last_persons = f.persons;
		for (uint8_t k = 0; k < f.count && !e; k++) {
			note(m, &f.rows[k], "joined", &m->report.joined);
			e = book_put(&m->book, &f.rows[k]);
		}
	}
	return e;
}

static enum err write_rows(struct making *m)
{
	struct lines in;
	char path[PATH_MAX];
	enum err last, e =
	    file_path(path, sizeof(path), m->what->from, "people.csv");

	if (!e)
		e = lines_open(&in, path, ROW_LINE_MAX);
	if (e)
		return e;
	e = book_open(
	    &m->book, &m->plan, &m->mint, m->what->cards, &m->folder);
	if (!e)
		e = folder_create(&m->folder, "changes.csv", &m->changes);
	if (!e)
		fputs("amc;ref;member;what\n", m->changes);
	if (!e)
		e = copy_rows(m, &in);
	if (!e)
		e = join_households(m);
	lines_close(&in);
	last = folder_close(&m->changes);
	e = e ? e : last;
	last = book_close(&m->book);
	return e ? e : last;
}

static enum err write_all(struct making *m)
{
	enum err e = write_rows(m);

	if (!e)
		e = book_insurers(&m->book, &m->folder);
	if (!e)
		e = mint_save_insurers(&m->mint, &m->folder);
	if (!e)
		e = extent_write(&m->plan, &m->extent, &m->folder);
	return e ? e : folder_commit(&m->folder);
}

enum err next_make(const struct next *what, struct next_report *ret)
{
	struct making m = {.what = what};
	enum err e = extent_read(what->from, &m.before, &m.extent);

	if (e)
		return e;
	if (what->day <= m.before.day)
		return ERR_TIME;
	e = plan_make(m.before.members, m.before.insurers, m.before.seed,
	    what->day, &m.plan);
	if (!e)
		e = folder_begin(&m.folder, what->out);
	if (e)
		return e;
	e = mint_make(&m.plan, &m.mint);
	if (!e)
		e = write_all(&m);
	if (e) {
		folder_abandon(&m.folder);
	} else {
		m.report.rows = m.book.rows;
		*ret = m.report;
	}
	mint_release(&m.mint);
	return e;
}
