/* SPDX-License-Identifier: Apache-2.0 */
#include "ids/ids.h"
#include "ids/amc.h"
#include "ids/finess.h"
#include "ids/nir.h"
#include "ids/rpps.h"
#include "ids/siren.h"
#include "ids/siret.h"

static const char *const kinds[IDS_KINDS] = {
	[IDS_NIR] = "nir",
	[IDS_RPPS] = "rpps",
	[IDS_FINESS] = "finess",
	[IDS_SIREN] = "siren",
	[IDS_SIRET] = "siret",
	[IDS_AMC] = "amc",
};

static const char *const findings[IDS_FINDINGS] = {
	[IDS_CLEAN] = "clean",
	[IDS_CHARACTER] = "character",
	[IDS_LENGTH] = "length",
	[IDS_ZERO] = "zero",
	[IDS_KEY] = "key",
	[IDS_SIREN_KEY] = "siren-key",
	[IDS_NO_KEY] = "no-key",
	[IDS_LETTERED] = "lettered",
	[IDS_FICTIVE] = "fictive",
	[IDS_PROVISIONAL] = "provisional",
	[IDS_MIGRANT] = "migrant",
	[IDS_LEADING] = "leading",
	[IDS_PSEUDO_MONTH] = "pseudo-month",
	[IDS_ODD_MONTH] = "odd-month",
	[IDS_LA_POSTE] = "la-poste",
	[IDS_IDNPS] = "idnps",
	[IDS_PADDED] = "padded",
};

void ids_add(struct ids_found *f, enum ids_finding finding)
{
	f->set |= UINT32_C(1) << finding;
}

bool ids_has(struct ids_found f, enum ids_finding finding)
{
	return (f.set >> finding & 1) != 0;
}

bool ids_readable(struct ids_found f)
{
	return !ids_has(f, IDS_CHARACTER) && !ids_has(f, IDS_LENGTH) &&
	    !ids_has(f, IDS_ZERO);
}

const char *ids_kind_name(enum ids_kind kind)
{
	return (unsigned)kind < IDS_KINDS ? kinds[kind] : "unknown";
}

const char *ids_finding_name(enum ids_finding finding)
{
	return (unsigned)finding < IDS_FINDINGS ? findings[finding] : "unknown";
}

enum err ids_kind_find(struct span name, enum ids_kind *ret)
{
	for (unsigned i = 0; i < IDS_KINDS; i++)
		if (span_is(name, kinds[i])) {
			*ret = (enum ids_kind)i;
			return ERR_OK;
		}
	return ERR_UNKNOWN;
}

enum err ids_finding_find(struct span name, enum ids_finding *ret)
{
	for (unsigned i = IDS_CLEAN + 1; i < IDS_FINDINGS; i++)
		if (span_is(name, findings[i])) {
			*ret = (enum ids_finding)i;
			return ERR_OK;
		}
	return ERR_UNKNOWN;
}

static struct ids_found nir(struct span in, char *ret)
{
	struct nir id;
	struct ids_found found = nir_parse(in, &id);

	if (ids_readable(found))
		memcpy(ret, id.text, sizeof(id.text));
	return found;
}

static struct ids_found rpps(struct span in, char *ret)
{
	struct rpps id;
	struct ids_found found = rpps_parse(in, &id);

	if (ids_readable(found))
		memcpy(ret, id.text, sizeof(id.text));
	return found;
}

static struct ids_found finess(struct span in, char *ret)
{
	struct finess id;
	struct ids_found found = finess_parse(in, &id);

	if (ids_readable(found))
		memcpy(ret, id.text, sizeof(id.text));
	return found;
}

static struct ids_found siren(struct span in, char *ret)
{
	struct siren id;
	struct ids_found found = siren_parse(in, &id);

	if (ids_readable(found))
		memcpy(ret, id.text, sizeof(id.text));
	return found;
}

static struct ids_found siret(struct span in, char *ret)
{
	struct siret id;
	struct ids_found found = siret_parse(in, &id);

	if (ids_readable(found))
		memcpy(ret, id.text, sizeof(id.text));
	return found;
}

static struct ids_found amc(struct span in, char *ret)
{
	struct amc id;
	struct ids_found found = amc_parse(in, &id);

	if (ids_readable(found))
		memcpy(ret, id.text, sizeof(id.text));
	return found;
}

struct ids_found ids_parse(
    enum ids_kind kind, struct span in, char ret[static IDS_TEXT_SIZE])
{
	static struct ids_found (*const parsers[IDS_KINDS])(
	    struct span, char *) = {
		[IDS_NIR] = nir,
		[IDS_RPPS] = rpps,
		[IDS_FINESS] = finess,
		[IDS_SIREN] = siren,
		[IDS_SIRET] = siret,
		[IDS_AMC] = amc,
	};
	struct ids_found none = { 0 };

	if ((unsigned)kind >= IDS_KINDS) {
		ids_add(&none, IDS_CHARACTER);
		return none;
	}
	return parsers[kind](in, ret);
}
