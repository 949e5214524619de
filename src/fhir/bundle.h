/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bundle of questions: a Bundle (FHIR R4, JSON) of type batch with 1 to
 * LIMIT_BUNDLE_LINES entries, each of which asks POST
 * CoverageEligibilityRequest. Read by an allow-list as a question is
 * (fhir/request.h). What is wrong with one entry is that line's fault and
 * harms no other; what is wrong with the Bundle, or is no JSON anywhere in it,
 * is the whole's.
 *
 * The answer is a Bundle of type batch-response with one entry for each line,
 * in order.
 */
#pragma once
#include "fhir/request.h"

#define BUNDLE_PROMISES                                                       \
	"https://ecluse.example/fhir/StructureDefinition/promises"

/* One line: the bytes of its question, or what is wrong with its entry. */
struct bundle_line {
	struct span question;	/* views the body; empty: see fault */
	struct fhir_fault fault;
};

struct bundle_lines {
	unsigned count;
	struct bundle_line of[LIMIT_BUNDLE_LINES];
};

/* ERR_OK; else *fault says why the whole is none: ERR_SHAPE, ERR_EXISTS,
 * ERR_LIMIT as request_read(). */
MUST_CHECK enum err bundle_read(struct span body,
    struct json_token scratch[static LIMIT_BUNDLE_TOKENS],
    struct bundle_lines *ret, struct fhir_fault *fault);

/*
 * The answer, piece by piece: bundle_open; for each line its resource between
 * bundle_line_open and bundle_line_close; bundle_close. jws: the promises'
 * signature, empty for none. resource: is it a CoverageEligibilityResponse, or
 * the OperationOutcome of a line that has no answer?
 */
void bundle_open(struct span jws, struct buf *out);
void bundle_line_open(unsigned nth, uint16_t status, bool answered,
    struct buf *out);
void bundle_line_close(bool answered, uint16_t status, struct buf *out);
void bundle_close(struct buf *out);
