/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper's own keys, in generations, wrapped under the root key
 * (rootkey/rootkey.h) in one file, DIR/keeper/keys.sealed. Month keys of the
 * journal have a file of their own (journal/months.h).
 *
 * Log, registry, answer, promise and sealing keys are separate keys
 * (design §7): one that leaks does not speak for another.
 *
 * A key is made here first, and is *next*; an act of two administrators names
 * it (registry/turns.h), and then it is in use: the registry alone says which
 * generation is, so the two files cannot disagree for long. Each change
 * replaces the file whole and overwrites what it was.
 */
#pragma once
#include "base/random.h"
#include "crypto/hpke.h"
#include "crypto/secret.h"
#include "crypto/sign.h"

/* The numbers are in the file. */
enum keyring_kind {
	KEYRING_LOG = 1,	/* checkpoints of the journal */
	KEYRING_REGISTRY,	/* checkpoints of the registry */
	KEYRING_ANSWER,		/* every answer */
	KEYRING_PROMISE,	/* promises to pay */
	KEYRING_SEALING,	/* bodies sealed to the keeper */
	KEYRING_INDEX,		/* root of the cells' index keys */
	KEYRING_REPLAY,		/* keyed hashes of nonces */
	KEYRING_BLINDING,	/* salts of promises */
	KEYRING_MONTHS,		/* wraps the journal's month keys */
	KEYRING_SNAPSHOT,	/* wraps snapshots of the budgets */
	KEYRING_QUESTION,	/* names of questions, whatever the version */
	KEYRING_KINDS
};

#define KEYRING_MOST 256	/* keys of all kinds and generations */
#define KEYRING_NAME 65		/* bytes of a key's public name, at most */

struct keyring_row {
	enum keyring_kind kind;
	uint32_t generation;		/* from 1 */
	int64_t made_ms;		/* 0: by init */
	struct secret key;
	/* Ed25519 public key, P-256 point, or a keyed hash of a secret */
	uint8_t name[KEYRING_NAME];
	uint8_t name_len;
	struct sign_private *sign;	/* of the first four kinds */
	struct hpke_key *open;		/* of KEYRING_SEALING */
};

struct keyring {
	/* views: what is in use, generation 1 until keyring_use */
	struct sign_private *log, *registry, *answer, *promise;
	struct hpke_key *sealing;
	struct secret index, replay, blinding, months, snapshot, question;
	/* all of them */
	struct keyring_row *rows;
	size_t count;
	struct secret wrap;		/* from the root key */
};

/* Makes one key of every kind and the file in folder. ERR_EXISTS: it is there,
 * and nothing was written. */
MUST_CHECK enum err keyring_make(const char *folder,
    const struct secret *root, const struct random *random,
    struct keyring **ret);
/* Ends a rotation of the root key that was cut off (keyring_prepare).
 * ERR_CRYPTO: this root key does not open it. ERR_UNKNOWN: there is none.
 * ERR_SHAPE, ERR_LIMIT: it has not its form. */
MUST_CHECK enum err keyring_load(const char *folder,
    const struct secret *root, struct keyring **ret);
/* The same of a copy: nothing is changed. */
MUST_CHECK enum err keyring_look(const char *folder,
    const struct secret *root, struct keyring **ret);
void keyring_free(struct keyring *k);	/* wipes */

/* "answer"; 0: no such kind. NULL: no such number. */
enum keyring_kind keyring_kind_of(struct span name);
const char *keyring_kind_text(enum keyring_kind kind);

/* NULL: none. A view until the next change. */
const struct keyring_row *keyring_at(
    const struct keyring *k, enum keyring_kind kind, uint32_t generation);
const struct keyring_row *keyring_newest(
    const struct keyring *k, enum keyring_kind kind);
/* Signing keys of a kind, newest first, from generation most down: views;
 * gives how many. */
size_t keyring_signers(const struct keyring *k, enum keyring_kind kind,
    uint32_t most, const struct sign_private **ret, size_t room);
/* Puts a generation in use. ERR_UNKNOWN: there is none. */
MUST_CHECK enum err keyring_use(
    struct keyring *k, enum keyring_kind kind, uint32_t generation);

/* The next generation, durable before it returns. ERR_FULL, ERR_IO: nothing
 * changed. */
MUST_CHECK enum err keyring_add(struct keyring *k, const char *folder,
    enum keyring_kind kind, const struct random *random, int64_t now_ms);
/* Gone for good, durably; must not be in use. ERR_UNKNOWN; ERR_IO: it is
 * still there. */
MUST_CHECK enum err keyring_drop(struct keyring *k, const char *folder,
    enum keyring_kind kind, uint32_t generation, const struct random *random);
/*
 * The same keys under another root key, in keys.sealed.next: the first half of
 * its rotation. What brings that root key in force comes next, and the next
 * keyring_load with it finds keys.sealed closed, opens the other file and puts
 * it in its place; one with the old key removes it.
 */
MUST_CHECK enum err keyring_prepare(const struct keyring *k,
    const char *folder, const struct secret *root,
    const struct random *random);
