/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/text.h"
#include "guard/figures.h"
#include "keeper/wide.h"

_Static_assert(REGISTRY_CARD_SITES == GUARD_SITES_MOST &&
    REGISTRY_PROFESSIONS < GUARD_PROFESSIONS,
    "what the registry takes the guard takes");

#define WIDE_FILE 1048576	/* bytes of the members file */

/* The row of scope and code, else of scope and "*". */
static const struct registry_wide *row_of(
    const struct registry *r, const char *scope, const char *code)
{
	const struct registry_wide *others = NULL;

	for (size_t i = 0; i < r->wide_count; i++) {
		const struct registry_wide *w = &r->wides[i];

		if (strcmp(w->scope, scope) != 0)
			continue;
		if (strcmp(w->code, code) == 0)
			return w;
		if (strcmp(w->code, "*") == 0)
			others = w;
	}
	return others;
}

static struct guard_wide budget(const struct registry *r, const char *scope,
    const char *code, uint64_t size)
{
	const struct registry_wide *w = row_of(r, scope, code);
	struct figures_shared f = {0};

	if (!w)
		return (struct guard_wide){0};
	f.floor24 = w->figures[0];
	f.each24 = w->figures[1];
	f.floor30 = w->figures[2];
	f.each30 = w->figures[3];
	return figures_wide(&f, size);
}

static enum err apply_professions(struct keeper *k)
{
	const struct registry *r = k->registry;
	uint64_t sites[REGISTRY_PROFESSIONS] = {0};
	enum err e = ERR_OK;

	for (size_t i = 0; i < r->site_count; i++)
		sites[r->sites[i].profession]++;
	for (size_t i = 0; i < r->profession_count && !e; i++) {
		struct guard_wide w = budget(
		    r, "profession", r->professions[i].code, sites[i]);

		/* each plane counts apart; any of its sites may be on any */
		e = guard_set_profession(
		    k->guard, (uint16_t)(i + 1), 0, &w);
	}
	return e;
}

static enum err apply_cells(struct keeper *k, uint64_t *ret_all)
{
	const struct registry *r = k->registry;
	enum err e = ERR_OK;

	*ret_all = 0;
	for (size_t i = 0; i < r->insurer_count && !e; i++) {
		uint64_t members = i < k->member_count ? k->members[i] : 0;
		struct guard_wide w =
		    budget(r, "cell", r->insurers[i].amc, members);

		*ret_all += members;
		e = guard_set_cell(k->guard, (uint32_t)(i + 1), &w);
	}
	return e;
}

enum err wide_apply(struct keeper *k)
{
	const struct registry_wide *card = row_of(k->registry, "card", "*");
	struct guard_wide w;
	uint64_t all = 0;
	enum err e = apply_professions(k);

	if (!e)
		e = apply_cells(k, &all);
	if (e)
		return e;
	w = budget(k->registry, "platform", "*", all);
	e = guard_set_platform(k->guard, &w);
	if (!e && card)
		e = guard_set_sites(k->guard, card->figures[0]);
	return e;
}

static enum err put(struct keeper *k, uint32_t cell, uint64_t members)
{
	uint64_t *wider;

	if (cell > k->member_count) {
		wider = realloc(k->members, cell * sizeof(*wider));
		if (!wider)
			return ERR_NOMEM;
		memset(wider + k->member_count, 0,
		    (cell - k->member_count) * sizeof(*wider));
		k->members = wider;
		k->member_count = cell;
	}
	k->members[cell - 1] = members;
	return ERR_OK;
}

enum err wide_members(struct keeper *k, uint32_t cell, uint64_t members)
{
	char path[PATH_MAX];
	struct buf text;
	enum err e = put(k, cell, members);

	buf_init(&text, WIDE_FILE);
	for (size_t i = 0; i < k->member_count; i++) {
		const struct registry_insurer *at = &k->registry->insurers[i];

		buf_printf(&text, "%s@%s %llu\n", at->amc, at->operator,
		    (unsigned long long)k->members[i]);
	}
	if (!e)
		e = text.err;
	if (!e)
		e = file_path(path, sizeof(path), k->dir, "keeper/members");
	if (!e)
		e = file_replace(path, buf_span(&text), 0600);
	buf_release(&text);
	return e ? e : wide_apply(k);
}

/* "<AMC>@<operator> <count>": a line that is not so is passed over. */
static enum err take_line(struct keeper *k, struct span line)
{
	const uint8_t *space = line.n ? memchr(line.p, ' ', line.n) : NULL;
	size_t n = space ? (size_t)(space - line.p) : line.n;
	const struct registry_insurer *insurer;
	uint64_t members;

	if (!space || text_u64(span_of(line.p + n + 1, line.n - n - 1),
		UINT32_MAX, &members))
		return ERR_OK;
	insurer = registry_insurer(k->registry, span_of(line.p, n));
	return insurer ?
	    put(k, registry_cell(k->registry, insurer), members) : ERR_OK;
}

enum err wide_load(struct keeper *k)
{
	char path[PATH_MAX];
	struct buf text;
	struct span rest;
	enum err e = file_path(path, sizeof(path), k->dir, "keeper/members");

	if (e)
		return e;
	buf_init(&text, WIDE_FILE);
	e = file_read(path, &text);
	rest = buf_span(&text);
	while (!e && rest.n > 0) {
		const uint8_t *end = memchr(rest.p, '\n', rest.n);
		size_t n = end ? (size_t)(end - rest.p) : rest.n;

		e = take_line(k, span_of(rest.p, n));
		n += end ? 1 : 0;
		rest = span_of(rest.p + n, rest.n - n);
	}
	buf_release(&text);
	return e == ERR_UNKNOWN ? ERR_OK : e;
}
