/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers that look right, hold their check digits, and belong to nobody.
 * docs/population.md gives the reasons; in short:
 *
 *   NIR     department 00, which no birth place has ever had
 *   RPPS    begins with 999: the real ones begin with 1, the test accounts of
 *           the national agency with 997
 *   FINESS  begins with 0E: departments have no letter but 2A and 2B
 *   SIRET   SIREN 0000xxxxx: below the first ones ever given
 *   AMC     0099xxxxxx: as an old number, of department 99 (abroad), where no
 *           mutuelle is registered; as a SIREN, the check digit is wrong
 *
 * All are one-to-one with n below the count of their kind.
 */
#pragma once
#include <stdint.h>
#include "base/err.h"

#define NUMBERS_NIR_COUNT 999000	/* per sex, year and month */
#define NUMBERS_RPPS_COUNT 10000000
#define NUMBERS_FINESS_COUNT 100000	/* per kind */
#define NUMBERS_SIRET_COUNT 9999000
#define NUMBERS_AMC_COUNT 80000

/*
 * n spread over 0 to count - 1, one-to-one, for any count without the prime
 * factor 611953 (powers of ten have none).
 */
uint32_t numbers_spread(uint32_t n, uint32_t count);

#define NUMBERS_NIR_SIZE 16
#define NUMBERS_RPPS_SIZE 12
#define NUMBERS_FINESS_SIZE 10
#define NUMBERS_SIRET_SIZE 15
#define NUMBERS_AMC_SIZE 11

/* sex 1 or 2; month 1 to 12, or 20 when it is not known; 15 characters. */
void numbers_nir(int sex, int year, int month, uint32_t n,
    char out[static NUMBERS_NIR_SIZE]);
void numbers_rpps(uint32_t n, char out[static NUMBERS_RPPS_SIZE]);
/* kind: one digit that tells the profession at sight. */
void numbers_finess(
    int kind, uint32_t n, char out[static NUMBERS_FINESS_SIZE]);
void numbers_siret(uint32_t n, char out[static NUMBERS_SIRET_SIZE]);
void numbers_amc(uint32_t n, char out[static NUMBERS_AMC_SIZE]);
