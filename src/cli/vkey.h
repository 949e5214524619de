/* SPDX-License-Identifier: Apache-2.0 */
/* What --vkey means, in every command: a log's key, or the file that holds it
 * (DIR/journal/public/vkey is one). */
#pragma once
#include "journal/note.h"

/* Neither a key nor a file with one: the errors of note_key_parse(). */
MUST_CHECK enum err vkey_read(const char *text, struct note_key *ret);
/* Says so, and gives the exit status. */
int vkey_usage(const char *command);
