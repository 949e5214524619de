/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many questions in one Bundle (docs/api.md, "A bundle"): written line by
 * line, and the answer checked line by line against what was asked.
 *
 * That the service said it, to this very bundle, is the answer's signature
 * (api/client.h); what is checked here is that it answered every line once, in
 * order, and each line as an answer alone is (api/answer.h): a mistake of its
 * own, or a promise that a mutuelle would not pay, is seen before the bill.
 */
#pragma once
#include "api/answer.h"

/* Bytes that a composed bundle may have, sealed it is a little longer. */
#define MANY_BODY (LIMIT_BUNDLE - 4096)

struct many {
	unsigned count;
	struct answer_asked of[LIMIT_BUNDLE_LINES];
	struct buf body;
};

void many_init(struct many *m);
void many_release(struct many *m);
/* ERR_FULL: it has its LIMIT_BUNDLE_LINES, or no room for this line: send it
 * and begin another. ERR_LIMIT: too long by itself, or no text. */
MUST_CHECK enum err many_put(
    struct many *m, const struct compose *c, int64_t now_ms);
/* No more lines: body is what is sent. ERR_NOMEM. */
MUST_CHECK enum err many_end(struct many *m);
/* Empty again. */
void many_clear(struct many *m);

/*
 * answer: the opened body of a 200. ERR_SHAPE, ERR_CRYPTO, ERR_NOMEM with
 * *ret_line, from 1 (0: the whole), and words why it is not believed.
 */
MUST_CHECK enum err many_check(const struct many *m, const struct pin *pin,
    struct span answer, unsigned *ret_line, const char **ret_words);
