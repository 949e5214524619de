/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of CBOR (RFC 8949) that a card token is made of, in the core
 * deterministic encoding of its §4.2.1: definite lengths, shortest heads, map
 * keys in ascending order of their bytes and therefore each once. Integers,
 * byte strings, texts of printable ASCII, arrays, maps with integer keys, tags.
 *
 * Reading uses base's reader: what is not of this form sets r->bad, gives
 * zeros and stays bad; check reader_done() once at the end. There is no way to
 * skip an item one does not know: every item is read by somebody who expects
 * it, so nesting is never deeper than the reading code is (3 in a token).
 */
#pragma once
#include "base/buf.h"

/* Writing. Who writes a map puts its pairs in ascending order. */
void cbor_put_int(struct buf *out, int64_t v);
void cbor_put_bytes(struct buf *out, struct span s);
void cbor_put_text(struct buf *out, struct span s);
void cbor_put_array(struct buf *out, uint64_t items);
void cbor_put_map(struct buf *out, uint64_t pairs);
void cbor_put_tag(struct buf *out, uint64_t tag);

/* Reading. */
int64_t cbor_int(struct reader *r);	/* what an int64_t holds */
struct span cbor_bytes(struct reader *r);
struct span cbor_text(struct reader *r);
/* An array of exactly this many items, this very tag; bad otherwise. */
void cbor_array(struct reader *r, uint64_t items);
void cbor_tag(struct reader *r, uint64_t tag);

/* A map being read: cbor_map, then cbor_next before each value. */
struct cbor_map {
	uint64_t left;
	struct span key;	/* the last key's bytes */
};
struct cbor_map cbor_map(struct reader *r);
/* The next key; false when there is none left or r is bad. */
bool cbor_next(struct reader *r, struct cbor_map *map, int64_t *ret_key);
