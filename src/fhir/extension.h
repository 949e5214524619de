/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of an answer. The vault writes a CoverageEligibilityResponse without
 * its last brace (rights/answer.h); the keeper adds what only it knows, the
 * budget left and the signed promise, and closes the object.
 */
#pragma once
#include <stdint.h>
#include "base/buf.h"

#define EXTENSION_BUDGET_LEFT                                                 \
	"https://ecluse.example/fhir/StructureDefinition/budget-left"
#define EXTENSION_PROMISE                                                     \
	"https://ecluse.example/fhir/StructureDefinition/promise"

#define EXTENSION_PROMISE_LINE                                                \
	"https://ecluse.example/fhir/StructureDefinition/promise-line"

/* Distinct persons this key may still read within 24 hours. */
struct extension_left {
	uint32_t t24;	/* without a card */
	uint32_t c24;	/* all readings */
};

/*
 * Appends ,"extension":[...]} to the open object in out. left: NULL for none;
 * promise: a compact JWS, empty for none. Errors stick in out->err (ERR_SHAPE
 * if promise holds anything but the letters of a compact JWS).
 */
void extension_close(const struct extension_left *left, struct span promise,
    struct buf *out);
/* The same for a line of a bundle: line is its part of the promises (docs/
 * api.md), four parts between full stops, empty for none. */
void extension_close_line(const struct extension_left *left,
    struct span line, struct buf *out);
