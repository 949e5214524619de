/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of questions, verified by a thread while the loop goes on.
 *
 * What a gate sends is kept, a group at a time, and each signature that may
 * stand is handed to the thread: while it works at one group, the loop takes
 * the questions of the one before, in their order. A group of one question is
 * not worth the way: it is verified when it is taken.
 *
 * What comes of it is a fact about bytes: under this key these bytes bear this
 * signature, or not. All is read, checked and looked up when the question is
 * taken (keeper/signed.h), and the fact is used for the same key, the same
 * bytes and the same signature alone; so nothing that was closed, revoked or
 * expired meanwhile goes on. Keys of P-256 are verified there: their library allocates.
 *
 * Nothing kept here was counted, answered or written yet: what a gate that is
 * gone had asked, or what waits when the keeper stops, was never asked.
 */
#pragma once
#include "crypto/httpsig.h"
#include "msg/ask.h"

struct keeper;
struct ahead;

#define AHEAD_QUESTIONS 16	/* of one gate in a group */

struct ahead_fact {
	bool known;	/* else nothing is said */
	bool good;
	uint8_t key[SIGN_ED25519_KEY];
	struct httpsig_signed what;
};

/* sign_verify() of *what by key, or what fact says of the same. NULL: no
 * fact. ERR_CRYPTO. */
MUST_CHECK enum err ahead_verify(const struct ahead_fact *fact,
    const struct sign_public *key, const struct httpsig_signed *what);

struct ahead *ahead_new(void);	/* NULL: no memory */
/* The thread must be gone. Wipes what is kept; NULL is fine. */
void ahead_free(struct ahead *a);

/* May questions of this plane be kept? AHEAD_QUESTIONS of them then. */
bool ahead_has_room(const struct ahead *a, uint8_t plane);
/* Keeps a copy of a gate's MSG_ASK, which ask_unpack() takes. turn: the
 * gate's. ERR_NOMEM: it is not kept. */
MUST_CHECK enum err ahead_keep(struct ahead *a, uint8_t plane, uint32_t turn,
    uint64_t ref, struct span message);
/* What was kept goes to the thread, unless it works already. */
void ahead_begin(struct keeper *k);
/* The thread is done, or to be waited for: its groups may be taken. */
void ahead_landed(struct keeper *k);

struct ahead_taken {
	uint64_t ref;
	struct ask ask;		/* views what is kept */
	const struct ahead_fact *fact;
};

/*
 * The next question of this plane, until the next call; false: none may be
 * taken now. turn: of the gate that runs; what another one asked is dropped.
 */
bool ahead_take(struct ahead *a, uint8_t plane, uint32_t turn,
    struct ahead_taken *ret);
/* Would ahead_take() give one? */
bool ahead_holds(const struct ahead *a, uint8_t plane);
