/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry's log and the registry that is its fold. Every act is checked,
 * appended and flushed before it counts; at start all are replayed.
 */
#pragma once
#include "base/random.h"
#include "journal/note.h"
#include "journal/tlog.h"
#include "registry/keyring.h"
#include "registry/registry.h"

struct ledger;

/* ERR_CORRUPT: an entry that does not apply; ERR_UNKNOWN: no first entry
 * (`ecluse init` makes it). */
MUST_CHECK enum err ledger_open(const char *dir, const char *origin,
    const struct keyring *keys, struct ledger **ret);
void ledger_close(struct ledger *l);
struct tlog *ledger_log(struct ledger *l);
struct registry *ledger_registry(struct ledger *l);
uint64_t ledger_size(const struct ledger *l);
/* When the last act was taken, which time never goes behind; 0: a log from
 * before, which does not say. */
int64_t ledger_taken(const struct ledger *l);
void ledger_root(const struct ledger *l, uint8_t out[static HASH_SIZE]);
/*
 * Does this registry hold what an entry of the journal says it held?
 * ERR_CORRUPT when it is shorter, or another: then the keeper does not start (design §5).
 */
MUST_CHECK enum err ledger_holds(struct ledger *l, uint64_t size,
    const uint8_t root[static HASH_SIZE]);
/*
 * Would the signatures and the time of this act do? What is told about an act
 * beyond that is told only then: to those who sign, and to nobody else.
 * *ret_text views the act's text in note. Errors as ledger_take.
 */
MUST_CHECK enum err ledger_check(const struct ledger *l, struct span note,
    int64_t now_ms, struct span *ret_text, struct registry_fault *fault);
/*
 * Takes a signed act: verifies its signatures against the living
 * administrators, applies it, appends it. ERR_CRYPTO: a signature is wrong;
 * ERR_UNKNOWN: nobody we know signed; ERR_STATE: of another instance; else as
 * registry_apply. ERR_IO: the disk refused: final, the process stops. *ret_text
 * views the act's text in note.
 */
MUST_CHECK enum err ledger_take(struct ledger *l, struct span note,
    int64_t now_ms, struct span *ret_text, enum registry_wish *ret_wish,
    struct registry_fault *fault);
/*
 * The keeper's own act, signed by the log's key: a key that asked about a decoy
 * is closed (SIGNERS_REASON). Nothing else signed so is taken. ERR_EXISTS: it is closed;
 * ERR_IO as ledger_take.
 */
MUST_CHECK enum err ledger_close_key(struct ledger *l,
    const struct sign_private *own, const uint8_t id[static SIGN_KEY_ID],
    const struct random *random, int64_t now_ms);
/* Every act so far that says something to the vaults (meter/trust.h), in
 * order; stops at f's first error and gives it. */
MUST_CHECK enum err ledger_for_vaults(struct ledger *l,
    enum err (*f)(void *ctx, uint64_t index, struct span note), void *ctx);
MUST_CHECK enum err ledger_publish(struct ledger *l);
