/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nginx and gate refuse by themselves, in one table: HTTP status, FHIR
 * OperationOutcome, sentences in English and French. The gate writes them as
 * answers, super as files for nginx's error pages, so that every refusal of a
 * plane has the same form. They are not signed: only the keeper can sign, and
 * a client believes nothing of an answer that is not (design §2).
 *
 * Codes are those of CodeSystem/refusal, as in fhir/refusal.h.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

#define REFUSE_CONTENT_TYPE "application/fhir+json"
#define REFUSE_MOST 2048	/* bytes of the longest one */

enum refuse_why {
	REFUSE_NOT,		/* nothing is wrong */
	REFUSE_PATH,		/* 404 */
	REFUSE_QUERY,		/* 404 a path of ours with a query string */
	REFUSE_METHOD,		/* 405 */
	REFUSE_REQUEST,		/* 400 not HTTP as we take it */
	REFUSE_TLS,		/* 400 plain HTTP to the TLS port */
	REFUSE_CERTIFICATE,	/* 400 client certificate missing or wrong */
	REFUSE_TWICE,		/* 400 a field is there twice */
	REFUSE_HOST,		/* 400 no host, or not one */
	REFUSE_LENGTH,		/* 400 Content-Length is not the body's */
	REFUSE_NO_BODY,		/* 400 a question without body */
	REFUSE_BODY,		/* 400 a body where none belongs */
	REFUSE_CHARACTER,	/* 400 a field with a control character */
	REFUSE_TOO_LARGE,	/* 413 body */
	REFUSE_URI,		/* 414 */
	REFUSE_FIELD,		/* 431 a field beyond its limit */
	REFUSE_MEDIA_TYPE,	/* 415 */
	REFUSE_ENCODING,	/* 415 Content-Encoding */
	REFUSE_CONNECTIONS,	/* 429 of one address, see flow.connections */
	REFUSE_BUSY,		/* 503 too many questions wait */
	REFUSE_AWAY,		/* 503 gate or keeper restarts */
	REFUSE_SILENT,		/* 504 the keeper took too long */
	REFUSE_COUNT
};

struct refuse_text {
	uint16_t status;
	uint16_t retry_after_s;	/* 0: no such field */
	const char *issue;	/* FHIR IssueType */
	const char *code;	/* of CodeSystem/refusal */
	const char *file;	/* nginx's error page; NULL: the gate alone */
	const char *en, *fr;
};

/* Never NULL for 1..REFUSE_COUNT-1. */
const struct refuse_text *refuse_text(enum refuse_why why);

/* The OperationOutcome. field: the HTTP field to blame, one of our own
 * constants, or NULL. */
void refuse_write(enum refuse_why why, const char *field, struct buf *out);
