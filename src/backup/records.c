/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "backup/records.h"
#include "base/file.h"
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

static enum err take_records(struct reading *r, struct span s)
{
	struct record record;
	uint8_t hash[HASH_SIZE];
	size_t n;

	while (s.n >= RECORD_HEAD && r->next < r->size) {
		n = record_length(r->shape, s.p);
		if (n == 0)
			return ERR_OK;	/* zeros ahead, or damage: see below */
		if (n > s.n || record_parse(&r->crc, r->shape,
		    span_of(s.p, n), &record) || record.index != r->next)
			return ERR_CORRUPT;
		tree_leaf_hash(record.leaf, hash);
		tree_edge_append(&r->edge, hash, NULL);
		if (r->visit)
			r->visit(r->of, record.leaf);
		r->next++;
		s = span_of(s.p + n, s.n - n);
	}
	return ERR_OK;
}

static enum err take_file(struct reading *r)
{
	char name[32], path[PATH_MAX];
	uint64_t first = r->next;
	struct stat st;
	void *p = MAP_FAILED;
	int fd;
	enum err e;

	(void)snprintf(
	    name, sizeof(name), "seg-%012llu", (unsigned long long)first);
	e = file_path(path, sizeof(path), r->folder, name);
	if (e)
		return e;
	if (file_open_plain(path, O_NOFOLLOW, &fd))
		return ERR_CORRUPT;
	if (fstat(fd, &st) == 0 && st.st_size > 0)
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE,
		    fd, 0);
	(void)close(fd);
	if (p == MAP_FAILED)
		return ERR_IO;
	e = take_records(r, span_of(p, (size_t)st.st_size));
	(void)munmap(p, (size_t)st.st_size);
	/* a file that gives nothing would be read for ever */
	return !e && r->next == first ? ERR_CORRUPT : e;
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
