/* SPDX-License-Identifier: Apache-2.0 */
/* The check digit of SIREN, SIRET, RPPS and FINESS (ISO/IEC 7812-1 annex B):
 * every second digit from the right is doubled, the digits of all the results
 * are added, and the sum is a multiple of 10. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* n ASCII digits, the check digit among them. */
bool luhn_holds(const char *digits, size_t n);
/* The digit, '0' to '9', that n ASCII digits need behind them. */
char luhn_digit(const char *digits, size_t n);
