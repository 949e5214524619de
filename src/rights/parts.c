/* SPDX-License-Identifier: Apache-2.0 */
#include "rights/parts.h"

/* HL7's own extension for a text in another language. */
#define TRANSLATION "http://hl7.org/fhir/StructureDefinition/translation"

static const struct parts_words states[RIGHTS_STATE_COUNT] = {
    [RIGHTS_COVERED] = {"covered",
	"Droits ouverts, domaine couvert.",
	"In force, domain covered."},
    [RIGHTS_NOT_COVERED] = {"not-covered",
	"Droits ouverts, mais ce domaine n'est pas couvert.",
	"In force, but this domain is not covered."},
    [RIGHTS_CLOSED] = {"closed",
	"Pas de droits ouverts à la date des soins.",
	"No rights in force on the date of care."},
    [RIGHTS_OTHER_ROUTE] = {"other-route",
	"Droits ouverts, mais par une autre convention ou un autre CSR.",
	"In force, but by another convention or CSR."},
    [RIGHTS_UNKNOWN] = {"unknown",
	"Bénéficiaire inconnu.",
	"Beneficiary unknown."},
};

const struct parts_words *parts_state(enum rights_state state)
{
	return &states[state];
}

void parts_identifier(struct json_writer *w, const char *name,
    const char *scheme, struct span value)
{
	json_write_name(w, name);
	json_write_begin(w, '{');
	json_write_name(w, "identifier");
	json_write_begin(w, '{');
	json_write_pair(w, "system", scheme);
	json_write_name(w, "value");
	json_write_span(w, value);
	json_write_end(w, '}');
	json_write_end(w, '}');
}

void parts_coding(
    struct json_writer *w, const char *scheme, struct span code)
{
	json_write_begin(w, '{');
	json_write_pair(w, "system", scheme);
	json_write_name(w, "code");
	json_write_span(w, code);
	json_write_end(w, '}');
}

void parts_concept(struct json_writer *w, const char *name,
    const char *scheme, struct span code)
{
	json_write_name(w, name);
	json_write_begin(w, '{');
	json_write_name(w, "coding");
	json_write_begin(w, '[');
	parts_coding(w, scheme, code);
	json_write_end(w, ']');
	json_write_end(w, '}');
}

void parts_extension(struct json_writer *w, const char *url,
    const char *value_name, const char *value)
{
	json_write_begin(w, '{');
	json_write_pair(w, "url", url);
	json_write_pair(w, value_name, value);
	json_write_end(w, '}');
}

void parts_disposition(struct json_writer *w, const struct parts_words *say)
{
	json_write_pair(w, "disposition", say->fr);
	json_write_name(w, "_disposition");
	json_write_begin(w, '{');
	json_write_name(w, "extension");
	json_write_begin(w, '[');
	json_write_begin(w, '{');
	json_write_pair(w, "url", TRANSLATION);
	json_write_name(w, "extension");
	json_write_begin(w, '[');
	parts_extension(w, "lang", "valueCode", "en");
	parts_extension(w, "content", "valueString", say->en);
	json_write_end(w, ']');
	json_write_end(w, '}');
	json_write_end(w, ']');
	json_write_end(w, '}');
}
