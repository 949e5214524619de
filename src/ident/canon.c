/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "ids/compact.h"
#include "ident/canon.h"

#define DEPARTMENT 5	/* its place in a NIR, two characters */

/* 2A and 2B as numbers, in place; text is NIR_BODY characters or fewer. */
static void corsica_as_number(char *text)
{
	if (strlen(text) < DEPARTMENT + 2 || text[DEPARTMENT] != '2')
		return;
	if (text[DEPARTMENT + 1] == 'A')
		memcpy(text + DEPARTMENT, "19", 2);
	else if (text[DEPARTMENT + 1] == 'B')
		memcpy(text + DEPARTMENT, "18", 2);
}

static bool listed(const char *text, const struct canon_fictive *fictive)
{
	for (size_t i = 0; fictive && i < fictive->count; i++) {
		char prefix[NIR_BODY + 1];
		size_t n = strlen(fictive->prefixes[i]);

		if (n == 0 || n > NIR_BODY)
			continue;
		memcpy(prefix, fictive->prefixes[i], n + 1);
		corsica_as_number(prefix);
		if (memcmp(text, prefix, n) == 0)
			return true;
	}
	return false;
}

enum err canon_nir(struct span in, const struct canon_fictive *fictive,
    struct canon_nir *ret)
{
	struct canon_nir out = {""};
	struct nir nir;

	if (!ids_readable(nir_parse(in, &nir)))
		return ERR_SHAPE;
	memcpy(out.text, nir.text, NIR_BODY);
	corsica_as_number(out.text);
	if (nir_is_fictive(&nir) || listed(out.text, fictive))
		return ERR_REFUSED;
	*ret = out;
	return ERR_OK;
}

enum err canon_birth(struct span in, struct canon_birth *ret)
{
	struct canon_birth out = {""};
	size_t n = 0;
	bool dashed = in.n == CANON_BIRTH + 2;

	if (!dashed && in.n != CANON_BIRTH)
		return ERR_SHAPE;
	for (size_t i = 0; i < in.n; i++) {
		if (dashed && (i == 4 || i == 7)) {
			if (in.p[i] != '-')
				return ERR_SHAPE;
			continue;
		}
		if (in.p[i] < '0' || in.p[i] > '9')
			return ERR_SHAPE;
		out.text[n++] = (char)in.p[i];
	}
	*ret = out;
	return ERR_OK;
}

enum err canon_rank(struct span in, char *ret)
{
	if (in.n == 0) {
		*ret = CANON_RANK_DEFAULT;
		return ERR_OK;
	}
	if (in.n != 1 || in.p[0] < '0' || in.p[0] > '9')
		return ERR_SHAPE;
	*ret = (char)in.p[0];
	return ERR_OK;
}

static bool is_letter_or_digit(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

enum err canon_member(struct span in, struct canon_member *ret)
{
	struct compact c = compact_id(in);
	struct canon_member out = {""};
	size_t n = 0;

	if (c.n > c.kept)
		return ERR_LIMIT;
	for (size_t i = 0; i < c.kept; i++) {
		if (c.text[i] == '-' || c.text[i] == '/')
			continue;
		if (!is_letter_or_digit(c.text[i]))
			return ERR_SHAPE;
		if (n == 0 && c.text[i] == '0')
			continue;
		if (n == LIMIT_MEMBER)
			return ERR_LIMIT;
		out.text[n++] = c.text[i];
	}
	if (n == 0)
		return ERR_SHAPE;
	*ret = out;
	return ERR_OK;
}
