/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a vault believes, and how many persons it lets the keeper ask about
 * (design §2, second lock). One small text file of the vault's own, in the
 * form of an act's lines (registry/act.h):
 *
 *     instance drill=no origin=aval.ecluse.example/journal
 *     default floor=500 each=8
 *     admin name=admin-3cc4660b key=SNXd... state=living
 *     ceiling cell=3 persons-hour=900 time=2026-11-22T10:02:00.000Z
 *     former origin=...            a log that this one goes on from
 *     newest time=2026-11-22T10:02:00.000Z     of the acts that were taken
 *
 * `init` writes it with the first administrators; from then on it changes by
 * signed acts alone, which the keeper hands over and this code verifies:
 *
 *     admin key= name=             two of the living must have signed
 *     revoke admin=                one; two living ones stay
 *     ceiling amc= cell= persons-hour=   two; cell 0: all without their own
 *
 *     continue from=               two; the act's own origin is the new one
 *
 * Other words of an act are none of the vault's business. Whoever was revoked
 * never comes back, and a ceiling is replaced only by an act of a later time:
 * old acts, handed over again, change nothing, and are not refused because who
 * signed them was revoked since.
 *
 * A signed act ends. The registry takes one from a minute before its time to a
 * week after it, so that in its order none is more than that older than one
 * before it: an act that was thrown away changes nothing any more once one of a
 * week later was taken (docs/decisions/0177), nor once its log has ended: what
 * two signed before a restore and the restore lost is lost here too (0178).
 */
#pragma once
#include <stdbool.h>
#include "base/buf.h"
#include "crypto/sign.h"
#include "registry/registry.h"
#include "registry/signers.h"

#define TRUST_FILE 262144
#define TRUST_ADMINS SIGNERS_EVER
#define TRUST_CEILINGS REGISTRY_CEILINGS
#define TRUST_ORIGIN 256
#define TRUST_FORMERS 16

struct trust_admin {
	char name[REGISTRY_NAME_SIZE];
	uint8_t key[SIGN_ED25519_KEY];
	bool revoked;
};

struct trust_ceiling {
	uint32_t cell;		/* 0: every cell without its own */
	uint32_t persons;	/* distinct, in one hour */
	int64_t time_ms;	/* of the act */
};

struct trust {
	bool drill;
	char origin[TRUST_ORIGIN];
	int64_t newest_ms;	/* 0: none was taken yet */
	size_t former_count;
	char formers[TRUST_FORMERS][TRUST_ORIGIN];
	uint32_t floor, each;	/* persons; persons of 100 members */
	size_t admin_count, ceiling_count;
	struct trust_admin admins[TRUST_ADMINS];
	struct trust_ceiling ceilings[TRUST_CEILINGS];
};

/* ERR_SHAPE: not such a file. */
MUST_CHECK enum err trust_read(struct span text, struct trust *ret);
/* Errors of buf. */
MUST_CHECK enum err trust_write(const struct trust *t, struct buf *out);

/*
 * Takes what an act says to the vault, at its own time now_ms. *ret_changed: the
 * file is to be written anew. On error nothing changed and *words says why:
 * ERR_CRYPTO, ERR_UNKNOWN, ERR_SHAPE: the note; ERR_STATE: of another instance,
 * or of a log that has ended; ERR_REFUSED: too few signed; ERR_TIME: signed too
 * long ago; ERR_EXISTS: an administrator's name or key, and not both, is
 * known; ERR_FULL.
 */
MUST_CHECK enum err trust_act(struct trust *t, struct span note,
    int64_t now_ms, bool *ret_changed, const char **ret_words);
/* Does this act say anything to a vault? The keeper hands over no other. */
bool trust_concerns(struct span act_text);
/* The most distinct persons of cell in one hour; members: how many it has. */
uint32_t trust_ceiling_of(
    const struct trust *t, uint32_t cell, uint64_t members);
