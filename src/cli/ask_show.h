/* SPDX-License-Identifier: Apache-2.0 */
/* An answer that was verified, told to a person or as JSON. */
#pragma once
#include <stdbool.h>
#include "api/client.h"

/*
 * line: of a file of questions, 0 for a single one (then told at length).
 * Returns the exit code: answered, refused, unknown, or transport.
 */
int ask_show(const struct client_answer *a, bool json, uint32_t line);
/* The graver of two exit codes. */
int ask_show_graver(int a, int b);
/*
 * The answer to a bundle, each line as one of a file: lines says where they
 * stood. A refusal of the whole is every line's. Returns the gravest exit
 * code.
 */
int ask_show_bundle(const struct client_answer *a, bool json,
    const uint32_t *lines, unsigned count);
/* The state of an answer (docs/states.md) or, then false, the code of a
 * refusal. */
bool ask_show_state(const struct client_answer *a, char *out, size_t size);
