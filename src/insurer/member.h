/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a mutuelle's file, checked: one beneficiary on one contract.
 * docs/feed.md is the manual of the columns; the keeper checks the traits
 * again when it turns them into tags (ident/canon.h).
 */
#pragma once
#include "base/buf.h"
#include "base/limits.h"
#include "ids/nir.h"
#include "insurer/fault.h"
#include "insurer/head.h"

#define MEMBER_CTI 16
#define MEMBER_BIRTH 8

enum member_age { MEMBER_AGE_NONE, MEMBER_CHILD, MEMBER_ADULT, MEMBER_SENIOR };

struct member_domain {
	struct span code, level;
	bool authorization;	/* +PEC */
};

/* Spans are views into the line. */
struct member {
	struct span ref;
	bool has_nir;
	struct nir nir;
	bool key_differs;	/* a NIR whose key was let pass */
	bool lunar;		/* a birth date that no calendar has */
	char birth[MEMBER_BIRTH + 1];
	char rank;		/* '0' to '9' */
	char member[LIMIT_MEMBER + 1];	/* capitals, no spaces; or empty */
	uint8_t card_count;
	uint8_t cards[LIMIT_CARDS][MEMBER_CTI];
	struct span contract, convention, csr;
	uint8_t order;
	int32_t from_day, to_day;
	int32_t closed_day;	/* 0: not closed early */
	enum member_age age;
	uint32_t age_change;	/* year * 12 + month - 1; 0: not said */
	uint8_t domain_count;
	struct member_domain domains[LIMIT_DOMAINS];
};

struct member_rules {
	bool any_key;	/* a wrong NIR key is counted, not refused */
};

/* What is wrong, one reason a column at most. */
struct member_faults {
	size_t count;
	struct {
		enum fault_column column;
		enum fault_reason reason;
	} list[FAULT_COLUMNS + 1];
};

/* fields: as many as columns, by the head's places. ret is whole only when
 * no fault was found. */
void member_read(const struct head *head, const struct span *fields,
    const struct member_rules *rules, struct member *ret,
    struct member_faults *faults);
/* Is the reference of a line with faults to be believed? */
bool member_has_ref(const struct member_faults *faults);
