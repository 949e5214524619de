/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "backup/records.h"
#include "base/file.h"
#include "journal/opening.h"
#include "journal/scan.h"
#include "journal/segment.h"
#include "journal/tree.h"

struct reading {
	const char *folder;
	struct record_shape shape;
	uint64_t size, next;	/* next: the index expected */
	struct crc crc;
	struct tree_edge edge;
	records_visit visit;	/* or NULL */
	void *of;
};

/* Of a journal: no root covers the sides, but for the hash in each leaf. A
 * purge took what is empty. */
static bool is_sound(const struct record *record)
{
	struct leaf leaf;

	return !leaf_unpack(record->leaf, &leaf) && (record->side.n == 0 ||
	    opening_is_named(record->side, &leaf));
}

/* Each is whole and at its place: what a file does not have to the end is not
 * in the next one. */
static enum err take_records(struct reading *r, struct scan *scan)
{
	uint64_t end = r->next + SEGMENT_RECORDS;
	struct record record;
	uint8_t hash[HASH_SIZE];
	off_t at = 0;
	enum err e = ERR_OK;

	while (!e && r->next < r->size && r->next < end) {
		e = scan_record(scan, at, r->next, &record);
		if (!e && r->shape.side > 0 && !is_sound(&record))
			e = ERR_CORRUPT;
		if (e)
			break;
		tree_leaf_hash(record.leaf, hash);
		tree_edge_append(&r->edge, hash, NULL);
		if (r->visit)
			r->visit(r->of, record.leaf, &r->edge);
		r->next++;
		at += (off_t)record_taken(&record);
	}
	return e;
}

/* Read, never mapped: a medium that somebody takes away, or shortens, is an
 * error then and not the end of this process. */
static enum err take_file(struct reading *r)
{
	char name[32], path[PATH_MAX];
	struct scan *scan = NULL;
	int fd;
	enum err e;

	(void)snprintf(name, sizeof(name), "seg-%012llu",
	    (unsigned long long)r->next);
	e = file_path(path, sizeof(path), r->folder, name);
	if (e)
		return e;
	if (file_open_plain(path, O_NOFOLLOW, &fd))
		return ERR_CORRUPT;
	e = scan_new(fd, &r->crc, r->shape, &scan);
	if (!e)
		e = take_records(r, scan);
	scan_free(scan);
	(void)close(fd);
	return e;
}

enum err records_each(const char *folder, struct record_shape shape,
    uint64_t size, records_visit visit, void *of,
    uint8_t ret[static HASH_SIZE], uint64_t *ret_bad)
{
	struct reading *r = calloc(1, sizeof(*r));
	enum err e = ERR_OK;

	if (!r)
		return ERR_NOMEM;
	r->folder = folder;
	r->shape = shape;
	r->size = size;
	r->visit = visit;
	r->of = of;
	crc_init(&r->crc);
	tree_edge_init(&r->edge);
	while (!e && r->next < size)
		e = take_file(r);
	if (e)
		*ret_bad = r->next;
	else
		tree_edge_root(&r->edge, ret);
	free(r);
	return e;
}

enum err records_root(const char *folder, struct record_shape shape,
    uint64_t size, uint8_t ret[static HASH_SIZE], uint64_t *ret_bad)
{
	return records_each(folder, shape, size, NULL, NULL, ret, ret_bad);
}
