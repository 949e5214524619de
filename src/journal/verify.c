/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "journal/frontier.h"
#include "journal/leaf.h"
#include "journal/opening.h"
#include "journal/public.h"
#include "journal/verify.h"

#define PROGRESS_EVERY 64	/* tiles; for records, that many times 256 */

/* One check of a public folder. */
struct check {
	const char *folder;
	uint64_t size;
	const struct verify_progress *progress;
	struct verify_report *report;
	struct tile tile, above;	/* the ones being compared */
};

__attribute__((format(printf, 3, 4)))
static enum err wrong(
    struct verify_report *report, enum err e, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(report->words, sizeof(report->words), format, ap);
	va_end(ap);
	return e;
}

static void step(
    const struct verify_progress *progress, uint64_t done, uint64_t total)
{
	if (progress)
		progress->step(progress->ctx, done, total);
}

/* Reads a tile that has to be there. */
static enum err need_tile(struct check *c, unsigned level, uint64_t index,
    unsigned width, struct tile *ret)
{
	char path[TILE_PATH_SIZE];
	enum err e = tile_read(c->folder, level, index, width, ret);

	tile_path(level, index, width, path);
	if (e == ERR_UNKNOWN)
		return wrong(c->report, ERR_CORRUPT, "%s is missing", path);
	if (e == ERR_CORRUPT)
		return wrong(c->report, e, "%s is not %u hashes long", path,
		    width);
	if (e)
		return wrong(c->report, e, "%s cannot be read", path);
	return ERR_OK;
}

static uint64_t first_entry(unsigned level, uint64_t tile)
{
	return tile << (TILE_HEIGHT * (level + 1));
}

/* A full tile's root stands in the tile above it. */
static enum err check_full_tile(struct check *c, unsigned level, uint64_t index)
{
	uint64_t up = index / TILE_WIDTH, first = first_entry(level, index);
	unsigned at = (unsigned)(index % TILE_WIDTH);
	unsigned width = tile_width(level + 1, up, c->size);
	char path[TILE_PATH_SIZE], above[TILE_PATH_SIZE];
	uint8_t root[HASH_SIZE];
	enum err e = need_tile(c, level, index, TILE_WIDTH, &c->tile);

	if (!e && (c->above.level != level + 1 || c->above.index != up))
		e = need_tile(c, level + 1, up, width, &c->above);
	if (e)
		return e;
	tile_subtree(&c->tile, 0, TILE_HEIGHT, root);
	if (memcmp(root, c->above.hash[at], HASH_SIZE) == 0) {
		c->report->tiles++;
		return ERR_OK;
	}
	tile_path(level, index, TILE_WIDTH, path);
	tile_path(level + 1, up, width, above);
	return wrong(c->report, ERR_CORRUPT,
	    "%s (entries %llu to %llu) does not give hash %u of %s", path,
	    (unsigned long long)first,
	    (unsigned long long)(first_entry(level, index + 1) - 1), at,
	    above);
}

static enum err check_full_tiles(struct check *c)
{
	uint64_t done = 0, total = c->size / TILE_WIDTH;
	enum err e = ERR_OK;

	for (unsigned level = TILE_LEVELS; level-- > 0 && !e;) {
		uint64_t n = tile_hashes(level, c->size) / TILE_WIDTH;

		for (uint64_t i = 0; i < n && !e; i++, done++) {
			e = check_full_tile(c, level, i);
			if (done % PROGRESS_EVERY == 0)
				step(c->progress, done, total);
		}
	}
	return e;
}

/* Why the right edge does not give the root: a hash in it that is not its
 * tile's, or else what nothing but the checkpoint vouches for. */
static enum err blame_edge(struct check *c)
{
	uint64_t last = c->size / TILE_WIDTH;
	unsigned width = tile_width(0, last, c->size);
	char path[TILE_PATH_SIZE];
	enum err e;

	for (unsigned level = 1; level < TILE_LEVELS; level++) {
		uint64_t n = tile_hashes(level, c->size);

		for (uint64_t i = n - n % TILE_WIDTH; i < n; i++) {
			e = check_full_tile(c, level - 1, i);
			if (e)
				return e;
		}
	}
	if (width == 0)
		return wrong(c->report, ERR_CORRUPT, "the tiles agree with "
		    "each other and not with the checkpoint's root");
	tile_path(0, last, width, path);
	return wrong(c->report, ERR_CORRUPT, "%s (entries %llu to %llu), or "
	    "every tile, does not give the checkpoint's root", path,
	    (unsigned long long)first_entry(0, last),
	    (unsigned long long)(c->size - 1));
}

/* The root from the partial tiles alone. */
static enum err check_edge(struct check *c)
{
	struct frontier f;
	uint8_t root[HASH_SIZE];
	enum err e = ERR_OK;

	for (unsigned level = 0; level < TILE_LEVELS && !e; level++) {
		uint64_t last = tile_hashes(level, c->size) / TILE_WIDTH;
		unsigned width = tile_width(level, last, c->size);

		if (width == 0)
			continue;
		e = need_tile(c, level, last, width, &c->tile);
		c->report->tiles++;
	}
	if (e)
		return e;
	frontier_init(&f);
	e = frontier_load(&f, c->folder, c->size);
	if (e)
		(void)wrong(c->report, e, "the right edge changed meanwhile");
	tree_edge_root(&f.edge, root);
	frontier_release(&f);
	if (!e && memcmp(root, c->report->checkpoint.root, HASH_SIZE) != 0)
		e = blame_edge(c);
	return e;
}

static enum err check_checkpoint(const char *folder,
    const struct note_key *key, struct verify_report *ret)
{
	struct buf note;
	enum err e;

	buf_init(&note, CHECKPOINT_MAX);
	e = public_read_checkpoint(folder, key, &note, &ret->checkpoint);
	buf_release(&note);
	switch (e) {
	case ERR_OK:
		return ERR_OK;
	case ERR_UNKNOWN:
		return wrong(ret, e, "there is no checkpoint");
	case ERR_CRYPTO:
		return wrong(ret, e, "the checkpoint is not signed by %.200s",
		    key->name);
	case ERR_CORRUPT:
		return wrong(ret, e, "checkpoint is not a signed checkpoint");
	default:
		return wrong(ret, e, "the checkpoint cannot be read");
	}
}

enum err verify_public(const char *folder, const struct note_key *key,
    const struct verify_progress *progress, struct verify_report *ret)
{
	struct check *c;
	enum err e;

	*ret = (struct verify_report){.tiles = 0};
	e = check_checkpoint(folder, key, ret);
	if (e)
		return e;
	c = calloc(1, sizeof(*c));	/* two tiles: too much for a stack */
	if (!c)
		return ERR_NOMEM;
	c->folder = folder;
	c->size = ret->checkpoint.size;
	c->progress = progress;
	c->report = ret;
	e = check_edge(c);
	if (!e)
		e = check_full_tiles(c);
	free(c);
	return e;
}

/* The journal's own rules for an entry; NULL if it keeps them. */
static const char *fault_of(const struct tlog_record *r, uint32_t purged)
{
	struct leaf leaf;

	if (leaf_unpack(r->leaf, &leaf))
		return "its leaf is malformed";
	if (r->side.n == 0)
		return date_month_of_ms(leaf.time_ms) <= purged ? NULL :
		    "its opening is gone, and no act purged its month";
	return opening_is_named(r->side, &leaf) ? NULL :
	    "its opening is not the one that the leaf names";
}

static enum err check_record(struct tlog *log, uint64_t index, bool journal,
    uint32_t purged, struct verify_report *report)
{
	struct tlog_record r;
	const char *fault = NULL;
	enum err e = tlog_read(log, index, &r);

	if (e == ERR_CORRUPT)
		return wrong(report, e, "entry %llu is missing, "
		    "damaged, or not what the tree holds",
		    (unsigned long long)index);
	if (e)
		return wrong(report, e, "entry %llu cannot be read",
		    (unsigned long long)index);
	if (journal)
		fault = fault_of(&r, purged);
	if (fault)
		return wrong(report, ERR_CORRUPT, "entry %llu: %s",
		    (unsigned long long)index, fault);
	report->records++;
	report->purged += journal && r.side.n == 0 ? 1 : 0;
	return ERR_OK;
}

enum err verify_records(const struct tlog_options *options,
    uint32_t purged, const struct verify_progress *progress, struct verify_report *ret)
{
	struct tlog *log = NULL;
	uint64_t size;
	enum err e = tlog_open(options, &log);

	if (e == ERR_CORRUPT || e == ERR_CRYPTO)
		return wrong(ret, e,
		    "the records end before the checkpoint, or do not "
		    "belong to it");
	if (e)
		return wrong(ret, e, "the records cannot be read");
	size = tlog_size(log);
	for (uint64_t i = 0; i < size && !e; i++) {
		e = check_record(
		    log, i, options->side_size > 0, purged, ret);
		if (i % (PROGRESS_EVERY * TILE_WIDTH) == 0)
			step(progress, i, size);
	}
	tlog_close(log);
	return e;
}
