/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>
#include "insurer/chunks.h"

enum err chunks_open(struct chunks *c, const char *path)
{
	struct stat st;

	*c = (struct chunks){.f = fopen(path, "re")};
	if (!c->f)
		return ERR_UNKNOWN;
	buf_init(&c->chunk, LIMIT_FEED_CHUNK);
	if (fstat(fileno(c->f), &st) != 0) {
		chunks_close(c);
		return ERR_IO;
	}
	c->size = (uint64_t)st.st_size;
	return ERR_OK;
}

void chunks_close(struct chunks *c)
{
	if (c->f)
		(void)fclose(c->f);
	buf_release(&c->chunk);
	c->f = NULL;
}

static enum err next(struct chunks *c)
{
	uint8_t prefix[4], *to;
	size_t n = 0, got = fread(prefix, 1, sizeof(prefix), c->f);
	enum err e;

	if (got == 0)
		return ferror(c->f) ? ERR_IO : ERR_CLOSED;
	if (got != sizeof(prefix))
		return ERR_SHAPE;
	e = feed_chunk_length(prefix, &n);
	if (e)
		return e;
	buf_clear(&c->chunk);
	to = buf_extend(&c->chunk, n);
	if (!to)
		return c->chunk.err;
	if (fread(to, 1, n, c->f) != n)
		return ERR_SHAPE;
	c->done += n + sizeof(prefix);
	e = feed_chunk_head_parse(buf_span(&c->chunk), &c->head);
	if (!e && c->head.number != c->number)
		e = ERR_SHAPE;
	c->number++;
	return e;
}

enum err chunks_read(struct chunks *c, uint32_t number)
{
	enum err e = ERR_OK;

	if (number < c->number) {
		rewind(c->f);
		c->number = 0;
		c->done = 0;
	}
	while (!e && c->number <= number)
		e = next(c);
	return e;
}
