/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>
#include "base/text.h"
#include "journal/checkpoint.h"
#include "journal/ending.h"

#define FIRST "ecluse list end v1"

enum err ending_sign(const struct ending *e, const char *origin,
    const struct sign_private *const *keys, size_t n, struct buf *out)
{
	struct note_signer signers[CHECKPOINT_SIGNERS];
	char hex[2 * HASH_SIZE + 1];
	struct buf text;
	enum err how;

	assert(n <= CHECKPOINT_SIGNERS);
	for (size_t i = 0; i < n; i++)
		signers[i] = (struct note_signer){origin, keys[i]};
	text_hex(e->hash, HASH_SIZE, hex);
	buf_init(&text, ENDING_MAX);
	buf_printf(&text, FIRST "\norigin %s\ncount %llu\nsha256 %s\n", origin,
	    (unsigned long long)e->count, hex);
	how = text.err ? text.err : note_sign(buf_span(&text), signers, n, out);
	buf_release(&text);
	return how;
}

/* Takes a line off *rest that begins so; gives what follows on it. */
static bool line_of(struct span *rest, const char *begin, struct span *ret)
{
	size_t n = strlen(begin);
	const uint8_t *end = memchr(rest->p, '\n', rest->n);

	if (!end || rest->n < n || memcmp(rest->p, begin, n) != 0)
		return false;
	*ret = span_of(rest->p + n, (size_t)(end - rest->p) - n);
	*rest = span_of(end + 1, rest->n - ret->n - n - 1);
	return true;
}

enum err ending_read(struct span note, struct ending *ret)
{
	struct span text, signatures, first, origin, count, hash;
	struct ending e;

	if (note_split(note, &text, &signatures) ||
	    !line_of(&text, FIRST, &first) || first.n > 0 ||
	    !line_of(&text, "origin ", &origin) ||
	    !line_of(&text, "count ", &count) ||
	    !line_of(&text, "sha256 ", &hash) || text.n > 0 ||
	    text_u64(count, INT64_MAX, &e.count) ||
	    text_unhex(hash, e.hash, HASH_SIZE))
		return ERR_SHAPE;
	*ret = e;
	return ERR_OK;
}

enum err ending_verify(struct span note, const struct note_key *key)
{
	struct span text, line, origin;
	enum err e = note_verify(note, key, 1, &text, NULL);

	if (e)
		return e;
	return line_of(&text, FIRST, &line) && line.n == 0 &&
	    line_of(&text, "origin ", &origin) &&
	    span_is(origin, key->name) ? ERR_OK : ERR_UNKNOWN;
}
