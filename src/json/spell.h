/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How JSON spells characters inside a string: UTF-8 as it is, and escapes
 * (RFC 8259 section 7). Shared by the reader, its navigation and the writer.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

/* A byte that stands for itself and ends nothing. */
static inline bool spell_is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* How many bytes at the start of s are plain. */
size_t spell_plain(struct span s);
/*
 * Bytes of the one character or escape at the start of s (a surrogate pair is
 * one escape of 12), 0 if it is not allowed there or cut off.
 */
size_t spell_check(struct span s);
/*
 * Decodes the one character or escape at *p, already checked, and moves *p
 * behind it. Writes 1 to 4 bytes of UTF-8 and returns how many.
 */
size_t spell_next(const uint8_t **p, uint8_t out[static 4]);
/* Do two checked spellings spell the same text? */
bool spell_same(struct span a, bool a_escaped, struct span b, bool b_escaped);
