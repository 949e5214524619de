/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service keys as clients pin them: a note signed by the log's key.
 *
 *     ecluse service keys v1
 *     origin drill.ecluse.example/journal
 *     answer <base64url, 32 bytes, Ed25519>
 *     promise <base64url, 32 bytes, Ed25519>
 *     sealing <base64url, 65 bytes, P-256 point>
 *
 * Clients get it at enrolment with the log's vkey, never from the network
 * answer they want to check (design §3).
 */
#pragma once
#include "base/buf.h"
#include "registry/registry.h"

void service_write(
    struct span origin, const struct registry_service *s, struct buf *out);
MUST_CHECK enum err service_read(
    struct span text, struct span *ret_origin, struct registry_service *ret);
