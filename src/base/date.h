/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Civil dates and instants. A date is a count of days since 1970-01-01
 * (proleptic Gregorian, may be negative); an instant is milliseconds since
 * 1970-01-01T00:00:00Z, no leap seconds. Time of day never comes from here:
 * it is injected (base/clock.h).
 */
#pragma once
#include <stdint.h>
#include "base/buf.h"

#define DATE_TEXT_SIZE 11	/* "2026-11-22" and NUL */
#define DATE_STAMP_SIZE 25	/* "2026-11-22T10:02:03.004Z" and NUL */
#define DATE_DAY_MS INT64_C(86400000)
#define DATE_FIRST (-135140)	/* 1600-01-01: dates as text lie between */
#define DATE_LAST 2932896	/* 9999-12-31 */

/* Days since the epoch of a valid civil date, years 1600 to 9999. */
MUST_CHECK enum err date_from_civil(
    int year, int month, int day, int32_t *ret_day);
void date_to_civil(int32_t day, int *year, int *month, int *day_of_month);
/* "2026-11-22", nothing else. */
MUST_CHECK enum err date_parse(struct span in, int32_t *ret_day);
void date_format(int32_t day, char out[static DATE_TEXT_SIZE]);
/* RFC 3339 with seconds, optional fraction (1 to 9 digits, cut to ms), and
 * Z or an offset; a leap second is refused. */
MUST_CHECK enum err date_parse_stamp(struct span in, int64_t *ret_ms);
/* As UTC, milliseconds always written. */
void date_format_stamp(int64_t ms, char out[static DATE_STAMP_SIZE]);
int32_t date_of_ms(int64_t ms);	/* UTC day of an instant, rounding down */
/* So many months later (or, below 0, before): the 31st becomes a month's last
 * day. Outside the years 1600 to 9999: their first or last day. */
int32_t date_add_months(int32_t day, int32_t months);
/* First day of the month of day; months since year 0 of an instant (UTC). */
int32_t date_month_start(int32_t day);
uint32_t date_month_of_ms(int64_t ms);	/* year * 12 + month - 1 */
