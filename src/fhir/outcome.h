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
#include "json/write.h"

#define OUTCOME_MAX 2048	/* bytes of the longest one */

/* What the one issue says; the last two stand behind the sentences. */
struct outcome_issue {
	const char *issue, *code, *fr, *fr_do, *en, *en_do, *path;
	const char *fr_more, *en_more;	/* NULL: nothing */
};

/* The outcome up to its issue's first member, and from then on: between them
 * extensions may be written. */
struct json_writer outcome_open(struct buf *out);
void outcome_close(struct json_writer *w, const struct outcome_issue *i);

/* Errors stick in out->err. */
void outcome_write_refusal(enum fhir_refusal r, struct buf *out);
void outcome_write_fault(const struct fhir_fault *fault, struct buf *out);
