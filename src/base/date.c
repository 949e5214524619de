/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include "base/date.h"

#define YEAR_FIRST 1600
#define YEAR_LAST 9999

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int year, int month)
{
	static const int days[12] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/*
 * Days from civil: years start in March, so that the leap day comes last; an
 * era of 400 years has 146,097 days; 719,468 days lie between 0000-03-01 and
 * 1970-01-01.
 */
enum err date_from_civil(int year, int month, int day, int32_t *ret_day)
{
	int y, era, yoe, doy;

	if (year < YEAR_FIRST || year > YEAR_LAST ||
	    month < 1 || month > 12 || day < 1)
		return ERR_RANGE;
	if (day > month_days(year, month))
		return ERR_RANGE;
	y = month <= 2 ? year - 1 : year;
	era = y / 400;
	yoe = y - era * 400;
	doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	*ret_day = era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy -
	    719468;
	return ERR_OK;
}

void date_to_civil(int32_t day, int *year, int *month, int *day_of_month)
{
	int z = day + 719468;
	int era = (z >= 0 ? z : z - 146096) / 146097;
	int doe = z - era * 146097;
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int mp = (5 * doy + 2) / 153;

	*day_of_month = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = yoe + era * 400 + (*month <= 2 ? 1 : 0);
}

int32_t date_add_months(int32_t day, int32_t months)
{
	int y, m, d;
	int64_t n;
	int32_t found = day;

	date_to_civil(day, &y, &m, &d);
	n = (int64_t)y * 12 + m - 1 + months;
	if (n < YEAR_FIRST * 12)
		(void)!date_from_civil(YEAR_FIRST, 1, 1, &found);
	else if (n >= (YEAR_LAST + 1) * 12)
		(void)!date_from_civil(YEAR_LAST, 12, 31, &found);
	else {
		y = (int)(n / 12);
		m = (int)(n % 12) + 1;
		if (d > month_days(y, m))
			d = month_days(y, m);
		(void)!date_from_civil(y, m, d, &found);
	}
	return found;
}

/* The value of n digits at p, or -1. */
static int digits(const uint8_t *p, size_t n)
{
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + (p[i] - '0');
	}
	return v;
}

enum err date_parse(struct span in, int32_t *ret_day)
{
	int y, m, d;

	if (in.n != 10 || in.p[4] != '-' || in.p[7] != '-')
		return ERR_SHAPE;
	y = digits(in.p, 4);
	m = digits(in.p + 5, 2);
	d = digits(in.p + 8, 2);
	if (y < 0 || m < 0 || d < 0)
		return ERR_SHAPE;
	return date_from_civil(y, m, d, ret_day);
}

void date_format(int32_t day, char out[static DATE_TEXT_SIZE])
{
	int y, m, d;

	date_to_civil(day, &y, &m, &d);
	if (y < 0 || y > 9999)
		y = y < 0 ? 0 : 9999;
	(void)snprintf(out, DATE_TEXT_SIZE, "%04u-%02u-%02u",
	    (unsigned)y % 10000, (unsigned)m % 100, (unsigned)d % 100);
}

/* ".123" and the like: milliseconds to *ms, length to *used. */
static enum err parse_fraction(struct span in, int *ms, size_t *used)
{
	size_t n = 1;
	int unit = 100;

	*ms = 0;
	for (; n < in.n && in.p[n] >= '0' && in.p[n] <= '9'; n++) {
		*ms += (in.p[n] - '0') * unit;
		unit /= 10;
	}
	if (n < 2 || n > 10)
		return ERR_SHAPE;
	*used = n;
	return ERR_OK;
}

/* "Z" or "+01:00": minutes east of UTC. */
static enum err parse_zone(struct span in, int *minutes)
{
	int h, m;

	if (in.n == 1 && in.p[0] == 'Z') {
		*minutes = 0;
		return ERR_OK;
	}
	if (in.n != 6 || (in.p[0] != '+' && in.p[0] != '-') || in.p[3] != ':')
		return ERR_SHAPE;
	h = digits(in.p + 1, 2);
	m = digits(in.p + 4, 2);
	if (h < 0 || m < 0)
		return ERR_SHAPE;
	if (h > 23 || m > 59)
		return ERR_RANGE;
	*minutes = (in.p[0] == '-' ? -1 : 1) * (h * 60 + m);
	return ERR_OK;
}

enum err date_parse_stamp(struct span in, int64_t *ret_ms)
{
	int h, m, s, ms = 0, zone = 0;
	size_t at = 19, used;
	int32_t day;
	enum err e;

	if (in.n < 20 || in.p[10] != 'T' || in.p[13] != ':' || in.p[16] != ':')
		return ERR_SHAPE;
	e = date_parse(span_of(in.p, 10), &day);
	if (e)
		return e;
	h = digits(in.p + 11, 2);
	m = digits(in.p + 14, 2);
	s = digits(in.p + 17, 2);
	if (h < 0 || m < 0 || s < 0)
		return ERR_SHAPE;
	if (h > 23 || m > 59 || s > 59)
		return ERR_RANGE;
	if (in.p[at] == '.') {
		e = parse_fraction(span_of(in.p + at, in.n - at), &ms, &used);
		if (e)
			return e;
		at += used;
	}
	e = parse_zone(span_of(in.p + at, in.n - at), &zone);
	if (e)
		return e;
	*ret_ms = day * DATE_DAY_MS +
	    (((int64_t)h * 60 + m - zone) * 60 + s) * 1000 + ms;
	return ERR_OK;
}

int32_t date_of_ms(int64_t ms)
{
	int64_t day = ms / DATE_DAY_MS;

	if (ms % DATE_DAY_MS < 0)
		day--;
	return (int32_t)day;
}

void date_format_stamp(int64_t ms, char out[static DATE_STAMP_SIZE])
{
	int32_t day = date_of_ms(ms);
	unsigned rest = (unsigned)(ms - day * DATE_DAY_MS);

	date_format(day, out);
	(void)snprintf(out + 10, DATE_STAMP_SIZE - 10, "T%02u:%02u:%02u.%03uZ",
	    rest / 3600000 % 24, rest / 60000 % 60, rest / 1000 % 60,
	    rest % 1000);
}

int32_t date_month_start(int32_t day)
{
	int y, m, d;

	date_to_civil(day, &y, &m, &d);
	return day - (d - 1);
}

uint32_t date_month_of_ms(int64_t ms)
{
	int y, m, d;

	date_to_civil(date_of_ms(ms), &y, &m, &d);
	return (uint32_t)y * 12 + (uint32_t)m - 1;
}
