/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DIR/run/endpoints.json: where a running instance is reached. It is there
 * while the instance is ready, and only then.
 *
 * {"planes":{"flow":{"url":"https://localhost:8443","address":"127.0.0.1",
 *   "port":8443,"ca":"/.../tls/ca.pem","socket":"/.../run/gate-flow.sock"},
 *   "portal":{...},"staff":{...}},
 *  "admin":"/.../run/admin.sock","origin":"...","drill":true,
 *  "pids":{"super":1,"nginx":2,"nginx-portal":3,"nginx-staff":4,"gate":5,
 *   "gate-portal":6,"gate-staff":7,"keeper":8,"vault":9,"vault-1":10}}
 *
 * It is written again when a child is, and at SIGHUP, for DIR may be moved.
 * Planes that are not enabled are not there; the pid of a child that has to
 * wait for its next start is 0.
 */
#pragma once
#include "super/children.h"

void endpoints_write(const struct instance *in, const struct children *c,
    struct buf *out);
MUST_CHECK enum err endpoints_install(
    const struct instance *in, const struct children *c);
