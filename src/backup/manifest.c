/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "backup/manifest.h"
#include "base/date.h"
#include "base/text.h"

static void put_log(
    struct buf *out, const char *name, const struct manifest_log *l)
{
	char root[2 * HASH_SIZE + 1];

	text_hex(l->root, HASH_SIZE, root);
	buf_printf(
	    out, "%s %llu %s\n", name, (unsigned long long)l->size, root);
}

void manifest_write(const struct manifest *m, struct buf *out)
{
	char time[DATE_STAMP_SIZE], files[2 * HASH_SIZE + 1];

	date_format_stamp(m->time_ms, time);
	buf_printf(out, MANIFEST_FIRST "\norigin %s\ntime %s\nversion %s\n",
	    m->origin, time, m->version);
	put_log(out, "journal", &m->journal);
	put_log(out, "registry", &m->registry);
	text_hex(m->files, HASH_SIZE, files);
	buf_printf(
	    out, "files %llu %s\n", (unsigned long long)m->count, files);
}

/* "name value", off the front of *rest. */
static struct span take(struct span *rest, const char *name)
{
	const uint8_t *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	size_t n = strlen(name), line = end ? (size_t)(end - rest->p) : 0;
	struct span value = span_of(NULL, 0);

	if (line > n + 1 && memcmp(rest->p, name, n) == 0 &&
	    rest->p[n] == ' ')
		value = span_of(rest->p + n + 1, line - n - 1);
	*rest = end ? span_of(end + 1, rest->n - line - 1) :
	    span_of(rest->p, 0);
	return value;
}

static enum err take_counted(struct span *rest, const char *name,
    uint64_t *ret_n, uint8_t hash[static HASH_SIZE])
{
	struct span s = take(rest, name), rest_of;
	const uint8_t *space = s.n ? memchr(s.p, ' ', s.n) : NULL;
	size_t n;
	enum err e;

	if (!space)
		return ERR_SHAPE;
	n = (size_t)(space - s.p);
	rest_of = span_of(space + 1, s.n - n - 1);
	e = text_u64(span_of(s.p, n), INT64_MAX, ret_n);
	return e ? e : text_unhex(rest_of, hash, HASH_SIZE);
}

enum err manifest_parse(struct span text, struct manifest *ret)
{
	struct manifest m;
	struct span rest = text;
	struct buf again;
	enum err e = ERR_SHAPE;

	memset(&m, 0, sizeof(m));
	if (text.n > MANIFEST_MOST || !span_is(take(&rest, "ecluse"),
		&MANIFEST_FIRST[sizeof("ecluse")]))
		return ERR_SHAPE;
	if (text_copy(take(&rest, "origin"), m.origin, sizeof(m.origin)) ||
	    date_parse_stamp(take(&rest, "time"), &m.time_ms) ||
	    text_copy(take(&rest, "version"), m.version, sizeof(m.version)) ||
	    take_counted(&rest, "journal", &m.journal.size, m.journal.root) ||
	    take_counted(
		&rest, "registry", &m.registry.size, m.registry.root) ||
	    take_counted(&rest, "files", &m.count, m.files))
		return ERR_SHAPE;
	if (!note_name_is_valid(span_str(m.origin)) ||
	    !note_name_is_valid(span_str(m.version)))
		return ERR_SHAPE;
	buf_init(&again, MANIFEST_MOST);
	manifest_write(&m, &again);
	if (!again.err && span_equal(text, buf_span(&again))) {
		*ret = m;
		e = ERR_OK;
	}
	buf_release(&again);
	return e;
}
