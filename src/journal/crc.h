/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRC-32C (Castagnoli, RFC 3720 §B.4), eight bytes a step. It tells a torn
 * write from a whole one; against people there is the tree.
 */
#pragma once
#include "base/buf.h"

struct crc {
	uint32_t table[8][256];
};

void crc_init(struct crc *c);
/* Goes on from seed, which is 0 for the first part. */
uint32_t crc_of(const struct crc *c, uint32_t seed, struct span in);
