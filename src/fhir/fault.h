/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a body is no question: every reason with its sentences in one table,
 * and where in the body it stands.
 */
#pragma once
#include <stdint.h>
#include "json/read.h"

#define FHIR_PATH_SIZE 160	/* bytes of a path with its NUL */

enum fhir_fault_kind {
	FAULT_JSON,		/* 400: not JSON */
	FAULT_NAME_TWICE,
	FAULT_TOO_MUCH,		/* deeper or more than the limits */
	FAULT_BUNDLE_LIMIT,
	FAULT_NO_RESOURCE,	/* an object without resourceType */
	FAULT_TYPE,		/* not the type FHIR gives this element */
	FAULT_BUNDLE,		/* 422: another resource than the one asked */
	FAULT_NO_BUNDLE,	/* ... or something else where one is due */
	FAULT_BATCH,
	FAULT_ENTRIES,	/* no line, or too many */
	FAULT_ENTRY,	/* a line that asks for something else */
	FAULT_CLAIM,
	FAULT_RESOURCE,
	FAULT_MODIFIER,
	FAULT_RULES,
	FAULT_MISSING,
	FAULT_NOT_ONE,
	FAULT_STATUS,
	FAULT_PURPOSE,
	FAULT_DATE,
	FAULT_PERIOD,
	FAULT_CARE_DATE,
	FAULT_CONTAINED,	/* a reference that is not to a contained one */
	FAULT_DANGLING,		/* ... or whose target is not there once */
	FAULT_BENEFICIARY,
	FAULT_SYSTEM,
	FAULT_AMC,
	FAULT_AMC_DIFFERS,
	FAULT_CLASS,
	FAULT_MEMBER,
	FAULT_RANK,
	FAULT_NIR,
	FAULT_BIRTH,
	FAULT_BIRTH_TWICE,
	FAULT_CARD,
	FAULT_DOMAIN,
	FAULT_SITE,
	FAULT_RPPS,
	FAULT_PERSON,		/* nothing names the person */
	FAULT_NO_CLAIM,	/* another resource where a Claim is due */
	FAULT_USE,
	FAULT_ACTS,		/* none, or too many */
	FAULT_DAYS,		/* acts of several days */
	FAULT_MONEY,
	FAULT_WHOLE,
	FAULT_WORD,		/* a code that this place does not have */
	FAULT_ACT,		/* no rule knows it for this domain and day */
	FAULT_EXEMPTION,
	FAULT_BASE,
	FAULT_FIGURE,		/* amounts that contradict each other */
	FAULT_COUNT
};

/*
 * Texts are our own constants and the path is made of names we list: nothing
 * of the body comes back.
 */
struct fhir_fault {
	uint16_t status;	/* HTTP: 400 not FHIR, 422 not this profile */
	const char *code;	/* FHIR IssueType: structure, required, ... */
	const char *name;	/* of CodeSystem/refusal: care-date, ... */
	const char *fr, *en;	/* what is wrong, and what to do */
	char path[FHIR_PATH_SIZE];	/* CoverageEligibilityRequest...; may
					   be empty */
};

/* The table's row; path empty. */
struct fhir_fault fault_of(enum fhir_fault_kind kind);
/*
 * The row, and the path of member `child` (NULL: none) of the token at. Every
 * name on the way to it must be one that the caller looked up by name.
 */
struct fhir_fault fault_at(enum fhir_fault_kind kind, const struct json *j,
    uint16_t at, const char *child);
