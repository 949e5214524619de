/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A moment of the instance that a backup copies: both logs' checkpoints, who
 * signs them, and which keys there are. A backup that was copied between two
 * moments is whole if the same key signs at both; and when from the second on
 * no key was made or destroyed, the registry in it names the keys in it.
 */
#pragma once
#include "base/buf.h"
#include "cli/link.h"
#include "crypto/hash.h"

struct backup_point {
	struct buf journal, journal_key, registry, registry_key;
	int64_t time_ms;
	uint8_t keys[HASH_SIZE];	/* of keeper/keys.sealed, before */
};

void backup_point_init(struct backup_point *p);
void backup_point_release(struct backup_point *p);
/* From the keeper, all that is durable having its checkpoint. Errors of
 * link_ask; ERR_SHAPE: not what a keeper says; ERR_IO; ERR_NOMEM. */
MUST_CHECK enum err backup_point_take(struct link *l, const char *dir,
    struct backup_point *ret, char *words, size_t size);
/* Do the same keys sign? */
bool backup_point_same(
    const struct backup_point *a, const struct backup_point *b);
/* Was no key made or destroyed since p? Else *ret_turned. ERR_IO. */
MUST_CHECK enum err backup_point_holds(
    const char *dir, const struct backup_point *p, bool *ret_turned);
