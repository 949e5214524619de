/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Euros as whole cents, in a struct so that no other number is taken for
 * them; rates as ten-thousandths. Rounding is half up, on the line it is made
 * for, never on sums (domain of French invoices: E33, 3.29 x 65 % = 2.14).
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

#define MONEY_MOST INT64_C(100000000000)	/* cents: a thousand million EUR */
#define MONEY_TEXT 24			/* bytes of any amount with its NUL */
#define MONEY_WHOLE 10000		/* a rate of 100 % */

struct money {
	int64_t cents;
};

struct money money_of(int64_t cents);
/* Digits, at most two behind a point, no sign: "30", "30.5", "30.00".
 * ERR_SHAPE; ERR_RANGE: beyond MONEY_MOST. */
MUST_CHECK enum err money_parse(struct span in, struct money *ret);
/* "30.00", "-0.05"; two digits behind the point always. */
void money_format(struct money m, char out[static MONEY_TEXT]);

struct money money_add(struct money a, struct money b);
struct money money_sub(struct money a, struct money b);
struct money money_least(struct money a, struct money b);
struct money money_most(struct money a, struct money b);
/* a - b, but never below nothing. */
struct money money_over(struct money a, struct money b);
/* m x rate / MONEY_WHOLE, half up; m not negative. */
struct money money_rate(struct money m, uint32_t rate);
/* m x count. */
struct money money_times(struct money m, uint32_t count);

/*
 * A rate: "70%", "0.70" or "70" (a plain number above 1 is a percentage; "1"
 * is the whole). At most two digits behind the point of a percentage, four
 * behind that of a share; 0 to 1000 %. ERR_SHAPE, ERR_RANGE.
 */
MUST_CHECK enum err money_parse_rate(struct span in, uint32_t *ret);
/* "70 %", "12.5 %" into out. */
void money_format_rate(uint32_t rate, char out[static MONEY_TEXT]);
