/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds on their way from mutuelles to vaults. A feed that is open belongs to
 * its cell and to nobody's connection: whoever carries a chunk, over the
 * administrators' socket or the staff plane, gets that chunk's answer, and the
 * next one may come another way. One feed a cell, and one a vault, at a time.
 *
 *   feed.c        the relay: chunks opened, tagged, handed to the vault
 *   feed_trust.c  whose chunk it is
 *   feed_report.c its counts, and lines left out
 *   feed_say.c    every answer and refusal, for both ways
 *   feed_http.c   POST and GET /feed/{amc} (docs/api.md)
 */
#pragma once
#include "feed/chunk.h"
#include "json/write.h"
#include "keeper/keeper.h"

/* An open feed that no chunk came for so long is undone. */
#define FEED_IDLE_MS (15 * INT64_C(60000))
/* A feed made later than that from now would bar those of today. */
#define FEED_AHEAD_MS (24 * INT64_C(3600000))
#define FEED_AHEAD_DAYS 31	/* and one that is the state of a day later */
/* Why a chunk was not taken, or a feed undone. */
enum feed_no {
	FEED_NO_SHAPE, FEED_NO_AMC, FEED_NO_INSURER, FEED_NO_SIGNATURE,
	FEED_NO_AHEAD, FEED_NO_OPEN, FEED_NO_ORDER, FEED_NO_BUSY,
	FEED_NO_SEAL, FEED_NO_TRAIT, FEED_NO_WHOLE, FEED_NO_LINE,
	FEED_NO_OLDER, FEED_NO_VAULT, FEED_NO_IDLE, FEED_NO_TYPE,
	FEED_NO_MEMORY, FEED_NO_DECOY, FEED_NO_CELL, FEED_NO_PLANE,
	FEED_NO_REVOKED,
	FEED_NOS
};

/* What goes with a refusal, where it says something. */
struct feed_detail {
	uint32_t line;		/* of the insurer's file; 0: none */
	struct span reason;	/* a word of docs/feed-rules.md */
	bool has_next;
	uint32_t next;		/* chunk that is waited for */
	int64_t since_ms;	/* when the open feed began; 0: not said */
};

/* feed_trust.c: the cell whose mutuelle signed the chunk, and its head; NULL:
 * refused. of: the only one that it may be, unless NULL. */
const struct registry_insurer *feed_believe(struct keeper *k,
    struct feed_carrier *by, const struct registry_insurer *of,
    struct span chunk, struct feed_chunk_head *head);

/* feed_say.c: each ends by's waiting. */
void feed_refuse(struct keeper *k, struct feed_carrier *by, enum feed_no no,
    const struct feed_detail *detail);
/* What people closed is closed to feeds too, whichever way they come, and a
 * plane to what comes over it (0: over none). FEED_NOS: nothing is. */
enum feed_no feed_barred(struct keeper *k, uint32_t cell, uint8_t plane);
/* body: JSON; what lacked memory is not told by halves, but FEED_NO_MEMORY. To
 * an administrator it is a part only when it is the last. */
void feed_answer(struct keeper *k, struct feed_carrier *by,
    const struct buf *body, bool last, const char *words);

/* feed.c: a chunk from by. It must be of the cell whose key signed the
 * request; NULL: of whichever cell's key signed the chunk itself. */
void feed_take(struct keeper *k, const struct feed_carrier *by,
    const struct registry_insurer *of, struct span chunk);
/* The open feed of a cell, as a JSON object; false: none. */
bool feed_write_open(struct keeper *k, uint32_t cell, struct json_writer *w);

/* feed_report.c: amc, id, made, state and next, inside a JSON object; */
void feed_write_head(const struct feed_chunk_head *head, uint32_t next,
    const char *state, struct json_writer *w);
/* the whole report of a feed that was committed (state is its word); */
#define FEED_REPORT_MOST 16384
void feed_report_write(const struct feed_chunk_head *head, uint32_t next,
    const struct feed_state *s, const char *state, struct buf *out);
/* and the last one of a cell, for who lost the answer. Empty: it is not of
 * this feed, or the keeper was started again. */
void feed_report_keep(struct keeper *k, uint32_t cell,
    const uint8_t id[static FEED_CHUNK_ID], struct span report);
struct span feed_report(struct keeper *k, uint32_t cell,
    const uint8_t id[static FEED_CHUNK_ID]);
void feed_report_release(struct keeper *k);

/* feed_http.c */
bool feed_is_path(struct span path);
void feed_ask(struct keeper *k, uint64_t ref, const struct ask *ask);
void feed_lasted(struct keeper *k, uint8_t vault, uint64_t ref,
    const struct feed_last *last);
void feed_queries_look(struct keeper *k);
