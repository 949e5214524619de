/* SPDX-License-Identifier: Apache-2.0 */
/* A person who does not exist: docs/population.md says why her NIR is nobody's
 * (department 00). */
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "keeper/decoys.h"
#include "keeper/keeper.h"

#define AGE_LEAST 20
#define AGE_SPAN 65	/* years */

static uint32_t below(const struct random *random, uint32_t n)
{
	uint64_t v;

	random_fill(random, &v, sizeof(v));
	return (uint32_t)(v % n);
}

bool decoys_pattern_ok(struct span pattern)
{
	int left_open = 0;

	for (size_t i = 0; i < pattern.n; i++) {
		uint8_t c = pattern.p[i];

		left_open += c == '#' || c == '?';
		if (c != '#' && c != '?' && c != '-' && c != '/' &&
		    !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z'))
			return false;
	}
	return pattern.n <= LIMIT_MEMBER && left_open >= DECOYS_MEMBER_FREE;
}

static void invent_member(const struct random *random, struct span pattern,
    char out[static LIMIT_MEMBER + 1])
{
	for (size_t i = 0; i < pattern.n && i < LIMIT_MEMBER; i++) {
		uint8_t c = pattern.p[i];

		/* a number begins with no 0: it would not count */
		out[i] = c == '?' ? (char)('A' + below(random, 26)) :
		    c != '#' ? (char)c :
		    i == 0 ? (char)('1' + below(random, 9)) :
		    (char)('0' + below(random, 10));
		out[i + 1] = '\0';
	}
}

static void invent_nir(const struct random *random, int year, int month,
    char out[static NIR_LEN + 1])
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%u%02d%02d00%03u%03u",
	    1 + below(random, 2), year % 100, month, 1 + below(random, 990),
	    1 + below(random, 999));
	(void)snprintf(out, NIR_LEN + 1, "%.13s%02d", text, nir_key(text));
}

void decoys_invent(const struct random *random, struct span pattern,
    bool with_nir, int year, struct decoys_person *ret)
{
	int born = year - AGE_LEAST - (int)below(random, AGE_SPAN);
	int month = 1 + (int)below(random, 12);
	int day = 1 + (int)below(random, 28);
	char text[64];

	memset(ret, 0, sizeof(*ret));
	(void)snprintf(text, sizeof(text), "%04d%02d%02d", born, month, day);
	memcpy(ret->birth, text, sizeof(ret->birth) - 1);
	(void)snprintf(ret->ref, sizeof(ret->ref), "%010u",
	    below(random, UINT32_MAX));
	invent_member(random, pattern, ret->member);
	if (with_nir)
		invent_nir(random, born, month, ret->nir);
	secret_wipe(text, sizeof(text));
}

void decoys_write_head(struct buf *out)
{
	buf_text(out, "ref;nir;birth;rank;member;cards;contract;order;"
	    "convention;csr;from;to;closed;age_class;age_change;domains\n");
}

void decoys_write_line(
    const struct decoys_person *p, int year, struct buf *out)
{
	buf_printf(out, "%s;%s;%s;1;%s;;BASE;1;;;%04d-01-01;%04d-12-31;;"
	    "adult;;PHAR=TM\n", p->ref, p->nir, p->birth, p->member, year,
	    year);
}
