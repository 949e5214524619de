/* SPDX-License-Identifier: Apache-2.0 */
/* One roll, one cell, and short words for both: for tests of single rules. */
#pragma once
#include "rights/feeding.h"

#define CELL 5

extern struct feeding f;

/* A new roll for each test; at its end it must be tidy. */
int set_up(void **state);
int tear_down(void **state);
int32_t day(int year, int month, int of_month);
/* A whole feed, and all the work behind it. */
struct feed_state full(
    int32_t on, const struct feed_line *lines, unsigned count);
struct feed_state delta(
    int32_t on, const struct feed_line *lines, unsigned count);
/* Committed, with these counts. */
void counts(const struct feed_state *s, uint64_t added, uint64_t changed,
    uint64_t unchanged, uint64_t dropped);
/* Undone for this reason, by this line. */
void undone(const struct feed_state *s, const char *reason, uint32_t line);
uint64_t number(char kind, unsigned n);	/* that a tag names */
/* Of a number, for OPTI, any convention and CSR. */
enum rights_state state_of(uint64_t who, int32_t on);
/* Two levels whose covers have the same 32-bit print. */
void covers_alike(char a[LIMIT_LEVEL], char b[LIMIT_LEVEL]);
