/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "journal/publication.h"
#include "journal/public.h"

struct publication {
	struct frontier frontier;
	uint64_t written;
	const char *folder;
	size_t note_n;
	uint8_t note[];
};

enum err publication_new(const struct frontier *of, uint64_t written,
    struct span note, const char *folder, struct publication **ret)
{
	struct publication *p = malloc(sizeof(*p) + note.n);
	enum err e;

	if (!p)
		return ERR_NOMEM;
	p->written = written;
	p->folder = folder;
	p->note_n = note.n;
	memcpy(p->note, note.p, note.n);
	e = frontier_copy(of, &p->frontier);
	if (e)
		free(p);
	else
		*ret = p;
	return e;
}

void publication_free(struct publication *p)
{
	if (!p)
		return;
	frontier_release(&p->frontier);
	free(p);
}

uint64_t publication_size(const struct publication *p)
{
	return p->frontier.edge.size;
}

enum err publication_write(const struct publication *p)
{
	enum err e = frontier_write(&p->frontier, p->folder, p->written);

	return e ? e : public_put_checkpoint(
	    p->folder, span_of(p->note, p->note_n));
}
