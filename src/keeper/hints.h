/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which cell each of the last entries is of, for who reads them back: without
 * it every cell's key is tried (decision 0015). A hint and no more: what it
 * says is believed when the entry opens, and a file that is missing, old or
 * altered costs that trying.
 *
 * DIR/keeper/hints is a ring of HINTS_KEPT entries, two bytes each at twice
 * the index modulo its size: the cell's number XOR a stream of the month's
 * key, so that it tells nobody anything, and dies with the month. Nothing
 * waits for the disk, and no failure shows.
 */
#pragma once
#include "crypto/secret.h"

#define HINTS_KEPT (1u << 17)

struct hints;

/* NULL: no memory, or no file: all the rest takes it as nothing known. */
struct hints *hints_open(const char *dir);
void hints_close(struct hints *h);

/* Entry index of that month is of this cell; kept until hints_write(), a
 * batch of indexes that rise, with or without gaps. */
void hints_note(struct hints *h, uint32_t month,
    const struct secret *month_key, uint64_t index, uint32_t cell);
void hints_write(struct hints *h);
/* False: nothing known. */
bool hints_find(struct hints *h, uint32_t month,
    const struct secret *month_key, uint64_t index, uint32_t *ret_cell);
