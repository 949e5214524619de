/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose question is it? Fields, authority and times first, which cost little;
 * then the key, the body's digest and the signature over the very bytes. It
 * refuses by what it returns alone: who asks for it answers.
 */
#pragma once
#include "crypto/hash.h"
#include "crypto/httpsig.h"
#include "fhir/refusal.h"
#include "msg/ask.h"

struct ahead_fact;
struct keeper;
struct registry_key;

/* REFUSAL_COUNT: fields, authority and times are as they must be; otherwise
 * *reason is what the refusal is summed under. */
enum fhir_refusal signed_input(struct keeper *k, const struct ask *ask,
    struct httpsig_input *in, char authority[static LIMIT_AUTHORITY + 1],
    uint8_t *reason);
/* Then, REFUSAL_COUNT: this very question is signed by key. */
enum fhir_refusal signed_verify(const struct ask *ask,
    const struct httpsig_input *in, const char *authority,
    const struct sign_public *key, uint8_t ret_digest[static HASH_SIZE]);
/* What its signature has to be over, and by whose key, if it is one that may
 * stand; nothing is refused here. *key lives as long as the registry's. */
bool signed_what(struct keeper *k, const struct ask *ask,
    const struct sign_public **key, struct httpsig_signed *ret);

/* What a signature tells of a question: who, and the body's SHA-256. */
struct signed_by {
	const struct registry_key *key;
	struct httpsig_input in;
	uint8_t digest[HASH_SIZE];
};

/*
 * All that must hold before the question is somebody's: REFUSAL_COUNT when it
 * does, with *by; otherwise the refusal and the reason it is summed under.
 * fact: what is known of its signature already, or NULL (keeper/ahead.h).
 */
enum fhir_refusal signed_check(struct keeper *k, const struct ask *ask,
    const struct ahead_fact *fact, struct signed_by *by, uint8_t *reason);
