/* SPDX-License-Identifier: Apache-2.0 */
/* Inside registry/ alone: an act of the log, applied again. */
#pragma once
#include "registry/registry.h"

/* As registry_apply of a log that is replayed; taken_ms: when the keeper took
 * it, 0 if nobody wrote that down, and then the act's own time. */
MUST_CHECK enum err apply_replayed(struct registry *r, struct span text,
    unsigned signers, bool first, int64_t taken_ms,
    struct registry_fault *fault);
