/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a disk holds when the power goes. In a program with this in it
 * fdatasync and fsync flush nothing, SQLite's too: they note what the file is
 * at that moment. What was written since is there after a cut, or is not, or
 * half of it.
 *
 * Files that are replaced whole (base/file.h) are whole at any time. The others
 * are known by their names: segments of the journal and a vault's counts, which
 * grow at their end alone, and a store with its log.
 */
#pragma once
#include <stdint.h>
#include "base/random.h"

/* So many bytes from the start are on the disk, whatever happens. */
uint64_t power_flushed(const char *path);
/* A folder has another name now, or the files of a dead process have. */
void power_moves(const char *from, const char *to);
void power_forgets(const char *folder);
/* The power goes: the files right in the folder are what the disk holds of
 * them. Gives in how many of them something was lost. */
unsigned power_goes(const char *folder, struct random_seeded *r);
