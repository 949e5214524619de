/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes an OperationOutcome (FHIR R4, JSON) with one issue: severity, code,
 * details (our code and the French sentence), diagnostics in English with what
 * to do, and the path of the element if one is to blame. Nothing that came
 * from outside is in it.
 */
#pragma once
#include "base/buf.h"
#include "fhir/refusal.h"
#include "fhir/request.h"

#define OUTCOME_MAX 2048	/* bytes of the longest one */

/* Errors stick in out->err. */
void outcome_write_refusal(enum fhir_refusal r, struct buf *out);
void outcome_write_fault(const struct fhir_fault *fault, struct buf *out);
