/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions that went to the keeper and wait for their answer, by ref. A fixed
 * number of places; a ref holds place and turn, so that an answer to a
 * question that was answered before is noticed.
 */
#pragma once
#include "base/buf.h"

#define PENDING_MOST 4096

struct pending;

MUST_CHECK enum err pending_new(struct pending **ret);
void pending_free(struct pending *p);
/* ERR_FULL: every place waits. */
MUST_CHECK enum err pending_take(
    struct pending *p, void *owner, uint64_t *ret_ref);
/* The asker went away; the place waits on for the keeper's answer. */
void pending_leave(struct pending *p, uint64_t ref);
/* Frees the place. *ret is NULL if the asker left. ERR_UNKNOWN: nothing waits
 * under this ref. */
MUST_CHECK enum err pending_answer(
    struct pending *p, uint64_t ref, void **ret);
size_t pending_count(const struct pending *p);
/* Frees every place: no answer will come. */
void pending_clear(struct pending *p);
