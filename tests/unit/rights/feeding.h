/* SPDX-License-Identifier: Apache-2.0 */
/* A roll in a folder of its own and feeds into it, for tests of rights/. */
#pragma once
#include "rights/intake.h"
#include "rights/lookup.h"

struct feeding {
	char folder[64], path[96];
	struct random_seeded seed;
	struct roll roll;
	struct lookup lookup;
	struct intake *intake;
	struct stage_pace pace;
	bool keep_going;	/* of the next feeds */
	int64_t made_ms;
	/* called between two steps of a feed, NULL: nobody */
	void (*between)(struct feeding *f, void *ctx);
	void *ctx;
};

/* Everything asserts. pace: small, so that each step is a commit. */
void feeding_open(struct feeding *f, uint64_t seed);
void feeding_close(struct feeding *f);
/* As after a crash: what was not committed to the disk is gone. */
void feeding_crash(struct feeding *f);
/* Steps until nothing is left to do. */
void feeding_rest(struct feeding *f);

struct feed_state feeding_begin(
    struct feeding *f, uint32_t cell, enum feed_kind kind, int32_t day);
struct feed_state feeding_lines(
    struct feeding *f, const struct feed_line *lines, unsigned count);
struct feed_state feeding_end(struct feeding *f, bool commit);
/* Begin, all lines in messages of a few, end. The last state, which is the
 * first that is not FEED_GOES_ON. */
struct feed_state feeding_whole(struct feeding *f, uint32_t cell,
    enum feed_kind kind, int32_t day, const struct feed_line *lines,
    unsigned count);

/* A tag made of a letter and a number, as far from others as HMACs are. */
void feeding_tag(uint8_t out[RIGHTS_TAG], char kind, unsigned n);
/* A sound line of person n: tags ref, member; contract C1, domain OPTI at
 * BR200, the year 2026. */
struct feed_line feeding_line(unsigned n);
void feeding_add_tag(struct feed_line *line, char kind, unsigned n);
void feeding_add_card(struct feed_line *line, unsigned n);
struct span feeding_text(const char *text);	/* a view of a literal */
int32_t feeding_day(int year, int month, int day);

uint64_t feeding_number(
    struct feeding *f, uint32_t cell, char kind, unsigned n);
struct answer_facts feeding_ask(struct feeding *f, uint32_t cell,
    uint64_t number, int32_t day, const char *domain,
    const char *convention, const char *csr);
/* One integer of the store. */
int64_t feeding_count(struct feeding *f, const char *sql);
/* How many aliases stand in all cells. */
int64_t feeding_aliases(struct feeding *f);
/* Nothing staged, nothing ended, nothing untidy. */
void feeding_assert_tidy(struct feeding *f);
