/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>
#include "base/file.h"
#include "base/text.h"
#include "journal/follow.h"

#define HEAD "ecluse log key v1\norigin "
#define NEXT "\nnext "

void follow_path(const struct note_key *before, char out[static FOLLOW_PATH])
{
	memcpy(out, FOLLOW_FOLDER "/", sizeof(FOLLOW_FOLDER));
	text_hex(before->id, NOTE_KEY_ID, out + sizeof(FOLLOW_FOLDER));
}

static void write_text(const struct note_key *next, struct buf *out)
{
	char vkey[NOTE_VKEY_SIZE];

	note_key_format(next, vkey);
	buf_text(out, HEAD);
	buf_text(out, next->name);
	buf_text(out, NEXT);
	buf_text(out, vkey);
	buf_text(out, "\n");
}

enum err follow_sign(const struct sign_private *old,
    const struct note_key *next, uint8_t ret[static SIGN_SIZE])
{
	struct buf text;
	enum err e = ERR_RANGE;

	if (!sign_public_raw(sign_private_public(old)))
		return e;
	buf_init(&text, FOLLOW_NOTE);
	write_text(next, &text);
	e = text.err ? text.err : sign_make(old, buf_span(&text), ret);
	buf_release(&text);
	return e;
}

enum err follow_verify(const struct note_key *before,
    const struct note_key *next, const uint8_t sig[static SIGN_SIZE])
{
	struct sign_public *key = NULL;
	struct buf text;
	enum err e = strcmp(before->name, next->name) == 0 ?
	    sign_public_ed25519(before->raw, &key) : ERR_SHAPE;

	buf_init(&text, FOLLOW_NOTE);
	write_text(next, &text);
	if (!e)
		e = text.err ? text.err :
		    sign_verify(key, buf_span(&text), sig);
	sign_public_free(key);
	buf_release(&text);
	return e;
}

void follow_write(const struct note_key *before, const struct note_key *next,
    const uint8_t sig[static SIGN_SIZE], struct buf *out)
{
	uint8_t blob[NOTE_KEY_ID + SIGN_SIZE];
	char text[TEXT_B64_SIZE(sizeof(blob))];

	memcpy(blob, before->id, NOTE_KEY_ID);
	memcpy(blob + NOTE_KEY_ID, sig, SIGN_SIZE);
	(void)text_b64(blob, sizeof(blob), text);
	write_text(next, out);
	buf_printf(out, "\n\xe2\x80\x94 %s %s\n", before->name, text);
}

enum err follow_read(struct span note, const struct note_key *before,
    struct note_key *ret)
{
	struct note_key next;
	struct span text, vkey;
	struct buf want;
	const uint8_t *at;
	enum err e = note_verify(note, before, 1, &text, NULL);

	if (e)
		return e == ERR_UNKNOWN ? ERR_CRYPTO : e;
	at = memmem(text.p, text.n, NEXT, strlen(NEXT));
	if (!at)
		return ERR_SHAPE;
	at += strlen(NEXT);
	vkey = span_of(at, (size_t)(text.p + text.n - at) - 1);
	e = note_key_parse(vkey, &next);
	if (e || strcmp(next.name, before->name) != 0)
		return ERR_SHAPE;
	/* one spelling, so that nothing else the key signed is such a note */
	buf_init(&want, FOLLOW_NOTE);
	write_text(&next, &want);
	e = want.err || !span_equal(buf_span(&want), text) ? ERR_SHAPE :
	    ERR_OK;
	buf_release(&want);
	if (!e)
		*ret = next;
	return e;
}

static enum err step(const char *folder, struct note_key *key)
{
	char path[PATH_MAX], name[FOLLOW_PATH];
	struct buf note;
	enum err e;

	follow_path(key, name);
	e = file_path(path, sizeof(path), folder, name);
	buf_init(&note, FOLLOW_NOTE);
	if (!e)
		e = file_read_plain(path, &note);
	if (!e)
		e = follow_read(buf_span(&note), key, key);
	buf_release(&note);
	return e;
}

enum err follow_way(const char *folder,
    struct note_key way[static FOLLOW_MOST + 1], size_t *ret_count)
{
	struct note_key next = way[0];
	size_t n = 1;
	enum err e;

	while (!(e = step(folder, &next)) && n <= FOLLOW_MOST)
		way[n++] = next;
	*ret_count = n;
	return e == ERR_UNKNOWN ? ERR_OK : e ? e : ERR_LIMIT;
}

enum err follow_public(
    const char *folder, struct note_key *key, unsigned *ret_turns)
{
	unsigned turns = 0;
	enum err e;

	while (!(e = step(folder, key)) && turns < FOLLOW_MOST)
		turns++;
	*ret_turns = turns;
	return e == ERR_UNKNOWN ? ERR_OK : e ? e : ERR_LIMIT;
}
