/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X.509 certificates for an instance on one machine: an authority of its own
 * and leaves under it. Production uses the operator's certificates instead;
 * no promise rests on TLS (design §2).
 */
#pragma once
#include <stdbool.h>
#include "base/err.h"

#define CERT_DAYS_AUTHORITY 3650
#define CERT_DAYS_LEAF 825	/* what clients accept at most */

/* P-256 authority: writes certificate and key (PEM; the key mode 0600),
 * refusing to overwrite. */
MUST_CHECK enum err cert_make_authority(
    const char *name, const char *cert_path, const char *key_path);
/*
 * A P-256 leaf signed by that authority. server: for localhost, 127.0.0.1 and
 * ::1; otherwise a client's.
 */
MUST_CHECK enum err cert_make_leaf(const char *name, bool server,
    const char *authority_cert, const char *authority_key,
    const char *cert_path, const char *key_path);
