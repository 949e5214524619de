/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service keys as clients pin them: a note signed by the log's key.
 *
 *     ecluse service keys v1
 *     origin drill.ecluse.example/journal
 *     answer <base64url, 32 bytes, Ed25519>
 *     promise <base64url, 32 bytes, Ed25519>
 *     sealing <base64url, 65 bytes, P-256 point>
 *     issued <milliseconds since 1970; not in the note of init>
 *     promise <those before the one in use, none to three>
 *
 * Clients get the first with the log's vkey at enrolment, never from the
 * answer they want to check (design §3). When keys turned they fetch the
 * present one, /journal/service, and believe it by that vkey alone, and only
 * if it was issued after the one they have (api/pin.h).
 */
#pragma once
#include "base/buf.h"
#include "registry/registry.h"

void service_write(
    struct span origin, const struct registry_service *s, struct buf *out);
MUST_CHECK enum err service_read(
    struct span text, struct span *ret_origin, struct registry_service *ret);
