/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "vault/waiting.h"

enum err waiting_put(struct waiting *w, uint64_t ref, struct span body)
{
	struct buf copy;

	if (w->count == WAITING_MOST)
		return ERR_FULL;
	buf_init(&copy, body.n);
	buf_put_span(&copy, body);
	if (copy.err)
		return copy.err;
	w->list[w->count].ref = ref;
	w->list[w->count++].body = copy;
	return ERR_OK;
}

bool waiting_take(struct waiting *w, uint64_t *ret_ref, struct buf *ret_body)
{
	if (w->count == 0)
		return false;
	*ret_ref = w->list[0].ref;
	*ret_body = w->list[0].body;
	w->count--;
	memmove(&w->list[0], &w->list[1], w->count * sizeof(w->list[0]));
	return true;
}

void waiting_release(struct waiting *w)
{
	for (unsigned i = 0; i < w->count; i++)
		buf_release(&w->list[i].body);
	w->count = 0;
}
