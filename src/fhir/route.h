/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A refusal that says which route is right: an OperationOutcome as the others,
 * with the routes that hold on the day of care in its texts and, for programs,
 * in extensions right-route of its issue, nearest first. It is made of the
 * directory and of what was asked about it: AMC, convention, CSR and day. No
 * person has part in it.
 */
#pragma once
#include "fhir/refusal.h"

#define ROUTE_MOST 4	/* routes in one outcome */
#define ROUTE_OUTCOME 3584	/* bytes of the longest one */

struct fhir_route {
	const char *convention, *csr;	/* "": all of them */
	const char *operator, *url;	/* url "": none is known */
	int32_t from_day, until_day;	/* until INT32_MAX: no end is known */
};

/* Errors stick in out->err. Of more than ROUTE_MOST the first ones are told. */
void route_write(enum fhir_refusal r, const struct fhir_route *routes,
    unsigned count, struct buf *out);
