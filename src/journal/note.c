/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "base/utf8.h"
#include "crypto/hash.h"
#include "journal/note.h"

#define TYPE_ED25519 0x01
#define ED25519_BLOB (NOTE_KEY_ID + SIGN_SIZE)
#define DASH "\xe2\x80\x94 "	/* U+2014 and a space */
#define DASH_LEN 4

/* One signature line, decoded. */
struct line {
	struct span name;
	size_t n;
	uint8_t blob[NOTE_BLOB];	/* key id, then the signature */
};

static bool text_is_valid(struct span s)
{
	uint32_t c;

	while (s.n > 0)
		if (utf8_next(&s, &c) || (c < 0x20 && c != '\n'))
			return false;
	return true;
}

bool note_name_is_valid(struct span name)
{
	uint32_t c;

	if (name.n == 0 || name.n > NOTE_NAME)
		return false;
	while (name.n > 0)
		if (utf8_next(&name, &c) || c < 0x20 || c == '+' ||
		    utf8_is_space(c))
			return false;
	return true;
}

static void key_id(struct span name, const uint8_t *raw,
    uint8_t out[static NOTE_KEY_ID])
{
	static const uint8_t between[] = {'\n', TYPE_ED25519};
	const struct span parts[] = {
	    name, {between, sizeof(between)}, {raw, SIGN_ED25519_KEY}};
	uint8_t hash[HASH_SIZE];

	hash_sha256_parts(parts, 3, hash);
	memcpy(out, hash, NOTE_KEY_ID);
}

enum err note_key_make(struct span name,
    const uint8_t raw[static SIGN_ED25519_KEY], struct note_key *ret)
{
	struct sign_public *valid = NULL;
	enum err e;

	if (!note_name_is_valid(name))
		return ERR_SHAPE;
	e = sign_public_ed25519(raw, &valid);
	if (e)
		return e;
	sign_public_free(valid);
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->name, name.p, name.n);
	memcpy(ret->raw, raw, SIGN_ED25519_KEY);
	key_id(name, raw, ret->id);
	return ERR_OK;
}

/* Cuts s at the first c; false if there is none. */
static bool cut(struct span *s, char c, struct span *ret_before)
{
	const uint8_t *at = s->n ? memchr(s->p, c, s->n) : NULL;

	if (!at)
		return false;
	*ret_before = span_of(s->p, (size_t)(at - s->p));
	s->n -= ret_before->n + 1;
	s->p = at + 1;
	return true;
}

enum err note_key_parse(struct span vkey, struct note_key *ret)
{
	struct span rest = vkey, name, hex;
	uint8_t id[NOTE_KEY_ID], blob[64];
	char again[NOTE_VKEY_SIZE];
	struct note_key key;
	size_t n;
	enum err e;

	/* the base64 may hold a plus itself: it is what is left */
	if (!cut(&rest, '+', &name) || !cut(&rest, '+', &hex) ||
	    hex.n != 2 * sizeof(id) || text_unhex(hex, id, sizeof(id)) ||
	    text_unb64(rest, blob, sizeof(blob), &n) || n < 1)
		return ERR_SHAPE;
	if (blob[0] != TYPE_ED25519)
		return ERR_UNKNOWN;
	if (n != 1 + SIGN_ED25519_KEY)
		return ERR_SHAPE;
	e = note_key_make(name, blob + 1, &key);
	if (e)
		return e;
	if (memcmp(id, key.id, sizeof(id)) != 0)
		return ERR_KEY;
	note_key_format(&key, again);	/* hex digits have one spelling */
	if (!span_is(vkey, again))
		return ERR_SHAPE;
	*ret = key;
	return ERR_OK;
}

void note_key_format(const struct note_key *k, char out[static NOTE_VKEY_SIZE])
{
	char hex[2 * NOTE_KEY_ID + 1], b64[TEXT_B64_SIZE(1 + SIGN_ED25519_KEY)];
	uint8_t blob[1 + SIGN_ED25519_KEY] = {TYPE_ED25519};

	memcpy(blob + 1, k->raw, SIGN_ED25519_KEY);
	text_hex(k->id, NOTE_KEY_ID, hex);
	(void)text_b64(blob, sizeof(blob), b64);
	(void)snprintf(out, NOTE_VKEY_SIZE, "%s+%s+%s", k->name, hex, b64);
}

static enum err put_signature(
    struct span text, const struct note_signer *by, struct buf *out)
{
	const uint8_t *raw = sign_public_raw(sign_private_public(by->key));
	uint8_t blob[ED25519_BLOB];
	char b64[TEXT_B64_SIZE(ED25519_BLOB)];
	enum err e;

	if (!note_name_is_valid(span_str(by->name)))
		return ERR_SHAPE;
	if (!raw)
		return ERR_RANGE;
	e = sign_make(by->key, text, blob + NOTE_KEY_ID);
	if (e)
		return e;
	key_id(span_str(by->name), raw, blob);
	(void)text_b64(blob, sizeof(blob), b64);
	buf_text(out, DASH);
	buf_text(out, by->name);
	buf_text(out, " ");
	buf_text(out, b64);
	buf_text(out, "\n");
	return out->err;
}

static enum err put_signatures(struct span text,
    const struct note_signer *signers, size_t n, struct buf *out)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < n && !e; i++)
		e = put_signature(text, &signers[i], out);
	return e;
}

enum err note_sign(struct span text, const struct note_signer *signers,
    size_t n, struct buf *out)
{
	size_t before = out->n;
	enum err e;

	if (text.n == 0 || text.p[text.n - 1] != '\n' || !text_is_valid(text) ||
	    n == 0)
		return ERR_SHAPE;
	if (n > NOTE_SIGNATURES)
		return ERR_LIMIT;
	buf_put_span(out, text);
	buf_text(out, "\n");
	e = put_signatures(text, signers, n, out);
	if (!e && out->n - before > NOTE_MAX)
		e = ERR_LIMIT;
	if (e)
		out->n = before;
	return e;
}

/* Takes one line off *in. */
static enum err next_line(struct span *in, struct line *ret)
{
	struct span line, b64;
	enum err e;

	if (!cut(in, '\n', &line) || line.n < DASH_LEN ||
	    memcmp(line.p, DASH, DASH_LEN) != 0)
		return ERR_SHAPE;
	b64 = span_of(line.p + DASH_LEN, line.n - DASH_LEN);
	if (!cut(&b64, ' ', &ret->name) || !note_name_is_valid(ret->name))
		return ERR_SHAPE;
	e = text_unb64(b64, ret->blob, sizeof(ret->blob), &ret->n);
	if (e)
		return e;
	return ret->n > NOTE_KEY_ID ? ERR_OK : ERR_SHAPE;
}

static enum err count_lines(struct span signatures, size_t *ret)
{
	struct line line;
	size_t n = 0;
	enum err e = ERR_OK;

	for (; signatures.n > 0 && !e; n++)
		e = n < NOTE_SIGNATURES ? next_line(&signatures, &line)
		                        : ERR_LIMIT;
	if (e || n == 0)
		return e ? e : ERR_SHAPE;
	*ret = n;
	return ERR_OK;
}

enum err note_split(
    struct span note, struct span *ret_text, struct span *ret_signatures)
{
	struct span signatures;
	size_t at = note.n, n;
	enum err e;

	if (note.n > NOTE_MAX)
		return ERR_LIMIT;
	if (!text_is_valid(note))
		return ERR_SHAPE;
	/* the last empty line: the text may hold others */
	while (at >= 2 && (note.p[at - 1] != '\n' || note.p[at - 2] != '\n'))
		at--;
	if (at < 2)
		return ERR_SHAPE;
	signatures = span_of(note.p + at, note.n - at);
	e = count_lines(signatures, &n);
	if (e)
		return e;
	*ret_text = span_of(note.p, at - 1);
	*ret_signatures = signatures;
	return ERR_OK;
}

enum err note_sign_more(struct span note, const struct note_signer *signers,
    size_t n, struct buf *out)
{
	struct span text, signatures;
	size_t before = out->n, have;
	enum err e = note_split(note, &text, &signatures);

	if (!e)
		e = count_lines(signatures, &have);
	if (e)
		return e;
	if (n > NOTE_SIGNATURES - have)
		return ERR_LIMIT;
	buf_put_span(out, note);
	e = put_signatures(text, signers, n, out);
	if (!e && out->n - before > NOTE_MAX)
		e = ERR_LIMIT;
	if (e)
		out->n = before;
	return e;
}

static bool is_by(const struct line *line, const struct note_key *key)
{
	return span_is(line->name, key->name) &&
	    memcmp(line->blob, key->id, NOTE_KEY_ID) == 0;
}

static enum err check_signature(
    const struct line *line, struct span text, const struct note_key *key)
{
	struct sign_public *public = NULL;
	enum err e;

	if (line->n != ED25519_BLOB)
		return ERR_CRYPTO;
	e = sign_public_ed25519(key->raw, &public);
	if (!e)
		e = sign_verify(public, text, line->blob + NOTE_KEY_ID);
	sign_public_free(public);
	return e;
}

/*
 * Marks the keys that this line is a signature of. Two keys may share name
 * and id, for ids are short: then the line has to be one of theirs.
 */
static enum err check_line(const struct line *line, struct span text,
    const struct note_key *keys, size_t n, bool *any, bool *marks)
{
	bool known = false, good = false;

	for (size_t i = 0; i < n; i++) {
		enum err e;

		if (!is_by(line, &keys[i]))
			continue;
		known = true;
		e = check_signature(line, text, &keys[i]);
		if (e == ERR_CRYPTO)
			continue;
		if (e)
			return e;
		good = true;
		if (marks)
			marks[i] = true;
	}
	*any = *any || good;
	return known && !good ? ERR_CRYPTO : ERR_OK;
}

enum err note_verify(struct span note, const struct note_key *keys, size_t n,
    struct span *ret_text, bool *ret_signed)
{
	struct span text, signatures;
	struct line line;
	bool any = false;
	enum err e = note_split(note, &text, &signatures);

	if (ret_signed)
		memset(ret_signed, 0, n * sizeof(*ret_signed));
	while (!e && signatures.n > 0) {
		e = next_line(&signatures, &line);
		assert(!e);	/* note_split has read them all */
		e = check_line(&line, text, keys, n, &any, ret_signed);
	}
	if (!e && !any)
		e = ERR_UNKNOWN;
	if (e && ret_signed)	/* a refused note was signed by nobody */
		memset(ret_signed, 0, n * sizeof(*ret_signed));
	if (!e)
		*ret_text = text;
	return e;
}
