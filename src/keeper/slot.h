/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One question on its way through the keeper. Slots are a fixed pool with a
 * share for each plane, so that a plane that is flooded takes none from
 * another: a question that finds none is refused as busy.
 *
 *   FREE -> (WAITING) -> RESOLVING -> DECIDED -> DOING -> FREE
 *
 * A line of a bundle, and its head: keeper/batch.h.
 *
 * A refusal goes from anywhere to DECIDED (its entry is due) and then to FREE.
 */
#pragma once
#include "auth/replay.h"
#include "crypto/httpsig.h"
#include "crypto/seal.h"
#include "fhir/refusal.h"
#include "fhir/request.h"
#include "guard/guard.h"
#include "journal/leaf.h"
#include "journal/opening.h"
#include "msg/ask.h"
#include "msg/rights.h"

#define SLOT_PLANE 4096		/* of one plane, as many as its gate holds */
#define SLOT_PLANES 8		/* plane numbers below this */
#define SLOT_COUNT (3 * SLOT_PLANE)	/* planes that serve questions */
#define SLOT_KEY 256	/* of one key at a time: five whole bundles */

enum slot_state {
	SLOT_FREE,
	SLOT_WAITING,	/* slowed: goes on at due_ms */
	SLOT_RESOLVING,	/* the vault looks for the person */
	SLOT_DECIDED,	/* answer or refusal: its entry is on its way */
	SLOT_DOING,	/* the entry is durable, the vault answers */
	SLOT_BUNDLE,	/* the head of a bundle whose lines are under way */
	SLOT_HELD,	/* a line that waits for the others to be counted */
	SLOT_DONE,	/* a line that waits for the others to leave */
};

struct slot {
	enum slot_state state;
	uint32_t turn;		/* counts uses: late messages miss it */
	uint64_t gate_ref;	/* of the gate's MSG_ASK */
	uint32_t gate_turn;	/* which start of it (keeper/gates.h) */
	int64_t due_ms;		/* boot clock: wake up, or the vault's bound */

	/* who asks; the signature as it came */
	uint32_t key;		/* place in the registry */
	bool owned;		/* counted as key's */
	uint8_t plane;
	uint8_t signature[SIGN_SIZE];
	uint8_t digest[HASH_SIZE];
	char path[OPENING_PATH + 1];
	char params[OPENING_PARAMS + 1];
	uint8_t replay[REPLAY_TAG];
	bool sealed;
	struct seal_context seal;

	/* what is asked, without traits */
	struct guard_ask ask;
	uint8_t proof;		/* bits of enum opening_proof */
	uint8_t tag_count;
	uint8_t tags[RIGHTS_TAGS_ASKED][RIGHTS_TAG];
	uint8_t older_count;	/* the same under older index keys */
	uint8_t older[RIGHTS_VERSIONS - 1][RIGHTS_TAGS_ASKED][RIGHTS_TAG];
	char amc[FHIR_AMC + 1];
	char convention[LIMIT_CONVENTION + 1], csr[LIMIT_CSR + 1];
	char domain[LIMIT_DOMAIN + 1];
	char site[OPENING_SITE + 1];
	char rpps[OPENING_RPPS + 1];
	int32_t care_day;
	bool slowed;		/* it waited once already */
	bool paced;		/* it was counted as its key's (keeper/pace.h) */
	uint8_t purpose;	/* enum rights_purpose */
	uint8_t act_count;	/* of an estimate; */
	uint8_t *acts;		/* packed (msg/estimate.h); freed with it */
	size_t acts_n;

	/* a line of a bundle; its head has batch and line 0 */
	struct batch *batch;
	uint8_t line;		/* from 1 */
	uint8_t rights_state;	/* enum rights_state, once done */
	bool rights_authorization;
	char rights_level[LIMIT_LEVEL + 1];
	size_t text_at, text_n;	/* of the vault's answer in the batch's */

	/* what was decided */
	uint8_t decision;	/* enum leaf_decision */
	enum fhir_refusal refusal;	/* when not answered */
	struct fhir_fault fault;	/* when decision is REFUSED_FORM */
	bool has_fault;
	uint64_t number;	/* of the beneficiary; 0: nobody */
	uint64_t index;		/* of the entry */
	uint8_t blinding[LEAF_BLINDING];
	struct guard_told told;
	int64_t decided_ms;
	struct slot *next;	/* decided after it */
};

struct batch;
struct slots;

MUST_CHECK enum err slots_new(struct slots **ret);
void slots_free(struct slots *s);
/* A free one of a plane's share, cleared but for its turn; NULL: none. */
struct slot *slots_take(struct slots *s, uint8_t plane);
/* The slot is this key's from now on. ERR_FULL: it holds SLOT_KEY already;
 * ERR_NOMEM. */
MUST_CHECK enum err slots_own(
    struct slots *s, struct slot *slot, uint32_t key);
/* Wipes and frees it. */
void slots_give(struct slots *s, struct slot *slot);
/* The number a message carries for a slot, and the slot of a number: NULL
 * when that use of it is over. */
uint64_t slots_ref(const struct slots *s, const struct slot *slot);
struct slot *slots_find(struct slots *s, uint64_t ref);
/* Places 0 to slots_reach - 1, free ones too: those from there on were never
 * taken. The lowest are taken first, so few need to be looked at. */
uint32_t slots_reach(const struct slots *s);
struct slot *slots_at(struct slots *s, uint32_t place);
uint32_t slots_used(const struct slots *s);
