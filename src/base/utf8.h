/* SPDX-License-Identifier: Apache-2.0 */
/* Strict UTF-8 (RFC 3629): no overlong form, no surrogate, up to U+10FFFF. */
#pragma once
#include <stdbool.h>
#include "base/buf.h"

/* Takes one code point off the front of *in; ERR_SHAPE leaves it there. */
MUST_CHECK enum err utf8_next(struct span *in, uint32_t *ret);
bool utf8_is_valid(struct span text);
/* Is all of it UTF-8 without a control character (C0, DEL, C1)? */
bool utf8_is_plain(struct span text);
/* White_Space of Unicode. */
bool utf8_is_space(uint32_t code_point);
