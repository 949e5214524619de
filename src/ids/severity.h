/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How grave each finding is, for each kind of identifier: a table with
 * defaults that a site may change (data/identifiers.conf says how, and holds
 * the defaults with their reasons).
 *
 * What makes a value unreadable is always an error and has no row.
 */
#pragma once
#include "ids/ids.h"

enum severity {
	SEVERITY_NONE,		/* this kind has no such finding */
	SEVERITY_OK,
	SEVERITY_WARNING,
	SEVERITY_ERROR
};

struct severity_table {
	uint8_t of[IDS_KINDS][IDS_FINDINGS];	/* enum severity */
};

struct severity_verdict {
	enum severity severity;		/* never SEVERITY_NONE */
	enum ids_finding finding;	/* what is told; IDS_CLEAN: nothing */
};

/* "valid", "warning" or "error": the words of the command line. */
const char *severity_name(enum severity s);

struct severity_table severity_defaults(void);
/*
 * Reads lines "kind finding ok|warning|error" over what *table holds; blank
 * lines and what follows a # are ignored. ERR_SHAPE: not three words,
 * ERR_UNKNOWN: a word that means nothing, ERR_EXISTS: said on a line before,
 * ERR_REFUSED: a finding that has no row for this kind. Then *ret_line is the
 * line, from 1, and *table is as it was.
 */
MUST_CHECK enum err severity_read(
    struct span text, struct severity_table *table, unsigned *ret_line);
/* The gravest finding, or the first note; strict makes warnings errors. */
struct severity_verdict severity_judge(const struct severity_table *table,
    enum ids_kind kind, struct ids_found found, bool strict);
