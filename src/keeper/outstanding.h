/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which entries still owe their answer. released() is the index below which
 * every answer was handed over (or never will be): after a crash the persons
 * of [released, size) cannot be excluded, so it is kept as tight as can be.
 *
 * The mark is written to a small file after each turn, without flushing: it
 * survives the death of the process, and after a power cut an older mark is
 * found, which errs on the side of naming more persons.
 */
#pragma once
#include <stdint.h>
#include "base/err.h"

/* Entries that owe their answer. They hold a slot each (keeper/slot.h) or are
 * notes of the batch under way (keeper/book.h), so that these are enough however
 * long the oldest takes, and however many were answered behind it. */
#define OUTSTANDING_MOST 32768

struct outstanding;

/* size: of the journal now; all below it are settled. */
MUST_CHECK enum err outstanding_open(
    const char *path, uint64_t size, struct outstanding **ret);
void outstanding_close(struct outstanding *o);
/* The mark found in the file at path, or 0. */
uint64_t outstanding_read(const char *path);
/* n entries were appended from first on. ERR_FULL; ERR_STATE: not there. */
MUST_CHECK enum err outstanding_add(
    struct outstanding *o, uint64_t first, uint64_t n);
void outstanding_settle(struct outstanding *o, uint64_t index);
uint64_t outstanding_released(const struct outstanding *o);
/* Writes the mark if it moved; its failure costs precision alone. */
void outstanding_mark(struct outstanding *o);
