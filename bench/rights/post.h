/* SPDX-License-Identifier: Apache-2.0 */
/* One question, signed (and sealed) and written as the bytes of a POST; and
 * whether an answer is ours, to it. */
#pragma once
#include "api/pin.h"
#include "crypto/httpsig.h"
#include "crypto/seal.h"
#include "rights/crowd.h"
#include "rights/reply.h"

#define POST_PATH "/fhir/CoverageEligibilityRequest"
#define POST_BUNDLE "/fhir"

/* What all questions of a run share. */
struct post_about {
	const struct pin *pin;
	const struct sign_public *answer_key;
	struct random random;
	char authority[LIMIT_AUTHORITY + 1];
	const char *day;	/* of care */
	bool sealed;
	unsigned lines;		/* of a bundle; 1: questions by themselves */
};

struct post {
	struct buf bytes;	/* head and body, ready to be sent */
	char signature[HTTPSIG_SIGNATURE_TEXT];
	struct seal_context seal;
};

/* About persons[0..lines), signed at this moment, with a nonce of its own. */
void post_make(const struct post_about *about, const struct crowd_site *site,
    const struct crowd_person *persons, struct post *ret);
void post_release(struct post *p);

/*
 * Is this the answer of the pinned service to p, does it open, and does it
 * hold rights, in every line? *ret_covered tells in how many it said that the
 * domain is.
 */
MUST_CHECK enum err post_check(const struct post_about *about,
    const struct post *p, const struct reply *r, size_t *ret_covered);
