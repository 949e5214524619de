/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/log.h"
#include "base/sabotage.h"
#include "keeper/keeper.h"

#define ROW 8	/* bytes: u32 cell, u32 number */
#define GENERATIONS "keeper/generations"
#define FED "keeper/fed"

static enum err put(struct generations *g, uint32_t cell, uint32_t generation)
{
	uint32_t *wider;

	if (cell > LIMIT_CELLS)
		return ERR_RANGE;
	if (cell >= g->count) {
		wider = realloc(g->of, (cell + 1) * sizeof(*wider));
		if (!wider)
			return ERR_NOMEM;
		memset(wider + g->count, 0,
		    (cell + 1 - g->count) * sizeof(*wider));
		g->of = wider;
		g->count = cell + 1;
	}
	g->of[cell] = generation;
	return ERR_OK;
}

/* As it was written: rising cells, each with its number. */
static enum err take_rows(struct generations *g, struct span rows)
{
	struct reader r = reader_of(rows);
	enum err e = ERR_OK;

	while (!e && reader_left(&r) > 0) {
		uint32_t cell = read_u32(&r), number = read_u32(&r);

		e = r.bad || cell < g->count || !number ? ERR_CORRUPT :
		    put(g, cell, number);
	}
	return e;
}

static enum err load(
    const struct keeper *k, const char *name, struct generations *g)
{
	char path[PATH_MAX];
	struct buf file;
	enum err e = file_path(path, sizeof(path), k->dir, name);

	buf_init(&file, (LIMIT_CELLS + 1) * ROW);
	if (!e)
		e = file_read(path, &file);
	if (!e)
		e = take_rows(g, buf_span(&file));
	buf_release(&file);
	if (e == ERR_UNKNOWN)
		return ERR_OK;
	if (e)
		log_say(LOG_ERROR, "%s: %s", name, err_text(e));
	return e;
}

enum err generations_load(struct keeper *k)
{
	enum err e = load(k, GENERATIONS, &k->generations);

	return e ? e : load(k, FED, &k->fed);
}

void generations_release(struct keeper *k)
{
	free(k->generations.of);
	free(k->fed.of);
}

static enum err save(const struct keeper *k, const char *name,
    const struct generations *g)
{
	char path[PATH_MAX];
	struct buf file;
	enum err e = file_path(path, sizeof(path), k->dir, name);

	buf_init(&file, (LIMIT_CELLS + 1) * ROW);
	for (size_t i = 0; i < g->count; i++)
		if (g->of[i]) {
			buf_put_u32(&file, (uint32_t)i);
			buf_put_u32(&file, g->of[i]);
		}
	if (!e)
		e = file.err ? file.err :
		    file_replace(path, buf_span(&file), 0600);
	buf_release(&file);
	return e;
}

void generations_note(struct keeper *k, uint32_t cell, uint32_t generation)
{
	enum err e = put(&k->generations, cell, generation);

	if (!e)
		e = save(k, GENERATIONS, &k->generations);
	if (e)
		log_say(LOG_WARN, GENERATIONS " not written: a vault "
		    "that goes back will not be seen");
}

static uint32_t number_of(const struct generations *g, uint32_t cell)
{
	return cell < g->count ? g->of[cell] : 0;
}

void generations_fed(struct keeper *k, uint32_t cell, uint32_t version)
{
	enum err e;

	if (number_of(&k->fed, cell) >= version)
		return;
	e = put(&k->fed, cell, version);
	if (!e)
		e = save(k, FED, &k->fed);
	if (e)
		log_say(LOG_WARN, FED " not written: no older index version "
		    "is destroyed before this mutuelle's next full feed");
}

bool generations_needs(
    const struct keeper *k, uint32_t cell, uint32_t version)
{
	return number_of(&k->generations, cell) > 0 &&
	    number_of(&k->fed, cell) <= version;
}

/* What the vault said of a cell, 0: it knows none; cells are asked for rising,
 * as said has them. */
static uint32_t said_of(struct reader *said, uint32_t cell)
{
	while (reader_left(said) >= ROW && get_be32(said->p) < cell)
		(void)read_u64(said);
	return reader_left(said) >= ROW && get_be32(said->p) == cell ?
	    get_be32(said->p + 4) : 0;
}

/* Rising cells of its own: a word on another vault's would hide, or invent,
 * that vault's loss. */
static enum err check_said(
    const struct keeper *k, uint32_t nth, struct span said)
{
	uint32_t least = 0;

	for (size_t i = 0; i + ROW <= said.n; i += ROW) {
		uint32_t cell = get_be32(said.p + i);

		if (cell < least || cell > LIMIT_CELLS ||
		    cell % k->vault_count != nth)
			return ERR_SHAPE;
		least = cell + 1;
	}
	return said.n % ROW ? ERR_SHAPE : ERR_OK;
}

enum err generations_check(struct keeper *k, uint32_t nth, struct span said)
{
	struct generations *g = &k->generations;
	struct reader r = reader_of(said);
	enum err e = check_said(k, nth, said);

	for (uint32_t c = 0; c < g->count && !e; c++) {
		uint32_t now = said_of(&r, c);

		if (c % k->vault_count != nth || now >= g->of[c] ||
		    SABOTAGED(OLD_VAULT))
			continue;
		log_say(LOG_ERROR, "vault %u: cell %u has the rights of feed "
		    "%u, and %u was loaded: its store is lost or of another "
		    "day. Put the right one back, or give up the numbers of "
		    "its persons: ecluse serve --accept-lost-rights", nth, c,
		    now, g->of[c]);
		e = ERR_CORRUPT;
	}
	/* a commit whose note was cut off by a crash */
	for (size_t i = 0; i + ROW <= said.n && !e; i += ROW)
		e = put(g, get_be32(said.p + i), get_be32(said.p + i + 4));
	return e;
}
