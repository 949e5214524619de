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
/* The state of an answer (docs/states.md) or, then false, the code of a
 * refusal. */
bool ask_show_state(const struct client_answer *a, char *out, size_t size);
