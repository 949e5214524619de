/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "ids/luhn.h"
#include "ids/nir.h"
#include "people/numbers.h"

uint32_t numbers_spread(uint32_t n, uint32_t count)
{
	/* one-to-one: the factor has no divisor in common with count */
	return (uint32_t)((uint64_t)(n % count) * 611953 % count);
}

/* The last n decimal digits of v. */
static void put_digits(char *to, size_t n, uint32_t v)
{
	while (n-- > 0) {
		to[n] = (char)('0' + v % 10);
		v /= 10;
	}
}

/* n digits, the check digit that they need, NUL. */
static void close_with_luhn(char *out, size_t n)
{
	out[n] = luhn_digit(out, n);
	out[n + 1] = '\0';
}

void numbers_nir(int sex, int year, int month, uint32_t n,
    char out[static NUMBERS_NIR_SIZE])
{
	uint32_t at = numbers_spread(n, NUMBERS_NIR_COUNT);

	/* communes 000 to 999 of department 00, serials 001 to 999 */
	put_digits(out, 1, (uint32_t)sex);
	put_digits(out + 1, 2, (uint32_t)year);
	put_digits(out + 3, 2, (uint32_t)month);
	put_digits(out + 5, 2, 0);
	put_digits(out + 7, 3, at / 999);
	put_digits(out + 10, 3, at % 999 + 1);
	put_digits(out + NIR_BODY, 2, (uint32_t)nir_key(out));
	out[NIR_LEN] = '\0';
}

void numbers_rpps(uint32_t n, char out[static NUMBERS_RPPS_SIZE])
{
	put_digits(out, 3, 999);
	put_digits(out + 3, 7, numbers_spread(n, NUMBERS_RPPS_COUNT));
	close_with_luhn(out, 10);
}

void numbers_finess(int kind, uint32_t n, char out[static NUMBERS_FINESS_SIZE])
{
	/* the check digit is of the digits behind the letter: nobody says what
	 * a letter counts (ids/finess.h) */
	memcpy(out, "0E", 2);
	put_digits(out + 2, 1, (uint32_t)kind);
	put_digits(out + 3, 5, n);
	close_with_luhn(out + 2, 6);
}

void numbers_siret(uint32_t n, char out[static NUMBERS_SIRET_SIZE])
{
	/* SIREN 00000001x to 00001000x, establishments from 0001x */
	put_digits(out, 8, n % 1000 + 1);
	close_with_luhn(out, 8);
	put_digits(out + 9, 4, n / 1000 % 9999 + 1);
	close_with_luhn(out, 13);
}

void numbers_amc(uint32_t n, char out[static NUMBERS_AMC_SIZE])
{
	memcpy(out, "0099", 4);
	put_digits(out + 4, 5, n % NUMBERS_AMC_COUNT + 10000);
	/* one more than the right digit: not a SIREN behind its zero */
	out[9] = (char)('0' + (luhn_digit(out + 1, 8) - '0' + 1) % 10);
	out[10] = '\0';
}
