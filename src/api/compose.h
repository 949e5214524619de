/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a CoverageEligibilityRequest (docs/api.md) from plain fields. */
#pragma once
#include "base/buf.h"

/* Texts; NULL or "": not given. One way of naming the person at least. */
struct compose {
	const char *amc;	/* needed */
	const char *card;	/* TP1 token */
	const char *member, *nir;
	const char *birth;	/* YYYYMMDD or YYYY-MM-DD */
	const char *rank;	/* 1 to 9 */
	const char *domain;	/* needed */
	const char *date;	/* of care, YYYY-MM-DD, needed */
	const char *convention, *csr;
	const char *site, *rpps;
};

/* created_ms: when the question is made. Errors stick in out. */
void compose_write(
    const struct compose *c, int64_t created_ms, struct buf *out);
