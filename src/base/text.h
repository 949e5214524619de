/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms of bytes and numbers: hex, base64, strict decimals. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

/* Bytes that base64 of n bytes takes with its NUL (padded form). */
#define TEXT_B64_SIZE(n) (((n) + 2) / 3 * 4 + 1)

/* Lower-case hex and NUL into out[2n+1]. */
void text_hex(const void *p, size_t n, char *out);
/* Exactly n bytes from 2n hex digits of either case, or ERR_SHAPE. */
MUST_CHECK enum err text_unhex(struct span in, void *out, size_t n);

/* Standard alphabet with padding (RFC 4648 §4) / URL alphabet without (§5).
 * out holds TEXT_B64_SIZE(n); returns the length without NUL. */
size_t text_b64(const void *p, size_t n, char *out);
size_t text_b64url(const void *p, size_t n, char *out);
/*
 * Strict decoders: one spelling per value (padding as the form requires, no
 * spaces, unused bits zero). Writes at most max bytes and the length to
 * *ret_n; ERR_SHAPE, or ERR_LIMIT if longer than max.
 */
MUST_CHECK enum err text_unb64(
    struct span in, void *out, size_t max, size_t *ret_n);
MUST_CHECK enum err text_unb64url(
    struct span in, void *out, size_t max, size_t *ret_n);

/* Digits only, no sign, no leading zero (but "0"), at most max. */
MUST_CHECK enum err text_u64(struct span in, uint64_t max, uint64_t *ret);
/* All digits? false for an empty one. */
bool text_digits(struct span in);
/* Copies in to out[size] with a NUL; ERR_LIMIT if it does not fit, ERR_SHAPE
 * if it holds a NUL. */
MUST_CHECK enum err text_copy(struct span in, char *out, size_t size);
