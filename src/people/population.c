/* SPDX-License-Identifier: Apache-2.0 */
#include "base/progress.h"
#include "people/day.h"
#include "people/extent.h"
#include "people/family.h"
#include "people/population.h"

#define PROGRESS_EVERY 64

struct making {
	const struct population *what;
	struct plan plan;
	struct site_plan sites;
	struct mint mint;
	struct book book;
	struct folder folder;
	struct extent extent;
	struct population_report report;
};

static enum err plan_all(struct making *m)
{
	const struct population *w = m->what;
	enum err e =
	    plan_make(w->members, w->insurers, w->seed, w->day, &m->plan);

	if (e)
		return e;
	site_plan_make(&m->plan, &m->sites);
	if (w->sites > 0)
		e = site_plan_scale(&m->sites, w->sites);
	return e ? e : site_plan_set(&m->sites, w->professionals);
}

static enum err write_people(struct making *m)
{
	struct progress bar;
	uint32_t left = m->plan.members;
	enum err e = ERR_OK;

	progress_start(&bar, "people", "members", m->plan.members,
	    m->what->clock);
	while (left > 0 && !e) {
		struct family f;

		family_make(&m->plan, m->extent.families++, &f);
		family_cut(&f, left);
		left -= f.persons;
		m->extent.last_persons = f.persons;
		for (uint8_t i = 0; i < f.count && !e; i++)
			e = book_put(&m->book, &f.rows[i]);
		if (m->extent.families % PROGRESS_EVERY == 0)
			progress_step(&bar, m->plan.members - left);
	}
	progress_end(&bar);
	return e;
}

static enum err write_sites(struct making *m)
{
	struct progress bar;
	FILE *file = NULL;
	enum err e = folder_mkdir(&m->folder, "keys", 0700);

	if (!e)
		e = folder_create(&m->folder, "sites.csv", &file);
	if (e)
		return e;
	site_head(file);
	progress_start(&bar, "sites", "keys", m->sites.total, m->what->clock);
	for (uint32_t i = 0; i < m->sites.total && !e; i++) {
		struct site site;

		site_make(&m->sites, i, &site);
		site_line(file, &site);
		e = mint_save_site(&m->mint, &site, &m->folder);
		progress_step(&bar, i);
	}
	progress_end(&bar);
	return folder_close(&file) ? ERR_IO : e;
}

static enum err write_books(struct making *m)
{
	enum err e = book_open(&m->book, &m->plan, &m->mint, m->what->cards,
	    &m->folder);

	if (!e)
		e = write_people(m);
	if (e)
		book_abandon(&m->book);
	else
		e = book_close(&m->book);
	return e ? e : book_insurers(&m->book, &m->folder);
}

static enum err write_all(struct making *m)
{
	const struct day day = {
	    &m->plan, &m->sites, &m->mint, m->what->cards, m->extent};
	enum err e = day_write(&day, &m->folder, &m->report.questions);

	if (!e)
		e = write_sites(m);
	if (!e)
		e = mint_save_insurers(&m->mint, &m->folder);
	return e ? e : extent_write(&m->plan, &m->extent, &m->folder);
}

enum err population_make(
    const struct population *what, struct population_report *ret)
{
	struct making m = {.what = what};
	enum err e = plan_all(&m);

	if (e)
		return e;
	e = folder_begin(&m.folder, what->out);
	if (e)
		return e;
	e = mint_make(&m.plan, &m.mint);
	if (!e)
		e = write_books(&m);
	if (!e)
		e = write_all(&m);
	if (!e)
		e = folder_commit(&m.folder);
	if (e) {
		folder_abandon(&m.folder);
	} else {
		m.report.members = m.plan.members;
		m.report.rows = m.book.rows;
		m.report.tokens = m.book.tokens;
		m.report.families = m.extent.families;
		m.report.insurers = m.plan.insurers;
		m.report.sites = m.sites.total;
		*ret = m.report;
	}
	mint_release(&m.mint);
	return e;
}
