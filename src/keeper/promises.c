/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "journal/tree.h"
#include "json/write.h"
#include "keeper/promises.h"

#define LABEL "ecluse/promise-line/v1"
#define SALT 16
#define LEVELS 7	/* full subtrees of up to 64 leaves */
#define LEAVES 64

_Static_assert(LIMIT_BUNDLE_LINES <= LEAVES, "levels");

struct leaf_line {
	bool promised;
	unsigned place;
	size_t at, n;		/* its claims in the text */
	uint8_t salt[SALT];
};

struct promises {
	struct leaf_line lines[LIMIT_BUNDLE_LINES];
	struct buf claims;
	struct tree_edge edge;	/* of the leaves so far */
	uint8_t nodes[LEVELS][LEAVES][HASH_SIZE];	/* full subtrees */
};

struct promises *promises_new(void)
{
	struct promises *p = calloc(1, sizeof(*p));

	if (p)
		buf_init(&p->claims, LIMIT_BUNDLE_LINES * PROMISE_CLAIMS);
	return p;
}

void promises_free(struct promises *p)
{
	if (!p)
		return;
	buf_release(&p->claims);
	free(p);
}

static void hash_leaf(const struct leaf_line *l, struct span claims,
    uint8_t out[static HASH_SIZE])
{
	static const uint8_t zero[1] = {0};
	struct span parts[4] = {span_of(zero, 1), span_str(LABEL),
	    span_of(l->salt, SALT), claims};

	hash_sha256_parts(parts, 4, out);
}

/* A subtree that the leaf behind those of the edge makes full. */
static void keep_node(
    void *ctx, unsigned level, const uint8_t hash[static HASH_SIZE])
{
	struct promises *p = ctx;

	memcpy(p->nodes[level][p->edge.size >> level], hash, HASH_SIZE);
}

enum err promises_add(struct promises *p, unsigned nth,
    const struct promise *one, const struct secret *blinding,
    const struct random *random)
{
	const struct tree_sink sink = {keep_node, p};
	struct leaf_line *l = &p->lines[nth];
	uint8_t leaf[HASH_SIZE];
	enum err e;

	l->at = p->claims.n;
	e = promise_claims(one, blinding, &p->claims);
	if (e)
		return e;
	l->promised = true;
	l->n = p->claims.n - l->at;
	l->place = (unsigned)p->edge.size;
	random_fill(random, l->salt, SALT);
	hash_leaf(l, span_of(p->claims.p + l->at, l->n), leaf);
	tree_edge_append(&p->edge, leaf, &sink);
	return ERR_OK;
}

static enum err get_node(void *ctx, unsigned level, uint64_t index,
    uint8_t ret[static HASH_SIZE])
{
	const struct promises *p = ctx;

	/* a path asks for full subtrees alone */
	assert(level < LEVELS && index < p->edge.size >> level);
	memcpy(ret, p->nodes[level][index], HASH_SIZE);
	return ERR_OK;
}

static void put_b64(struct buf *out, const void *p, size_t n)
{
	char text[TEXT_B64_SIZE(PROMISE_CLAIMS)];

	text_b64url(p, n, text);
	buf_text(out, text);
}

enum err promises_sign(struct promises *p, const char *origin, int64_t now_ms,
    const struct sign_private *key, struct buf *out)
{
	char text[TEXT_B64_SIZE(HASH_SIZE)];
	uint8_t root[HASH_SIZE];
	struct json_writer w;
	struct buf payload;
	enum err e;

	if (p->edge.size == 0)
		return ERR_OK;
	tree_edge_root(&p->edge, root);
	text_b64url(root, HASH_SIZE, text);
	buf_init(&payload, PROMISE_CLAIMS);
	w = json_writer_of(&payload);
	json_write_begin(&w, '{');
	json_write_pair(&w, "iss", origin);
	json_write_pair(&w, "root", text);
	json_write_name(&w, "n");
	json_write_int(&w, (int64_t)p->edge.size);
	json_write_name(&w, "iat");
	json_write_int(&w, now_ms / 1000);
	json_write_name(&w, "exp");
	json_write_int(&w, now_ms / 1000 + PROMISE_LIFE_S);
	json_write_end(&w, '}');
	e = payload.err;
	if (!e)
		e = promise_jws("ecluse-promises+jwt", buf_span(&payload),
		    key, out);
	buf_release(&payload);
	return e;
}

void promises_line(
    const struct promises *p, unsigned nth, struct buf *out)
{
	const struct leaf_line *l = &p->lines[nth];
	union {
		const struct promises *in;
		void *out;	/* get_node changes nothing of it */
	} ctx = {p};
	struct tree_nodes nodes = {get_node, ctx.out};
	struct tree_proof path;
	enum err e;

	if (!l->promised)
		return;
	e = tree_inclusion(&nodes, l->place, p->edge.size, &path);
	assert(!e);	/* the leaf is there, and so are all nodes */
	(void)e;
	buf_printf(out, "%u.", l->place);
	put_b64(out, p->claims.p + l->at, l->n);
	buf_text(out, ".");
	put_b64(out, l->salt, SALT);
	buf_text(out, ".");
	put_b64(out, path.hash, path.n * HASH_SIZE);
}
