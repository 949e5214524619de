/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A contract that its mutuelle signed, as text:
 *
 *   ecluse-contract-v1
 *   amc 0099100001
 *   made 2026-11-28T08:00:00.000Z
 *   until 2026-12-28T08:00:00.000Z
 *   (an empty line)
 *   contract CONFORT			the text of docs/contracts.md, to its end
 *   ...
 *   signature BASE64			by the feed key, over all before this line
 *
 * until is when the file is no longer taken; what was taken goes on by the
 * contract's own days.
 */
#pragma once
#include "base/limits.h"
#include "crypto/sign.h"

#define CONTRACT_FILE_AMC 10

struct contract_file {
	char amc[CONTRACT_FILE_AMC + 1];
	int64_t made_ms, until_ms;
	struct span text;	/* views the file */
};

/* Appends the file. ERR_RANGE: a field; ERR_SHAPE: a line of the text would be
 * taken for the signature; ERR_LIMIT, ERR_CRYPTO. */
MUST_CHECK enum err contract_file_pack(const struct contract_file *c,
    const struct sign_private *key, struct buf *out);
/* The form, to the last byte; nothing is to be believed before verify.
 * ERR_SHAPE, ERR_LIMIT. */
MUST_CHECK enum err contract_file_parse(
    struct span file, struct contract_file *ret);
/* ERR_CRYPTO: not signed by key. */
MUST_CHECK enum err contract_file_verify(
    struct span file, const struct sign_public *key);
