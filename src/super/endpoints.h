/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DIR/run/endpoints.json: where a running instance is reached. It is there
 * while the instance is ready, and only then.
 *
 * {"planes":{"flow":{"url":"https://localhost:8443","address":"127.0.0.1",
 *   "port":8443,"ca":"/.../tls/ca.pem"}},
 *  "admin":"/.../run/admin.sock","origin":"...","drill":true,
 *  "pids":{"super":1,"nginx":2,"gate":3,"keeper":4,"vault":5}}
 */
#pragma once
#include "super/children.h"

void endpoints_write(const struct instance *in, const struct children *c,
    struct buf *out);
MUST_CHECK enum err endpoints_install(
    const struct instance *in, const struct children *c);
