/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed notes (c2sp.org/signed-note): UTF-8 text that ends in a newline, an
 * empty line, then one line per signature, "<em dash> <name> <base64>". Also
 * the form of the administrators' signed acts. Ed25519 (type 0x01) only;
 * signatures of other keys and types are carried and ignored, as they must.
 */
#pragma once
#include <stdbool.h>
#include "base/buf.h"
#include "crypto/sign.h"

#define NOTE_MAX 131072		/* bytes of a note */
#define NOTE_SIGNATURES 64	/* signature lines; the spec wants 16 */
#define NOTE_BLOB 8192		/* bytes of one signature, decoded */
#define NOTE_NAME 255		/* bytes of a key's name */
#define NOTE_NAME_SIZE (NOTE_NAME + 1)
#define NOTE_KEY_ID 4
/* name+hex(id)+base64(type || key) and NUL */
#define NOTE_VKEY_SIZE (NOTE_NAME + 1 + 8 + 1 + 44 + 1)

/* A key to verify with: made by note_key_make or note_key_parse alone. */
struct note_key {
	char name[NOTE_NAME_SIZE];
	uint8_t id[NOTE_KEY_ID];	/* big-endian */
	uint8_t raw[SIGN_ED25519_KEY];
};

struct note_signer {
	const char *name;
	const struct sign_private *key;	/* Ed25519 */
};

/* Not empty, valid UTF-8, no white space of Unicode, no plus, no control
 * character, at most NOTE_NAME bytes. */
bool note_name_is_valid(struct span name);
/* ERR_SHAPE: the name. */
MUST_CHECK enum err note_key_make(struct span name,
    const uint8_t raw[static SIGN_ED25519_KEY], struct note_key *ret);
/* vkey text, without newline. ERR_SHAPE; ERR_KEY: the id is not the key's;
 * ERR_UNKNOWN: another type of key. */
MUST_CHECK enum err note_key_parse(struct span vkey, struct note_key *ret);
void note_key_format(const struct note_key *k, char out[static NOTE_VKEY_SIZE]);

/*
 * Appends text and one signature line per signer to *out. text ends in a
 * newline. ERR_SHAPE: text or a name; ERR_RANGE: a key that is not Ed25519;
 * ERR_LIMIT: more than NOTE_SIGNATURES.
 */
MUST_CHECK enum err note_sign(struct span text,
    const struct note_signer *signers, size_t n, struct buf *out);
/* The same note with more signatures: for a second person, elsewhere. */
MUST_CHECK enum err note_sign_more(struct span note,
    const struct note_signer *signers, size_t n, struct buf *out);

/* Text (with its newline) and signature lines of a well-formed note: nobody's
 * signature is checked. ERR_SHAPE, ERR_LIMIT. */
MUST_CHECK enum err note_split(
    struct span note, struct span *ret_text, struct span *ret_signatures);
/*
 * The text of a note that at least one of the n keys signed. ret_signed[i]
 * tells whether keys[i] did (all false on failure); NULL if nobody cares.
 * ERR_SHAPE, ERR_LIMIT: not a note; ERR_CRYPTO: a signature said to be by one
 * of the keys does not verify (the whole note is refused); ERR_UNKNOWN: none
 * of the keys signed; ERR_NOMEM.
 */
MUST_CHECK enum err note_verify(struct span note, const struct note_key *keys,
    size_t n, struct span *ret_text, bool *ret_signed);
