/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/random.h"
#include "insurer/differ.h"

#define PART 16		/* bytes of a hash: collisions are no concern */
#define GROUP 1024	/* lines of a person; with more he differs */

/* One order of bytes is that of persons, then of their lines. */
struct row {
	uint8_t who[PART], text[PART];
	uint8_t book;
	bool faulty;
	uint32_t line;
};

/* A sorted run: in a file, or the rows in memory, which are the last. */
struct feeder {
	FILE *f;
	struct row row;
	bool done;
};

struct bits {
	uint8_t *p;
	size_t n;
};

struct differ {
	uint8_t key[HASH_SIZE];
	struct row *rows;
	size_t count, room, next;	/* next: of the merge */
	FILE *runs[DIFFER_RUNS];
	size_t run_count;
	struct feeder *feeders;
	struct bits bits[2];		/* by book */
	/* of the person being merged */
	struct row group[GROUP];
	size_t group_n;
	bool differs, there[2];
	uint32_t first_old;
	struct differ_counts counts;
};

enum err differ_new(size_t room, struct differ **ret)
{
	struct differ *d = calloc(1, sizeof(*d));
	struct random random = random_system();

	if (d)
		d->rows = malloc(room * sizeof(*d->rows));
	if (!d || !d->rows) {
		free(d);
		return ERR_NOMEM;
	}
	d->room = room;
	random_fill(&random, d->key, sizeof(d->key));
	*ret = d;
	return ERR_OK;
}

void differ_free(struct differ *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->run_count; i++)
		(void)fclose(d->runs[i]);
	free(d->feeders);
	free(d->bits[DIFFER_OLD].p);
	free(d->bits[DIFFER_NEW].p);
	free(d->rows);
	free(d);
}

static int by_person(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int c = memcmp(x->who, y->who, PART);

	if (c == 0)
		c = memcmp(x->text, y->text, PART);
	if (c == 0)
		c = (x->book > y->book) - (x->book < y->book);
	return c ? c : (x->line > y->line) - (x->line < y->line);
}

/* Its name is gone before anything is in it; for its owner alone. Not
 * tmpfile(3), which asks for no TMPDIR. */
static FILE *nameless(void)
{
	const char *set = getenv("TMPDIR");
	char path[PATH_MAX];
	int fd, n = snprintf(path, sizeof(path), "%s/ecluse-XXXXXX",
	    set && set[0] ? set : P_tmpdir);
	FILE *f;

	if (n < 0 || (size_t)n >= sizeof(path))
		return NULL;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return NULL;
	(void)unlink(path);
	f = fdopen(fd, "w+");
	if (!f)
		(void)close(fd);
	return f;
}

static enum err spill(struct differ *d)
{
	FILE *f;

	qsort(d->rows, d->count, sizeof(*d->rows), by_person);
	if (d->run_count == DIFFER_RUNS)
		return ERR_LIMIT;
	f = nameless();
	if (!f)
		return ERR_IO;
	d->runs[d->run_count++] = f;
	if (fwrite(d->rows, sizeof(*d->rows), d->count, f) != d->count ||
	    fflush(f) != 0)
		return ERR_IO;
	rewind(f);
	d->count = 0;
	return ERR_OK;
}

static void part(const struct differ *d, struct span s, uint8_t *out)
{
	uint8_t hash[HASH_SIZE];

	hash_hmac(span_of(d->key, sizeof(d->key)), s, hash);
	memcpy(out, hash, PART);
}

enum err differ_put(struct differ *d, enum differ_book book, uint32_t line,
    struct span ref, struct span packed)
{
	struct row row;
	enum err e = ERR_OK;

	if (d->count == d->room)
		e = spill(d);
	if (e)
		return e;
	memset(&row, 0, sizeof(row));
	part(d, ref, row.who);
	part(d, packed, row.text);
	row.book = (uint8_t)book;
	row.faulty = packed.n == 0;
	row.line = line;
	d->rows[d->count++] = row;
	return ERR_OK;
}

static enum err mark(struct differ *d, enum differ_book book, uint32_t line)
{
	struct bits *b = &d->bits[book];
	size_t n = b->n ? b->n : 4096;
	uint8_t *wider;

	while (n <= line / 8)
		n *= 2;
	if (n > b->n) {
		wider = realloc(b->p, n);
		if (!wider)
			return ERR_NOMEM;
		memset(wider + b->n, 0, n - b->n);
		b->p = wider;
		b->n = n;
	}
	b->p[line / 8] |= (uint8_t)(1u << line % 8);
	return ERR_OK;
}

bool differ_has(const struct differ *d, enum differ_book book, uint32_t line)
{
	const struct bits *b = &d->bits[book];

	return line / 8 < b->n && (b->p[line / 8] >> line % 8 & 1) != 0;
}

/* Does each text stand in both books? Rows are sorted by text. */
static bool texts_differ(const struct differ *d)
{
	bool there[2];

	for (size_t i = 0, end; i < d->group_n; i = end) {
		there[DIFFER_OLD] = there[DIFFER_NEW] = false;
		for (end = i; end < d->group_n && memcmp(d->group[i].text,
		     d->group[end].text, PART) == 0; end++) {
			if (d->group[end].faulty)
				return true;
			there[d->group[end].book] = true;
		}
		if (!there[DIFFER_OLD] || !there[DIFFER_NEW])
			return true;
	}
	return false;
}

static enum err list_group(struct differ *d)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < d->group_n && !e; i++)
		if (d->group[i].book == DIFFER_NEW)
			e = mark(d, DIFFER_NEW, d->group[i].line);
	d->group_n = 0;
	return e;
}

static enum err end_group(struct differ *d)
{
	bool was = d->there[DIFFER_OLD], is = d->there[DIFFER_NEW];
	enum err e = ERR_OK;

	if (!was && !is)
		return ERR_OK;
	d->differs = d->differs || texts_differ(d);
	d->counts.gone += is ? 0 : 1;
	d->counts.joined += was ? 0 : 1;
	d->counts.changed += was && is && d->differs ? 1 : 0;
	d->counts.same += d->differs ? 0 : 1;
	if (!is)
		e = mark(d, DIFFER_OLD, d->first_old);
	else if (d->differs)
		e = list_group(d);
	d->group_n = 0;
	d->differs = d->there[DIFFER_OLD] = d->there[DIFFER_NEW] = false;
	return e;
}

static enum err take(
    struct differ *d, const struct row *row, uint8_t who[static PART])
{
	enum err e = ERR_OK;

	if (memcmp(row->who, who, PART) != 0)
		e = end_group(d);
	memcpy(who, row->who, PART);
	if (row->book == DIFFER_OLD &&
	    (!d->there[DIFFER_OLD] || row->line < d->first_old))
		d->first_old = row->line;
	d->there[row->book] = true;
	if (!e && d->group_n == GROUP) {
		d->differs = true;
		e = list_group(d);
	}
	d->group[d->group_n++] = *row;
	return e;
}

static enum err refill(struct differ *d, struct feeder *f)
{
	if (!f->f) {
		f->done = d->next == d->count;
		if (!f->done)
			f->row = d->rows[d->next++];
		return ERR_OK;
	}
	f->done = fread(&f->row, sizeof(f->row), 1, f->f) != 1;
	return ferror(f->f) ? ERR_IO : ERR_OK;
}

static struct feeder *least(struct differ *d)
{
	struct feeder *best = NULL;

	for (size_t i = 0; i <= d->run_count; i++) {
		struct feeder *f = &d->feeders[i];

		if (!f->done && (!best || by_person(&f->row, &best->row) < 0))
			best = f;
	}
	return best;
}

enum err differ_settle(struct differ *d, struct differ_counts *ret)
{
	uint8_t who[PART] = {0};
	struct feeder *f;
	enum err e = ERR_OK;

	qsort(d->rows, d->count, sizeof(*d->rows), by_person);
	d->feeders = calloc(d->run_count + 1, sizeof(*d->feeders));
	if (!d->feeders)
		return ERR_NOMEM;
	for (size_t i = 0; i <= d->run_count && !e; i++) {
		d->feeders[i].f = i < d->run_count ? d->runs[i] : NULL;
		e = refill(d, &d->feeders[i]);
	}
	while (!e && (f = least(d)) != NULL) {
		e = take(d, &f->row, who);
		if (!e)
			e = refill(d, f);
	}
	if (!e)
		e = end_group(d);
	*ret = d->counts;
	return e;
}
