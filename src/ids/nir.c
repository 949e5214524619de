/* SPDX-License-Identifier: Apache-2.0 */
#include "ids/compact.h"
#include "ids/nir.h"

#define DEPARTMENT 5	/* its place in the text, two characters */

/* 'A' or 'B' in Corsica, else 0. */
static char corsica(const char *t)
{
	char letter = t[DEPARTMENT + 1];

	if (t[DEPARTMENT] == '2' && (letter == 'A' || letter == 'B'))
		return letter;
	return 0;
}

static bool is_shaped(const struct compact *c)
{
	for (size_t i = 0; i < c->kept; i++) {
		if (c->text[i] >= '0' && c->text[i] <= '9')
			continue;
		if (i != DEPARTMENT + 1 || corsica(c->text) == 0)
			return false;
	}
	return true;
}

int nir_key(const char body[static NIR_BODY])
{
	char letter = corsica(body);
	int64_t n = 0;

	for (size_t i = 0; i < NIR_BODY; i++) {
		int digit = body[i] - '0';

		if (letter != 0 && i == DEPARTMENT)
			digit = 1;
		else if (letter != 0 && i == DEPARTMENT + 1)
			digit = letter == 'A' ? 9 : 8;
		n = n * 10 + digit;
	}
	return 97 - (int)(n % 97);
}

/* The first digit: the SNDS's table IR_NIR_V. */
static void look_at_sex(const char *t, struct ids_found *found)
{
	switch (t[0]) {
	case '1':
	case '2':
		break;
	case '3':
	case '4':
	case '7':
	case '8':
		ids_add(found, IDS_PROVISIONAL);
		break;
	case '5':
	case '6':
		ids_add(found, IDS_MIGRANT);
		break;
	default:
		ids_add(found, IDS_LEADING);
		break;
	}
}

static void look_at_month(const char *t, struct ids_found *found)
{
	int month = (t[3] - '0') * 10 + (t[4] - '0');

	if (month >= 1 && month <= 12)
		return;
	if (month == 20 || (month >= 30 && month <= 42) || month >= 50)
		ids_add(found, IDS_PSEUDO_MONTH);
	else
		ids_add(found, IDS_ODD_MONTH);
}

struct ids_found nir_parse(struct span in, struct nir *ret)
{
	struct ids_found found = { 0 };
	struct compact c = compact_id(in);
	struct nir id = { "" };
	int key;

	if (!is_shaped(&c))
		ids_add(&found, IDS_CHARACTER);
	if (c.n != NIR_LEN && c.n != NIR_BODY)
		ids_add(&found, IDS_LENGTH);
	if (!ids_readable(found))
		return found;
	memcpy(id.text, c.text, c.n);
	key = nir_key(id.text);
	if (c.n == NIR_BODY) {
		ids_add(&found, IDS_NO_KEY);
		id.text[13] = (char)('0' + key / 10);
		id.text[14] = (char)('0' + key % 10);
	} else if ((id.text[13] - '0') * 10 + id.text[14] - '0' != key) {
		ids_add(&found, IDS_KEY);
	}
	look_at_sex(id.text, &found);
	look_at_month(id.text, &found);
	if (nir_is_fictive(&id))
		ids_add(&found, IDS_FICTIVE);
	*ret = id;
	return found;
}

bool nir_is_fictive(const struct nir *id)
{
	return (id->text[0] == '1' || id->text[0] == '2') &&
	    memcmp(id->text + 1, "555555", 6) == 0;
}
