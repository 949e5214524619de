/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory: by which convention and CSR an AMC's members are asked about
 * on which day, and which operator answers there. It is what the acts said
 * (word `route`), never changed and only added to: the registry's log is its
 * history. It tells nothing about any person.
 *
 * A route holds from its first day to its last, both included. An empty
 * convention or CSR stands for all. Said again with the same AMC, convention,
 * CSR and first day, it replaces what was said before; so it is ended, put
 * right, or taken back (until= the day before from=). Two routes of the same
 * AMC, convention and CSR never hold on one day.
 */
#pragma once
#include "registry/registry.h"

#define ROUTES_URL 128		/* characters of an operator's address */
#define ROUTES_AMC 512		/* lines of one AMC, replaced ones too */
#define ROUTES_MOST 65536	/* lines of the whole directory */
#define ROUTES_NEAR 4		/* right ones told to who has a wrong one */
#define ROUTES_FOREVER INT32_MAX	/* until: nobody has said */

struct registry_route {
	char amc[REGISTRY_AMC_SIZE];
	char convention[LIMIT_CONVENTION + 1], csr[LIMIT_CSR + 1];
	char operator[REGISTRY_NAME_SIZE];
	char url[ROUTES_URL + 1];	/* empty: none was given */
	int32_t from_day, until_day;
	int64_t said_ms;	/* the act's own time */
	uint64_t entry;		/* of the registry, that says it */
	uint32_t before;	/* place + 1 of this AMC's one before, or 0 */
	uint32_t behind;	/* place + 1 of what replaced it, or 0 */
};

/* What a line says, by the names that an act's word has for it. */
enum routes_field {
	ROUTES_AMC_NUMBER, ROUTES_CONVENTION, ROUTES_CSR, ROUTES_OPERATOR,
	ROUTES_ADDRESS, ROUTES_FROM, ROUTES_UNTIL, ROUTES_FIELDS
};

struct routes_ask {
	struct span amc;		/* 10 digits */
	struct span convention, csr;	/* as asked; empty: not said */
	int32_t day;			/* of care */
};

enum routes_verdict {
	ROUTES_UNKNOWN,	/* the directory says nothing about this AMC */
	ROUTES_GOOD,	/* *ret: this one */
	ROUTES_OVER,	/* right on another day than this one: *ret */
	ROUTES_WRONG,	/* on no day */
	ROUTES_UNSAID	/* too little is said: several operators answer */
};

const char *routes_field(enum routes_field f);	/* "amc" */
/* May it be this field of a line? Empty: the line does not say it. */
bool routes_fits(enum routes_field f, struct span value);
/* A line of fields that fit. ERR_SHAPE: until is before the day before from. */
MUST_CHECK enum err routes_make(
    const struct span value[static ROUTES_FIELDS], struct registry_route *ret);

/* The newest line of an AMC, then those before it; NULL at the end. */
const struct registry_route *routes_of(
    const struct registry *r, struct span amc);
const struct registry_route *routes_before(
    const struct registry *r, const struct registry_route *route);
bool routes_holds(const struct registry_route *route, int32_t day);

/*
 * Of several routes that fit, the one that says convention, then CSR, more
 * exactly. *ret is set for GOOD and OVER alone.
 */
enum routes_verdict routes_find(const struct registry *r,
    const struct routes_ask *ask, const struct registry_route **ret);
/* Those that hold on the day, nearest to what was asked first; gives how many,
 * ROUTES_NEAR at most. */
unsigned routes_right(const struct registry *r, const struct routes_ask *ask,
    const struct registry_route *ret[static ROUTES_NEAR]);

/* The one of the same AMC, convention and CSR that holds on some of its days
 * and that it does not replace; NULL: none. */
const struct registry_route *routes_clash(
    const struct registry *r, const struct registry_route *route);
/* Adds one at the end. ERR_EXISTS: routes_clash has one; ERR_LIMIT,
 * ERR_NOMEM. */
MUST_CHECK enum err routes_add(
    struct registry *r, const struct registry_route *route);
/* Forgets all behind the first count: an act failed. */
void routes_forget(struct registry *r, size_t count);
