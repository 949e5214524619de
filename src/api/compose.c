/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "api/compose.h"
#include "base/date.h"
#include "json/write.h"

#define ID "https://ecluse.example/id/"
#define FHIR "https://ecluse.example/fhir/"
#define NIR "urn:oid:1.2.250.1.213.1.4.8"
#define RPPS "https://rpps.esante.gouv.fr"

static bool given(const char *text)
{
	return text && text[0] != '\0';
}

static void identifier(
    struct json_writer *w, const char *name, const char *scheme,
    const char *value)
{
	if (!given(value))
		return;
	json_write_name(w, name);
	json_write_begin(w, '{');
	json_write_name(w, "identifier");
	json_write_begin(w, '{');
	json_write_pair(w, "system", scheme);
	json_write_pair(w, "value", value);
	json_write_end(w, '}');
	json_write_end(w, '}');
}

static void local(struct json_writer *w, const char *name, const char *id)
{
	json_write_name(w, name);
	json_write_begin(w, '{');
	json_write_pair(w, "reference", id);
	json_write_end(w, '}');
}

/* As a date where it is one; as the carte Vitale has it where it is not. What
 * has neither form goes as it came: the service says what is wrong with it. */
static void birth(struct json_writer *w, const char *text)
{
	char digits[9] = {0}, date[DATE_TEXT_SIZE] = "";
	size_t n = strlen(text);
	int32_t day;

	if (n == 8)
		(void)snprintf(digits, sizeof(digits), "%s", text);
	else if (n == 10 && text[4] == '-' && text[7] == '-')
		(void)snprintf(digits, sizeof(digits), "%.4s%.2s%.2s", text,
		    text + 5, text + 8);
	if (digits[0] != '\0')
		(void)snprintf(date, sizeof(date), "%.4s-%.2s-%.2s", digits,
		    digits + 4, digits + 6);
	if (!date_parse(span_str(date), &day)) {
		json_write_pair(w, "birthDate", date);
		return;
	}
	json_write_name(w, "extension");
	json_write_begin(w, '[');
	json_write_begin(w, '{');
	json_write_pair(w, "url", FHIR "StructureDefinition/birth-date-vitale");
	json_write_pair(w, "valueString", digits[0] ? digits : text);
	json_write_end(w, '}');
	json_write_end(w, ']');
}

static void patient(struct json_writer *w, const struct compose *c)
{
	json_write_begin(w, '{');
	json_write_pair(w, "resourceType", "Patient");
	json_write_pair(w, "id", "p");
	if (given(c->birth))
		birth(w, c->birth);
	json_write_end(w, '}');
}

static void class(struct json_writer *w, const char *code, const char *value)
{
	if (!given(value))
		return;
	json_write_begin(w, '{');
	json_write_name(w, "type");
	json_write_begin(w, '{');
	json_write_name(w, "coding");
	json_write_begin(w, '[');
	json_write_begin(w, '{');
	json_write_pair(w, "system", FHIR "CodeSystem/coverage-class");
	json_write_pair(w, "code", code);
	json_write_end(w, '}');
	json_write_end(w, ']');
	json_write_end(w, '}');
	json_write_pair(w, "value", value);
	json_write_end(w, '}');
}

static void card(struct json_writer *w, const char *token)
{
	if (!given(token))
		return;
	json_write_name(w, "identifier");
	json_write_begin(w, '[');
	json_write_begin(w, '{');
	json_write_pair(w, "system", ID "card");
	json_write_pair(w, "value", token);
	json_write_end(w, '}');
	json_write_end(w, ']');
}

static void coverage(struct json_writer *w, const struct compose *c)
{
	json_write_begin(w, '{');
	json_write_pair(w, "resourceType", "Coverage");
	json_write_pair(w, "id", "c");
	card(w, c->card);
	json_write_pair(w, "status", "active");
	identifier(w, "subscriber", NIR, c->nir);
	if (given(c->member))
		json_write_pair(w, "subscriberId", c->member);
	local(w, "beneficiary", "#p");
	if (given(c->rank))
		json_write_pair(w, "dependent", c->rank);
	json_write_name(w, "payor");
	json_write_begin(w, '[');
	json_write_begin(w, '{');
	json_write_name(w, "identifier");
	json_write_begin(w, '{');
	json_write_pair(w, "system", ID "amc");
	json_write_pair(w, "value", c->amc);
	json_write_end(w, '}');
	json_write_end(w, '}');
	json_write_end(w, ']');
	if (given(c->convention) || given(c->csr)) {
		json_write_name(w, "class");
		json_write_begin(w, '[');
		class(w, "convention", c->convention);
		class(w, "csr", c->csr);
		json_write_end(w, ']');
	}
	json_write_end(w, '}');
}

static void item(struct json_writer *w, const char *domain)
{
	json_write_name(w, "item");
	json_write_begin(w, '[');
	json_write_begin(w, '{');
	json_write_name(w, "category");
	json_write_begin(w, '{');
	json_write_name(w, "coding");
	json_write_begin(w, '[');
	json_write_begin(w, '{');
	json_write_pair(w, "system", FHIR "CodeSystem/domain");
	json_write_pair(w, "code", domain);
	json_write_end(w, '}');
	json_write_end(w, ']');
	json_write_end(w, '}');
	json_write_end(w, '}');
	json_write_end(w, ']');
}

static void insurance(struct json_writer *w)
{
	json_write_name(w, "insurance");
	json_write_begin(w, '[');
	json_write_begin(w, '{');
	json_write_name(w, "focal");
	json_write_bool(w, true);
	local(w, "coverage", "#c");
	json_write_end(w, '}');
	json_write_end(w, ']');
}

void compose_write(
    const struct compose *c, int64_t created_ms, struct buf *out)
{
	struct json_writer w = json_writer_of(out);
	char created[DATE_STAMP_SIZE];

	date_format_stamp(created_ms, created);
	json_write_begin(&w, '{');
	json_write_pair(&w, "resourceType", "CoverageEligibilityRequest");
	json_write_name(&w, "contained");
	json_write_begin(&w, '[');
	patient(&w, c);
	coverage(&w, c);
	json_write_end(&w, ']');
	json_write_pair(&w, "status", "active");
	json_write_name(&w, "purpose");
	json_write_begin(&w, '[');
	json_write_text(&w, "validation");
	json_write_text(&w, "benefits");
	json_write_end(&w, ']');
	local(&w, "patient", "#p");
	json_write_pair(&w, "servicedDate", c->date);
	json_write_pair(&w, "created", created);
	identifier(&w, "enterer", RPPS, c->rpps);
	identifier(&w, "provider", ID "site", c->site);
	identifier(&w, "insurer", ID "amc", c->amc);
	insurance(&w);
	item(&w, c->domain);
	json_write_end(&w, '}');
}
