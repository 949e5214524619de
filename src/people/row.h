/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One beneficiary on one contract: a line of people.csv (with the truth that
 * tests need) and of a mutuelle's file (docs/feed.md).
 */
#pragma once
#include <stdio.h>
#include "base/buf.h"
#include "base/limits.h"
#include "people/numbers.h"

#define ROW_BIRTH_SIZE 9	/* YYYYMMDD */
#define ROW_CARD_SIZE 33	/* 16 bytes in hex */
#define ROW_DOMAINS_SIZE 320
#define ROW_LINE_MAX 1024	/* bytes of a line of people.csv */

enum row_age { ROW_AGE_NONE, ROW_CHILD, ROW_ADULT, ROW_SENIOR };

enum row_kin {
	ROW_SINGLE, ROW_PARTNER, ROW_PARENT,
	ROW_DEPENDANT,		/* under a parent's NIR */
	ROW_TWIN,		/* the same, born with a sibling */
	ROW_STUDENT,		/* grown, on a parent's contract */
	ROW_KINS
};

struct row {
	uint32_t person;	/* the same on two contracts, or at two
				 * mutuelles: then there are two rows */
	enum row_kin kin;
	char amc[NUMBERS_AMC_SIZE];
	char ref[LIMIT_REF + 1];
	char nir[NUMBERS_NIR_SIZE];	/* of the opening insured; or empty */
	char birth[ROW_BIRTH_SIZE];
	int rank;
	char member[LIMIT_MEMBER + 1];
	char cards[LIMIT_CARDS][ROW_CARD_SIZE];
	int card_count;
	char contract[LIMIT_CONTRACT + 1];
	int order;
	char convention[LIMIT_CONVENTION + 1];
	char csr[LIMIT_CSR + 1];
	int32_t from_day, to_day;
	int32_t closed_day;	/* 0: not closed early */
	enum row_age age;
	uint32_t age_change;	/* year * 12 + month - 1; 0: none */
	char domains[ROW_DOMAINS_SIZE];
};

/* Heads and lines, with their LF. */
void row_feed_head(FILE *f);
void row_feed_line(FILE *f, const struct row *row);
void row_people_head(FILE *f);
void row_people_line(FILE *f, const struct row *row);
/* A line of people.csv, as row_people_line() writes it. ERR_SHAPE. */
MUST_CHECK enum err row_people_parse(
    char *line, size_t n, struct row *ret);
/* Rights on that day? */
bool row_is_open(const struct row *row, int32_t day);
/* Whether the contract covers a domain. */
bool row_covers(const struct row *row, const char *domain);
