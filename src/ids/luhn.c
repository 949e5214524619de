/* SPDX-License-Identifier: Apache-2.0 */
#include "ids/luhn.h"

/* The sum when `doubled` says whether the last of the n digits counts twice. */
static unsigned weigh(const char *digits, size_t n, bool doubled)
{
	unsigned sum = 0;

	for (size_t i = n; i > 0; i--) {
		unsigned v = (unsigned)(digits[i - 1] - '0');

		if (doubled)
			v = v < 5 ? v * 2 : v * 2 - 9;	/* 14 is 1 + 4 = 5 */
		sum += v;
		doubled = !doubled;
	}
	return sum;
}

bool luhn_holds(const char *digits, size_t n)
{
	return weigh(digits, n, false) % 10 == 0;
}

char luhn_digit(const char *digits, size_t n)
{
	return (char)('0' + (10 - weigh(digits, n, true) % 10) % 10);
}
