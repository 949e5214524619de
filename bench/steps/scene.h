/* SPDX-License-Identifier: Apache-2.0 */
/* Invented keys and one question in every form it comes in. */
#pragma once
#include "api/compose.h"
#include "crypto/httpsig.h"
#include "crypto/seal.h"

#define SCENE_AUTHORITY "localhost:8443"
#define SCENE_PATH "/fhir/CoverageEligibilityRequest"
#define SCENE_DAY "2026-11-23"
#define SCENE_NOW_MS INT64_C(1795424400000)	/* that day, 09:00 UTC */

/* A body as it comes over the wire, and its signature. */
struct scene_post {
	struct buf body;
	struct httpsig_fields fields;
	struct seal_context seal;	/* of a sealed one */
};

struct scene {
	const char *folder;	/* temporary, empty; the journal goes here */
	struct random random;
	struct sign_private *ed25519, *p256, *card, *answer, *promise;
	struct hpke_key *sealing;
	uint8_t sealing_public[HPKE_PUBLIC];
	char keyid[SIGN_KEY_ID_TEXT];
	struct compose wish;	/* by member number */
	struct buf fhir;	/* its text */
	struct buf token;	/* a card */
	struct scene_post plain, plain_p256, sealed;
};

void scene_init(struct scene *s, const char *folder);
void scene_release(struct scene *s);
struct seal_about scene_about(const struct scene *s);
struct httpsig_question scene_question(const struct scene_post *p);
/* Signs p->body anew. */
void scene_sign(
    struct scene *s, struct scene_post *p, const struct sign_private *key);
/* Seals s->fhir into p->body anew. */
void scene_seal(struct scene *s, struct scene_post *p);
