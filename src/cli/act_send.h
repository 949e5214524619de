/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts from the command line: written, signed with the administrators' keys
 * at hand, sent to the running keeper. Long ones are cut into several acts.
 */
#pragma once
#include "cli/link.h"
#include "crypto/sign.h"

#define ACT_SEND_KEYS 8
#define ACT_SEND_NAME 15	/* "admin-" 8 hex digits, NUL */

struct act_send {
	struct link *link;
	char origin[256];
	size_t key_count;
	struct sign_private *keys[ACT_SEND_KEYS];
	char names[ACT_SEND_KEYS][ACT_SEND_NAME];
	uint64_t acts;		/* sent so far */
	char words[256];	/* the keeper's, of the last one */
};

/* The name that an administrator's key has in notes. */
void act_send_name(
    const struct sign_public *key, char out[static ACT_SEND_NAME]);

/*
 * Connects to the instance in dir and loads the keys; without any, those of a
 * drill instance (DIR/drill/admin-N.pem). Complains on stderr.
 */
MUST_CHECK enum err act_send_open(struct act_send *a, const char *dir,
    const char *const *key_paths, size_t count);
void act_send_close(struct act_send *a);
/* Sends lines (without head) as one act, or several if they are too long for
 * one. Parts of an answer go to part. */
MUST_CHECK enum err act_send(
    struct act_send *a, struct span lines, link_part part, void *ctx);
