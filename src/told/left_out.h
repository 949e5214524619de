/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a feed's report (docs/feed.md) says was taken and was not, in words: the
 * same of `ecluse load` and `ecluse-insurer send`.
 */
#pragma once
#include <jansson.h>

#define LEFT_OUT_TAKEN 512

/* Lines and persons by what became of them; gives out. */
const char *left_out_taken(
    const json_t *report, char out[static LEFT_OUT_TAKEN]);
/* Lines left out, by reason with what to do, and the contract names that no
 * contract file has, to standard output. Nothing, where there are none. */
void left_out_print(const json_t *report);
