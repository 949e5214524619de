/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a log is about to publish: the tiles of a state and its signed
 * checkpoint, held apart from the log, so that it grows on while somebody else
 * writes them. For tlog.c.
 */
#pragma once
#include "journal/frontier.h"

struct publication;

/*
 * of: the state; copied. written: a log of this size has its tiles on the disk.
 * note: the checkpoint; copied. folder: the public one; lives as long. ERR_NOMEM.
 */
MUST_CHECK enum err publication_new(const struct frontier *of,
    uint64_t written, struct span note, const char *folder,
    struct publication **ret);
void publication_free(struct publication *p);	/* NULL is fine */

uint64_t publication_size(const struct publication *p);
/* Tiles, then the checkpoint; on the disk when it returns. Allocates nothing.
 * ERR_IO: the old checkpoint stands, or the new one. */
MUST_CHECK enum err publication_write(const struct publication *p);
