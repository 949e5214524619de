/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words that pricing looks figures up by, inside rules/ alone. A row by
 * another word would be read, confirmed and dated, and never price: a slip of
 * the pen there is told, as one in a question is.
 */
#pragma once
#include "rules/state.h"

/* ERR_REFUSED with *fault: a row that nothing looks up. Each text stands in
 * its list already, in any order. */
MUST_CHECK enum err known_check(
    const struct rules *r, struct rules_fault *fault);
