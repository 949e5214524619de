/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags: what persons are called outside the keeper (design §4). A tag is one
 * alias of a beneficiary, under the index key of one cell and version:
 *
 *   index key = HKDF-SHA-256(ikm = index root, no salt,
 *                 info = "ecluse/index/v1" || AMC, 10 digits
 *                        || operator's id || u32 version), 32 bytes
 *   tag       = HMAC-SHA-256(index key, s8 label || s8 trait...), first 16
 *
 * s8 is one byte of length, then the bytes: no two lists of traits read alike.
 *
 *   label    traits
 *   card     cti, 16 bytes
 *   member   member number, birth, rank
 *   nir      NIR of the opening insured, birth, rank
 *   ref      handle
 *
 * Traits are in the form of ident/canon.h. There is no tag of a NIR alone.
 * About 0.5 µs each; for one thread.
 */
#pragma once
#include "crypto/secret.h"
#include "ident/canon.h"
#include "ids/amc.h"

#define IDENT_TAG 16
#define IDENT_CTI 16
#define IDENT_OPERATOR_MAX 64	/* bytes of an operator's id */

struct ident_index;	/* the index key of one cell and version, ready */

/* ERR_RANGE: operator is empty or too long; ERR_NOMEM. */
MUST_CHECK enum err ident_index_new(const struct secret *root,
    const struct amc *amc, struct span operator, uint32_t version,
    struct ident_index **ret);
void ident_index_free(struct ident_index *x);

void ident_card(struct ident_index *x, const uint8_t cti[static IDENT_CTI],
    uint8_t tag[static IDENT_TAG]);
void ident_member(struct ident_index *x, const struct canon_member *member,
    const struct canon_birth *birth, char rank,
    uint8_t tag[static IDENT_TAG]);
void ident_nir(struct ident_index *x, const struct canon_nir *nir,
    const struct canon_birth *birth, char rank,
    uint8_t tag[static IDENT_TAG]);
/* ERR_RANGE: empty; ERR_LIMIT: longer than LIMIT_HANDLE. */
MUST_CHECK enum err ident_ref(struct ident_index *x, struct span handle,
    uint8_t tag[static IDENT_TAG]);
