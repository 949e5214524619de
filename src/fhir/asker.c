/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/date.h"
#include "fhir/asker.h"
#include "fhir/person.h"
#include "fhir/place.h"
#include "fhir/shape.h"

static const char *const site_systems[] = {PLACE_ID_SITE, PLACE_FINESS, NULL};
static const char *const rpps_systems[] = {PLACE_RPPS, PLACE_IDNPS, NULL};

static bool is_instant(const char *text)
{
	int64_t ms;
	int32_t day;

	return date_parse(span_str(text), &day) == ERR_OK ||
	    date_parse_stamp(span_str(text), &ms) == ERR_OK;
}

/* FHIR wants it; when the question was made is the signature's to say. */
bool asker_created(const struct element_reading *r)
{
	uint16_t at;
	char text[64];

	return element_need(r, JSON_TOP, "created", JSON_STRING, &at) &&
	    element_text(
		r, at, is_instant, FAULT_DATE, text, sizeof(text));
}

/* The Identifier of a reference that may be absent; JSON_NOWHERE then. */
static bool find_identifier(
    const struct element_reading *r, const char *name, uint16_t *ret)
{
	uint16_t holder;

	if (!element_may(r, JSON_TOP, name, JSON_OBJECT, &holder))
		return false;
	*ret = JSON_NOWHERE;
	return holder == JSON_NOWHERE ||
	    element_need(r, holder, "identifier", JSON_OBJECT, ret);
}

bool asker_site(const struct element_reading *r, struct fhir_question *q)
{
	uint16_t id, value;
	size_t which;

	if (!find_identifier(r, "provider", &id))
		return false;
	if (id == JSON_NOWHERE)
		return true;
	if (!element_identifier(r, id, site_systems, &value, &which))
		return false;
	q->site_kind = which ? FHIR_SITE_FINESS : FHIR_SITE_BILLING;
	return element_text(r, value, which ? shape_finess : shape_billing,
	    FAULT_SITE, q->site, sizeof(q->site));
}

bool asker_rpps(const struct element_reading *r, struct fhir_question *q)
{
	char text[FHIR_RPPS + 2];
	uint16_t id, value;
	size_t which;

	if (!find_identifier(r, "enterer", &id))
		return false;
	if (id == JSON_NOWHERE)
		return true;
	if (!element_identifier(r, id, rpps_systems, &value, &which) ||
	    !element_text(r, value, which ? shape_idnps : shape_rpps,
		FAULT_RPPS, text, sizeof(text)))
		return false;
	memcpy(q->rpps, text + which, sizeof(q->rpps));
	return true;
}

bool asker_insurer(
    const struct element_reading *r, struct fhir_question *q)
{
	uint16_t insurer, id;

	return element_need(r, JSON_TOP, "insurer", JSON_OBJECT, &insurer) &&
	    element_need(r, insurer, "identifier", JSON_OBJECT, &id) &&
	    person_amc(r, id, q->amc);
}

bool asker_person(
    const struct element_reading *r, struct fhir_question *q)
{
	char patient[ELEMENT_ID_SIZE], coverage[ELEMENT_ID_SIZE];
	uint16_t insurance, at;

	return element_local(r, JSON_TOP, "patient", patient) &&
	    element_one(r, JSON_TOP, "insurance", &insurance) &&
	    element_plain(r, insurance) &&
	    element_local(r, insurance, "coverage", coverage) &&
	    element_contained(r, "Patient", patient, &at) &&
	    person_patient(r, at, q) &&
	    element_contained(r, "Coverage", coverage, &at) &&
	    person_coverage(r, at, patient, q) && person_named(r, q);
}

enum fhir_fault_kind asker_no_json(enum err e)
{
	if (e == ERR_EXISTS)
		return FAULT_NAME_TWICE;
	return e == ERR_LIMIT ? FAULT_TOO_MUCH : FAULT_JSON;
}
