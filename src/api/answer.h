/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer held against its question (docs/api.md, "Checking an answer"):
 * alone, by card or by traits, sealed or plain, or as a line of a bundle
 * (api/many.h).
 *
 * That the service said it, to this very question, is the answer's signature
 * (api/client.h). What is checked here is that it is about the insurer and the
 * day that were asked, that whoever is covered is promised what the answer
 * says, under the pinned promise key, and that of whoever is not no rights are
 * told: those that nobody would pay for are not shown. The log's name is the
 * promise's own word: a restored service has another log and the same keys.
 */
#pragma once
#include "api/compose.h"
#include "api/pin.h"
#include "api/promised.h"
#include "base/limits.h"

struct json;	/* json/read.h, not named here: jansson has its names too */

/* What was asked, as answers and promises spell it. */
struct answer_asked {
	char amc[11], domain[LIMIT_DOMAIN + 1], day[11];
};

void answer_asked_of(const struct compose *c, struct answer_asked *ret);

/* The value of the extension of that url among those of at. */
uint16_t answer_extension(const struct json *j, uint16_t at, const char *url,
    const char *value);
/* Of the CoverageEligibilityResponse at that place. */
bool answer_is_covered(const struct json *j, uint16_t at);
/* One that is not covered: a state that there is (docs/states.md), of one
 * insurance, and no item of it that is not excluded or has a level. */
bool answer_tells_none(const struct json *j, uint16_t at);
/* Is it about the insurer and the day that were asked? */
bool answer_is_of(
    const struct json *j, uint16_t at, const struct answer_asked *asked);
/* Does the promise say what was asked and what is answered there? */
bool answer_fits(const struct json *j, uint16_t at,
    const struct answer_asked *asked, const struct promised_line *l);

/*
 * body: the opened body of one question's answer, with its HTTP status; of
 * one that is not 200, a refusal, asked is not looked at.
 * ERR_SHAPE: neither an answer nor a refusal, another question's, rights and
 * no promise, or of no state; ERR_CRYPTO: a promise that the pinned key did not
 * sign, or of something else; ERR_NOMEM. ret_words: why it is not believed.
 */
MUST_CHECK enum err answer_check(const struct answer_asked *asked,
    const struct pin *pin, uint16_t status, struct span body,
    const char **ret_words);
/*
 * The same of an estimate, which promises nothing: about the insurer that was
 * asked, and with amounts only if it says covered. Rights in its place are not
 * believed, for no promise is looked at.
 */
MUST_CHECK enum err answer_check_estimate(const struct answer_asked *asked,
    uint16_t status, struct span body, const char **ret_words);
