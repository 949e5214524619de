/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the registry share: acts, keys, and a registry's whole
 * state as text. */
#pragma once
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "registry/registry.h"

#define ACTS_ORIGIN "test.example/journal"
#define ACTS_NOW INT64_C(1795341720000)	/* 2026-11-22T10:02:00Z */
#define ACTS_STEP_MS INT64_C(86400000)	/* between two acts */
#define ACTS_TEXT 262144
#define ACTS_LOG (64u << 20)	/* all that is applied in one test */
#define ACTS_ADMIN 900	/* administrators' keys, which are nobody else's */

/* The nth key of a kind, always the same, as the base64url of its SPKI. */
const char *acts_ed25519(unsigned n);
const char *acts_p256(unsigned n);	/* n below 8 */
/* The raw half of acts_ed25519(n), base64url. */
const char *acts_raw(unsigned n);
struct sign_private *acts_private(unsigned n);	/* of acts_ed25519(n) */
/* The key id of acts_ed25519(n), and its text. */
const uint8_t *acts_id(unsigned n);
const char *acts_id_text(unsigned n);

/* The text of an act: head, then lines. nonce is taken from *serial, which
 * goes up. */
void acts_text(struct buf *out, unsigned *serial, int64_t time_ms,
    const char *lines);
/* The lines of a first entry: administrators a0 and a1 (raw keys ACTS_ADMIN
 * and the next), professions optician (OPTI) and gp (MED,CSTE), wide rows. */
const char *acts_first(bool drill);

struct acts {
	struct registry *r;
	unsigned serial;
	int64_t now_ms;
	enum registry_wish wish;
	struct registry_fault fault;
	struct buf log;		/* what was applied; see acts_replays */
	uint64_t kept;		/* so many */
};

/* An empty registry; one with its first entry. */
void acts_empty(struct acts *a);
void acts_start(struct acts *a, bool drill);
void acts_end(struct acts *a);
/*
 * A start that replays the same acts, at no time of its own, finds what is in
 * force now, and takes none of them again. Not looked at if some were applied
 * without acts_at.
 */
void acts_replays(const struct acts *a);
/* One act of the next day, where what one signature enrolled yesterday counts
 * no more; checks that what failed changed nothing. */
enum err acts_do(struct acts *a, unsigned signers, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, of that time, at that time (0: replayed). */
enum err acts_at(struct acts *a, unsigned signers, int64_t time_ms,
    int64_t live_ms, const char *lines);
/* acts_do fails with e, and the fault names this line. */
void acts_fails(struct acts *a, enum err e, uint32_t line, unsigned signers,
    const char *lines);

/*
 * Everything the registry tells, as text: every record, and what each look-up
 * finds for every identifier of the tests' little world (sites s0.., RPPS
 * 9970000000n, AMC 000000000n, keys 0 to 15, professions).
 */
void acts_dump(const struct registry *r, struct buf *out);
