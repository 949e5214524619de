/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>
#include "fhir/shape.h"

#define DIGITS "0123456789"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define SMALL "abcdefghijklmnopqrstuvwxyz"
#define BASE45 DIGITS CAPITALS " $%*+-./:"	/* RFC 9285 table 1 */

/* Only these characters, and from least to most of them. */
static bool made_of(
    const char *text, const char *set, size_t least, size_t most)
{
	size_t n = strlen(text);

	return n >= least && n <= most && strspn(text, set) == n;
}

bool shape_amc(const char *text)
{
	return made_of(text, DIGITS, 1, 10) && text[strspn(text, "0")];
}

bool shape_code(const char *text)
{
	return made_of(text, DIGITS CAPITALS, 1, SIZE_MAX);
}

bool shape_csr(const char *text)
{
	return made_of(text, DIGITS CAPITALS SMALL "._-", 1, SIZE_MAX);
}

bool shape_member(const char *text)
{
	size_t n = strlen(text);

	return made_of(text, DIGITS CAPITALS SMALL " .-/", 1, SIZE_MAX) &&
	    text[0] != ' ' && text[n - 1] != ' ' && text[strspn(text, "0 .-/")];
}

bool shape_rank(const char *text)
{
	return text[0] >= '1' && text[0] <= '9' && !text[1];
}

bool shape_nir(const char *text)
{
	size_t n = strlen(text);

	if (n != 13 && n != 15)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!(text[i] >= '0' && text[i] <= '9') &&
		    !(i == 6 && text[5] == '2' &&
			(text[i] == 'A' || text[i] == 'B')))
			return false;
	return true;
}

bool shape_birth(const char *text)
{
	return made_of(text, DIGITS, 8, 8);
}

bool shape_card(const char *text)
{
	return strncmp(text, "TP1:", 4) == 0 &&
	    made_of(text + 4, BASE45, 1, SIZE_MAX);
}

bool shape_finess(const char *text)
{
	return made_of(text, DIGITS CAPITALS, 9, 9);
}

bool shape_billing(const char *text)
{
	return made_of(text, DIGITS CAPITALS, 8, 14);
}

bool shape_rpps(const char *text)
{
	return made_of(text, DIGITS, 11, 11);
}

bool shape_idnps(const char *text)
{
	return made_of(text, DIGITS, 12, 12) && text[0] == '8';
}
