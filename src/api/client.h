/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client's side of the lock: signs a question, seals it, sends it over
 * TLS, and refuses any answer that the pinned answer key did not sign for this
 * very question.
 *
 * Once a day, behind an answer that verified, it looks whether the log's key
 * turned, and pins the one that it led to.
 *
 * A till's clock is often wrong. When a question is refused as expired, the
 * refusal is signed too and tells the service's time: the client takes that
 * and asks once more.
 */
#pragma once
#include <stdbool.h>
#include "api/pin.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/random.h"

#define CLIENT_PATH "/fhir/CoverageEligibilityRequest"
#define CLIENT_BODY 65536	/* bytes of an answer taken */
#define CLIENT_BUNDLE_PATH "/fhir"
#define CLIENT_CLAIM_PATH "/fhir/Claim"

struct client;

struct client_options {
	/* renewed when the service's keys turned: pin_renew */
	struct pin *pin;
	const char *url;	/* NULL: the pin's */
	const struct sign_private *key;
	bool plain;		/* do not seal */
	struct clock clock;
	struct random random;
	/* TLS client certificate and its key, PEM files; NULL: none. */
	const char *certificate, *certificate_key;
	long timeout_s;		/* of one question; 0: 15 */
};

struct client_answer {
	uint16_t status;	/* HTTP */
	int64_t created_s;	/* the service's time when it signed */
	struct buf body;	/* FHIR JSON, opened; release after use */
	struct buf signed_body;	/* the bytes that were signed */
	char signature[LIMIT_SIGNATURE + 1];
	char input[LIMIT_SIGNATURE_INPUT + 1];
};

enum client_fault {
	CLIENT_FINE,
	CLIENT_TRANSPORT,	/* no connection, no TLS, no answer in time */
	CLIENT_UNSIGNED,	/* an answer without our service's signature */
	CLIENT_FORGED,		/* one whose signature does not verify */
	CLIENT_SEAL		/* a sealed answer that does not open */
};

MUST_CHECK enum err client_new(
    const struct client_options *o, struct client **ret);
void client_free(struct client *c);
/* words: for a person, when the fault is not CLIENT_FINE; never NULL. */
MUST_CHECK enum client_fault client_ask(struct client *c, struct span body,
    struct client_answer *ret, const char **words);
/* The same for an estimate: a Claim. */
MUST_CHECK enum client_fault client_ask_claim(struct client *c,
    struct span body, struct client_answer *ret, const char **words);
/* The same for a bundle (api/many.h), and an answer of its length. */
MUST_CHECK enum client_fault client_ask_bundle(struct client *c,
    struct span body, struct client_answer *ret, const char **words);
/* The same for another path of the service, unsealed: POST of a body of that
 * type, or GET when type is NULL. */
MUST_CHECK enum client_fault client_send(struct client *c, const char *path,
    const char *type, struct span body, struct client_answer *ret,
    const char **words);
/* Pins the service's present keys, if the pinned log signed newer ones. Errors
 * of pin_renew, ERR_IO. */
MUST_CHECK enum err client_renew(struct client *c);
void client_answer_release(struct client_answer *a);
/* The service's time as far as known: the clock and what was learnt. */
int64_t client_now_ms(const struct client *c);
