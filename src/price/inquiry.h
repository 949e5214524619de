/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `ecluse price`'s lines: one JSON object in, one out. docs/price.md is the
 * manual for strangers; amounts are decimal strings.
 */
#pragma once
#include "base/buf.h"
#include "json/read.h"
#include "price/price.h"

#define INQUIRY_ID 65
#define INQUIRY_MOST 65536	/* bytes of a line */

struct inquiry {
	char id[INQUIRY_ID];
	char contract[CONTRACT_WORD];
	struct price_ask ask;
};

/* What is wrong: the field's path, as lines[2].price, and what to do. */
struct inquiry_fault {
	char field[80];
	const char *words;	/* constant */
};

/*
 * Told while a request is read, so that memory can be asked for that is needed
 * when it is priced: named once the contract's code is known ("" if none is
 * said), dated when the day is too and the lines are still to be read.
 */
struct inquiry_ahead {
	void (*named)(void *ctx, const char *contract);
	void (*dated)(void *ctx, const char *contract, int32_t day);
	void *ctx;
};

/*
 * Reads a request. tokens is scratch of LIMIT_JSON_TOKENS. ret->id is filled
 * as soon as it is known, on failure too. ERR_SHAPE, ERR_UNKNOWN (act,
 * field), ERR_RANGE, ERR_LIMIT with *fault. ahead: NULL, or
 * who is told meanwhile.
 */
MUST_CHECK enum err inquiry_read(struct span text, const struct rules *rules,
    struct json_token *tokens, const struct inquiry_ahead *ahead,
    struct inquiry *ret, struct inquiry_fault *fault);
/* {"id","lines":[...],"amc","remainder","flags":[...]} and LF. steps: with
 * the explanation. */
void inquiry_answer(const struct inquiry *q, const struct price_result *r,
    bool steps, struct buf *out);
/* {"id","error":{"field","message"}} and LF. */
void inquiry_refuse(const struct inquiry *q, const char *field,
    const char *words, struct buf *out);
