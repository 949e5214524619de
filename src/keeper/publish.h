/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checkpoints of the journal. Once a second tiles and checkpoint are written by
 * a thread, for a disk takes as long over them as over a dozen questions.
 */
#pragma once
#include "base/err.h"

#define PUBLISH_FAILED "checkpoints cannot be written: look at the disk"

struct keeper;

/* Behind decide_commit(). Begins one, unless one is under way or nothing has
 * come since the last. ERR_IO, ERR_NOMEM: the process cannot go on. */
MUST_CHECK enum err publish_begin(struct keeper *k);
/* The one under way was written. */
void publish_landed(struct keeper *k);
/* Before publish_begin: the one under way may be written without the loop
 * having heard it (proc/aside.h), which would be the last one. */
void publish_look(struct keeper *k);
/* A checkpoint of all that is decided, on the disk when it returns; nothing is
 * under way then. As publish_begin. */
MUST_CHECK enum err publish_now(struct keeper *k);
