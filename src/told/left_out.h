/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a feed's report (docs/feed.md) says was not taken, in words: the same
 * of `ecluse load` and `ecluse-insurer send`.
 */
#pragma once
#include <jansson.h>

/* Lines left out, by reason with what to do, and the contract names that no
 * contract file has, to standard output. Nothing, where there are none. */
void left_out_print(const json_t *report);
