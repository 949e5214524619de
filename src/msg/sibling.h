/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the keeper's siblings is meant, between keeper and super.
 *
 *   MSG_CHANNEL   with the keeper's end of a new channel to it; the message's
 *                 ref counts its starts
 *   MSG_STOP      it broke the protocol, the one that ref was given for: end
 *                 it (super starts another)
 */
#pragma once
#include "base/buf.h"

enum sibling_kind { SIBLING_GATE = 1, SIBLING_VAULT };

struct sibling {
	uint8_t kind;	/* enum sibling_kind */
	uint8_t nth;	/* plane (msg/ask.h), or number of the vault from 0 */
};

#define SIBLING_SIZE 2

void sibling_pack(const struct sibling *s, uint8_t out[static SIBLING_SIZE]);
/* ERR_SHAPE, ERR_RANGE (no such kind). */
MUST_CHECK enum err sibling_unpack(struct span in, struct sibling *ret);
