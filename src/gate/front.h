/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of nginx: a request comes in, waits for the keeper, its
 * answer goes out, and so on. nginx that breaks the protocol loses this
 * connection, no more.
 */
#pragma once
#include "base/log.h"
#include "gate/request.h"
#include "proc/loop.h"

/* A keeper slows a question down by 4 s at most and its vault is silent for
 * 0.5 s at most: more than twice that. nginx waits longer than this. */
#define FRONT_SILENT_MS 12000
#define FRONT_INPUT 65536	/* bytes read at once */

struct front;

/* What all connections share. */
struct front_home {
	struct loop *loop;
	struct request_rules rules;
	struct front *first;	/* those that are open */
	size_t count;
	bool draining;		/* close each after its answer */
	/* Sends a question; REFUSE_NOT and its ref, or why not. */
	enum refuse_why (*ask)(void *ctx, struct front *from,
	    const struct ask *ask, uint64_t *ret_ref);
	/* The asker of ref is gone. */
	void (*left)(void *ctx, uint64_t ref);
	void *ctx;
	struct log_often broken;	/* what the log hears of nginx */
	uint8_t input[FRONT_INPUT];
};

/* Takes over fd, also on failure. */
MUST_CHECK enum err front_open(struct front_home *home, int fd);
/* The keeper's answer. ERR_SHAPE: it is not one, see reply_answer. */
MUST_CHECK enum err front_answer(
    struct front *f, const struct ask_answer *a);
/* Instead of an answer, to what waits; otherwise nothing. */
void front_refuse(struct front *f, enum refuse_why why);
/* Every connection: refuses what waits. */
void front_refuse_all(struct front_home *home, enum refuse_why why);
/* From now on none serves another request. */
void front_drain(struct front_home *home);
/* Closes every connection. */
void front_close_all(struct front_home *home);
