/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/text.h"
#include "journal/checkpoint.h"

void checkpoint_format(const struct checkpoint *c, struct buf *out)
{
	char root[TEXT_B64_SIZE(HASH_SIZE)];

	(void)text_b64(c->root, HASH_SIZE, root);
	buf_printf(out, "%s\n%llu\n%s\n", c->origin,
	    (unsigned long long)c->size, root);
}

/* Takes a line off *in, without its newline. */
static bool next_line(struct span *in, struct span *ret)
{
	const uint8_t *at = in->n ? memchr(in->p, '\n', in->n) : NULL;

	if (!at)
		return false;
	*ret = span_of(in->p, (size_t)(at - in->p));
	in->n -= ret->n + 1;
	in->p = at + 1;
	return ret->n > 0;
}

enum err checkpoint_parse(struct span text, struct checkpoint *ret)
{
	struct span origin, size, root, extension;
	struct checkpoint c = {.size = 0};
	size_t n;

	if (!next_line(&text, &origin) || !next_line(&text, &size) ||
	    !next_line(&text, &root))
		return ERR_SHAPE;
	while (text.n > 0)
		if (!next_line(&text, &extension))
			return ERR_SHAPE;
	if (text_copy(origin, c.origin, sizeof(c.origin)) ||
	    text_u64(size, INT64_MAX, &c.size) ||
	    text_unb64(root, c.root, sizeof(c.root), &n) || n != HASH_SIZE)
		return ERR_SHAPE;
	*ret = c;
	return ERR_OK;
}

enum err checkpoint_sign(const struct checkpoint *c,
    const struct sign_private *const *keys, size_t n, struct buf *out)
{
	struct note_signer by[CHECKPOINT_SIGNERS];
	struct buf text;
	enum err e;

	if (n == 0 || n > CHECKPOINT_SIGNERS)
		return ERR_LIMIT;
	for (size_t i = 0; i < n; i++)
		by[i] = (struct note_signer){c->origin, keys[i]};
	buf_init(&text, CHECKPOINT_MAX);
	checkpoint_format(c, &text);
	e = text.err;
	if (!e)
		e = note_sign(buf_span(&text), by, n, out);
	buf_release(&text);
	return e;
}

enum err checkpoint_verify(struct span note, const struct note_key *key,
    struct checkpoint *ret)
{
	struct checkpoint c;
	struct span text;
	enum err e = note_verify(note, key, 1, &text, NULL);

	if (!e)
		e = checkpoint_parse(text, &c);
	if (e)
		return e;
	if (strcmp(c.origin, key->name) != 0)
		return ERR_UNKNOWN;
	*ret = c;
	return ERR_OK;
}
