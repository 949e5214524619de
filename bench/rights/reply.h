/* SPDX-License-Identifier: Apache-2.0 */
/* A whole HTTP/1.1 response in a buffer, if it is there: the little that a
 * well-behaved server of ours sends (Content-Length, no chunks). */
#pragma once
#include "base/buf.h"
#include "base/limits.h"

#define REPLY_MOST (LIMIT_BUNDLE + 8192)

struct reply {
	uint16_t status;
	struct span type, digest, input, signature;	/* empty: none */
	struct span body;
	size_t size;	/* bytes of head and body */
};

/* ERR_STATE: not whole yet; ERR_SHAPE, ERR_LIMIT. Views of in. */
MUST_CHECK enum err reply_parse(struct span in, struct reply *ret);
