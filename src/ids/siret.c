/* SPDX-License-Identifier: Apache-2.0 */
#include "ids/compact.h"
#include "ids/luhn.h"
#include "ids/siren.h"
#include "ids/siret.h"

#define LA_POSTE "356000000"
#define LA_POSTE_HEAD "35600000000048"

static bool is_la_poste(const char *t)
{
	return memcmp(t, LA_POSTE, SIREN_LEN) == 0 &&
	    memcmp(t, LA_POSTE_HEAD, SIRET_LEN) != 0;
}

static bool la_poste_holds(const char *t)
{
	int sum = 0;

	for (size_t i = 0; i < SIRET_LEN; i++)
		sum += t[i] - '0';
	return sum % 5 == 0;
}

static void look_at_key(const char *t, struct ids_found *found)
{
	if (is_la_poste(t))
		ids_add(found, la_poste_holds(t) ? IDS_LA_POSTE : IDS_KEY);
	else if (!luhn_holds(t, SIRET_LEN))
		ids_add(found, IDS_KEY);
	if (!luhn_holds(t, SIREN_LEN))
		ids_add(found, IDS_SIREN_KEY);
}

struct ids_found siret_parse(struct span in, struct siret *ret)
{
	struct ids_found found = { 0 };
	struct compact c = compact_id(in);

	if (!compact_is_digits(&c))
		ids_add(&found, IDS_CHARACTER);
	if (c.n != SIRET_LEN)
		ids_add(&found, IDS_LENGTH);
	if (!ids_readable(found))
		return found;
	look_at_key(c.text, &found);
	memcpy(ret->text, c.text, SIRET_LEN);
	ret->text[SIRET_LEN] = '\0';
	return found;
}
