/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as nginx takes them: CGI header lines and the body's bytes. */
#pragma once
#include "gate/request.h"

/* ERR_SHAPE: a field of the keeper's answer holds a control character: a bug
 * of a sibling. */
MUST_CHECK enum err reply_answer(
    const struct ask_answer *a, struct buf *out);
/* allow: value of the Allow field, empty: none. */
void reply_refuse(
    struct request_fault fault, struct span allow, struct buf *out);
