/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be wrong in a mutuelle's file (docs/feed.md lists all of it): the
 * line, the column and the reason. Never the value: it names a person.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

/* In the order of docs/feed.md. */
enum fault_column {
	FAULT_REF, FAULT_NIR, FAULT_BIRTH, FAULT_RANK, FAULT_MEMBER,
	FAULT_CARDS, FAULT_CONTRACT, FAULT_ORDER, FAULT_CONVENTION,
	FAULT_CSR, FAULT_FROM, FAULT_TO, FAULT_CLOSED, FAULT_AGE_CLASS,
	FAULT_AGE_CHANGE, FAULT_DOMAINS,
	FAULT_COLUMNS,
	FAULT_LINE = FAULT_COLUMNS	/* the line as a whole */
};

enum fault_reason {
	FAULT_NONE,
	/* the line */
	FAULT_LONG_LINE, FAULT_QUOTES, FAULT_FIELDS, FAULT_NO_ALIAS,
	/* the head */
	FAULT_NO_HEAD, FAULT_UNKNOWN_COLUMN, FAULT_COLUMN_TWICE,
	FAULT_COLUMN_MISSING,
	/* a value */
	FAULT_MISSING, FAULT_TOO_LONG, FAULT_CHARACTER, FAULT_LENGTH,
	FAULT_KEY, FAULT_FICTIVE, FAULT_NOT_A_DATE, FAULT_NOT_A_MONTH,
	FAULT_OUT_OF_RANGE, FAULT_NOT_A_CARD, FAULT_TOO_MANY, FAULT_TWICE,
	FAULT_BEFORE_FROM, FAULT_OUTSIDE, FAULT_NOT_A_CLASS,
	FAULT_NO_CLASS, FAULT_NOT_A_DOMAIN,
	FAULT_REASONS
};

/* "ref", "nir"...; "line" for FAULT_LINE. */
const char *fault_column_name(enum fault_column column);
/* A word for programs ("too-long") and a phrase for people, in English or
 * French by the environment (ids/sentence.h). */
const char *fault_reason_name(enum fault_reason reason);
const char *fault_reason_text(enum fault_reason reason);
