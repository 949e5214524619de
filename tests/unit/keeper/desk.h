/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A keeper without a process: a house (keeper/house.h) with one mutuelle, a
 * gate and a vault that are this test's, and what keeper/main.c gives the rest
 * of the keeper. Questions come in signed, answers leave as the gate gets them.
 */
#pragma once
#include "keeper/batch.h"
#include "keeper/house.h"
#include "keeper/keeper.h"

#define DESK_AMC "0000000001"
#define DESK_AUTHORITY "flow.example"
#define DESK_RIGHTS "/fhir/CoverageEligibilityRequest"

struct desk {
	struct house h;
	struct keeper k;
	struct chan *gate, *vault;	/* their ends */
	struct buf kept;		/* the answer that was got last */
	struct buf asked;		/* the question that came last; */
	uint64_t ref;			/* the gate's number of it */
	uint8_t plane;			/* the gate's */
};

void desk_make(struct desk *d);
void desk_unmake(struct desk *d);
/* The same around each case, for cmocka: *state is it. */
int desk_setup(void **state);
int desk_teardown(void **state);
/* What keeper_fail said first; NULL: nothing. */
const char *desk_failed(void);
void desk_forgets(void);	/* it failed, and starts again */
/* The time that the keeper believes. */
void desk_at(struct desk *d, int64_t now_ms);
/* The gate is that of another plane from now on, which takes plain bodies. */
void desk_plane(struct desk *d, uint8_t plane);

/* A question of key 1 about a member of the mutuelle's, as it goes to the
 * gate; a test changes what it wants. Strings that are NULL are made. */
struct desk_ask {
	unsigned key;
	const char *path, *type, *body, *authority, *digest, *input;
	uint8_t plane, method;
	int64_t created_s;
	int64_t life_s;		/* 0: 30 */
	struct span bytes;	/* the body, where it is no text */
	const char *sent;	/* another body than the signed one */
	bool unsigned_;
	const struct sign_private *by;	/* and not by key's */
};
/* The body: a question about a member number of a domain on a day. */
void desk_body(char *out, size_t size, const char *amc, const char *domain,
    const char *member);
struct desk_ask desk_plain(void);
/* It comes from the gate. desk_reads: the keeper reads what came. */
void desk_asks(struct desk *d, struct desk_ask a);
void desk_asks_again(struct desk *d);	/* the very same bytes */
void desk_reads(struct desk *d);
/* The slot that the next message to the vault is about, and its type; NULL:
 * the vault has no message. */
struct slot *desk_told(struct desk *d, uint8_t *ret_type);
/* What waits is committed and the vault answers, until nothing waits for it:
 * it knows everybody of a mutuelle as number, a line of a bundle as its place
 * more; 0: it knows nobody. */
void desk_serves(struct desk *d, uint64_t number);
/* The next answer at the gate; false: there is none. */
bool desk_answer(struct desk *d, struct ask_answer *ret);
/* The answer's status; 0: there is none. */
uint16_t desk_status(struct desk *d);
/* The same of an answer that must be there, and hold these words. */
uint16_t desk_says(struct desk *d, const char *words);
/* The vault's answer: covered, with this body. */
struct rights_done desk_done(const char *body);
/* A leaf of the journal; the last one. */
struct leaf desk_leaf_at(struct desk *d, uint64_t index);
struct leaf desk_leaf(struct desk *d);
