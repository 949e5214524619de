/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts from the command line: written, signed with the administrators' keys
 * at hand, sent to the running keeper. Long ones are cut into several acts.
 */
#pragma once
#include <stdbool.h>
#include "cli/link.h"
#include "crypto/sign.h"

#define ACT_SEND_KEYS 8
#define ACT_SEND_NAME 15	/* "admin-" 8 hex digits, NUL */

struct act_send {
	/* set before act_send_open: the act goes into this file, which must
	 * not exist, instead of to the instance; NULL: it is sent */
	const char *write_to;
	bool many;	/* write_to is a folder: 000001.act and so on */
	struct link *link;	/* NULL: not running, and it need not */
	char origin[256];
	size_t key_count;
	struct sign_private *keys[ACT_SEND_KEYS];
	char names[ACT_SEND_KEYS][ACT_SEND_NAME];
	uint64_t acts;		/* sent so far */
	char words[1024];	/* the keeper's or ours, of the last one */
};

/* The name that an administrator's key has in notes. */
void act_send_name(
    const struct sign_public *key, char out[static ACT_SEND_NAME]);

/*
 * Connects to the instance in dir (which need not run if the act is only
 * written: then this machine's time is the act's) and loads the keys; without
 * any, those of a drill instance (DIR/drill/admin-N.pem). Complains on stderr;
 * ERR_REFUSED: no key; ERR_CLOSED: not running; else of the files read.
 */
MUST_CHECK enum err act_send_open(struct act_send *a, const char *dir,
    const char *const *key_paths, size_t count);
void act_send_close(struct act_send *a);
/*
 * Can it be the value of an option in an act (registry/act.h)? One with a
 * space or a line feed in it, out of a mail or a script, would be more pairs
 * or lines, and signed. Else it is said. NULL fits.
 */
bool act_send_fits(const char *option, const char *value);
/* Sends lines (without head) as one act, or several if they are too long for
 * one (ERR_LIMIT when they are to be written). Parts of an answer go to
 * part. */
MUST_CHECK enum err act_send(
    struct act_send *a, struct span lines, link_part part, void *ctx);
/* One more of its keys, from a file; asks the terminal for a passphrase if it
 * is locked. Complains on stderr. act_send_close frees them. */
MUST_CHECK enum err act_send_key(struct act_send *a, const char *path);
/*
 * Appends the note with the signatures of those of a's keys that have not
 * signed it yet: *ret_new. ERR_CRYPTO: what stands there under the name of one
 * of them is not its signature.
 */
MUST_CHECK enum err act_send_sign(struct act_send *a, struct span note,
    struct buf *out, size_t *ret_new);
