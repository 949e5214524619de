/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256, HMAC-SHA-256 and HKDF-SHA-256 (RFC 5869) over OpenSSL.
 *
 * OpenSSL 3.0's one-shot calls cost 5 times a kept context (HMAC 2.2 µs
 * against 0.40 µs), so contexts are kept: hash_start() once per process, before
 * any sandbox; the functions are for one thread. What OpenSSL cannot refuse
 * (no memory for a digest) ends the process: no caller could go on.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

#define HASH_SIZE 32

void hash_start(void);	/* again is harmless; called on first use if not */

/* SHA-256 of one part, or of n parts in a row. */
void hash_sha256(struct span in, uint8_t out[static HASH_SIZE]);
void hash_sha256_parts(
    const struct span *parts, size_t n, uint8_t out[static HASH_SIZE]);

/* A running SHA-256 of a stream (files, feeds). */
struct hash_stream;
MUST_CHECK struct hash_stream *hash_stream_new(void);	/* NULL: no memory */
void hash_stream_put(struct hash_stream *s, struct span in);
void hash_stream_end(struct hash_stream *s, uint8_t out[static HASH_SIZE]);
void hash_stream_free(struct hash_stream *s);

/* HMAC under any key; hash_mac is a keyed context to use many times. */
void hash_hmac(
    struct span key, struct span in, uint8_t out[static HASH_SIZE]);
void hash_hmac_parts(struct span key, const struct span *parts, size_t n,
    uint8_t out[static HASH_SIZE]);
struct hash_mac;
MUST_CHECK struct hash_mac *hash_mac_new(struct span key);
void hash_mac_parts(struct hash_mac *m, const struct span *parts, size_t n,
    uint8_t out[static HASH_SIZE]);
void hash_mac_free(struct hash_mac *m);

/* HKDF: extract, expand (n at most 255 * 32), and both in a row; info may be
 * given in up to HASH_INFO_PARTS parts. */
#define HASH_INFO_PARTS 6
void hash_hkdf_extract(
    struct span salt, struct span ikm, uint8_t out[static HASH_SIZE]);
void hash_hkdf_expand(const uint8_t prk[static HASH_SIZE], struct span info,
    uint8_t *out, size_t n);
void hash_hkdf_expand_parts(const uint8_t prk[static HASH_SIZE],
    const struct span *info, size_t parts, uint8_t *out, size_t n);
void hash_hkdf(struct span salt, struct span ikm, struct span info,
    uint8_t *out, size_t n);
