/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client pins at enrolment, in one text file, so that it never has to
 * believe what it wants to check:
 *
 *     ecluse pin v1
 *     vkey drill.ecluse.example/journal+0a1b2c3d+AT...
 *     url https://localhost:8443
 *     plane portal
 *
 *     <the service keys note, signed by that vkey: registry/service.h>
 *     <PEM certificates: the TLS authority of that url; may be absent>
 *
 * Without a line plane it is the flow plane's.
 *
 * A key file K.pem uses K.pin beside it, else service.pin in its folder.
 */
#pragma once
#include "base/buf.h"
#include "crypto/hpke.h"
#include "crypto/sign.h"
#include "journal/note.h"

#define PIN_URL 300
#define PIN_MOST 65536	/* bytes of the file */
#define PIN_ORIGIN 256
#define PIN_PLANE 16
#define PIN_PATH 4096
#define PIN_VKEY 400

struct pin {
	char origin[PIN_ORIGIN];
	char url[PIN_URL];
	char plane[PIN_PLANE];	/* the word that sealed bodies are bound to */
	uint8_t answer[SIGN_ED25519_KEY], promise[SIGN_ED25519_KEY];
	uint8_t sealing[HPKE_PUBLIC];
	struct buf ca;		/* PEM; empty: the system's authorities */
	char path[PIN_PATH];	/* of its file; empty: it has none */
	char vkey[PIN_VKEY];
	int64_t issued_ms;	/* when its note was written; 0: at init */
};

/* Verifies the note. ERR_CRYPTO: the service keys are not signed by vkey. */
MUST_CHECK enum err pin_load(const char *path, struct pin *ret);
void pin_release(struct pin *p);
/*
 * The service's keys turned: takes a newer note into p and, if it can, into
 * its file. Others use the file too: as it is by then, it keeps its address
 * and authority, and what is as new, or was pinned by somebody else, stays; p
 * takes what is newer there. While another process renews it, it is left to
 * that one. log: the log's key now, the pinned one or one that it led to
 * (journal/follow.h); it is pinned from then on, and what the one before signs
 * is not believed any more. ERR_CRYPTO: not signed by it, or another log's;
 * ERR_STATE: not newer than what is pinned; ERR_SHAPE. Nothing changed then.
 */
MUST_CHECK enum err pin_renew(
    struct pin *p, const struct note_key *log, struct span note);
/* Nobody has looked for a turn for PIN_LOOK_MS, by the file's time: whoever
 * follows a key while it lives believes no thief who has it later. */
#define PIN_LOOK_MS ((int64_t)24 * 3600 * 1000)
bool pin_is_due(const struct pin *p, int64_t now_ms);
void pin_looked(const struct pin *p);	/* the file's time is now */
/* The pinned key of the log. */
MUST_CHECK enum err pin_log(const struct pin *p, struct note_key *ret);
/* The pin file that belongs to a key file; ERR_UNKNOWN: none there. */
MUST_CHECK enum err pin_of_key(const char *key_path, char *out, size_t size);
/* The text of a pin file. */
void pin_write(struct span vkey, struct span url, const char *plane,
    struct span note, struct span ca, struct buf *out);
