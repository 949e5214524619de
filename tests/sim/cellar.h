/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vault as ecluse-vault has it, without its process: opened on files, turned
 * when the test says so, ended, or dead between two turns. Its time and its
 * chance are given; its disk is done when the test says so (late_aside.h).
 */
#pragma once
#include "base/clock.h"
#include "base/random.h"
#include "journal/rig.h"
#include "msg/chan.h"
#include "sim/wire.h"
#include "vault/vault.h"

struct cellar {
	char base[200], folder[256];	/* base-LIFE */
	unsigned nth, count, life;
	struct vault *vault;	/* NULL: it does not run */
	struct chan *chan;	/* its end */
	struct aside *flusher;
	struct wire wire;	/* what the keeper has not heard */
	struct random_seeded seed;
	struct random random;
	struct clock clock;
};

/* The first files, as `ecluse init` makes them: whom it believes. */
void cellar_make(struct cellar *c, const char *base, const char *origin,
    unsigned ceiling);
/* Starts on what is there, and greets over chan, which is its own then. */
void cellar_starts(struct cellar *c, struct chan *chan);
/* One turn; what it says stays on the wire. Any error is the test's to know. */
enum err cellar_turns(struct cellar *c);
/* An orderly end. */
void cellar_ends(struct cellar *c);
/* It is no more; power: and with it what was not flushed, by this chance; else
 * NULL. Gives in how many files something was lost. */
unsigned cellar_dies(struct cellar *c, struct random_seeded *power);
/* Its counts and the note over them, as they are; to be released. */
void cellar_counts(
    const struct cellar *c, struct buf *counts, struct buf *note);
/* Do the counts that are flushed hold an answer for this entry? */
bool cellar_counted(const struct cellar *c, uint64_t index);
