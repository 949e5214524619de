/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CapabilityStatement (FHIR R4, JSON) that GET /fhir/metadata answers:
 * what may be asked, in which formats, and how a question is signed. It holds
 * no key: keys are pinned at enrolment, never taken from here (design §3).
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

#define METADATA_TYPE "application/fhir+json"

struct metadata {
	struct span base;	/* "https://flow.example:8443/fhir" */
	struct span version;	/* of the software */
	int64_t started_ms;	/* `date`: when this instance began to say so */
	bool plain;		/* plain FHIR bodies are accepted here */
};

/* Errors stick in out->err. */
void metadata_write(const struct metadata *m, struct buf *out);
