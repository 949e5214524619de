/* SPDX-License-Identifier: Apache-2.0 */
/* What continue does: a log that was restored behind what is known of it ends,
 * and another one goes on under a new name (design §5). */
#include <string.h>
#include "base/text.h"
#include "crypto/hash.h"
#include "registry/words.h"

static enum err take_log(struct words_work *w, const char *size_name,
    const char *root_name, uint64_t *ret_size, uint8_t *ret_root)
{
	if (text_u64(words_value(w, size_name), INT64_MAX, ret_size) ||
	    text_unhex(words_value(w, root_name), ret_root, HASH_SIZE))
		return words_say(w, ERR_SHAPE, "a log is a size and a root of "
		    "64 hexadecimal digits");
	return ERR_OK;
}

static enum err confirm(struct words_work *w)
{
	if (!span_is(words_value(w, "confirm"), "yes"))
		return words_say(w, ERR_SHAPE, "continue confirm=yes");
	if (w->r->past_count == 0)
		return words_say(w, ERR_STATE,
		    "this log did not begin with a restore");
	w->r->reopened = true;
	return ERR_OK;
}

static enum err fill(struct words_work *w, struct registry_past *p)
{
	enum err e = take_log(w, "size", "root", &p->size, p->root);

	if (!e && words_value(w, "known-size").n > 0)
		e = take_log(w, "known-size", "known-root", &p->known_size,
		    p->known_root);
	if (!e && p->known_size > 0 && p->known_size < p->size)
		e = words_say(w, ERR_RANGE, "what is known is not longer than "
		    "what was restored");
	return e;
}

enum err words_past_continue(struct words_work *w)
{
	struct registry *r = w->r;
	struct registry_past p = {.size = 0};
	enum err e;

	if (words_value(w, "from").n == 0)
		return confirm(w);
	if (w->first || !span_is(words_value(w, "from"), r->origin) ||
	    span_is(w->head->origin, r->origin))
		return words_say(w, ERR_STATE,
		    "only a restore under a new name says this");
	/* a name stands for one log: vaults answer for no other (0156) */
	if (registry_past(r, w->head->origin))
		return words_say(w, ERR_EXISTS,
		    "a log of this name has ended: it needs another");
	if (r->past_count == REGISTRY_PASTS)
		return words_say(w, ERR_LIMIT, "too many restores");
	memcpy(p.origin, r->origin, sizeof(p.origin));
	e = fill(w, &p);
	if (!e && text_copy(w->head->origin, r->origin, sizeof(r->origin)))
		e = words_say(w, ERR_LIMIT, "the new origin is too long");
	if (e)
		return e;
	r->pasts[r->past_count++] = p;
	r->reopened = false;
	return ERR_OK;
}

const struct registry_past *registry_past(
    const struct registry *r, struct span origin)
{
	for (size_t i = 0; i < r->past_count; i++)
		if (span_is(origin, r->pasts[i].origin))
			return &r->pasts[i];
	return NULL;
}
