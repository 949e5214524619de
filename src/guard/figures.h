/* SPDX-License-Identifier: Apache-2.0 */
/*
 * data/professions.csv and data/wide.csv: the figures that budgets start with,
 * each with its source. docs/budgets.md says how they were chosen.
 *
 * Both files are UTF-8, fields parted by ";", lines ended by LF; the first
 * line names the columns exactly as below, lines that start with # are skipped.
 * Reading is strict: a column too many, an unknown scope, a number out of
 * range or figures that contradict each other refuse the whole file.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/limits.h"
#include "guard/guard.h"

#define FIGURES_PROFESSIONS_HEAD \
	"code;label_fr;label_en;domains;t24;c24;t30;c30;m24;m30;confirmed;" \
	"source"
#define FIGURES_SHARED_HEAD \
	"scope;code;floor24;each24;floor30;each30;confirmed;source"

#define FIGURES_PROFESSIONS 32		/* rows, at most */
#define FIGURES_SHARED 64		/* rows, at most */
#define FIGURES_DOMAINS 8		/* of one profession, at most */
#define FIGURES_CODE 16			/* bytes of a code with its NUL */
#define FIGURES_MOST 1000000		/* the largest figure */
#define FIGURES_PER 100			/* each24 is for so many sites, members */

struct figures_profession {
	char code[FIGURES_CODE];	/* a-z, e.g. optician */
	uint8_t domain_count;
	char domains[FIGURES_DOMAINS][LIMIT_DOMAIN + 1];	/* first: own */
	struct guard_figures figures;
	bool confirmed;			/* a published figure stands behind */
};

struct figures_professions {
	uint32_t count;
	struct figures_profession rows[FIGURES_PROFESSIONS];
};

enum figures_scope {
	FIGURES_PROFESSION,	/* code: a profession, * for the others */
	FIGURES_CELL,		/* code: an AMC number, * for the others */
	FIGURES_PLATFORM,	/* code * */
	FIGURES_CARD		/* code *: floor24 = sites a card is seen at */
};

/* persons = floor + each * size / FIGURES_PER, rounded up. */
struct figures_shared {
	enum figures_scope scope;
	char code[FIGURES_CODE];
	uint32_t floor24, each24, floor30, each30;
	bool confirmed;
};

struct figures_shareds {
	uint32_t count;
	struct figures_shared rows[FIGURES_SHARED];
};

/* What is wrong and where; no values. */
struct figures_fault {
	uint32_t line;		/* from 1; 0: the file as a whole */
	char words[80];
};

/* ERR_SHAPE, ERR_RANGE, ERR_LIMIT, ERR_UNKNOWN (a scope), ERR_EXISTS (a code
 * twice): *fault says where and what. */
MUST_CHECK enum err figures_read_professions(struct span text,
    struct figures_professions *ret, struct figures_fault *fault);
MUST_CHECK enum err figures_read_shared(struct span text,
    struct figures_shareds *ret, struct figures_fault *fault);

/* The row of a code; NULL: none. */
const struct figures_profession *figures_profession(
    const struct figures_professions *p, struct span code);
/* The row of scope and code, else of scope and *; NULL: none. */
const struct figures_shared *figures_shared(const struct figures_shareds *s,
    enum figures_scope scope, struct span code);
/*
 * The budget for so many enrolled sites (of the profession on the plane) or
 * members (of the cell, of all cells).
 */
struct guard_wide figures_wide(
    const struct figures_shared *row, uint64_t size);
