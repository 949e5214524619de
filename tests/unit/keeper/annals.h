/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the ledger share: a folder with a keeper's keys and the
 * log of a registry, which a test may also write behind the ledger's back.
 */
#pragma once
#include "base/random.h"
#include "journal/rig.h"
#include "keeper/ledger.h"
#include "registry/acts.h"

#define ANNALS_LOG ACTS_ORIGIN "-registry"	/* the log's own name */

struct annals {
	char dir[RIG_PATH];
	struct random_seeded seed;
	struct random random;
	struct keyring *keys;
	struct ledger *ledger;		/* NULL: not open */
	struct registry_fault fault;	/* of the last act that was refused */
	enum registry_wish wish;	/* of the last that was taken */
	unsigned serial;		/* of the last act */
	int64_t now_ms;
};

/* Folder and keys; no log yet. */
void annals_prepare(struct annals *a);
void annals_clear(struct annals *a);
/* Into the log past ledger_take's checks, by each of its keys that lives. */
void annals_append(struct annals *a, struct span note);
/* A text that this key signed as the log; NULL: the log's own. */
void annals_append_text(
    struct annals *a, struct span text, const struct sign_private *key);
/* The first entry as init writes it, with these lines. */
void annals_found(struct annals *a, const char *lines,
    const struct sign_private *key);
/* Once more, from what is on the disk. */
enum err annals_open(struct annals *a);
/* All that the registry knows, to be compared. */
void annals_dump(const struct annals *a, struct buf *out);
