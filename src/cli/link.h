/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line's end of the administrators' socket of a running instance:
 * one request at a time, its parts as they come, its last word.
 */
#pragma once
#include "msg/msg.h"

struct link;

/* ERR_UNKNOWN, ERR_CLOSED: the instance is not running. */
MUST_CHECK enum err link_open(const char *dir, struct link **ret);
/* The same; says that it is not running. */
MUST_CHECK enum err link_reach(const char *dir, struct link **ret);
void link_close(struct link *l);

/* Called for each part of an answer; an error stops waiting for the rest. */
typedef enum err (*link_part)(void *ctx, struct span part);

/*
 * Sends a request and waits for its end. The keeper's own error comes back,
 * with its words in words[size], or that of part without; ERR_CLOSED: the
 * keeper went away.
 */
MUST_CHECK enum err link_ask(struct link *l, enum msg_type type,
    struct span body, link_part part, void *ctx, char *words, size_t size);
/* Appends each part to a struct buf: the usual ctx. Errors of buf. */
enum err link_to_buf(void *ctx, struct span part);
/* The codes of professions that the instance has, with spaces around each. */
MUST_CHECK enum err link_professions(
    struct link *l, char *out, size_t size);
/* The keeper's time, from its status. */
MUST_CHECK enum err link_time(struct link *l, int64_t *ret_ms);
