/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that the vault kept out of a feed, in words for the mutuelle. */
#pragma once

/* What to do about them; reason: a word of docs/feed-rules.md. */
const char *kept_what_to_do(const char *reason);
