/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rights question: reads a CoverageEligibilityRequest (FHIR R4, JSON) by an
 * allow-list into plain typed fields. What the list does not name (names,
 * addresses, telecom, narrative, other contained resources) is dropped unread;
 * what could change the meaning (modifierExtension, implicitRules) is refused.
 * The list with every place and rule: docs/api.md, fhir/StructureDefinition.
 *
 * Values are checked for shape only: lengths and characters. Check digits are
 * the business of ids/, signatures of card/.
 */
#pragma once
#include <stdint.h>
#include "base/buf.h"
#include "base/limits.h"
#include "fhir/fault.h"
#include "json/read.h"

#define FHIR_AMC 10		/* digits, left-padded with zeros */
#define FHIR_NIR 15		/* characters with the key, 13 without */
#define FHIR_BIRTH 8		/* YYYYMMDD, as the carte Vitale has it */
#define FHIR_RPPS 11		/* digits */
#define FHIR_SITE 14		/* characters of a site's number */

/* What is asked; a question may ask both. */
enum fhir_purpose { FHIR_VALIDATION = 1, FHIR_BENEFITS = 2 };

/* Which number names the site. */
enum fhir_site { FHIR_SITE_NONE, FHIR_SITE_BILLING, FHIR_SITE_FINESS };

/*
 * A question. Every text ends with a NUL and is empty if not given. It holds
 * traits of a person: whoever holds it wipes it after use.
 * At least one of these names the person, and several may: card; member, birth
 * and rank; nir, birth and rank. member and nir are only filled when birth and
 * rank are there too, and these two only beside one of them: what is filled is
 * whole.
 */
struct fhir_question {
	char amc[FHIR_AMC + 1];
	char convention[LIMIT_CONVENTION + 1];
	char csr[LIMIT_CSR + 1];
	char member[LIMIT_MEMBER + 1];
	char nir[FHIR_NIR + 1];		/* of the opening insured: 13 or 15 */
	char birth[FHIR_BIRTH + 1];	/* month and day may be lunar */
	char card[LIMIT_CARD + 1];	/* TP1: token */
	char domain[LIMIT_DOMAIN + 1];	/* e.g. OPTI */
	char site[FHIR_SITE + 1];	/* as said by site_kind */
	char rpps[FHIR_RPPS + 1];	/* who asks, if the body says so */
	uint8_t rank;			/* 1 to 9; 0: not given */
	uint8_t site_kind;		/* enum fhir_site */
	uint8_t purpose;		/* FHIR_VALIDATION | FHIR_BENEFITS */
	int32_t care_day;		/* days since 1970 */
};

/*
 * today: for the limits of the care date (LIMIT_CARE_PAST_DAYS, _AHEAD_DAYS).
 * ERR_OK: *ret is written. ERR_SHAPE (no question), ERR_EXISTS and ERR_LIMIT
 * (of the JSON reader): *fault is written, *ret is untouched.
 */
MUST_CHECK enum err request_read(struct span body, int32_t today,
    struct json_token scratch[static LIMIT_JSON_TOKENS],
    struct fhir_question *ret, struct fhir_fault *fault);
