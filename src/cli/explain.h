/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a line of an act permits, as a sentence for the person who is to sign
 * it, in her language. Everything in it comes from the signed text itself, in
 * full: a value that no sentence mentions is put behind it.
 */
#pragma once
#include "registry/act.h"

/* Appends the sentence, without a line feed. */
void explain_line(const struct act_line *line, struct buf *out);
/* Has this word a sentence of its own? */
bool explain_knows(struct span word);
/* Appends bytes from outside so that a terminal cannot be deceived: what is
 * not printable ASCII becomes \xNN. */
void explain_raw(struct span text, struct buf *out);
