/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that somebody brings, before a server takes them up. */
#pragma once
#include "base/buf.h"

#define CERTCHECK_WORDS 160

/*
 * A server's: chain is PEM, its own certificate first; key its private key in
 * PEM; authorities what clients trust. ERR_SHAPE: not PEM of that; ERR_KEY: the
 * key is not the certificate's, or its halves are of two keys; ERR_CRYPTO: clients would not believe it for
 * this host (name or address) now; words say why, and hold no key.
 */
MUST_CHECK enum err certcheck_server(struct span chain, struct span key,
    struct span authorities, const char *host,
    char words[static CERTCHECK_WORDS]);
/* When the first of these certificates ends. ERR_SHAPE: not PEM of some. */
MUST_CHECK enum err certcheck_until(struct span chain, int64_t *ret_ms);
/*
 * A list of authorities with one more at its end, or without one, into *out;
 * one: a single certificate in PEM. ERR_SHAPE: not PEM, not an authority's, or
 * to be added and of no readable end; ERR_EXISTS: it is there; ERR_UNKNOWN: it
 * is not; ERR_STATE: it is the last.
 */
MUST_CHECK enum err certcheck_add(
    struct span list, struct span one, struct buf *out);
MUST_CHECK enum err certcheck_end(
    struct span list, struct span one, struct buf *out);
