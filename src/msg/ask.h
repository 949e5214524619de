/* SPDX-License-Identifier: Apache-2.0 */
/* MSG_ASK and MSG_ANSWER: one HTTP question, unread, and its signed answer. */
#pragma once
#include "base/buf.h"

enum ask_plane { ASK_FLOW = 1, ASK_PORTAL, ASK_MEMBER, ASK_STAFF };
enum ask_method { ASK_GET = 1, ASK_POST };

/* Spans view the message. Absent fields are empty. Lengths: base/limits.h. */
struct ask {
	uint8_t plane, method;
	struct span authority, path, content_type, content_digest;
	struct span signature_input, signature, body;
};

struct ask_answer {
	uint16_t status;	/* HTTP status, 200 to 599 */
	uint16_t retry_after_s;	/* 0: no such field */
	struct span content_type, content_digest;
	struct span signature_input, signature, body;
};

void ask_pack(const struct ask *a, struct buf *out);
/* ERR_SHAPE, ERR_LIMIT (a field longer than limits.h), ERR_RANGE. */
MUST_CHECK enum err ask_unpack(struct span in, struct ask *ret);
void ask_answer_pack(const struct ask_answer *a, struct buf *out);
MUST_CHECK enum err ask_answer_unpack(
    struct span in, struct ask_answer *ret);
