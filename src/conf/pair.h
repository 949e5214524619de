/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TLS certificate and key of a plane, tls/<plane>.pem and .key, which must
 * fit each other: two files that change as one. Both are written beside, with
 * the end .next, the certificate last; then key and certificate take their
 * places. Whoever finds a certificate beside ends what was begun.
 */
#pragma once
#include "base/buf.h"

/* Both durable and in their places when it returns; owned as the old ones.
 * ERR_IO, ERR_LIMIT: the old pair stands, or pair_settle brings the new one. */
MUST_CHECK enum err pair_put(const char *dir, const char *plane,
    struct span certificate, struct span key);
/* Before the files are read: ends a change that was cut off. */
MUST_CHECK enum err pair_settle(const char *dir, const char *plane);
/* One file of tls/ in place of another, of the same owner. */
MUST_CHECK enum err pair_replace(
    const char *dir, const char *name, struct span content, unsigned mode);
