/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/text.h"
#include "journal/proof.h"
#include "journal/public.h"
#include "journal/tile.h"

#define FIRST_LINE "c2sp.org/tlog-proof@v1"

static void put_proof(uint64_t index, const struct tree_proof *path,
    struct span checkpoint, struct buf *out)
{
	char hash[TEXT_B64_SIZE(HASH_SIZE)];

	buf_printf(out, FIRST_LINE "\nindex %llu\n", (unsigned long long)index);
	for (size_t i = 0; i < path->n; i++) {
		(void)text_b64(path->hash[i], HASH_SIZE, hash);
		buf_printf(out, "%s\n", hash);
	}
	buf_text(out, "\n");
	buf_put_span(out, checkpoint);
}

/* The way from entry index to the checkpoint's root, seen to lead there. */
static enum err read_path(const char *public_dir, const struct checkpoint *c,
    uint64_t index, struct tree_proof *ret, uint8_t leaf[static HASH_SIZE])
{
	struct tile_reader *tiles = NULL;
	struct tree_nodes nodes;
	enum err e = tile_reader_new(public_dir, c->size, &tiles);

	if (e)
		return e;
	nodes = tile_reader_nodes(tiles);
	e = nodes.get(nodes.ctx, 0, index, leaf);
	if (!e)
		e = tree_inclusion(&nodes, index, c->size, ret);
	if (!e && tree_verify_inclusion(leaf, index, c->size, ret, c->root))
		e = ERR_CORRUPT;
	tile_reader_free(tiles);
	return e;
}

enum err proof_make(const char *public_dir, const struct note_key *key,
    uint64_t index, struct buf *out, uint8_t *ret_leaf_hash)
{
	uint8_t leaf[HASH_SIZE];
	struct tree_proof path;
	struct checkpoint c;
	struct buf note;
	size_t before = out->n;
	enum err e;

	buf_init(&note, CHECKPOINT_MAX);
	e = public_read_checkpoint(public_dir, key, &note, &c);
	if (!e && index >= c.size)
		e = ERR_RANGE;
	if (!e)
		e = read_path(public_dir, &c, index, &path, leaf);
	if (!e) {
		put_proof(index, &path, buf_span(&note), out);
		e = out->err;
	}
	if (e)
		out->n = before;
	else if (ret_leaf_hash)
		memcpy(ret_leaf_hash, leaf, HASH_SIZE);
	buf_release(&note);
	return e;
}

/* Takes one line off *in, without its newline. */
static bool next_line(struct span *in, struct span *ret)
{
	const uint8_t *at = in->n ? memchr(in->p, '\n', in->n) : NULL;

	if (!at)
		return false;
	*ret = span_of(in->p, (size_t)(at - in->p));
	in->n -= ret->n + 1;
	in->p = at + 1;
	return true;
}

/* What follows "name " in a line; false if it starts otherwise. */
static bool after(struct span line, const char *name, struct span *ret)
{
	size_t n = strlen(name);

	if (line.n <= n || memcmp(line.p, name, n) != 0 || line.p[n] != ' ')
		return false;
	*ret = span_of(line.p + n + 1, line.n - n - 1);
	return true;
}

static enum err parse_head(struct span *in, struct proof *p)
{
	uint8_t extra[PROOF_EXTRA];
	struct span line, index;
	size_t n;

	if (!next_line(in, &line) || !span_is(line, FIRST_LINE) ||
	    !next_line(in, &line))
		return ERR_SHAPE;
	if (after(line, "extra", &p->extra)) {
		if (p->extra.n > PROOF_EXTRA ||
		    text_unb64(p->extra, extra, sizeof(extra), &n) ||
		    !next_line(in, &line))
			return ERR_SHAPE;
	}
	if (!after(line, "index", &index) ||
	    text_u64(index, INT64_MAX, &p->index))
		return ERR_SHAPE;
	return ERR_OK;
}

static enum err parse_path(struct span *in, struct tree_proof *path)
{
	struct span line;
	size_t n;

	for (;;) {
		if (!next_line(in, &line))
			return ERR_SHAPE;
		if (line.n == 0)
			return ERR_OK;
		if (path->n == TREE_PROOF)
			return ERR_LIMIT;
		if (text_unb64(line, path->hash[path->n], HASH_SIZE, &n) ||
		    n != HASH_SIZE)
			return ERR_SHAPE;
		path->n++;
	}
}

enum err proof_parse(struct span in, struct proof *ret)
{
	struct proof p = {.index = 0};
	enum err e;

	if (in.n > PROOF_MAX)
		return ERR_LIMIT;
	e = parse_head(&in, &p);
	if (!e)
		e = parse_path(&in, &p.path);
	if (e)
		return e;
	p.checkpoint = in;
	*ret = p;
	return ERR_OK;
}

enum err proof_verify(struct span in,
    const uint8_t leaf_hash[static HASH_SIZE], const struct note_key *key,
    struct proof *ret, struct checkpoint *ret_checkpoint)
{
	struct proof p;
	struct checkpoint c;
	enum err e = proof_parse(in, &p);

	if (!e)
		e = checkpoint_verify(p.checkpoint, key, &c);
	if (!e)
		e = tree_verify_inclusion(
		    leaf_hash, p.index, c.size, &p.path, c.root);
	if (e)
		return e;
	*ret = p;
	*ret_checkpoint = c;
	return ERR_OK;
}
