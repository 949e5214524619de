/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small, strict, bounded reader of JSON (RFC 8259). One pass turns the text
 * into tokens in an array of the caller's; nothing is allocated and nothing
 * is copied. What it refuses, and a lenient reader might not:
 *   - invalid UTF-8 (overlong, surrogates, above U+10FFFF), a byte order mark,
 *     control characters in strings, escapes that do not exist, half a
 *     surrogate pair, \u0000;
 *   - numbers outside the RFC's grammar (01, 1., .5, +1, NaN);
 *   - two members of one object with the same name (compared after
 *     unescaping), more than LIMIT_JSON_DEPTH levels, more than max tokens,
 *     more than LIMIT_JSON_MEMBERS in one object (which keeps the look for
 *     equal names short), names over LIMIT_JSON_NAME bytes, texts over
 *     LIMIT_BODY bytes;
 *   - anything but white space behind the value.
 * Any value may stand at the top, as the RFC says. docs/json.md tells where
 * well-known libraries decide otherwise.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/limits.h"

enum json_type {
	JSON_NONE,	/* no such token */
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_NAME,	/* of a member; its value is the next token */
	JSON_ARRAY,
	JSON_OBJECT,
};

/* One value or name. Made by json_read alone. */
struct json_token {
	uint32_t start, end;	/* bytes of the text; strings without quotes */
	uint16_t next;		/* the token behind this and all inside it */
	uint16_t count;		/* elements or members inside */
	uint8_t type;		/* enum json_type */
	uint8_t escaped;	/* a string that holds a backslash */
};

/* A read document: text and tokens stay the caller's and must live on. */
struct json {
	const uint8_t *text;
	const struct json_token *tokens;
	uint16_t count;
};

/* A place in a document: the index of a token. The top value is 0. */
#define JSON_TOP 0
/* "Not there": every function below takes it and finds nothing in it. */
#define JSON_NOWHERE UINT16_MAX

/*
 * Reads all of text into tokens[0..max), max <= LIMIT_JSON_TOKENS.
 * ERR_SHAPE: not JSON; ERR_EXISTS: a name twice in one object; ERR_LIMIT: too
 * long, too deep or too many tokens. *ret is only written on success;
 * *ret_at, where reading stopped, only on failure.
 */
MUST_CHECK enum err json_read(struct span text, struct json_token *tokens,
    size_t max, struct json *ret, size_t *ret_at);

/* The same with the limits of a bundle: LIMIT_BUNDLE bytes, and its tokens. */
MUST_CHECK enum err json_read_bundle(struct span text,
    struct json_token tokens[static LIMIT_BUNDLE_TOKENS], struct json *ret,
    size_t *ret_at);

enum json_type json_type(const struct json *j, uint16_t at);
/* The value of that member, JSON_NOWHERE if at is no object or has none. */
uint16_t json_member(const struct json *j, uint16_t at, const char *name);
/* The first element of an array, or the first member's name of an object;
 * then the one behind. JSON_NOWHERE at the end, or if at is neither. */
uint16_t json_first(const struct json *j, uint16_t at);
uint16_t json_after(const struct json *j, uint16_t at, uint16_t child);
/* The nth element of an array. */
uint16_t json_element(const struct json *j, uint16_t at, size_t nth);
/* How many elements or members; 0 for everything else. */
size_t json_count(const struct json *j, uint16_t at);

/* Is it a string (or name) that spells text? */
bool json_is(const struct json *j, uint16_t at, const char *text);
/*
 * Copies a string, unescaped, with a NUL into out[size]. ERR_UNKNOWN: not
 * there; ERR_SHAPE: not a string; ERR_LIMIT: it does not fit.
 */
MUST_CHECK enum err json_text(
    const struct json *j, uint16_t at, char *out, size_t size);
/* ERR_UNKNOWN: not there; ERR_SHAPE: another type (or not a whole number
 * without fraction and exponent); ERR_RANGE: beyond the type. */
MUST_CHECK enum err json_bool(const struct json *j, uint16_t at, bool *ret);
MUST_CHECK enum err json_int(
    const struct json *j, uint16_t at, int64_t *ret);
/*
 * A decimal as a whole count of 10^-places (places <= 9): "12.5" with 2 places
 * is 1250. No exponent, no more digits than places; ERR_RANGE otherwise.
 */
MUST_CHECK enum err json_decimal(
    const struct json *j, uint16_t at, unsigned places, int64_t *ret);
/* The bytes of a token as they stand: a view of the text. */
struct span json_raw(const struct json *j, uint16_t at);

/*
 * The way to a token from the top, e.g. `insurance[0].coverage`; empty for
 * the top itself. Names come from the text: give it only to somebody who has
 * checked them. Cut at size.
 */
void json_path(const struct json *j, uint16_t at, char *out, size_t size);
