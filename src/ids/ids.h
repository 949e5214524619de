/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identifiers of persons, professionals, sites and organisations: what the
 * parsers of this folder (nir, rpps, finess, siren, siret, amc) can find.
 *
 * A parser never judges. It reads a value and returns everything it found as a
 * set; how grave a finding is comes from a table (ids/severity.h), because the
 * official test environments themselves hold wrong keys and lettered numbers
 * (domain.md §1.2, §1.4), and what is a test value here is a typing error
 * there. Only a value that cannot be read is an error everywhere.
 *
 * Values may be written as people write them: spaces (also no-break and thin
 * ones) and full stops are dropped, letters raised, tabs and line ends around
 * the value dropped.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

#define IDS_TEXT_SIZE 16	/* bytes of the longest canonical text and NUL */

enum ids_kind {
	IDS_NIR, IDS_RPPS, IDS_FINESS, IDS_SIREN, IDS_SIRET, IDS_AMC,
	IDS_KINDS
};

/* In order of weight: of several equally grave ones the first is told. */
enum ids_finding {
	IDS_CLEAN,		/* nothing to say */
	/* The value cannot be read. */
	IDS_CHARACTER,		/* a character that has no place there */
	IDS_LENGTH,		/* too short or too long */
	IDS_ZERO,		/* AMC: zeros only */
	/* It can, but. */
	IDS_KEY,		/* the check digits differ */
	IDS_SIREN_KEY,		/* SIRET: those of the SIREN inside differ */
	IDS_NO_KEY,		/* NIR: 13 characters, without the key */
	IDS_LETTERED,		/* FINESS: letters outside Corsica */
	IDS_FICTIVE,		/* NIR: stands for anonymous care */
	/* Rare and right. */
	IDS_PROVISIONAL,	/* NIR: begins with 3, 4, 7 or 8 */
	IDS_MIGRANT,		/* NIR: begins with 5 or 6 */
	IDS_LEADING,		/* NIR: begins with 0 or 9 */
	IDS_PSEUDO_MONTH,	/* NIR: a month for incomplete civil status */
	IDS_ODD_MONTH,		/* NIR: a month that no list has */
	IDS_LA_POSTE,		/* SIRET: holds by La Poste's own sum */
	IDS_IDNPS,		/* RPPS: came as 8 + RPPS */
	IDS_PADDED,		/* AMC: zeros were put in front */
	IDS_FINDINGS
};

struct ids_found {
	uint32_t set;	/* bit n: finding n */
};

void ids_add(struct ids_found *f, enum ids_finding finding);
bool ids_has(struct ids_found f, enum ids_finding finding);
/* Whether the parser filled its output: nothing made the value unreadable. */
bool ids_readable(struct ids_found f);

/* "nir" and "no-key", as the command line and the configuration spell them;
 * never NULL. The other way: ERR_UNKNOWN. */
const char *ids_kind_name(enum ids_kind kind);
const char *ids_finding_name(enum ids_finding finding);
MUST_CHECK enum err ids_kind_find(struct span name, enum ids_kind *ret);
MUST_CHECK enum err ids_finding_find(
    struct span name, enum ids_finding *ret);

/* Any kind by its number: the canonical text and NUL go to ret if the value
 * is readable, else ret stays as it was. */
struct ids_found ids_parse(
    enum ids_kind kind, struct span in, char ret[static IDS_TEXT_SIZE]);
