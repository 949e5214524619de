/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MSG_CONTRACT and MSG_CONTRACT_SAID: a contract's text that its mutuelle
 * signed, from keeper to vault, and what came of it.
 */
#pragma once
#include "base/buf.h"
#include "base/limits.h"

#define CONTRACTS_ID 32		/* SHA-256 of the signed file */
#define CONTRACTS_AMC 10	/* digits */

struct contracts_put {
	uint32_t cell;
	int64_t made_ms;	/* when the mutuelle signed it */
	uint8_t id[CONTRACTS_ID];
	struct span amc;	/* whose key signed it */
	struct span text;	/* docs/contracts.md */
};

enum contracts_outcome {
	CONTRACTS_TAKEN = 1,
	CONTRACTS_ALREADY,	/* this very file is there */
	CONTRACTS_OLDER,	/* a later version of the same days is there */
	CONTRACTS_WRONG,	/* the text: line, column and words say what */
	CONTRACTS_AMC_DIFFERS,	/* its insurer is not who signed it */
	CONTRACTS_FULL,		/* LIMIT_CONTRACTS are there */
	CONTRACTS_NO_RULES,	/* this vault could not read its rules */
	CONTRACTS_FAILED,	/* the store */
	CONTRACTS_OUTCOMES
};

struct contracts_said {
	uint8_t outcome;	/* enum contracts_outcome */
	uint32_t line, column;	/* WRONG; from 1, 0: the text as a whole */
	struct span words;	/* WRONG */
	struct span code;	/* TAKEN, ALREADY, OLDER: the contract's */
	int32_t from_day;	/* ... and its first day */
};

void contracts_put_pack(const struct contracts_put *m, struct buf *out);
MUST_CHECK enum err contracts_put_unpack(
    struct span in, struct contracts_put *ret);
void contracts_said_pack(const struct contracts_said *m, struct buf *out);
MUST_CHECK enum err contracts_said_unpack(
    struct span in, struct contracts_said *ret);
