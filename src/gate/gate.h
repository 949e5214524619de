/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate of one plane: nginx on one side, the keeper on the other. It checks
 * the form of a request and carries it; it holds no key, no table, no journal,
 * and what it carries is signed end to end.
 *
 * The keeper's channel closing is not the gate's end: it answers 503 until
 * super starts both anew. A keeper that breaks the protocol is.
 */
#pragma once
#include "conf/conf.h"
#include "msg/ask.h"

#define GATE_FD_LISTEN 3	/* listening Unix socket, nginx connects */
#define GATE_FD_KEEPER 4	/* channel */

struct gate;

/* As many descriptors as it may have: before the process is confined. */
void gate_descriptors(void);
MUST_CHECK enum err gate_new(
    const struct conf *conf, enum ask_plane plane, struct gate **ret);
/* Serves until a TERM or INT and everything pending is answered, at most 5 s
 * later. ERR_SHAPE, ERR_UNKNOWN: the keeper broke the protocol. */
MUST_CHECK enum err gate_run(struct gate *g);
void gate_free(struct gate *g);
