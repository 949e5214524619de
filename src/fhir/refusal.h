/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every refusal of the keeper in one table: HTTP status, codes, sentences and
 * what to do, in French and English. docs/states.md is the same table for
 * readers. A refusal's body depends on nothing but its name, so that one given
 * for a person and one given for a stranger are the same bytes. Those about a
 * route say besides what the directory has (fhir/route.h).
 */
#pragma once
#include <stdint.h>
#include "base/buf.h"

enum fhir_refusal {
	REFUSAL_UNSIGNED,	/* 401 a signature field is missing */
	REFUSAL_SIGNATURE,	/* 401 not our profile, or does not verify */
	REFUSAL_DIGEST,		/* 401 content digest is not the body's */
	REFUSAL_EXPIRED,	/* 401 too old, too early or lives too long */
	REFUSAL_REPLAYED,	/* 401 this nonce was used */
	REFUSAL_KEY_UNKNOWN,	/* 401 no such key is enrolled */
	REFUSAL_KEY_REVOKED,	/* 403 */
	REFUSAL_SITE,		/* 403 site or professional is not the key's */
	REFUSAL_UNNAMED,	/* 403 a professional is to be named */
	REFUSAL_DOMAIN,		/* 403 domain is not the asker's */
	REFUSAL_CLOSED_PLANE,	/* 403 people closed this gate: the plane, */
	REFUSAL_CLOSED_PROFESSION,	/* 403 the profession on it, */
	REFUSAL_CLOSED_CELL,	/* 403 the insurer's cell, */
	REFUSAL_CLOSED_SITE,	/* 403 the site, */
	REFUSAL_CLOSED_KEY,	/* 403 the key, */
	REFUSAL_CLOSED_PERSON,	/* 403 or the professional */
	REFUSAL_CARD_ONLY,	/* 403 only with the card, while a budget is spent */
	REFUSAL_CARD,		/* 422 card token does not verify or is over */
	REFUSAL_ROUTE,		/* 422 no such route of this AMC on any day */
	REFUSAL_ROUTE_OVER,	/* 422 one of another day than that of care */
	REFUSAL_ROUTE_UNSAID,	/* 422 several operators: which one? */
	REFUSAL_ROUTE_ELSEWHERE,	/* 422 its operator is not here */
	REFUSAL_BUDGET,		/* 429 no room for a person not yet counted */
	REFUSAL_OFTEN,		/* 429 more questions than a day's worth */
	REFUSAL_SEALED,		/* 400 sealed body cannot be opened */
	REFUSAL_SEAL_KEY,	/* 400 sealed to another key than ours */
	REFUSAL_PLAIN,		/* 415 plain body not accepted here */
	REFUSAL_MEDIA_TYPE,	/* 415 neither FHIR JSON nor sealed */
	REFUSAL_PATH,		/* 404 no such place, or a query string */
	REFUSAL_METHOD,		/* 405 */
	REFUSAL_TOO_LARGE,	/* 413 a body or field beyond its limit */
	REFUSAL_BUSY,		/* 503 too many questions at once */
	REFUSAL_VAULT,		/* 503 this cell's vault is silent */
	REFUSAL_CEILING,	/* 503 the vault's ceiling of persons */
	REFUSAL_JOURNAL,	/* 503 the disk refused: nothing is answered */
	REFUSAL_CLOCK,		/* 503 the clock is doubtful: card only */
	REFUSAL_INTERNAL,	/* 500 */
	REFUSAL_COUNT
};

struct fhir_refusal_text {
	uint16_t status;	/* HTTP */
	uint16_t retry_after_s;	/* 0: no such field */
	const char *issue;	/* FHIR IssueType */
	const char *code;	/* of CodeSystem/refusal: budget-spent, ... */
	const char *fr, *en;	/* what happened */
	const char *fr_do, *en_do;	/* what to do */
};

/* Never NULL: a number that is not in the list reads as REFUSAL_INTERNAL. */
const struct fhir_refusal_text *refusal_text(enum fhir_refusal r);
