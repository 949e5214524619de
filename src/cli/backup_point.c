/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>
#include "backup/files.h"
#include "base/file.h"
#include "cli/backup_point.h"
#include "journal/note.h"

void backup_point_init(struct backup_point *p)
{
	*p = (struct backup_point){0};
	buf_init(&p->journal, NOTE_MAX);
	buf_init(&p->journal_key, NOTE_MAX);
	buf_init(&p->registry, NOTE_MAX);
	buf_init(&p->registry_key, NOTE_MAX);
}

void backup_point_release(struct backup_point *p)
{
	buf_release(&p->journal);
	buf_release(&p->journal_key);
	buf_release(&p->registry);
	buf_release(&p->registry_key);
}

static enum err hash_keys(const char *dir, uint8_t ret[static HASH_SIZE])
{
	struct files_row row = {0};
	char path[PATH_MAX];
	enum err e = file_path(
	    path, sizeof(path), dir, "keeper/keys.sealed");

	if (!e)
		e = files_hash(path, FILES_WHOLE, &row);
	memcpy(ret, row.hash, HASH_SIZE);
	return e;
}

enum err backup_point_take(struct link *l, const char *dir,
    struct backup_point *ret, char *words, size_t size)
{
	struct buf *const parts[] = {&ret->journal, &ret->journal_key,
		&ret->registry, &ret->registry_key};
	struct buf answer;
	struct reader r;
	enum err e = hash_keys(dir, ret->keys);

	buf_init(&answer, LIMIT_DATAGRAM);
	if (!e)
		e = link_ask(l, MSG_ADMIN_POINT, span_of(NULL, 0), link_to_buf,
		    &answer, words, size);
	r = reader_of(buf_span(&answer));
	for (size_t i = 0; i < 4; i++) {
		buf_clear(parts[i]);
		buf_put_span(parts[i], read_s32(&r));
		if (!e)
			e = parts[i]->err;
	}
	ret->time_ms = (int64_t)read_u64(&r);
	if (!e && !reader_done(&r))
		e = ERR_SHAPE;
	buf_release(&answer);
	return e;
}

bool backup_point_same(
    const struct backup_point *a, const struct backup_point *b)
{
	return span_equal(buf_span(&a->journal_key),
		   buf_span(&b->journal_key)) &&
	    span_equal(buf_span(&a->registry_key),
		buf_span(&b->registry_key));
}

enum err backup_point_holds(
    const char *dir, const struct backup_point *p, bool *ret_turned)
{
	uint8_t now[HASH_SIZE];
	enum err e = hash_keys(dir, now);

	if (!e)
		*ret_turned = memcmp(now, p->keys, HASH_SIZE) != 0;
	return e;
}
