/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/date.h"
#include "fhir/asker.h"
#include "fhir/place.h"
#include "fhir/request.h"
#include "fhir/shape.h"

/* Which other resource it is: the advice differs. */
static enum fhir_fault_kind other_resource(const struct json *j, uint16_t type)
{
	if (json_is(j, type, "Bundle"))
		return FAULT_BUNDLE;
	if (json_is(j, type, "Claim") || json_is(j, type, "ClaimResponse"))
		return FAULT_CLAIM;
	return FAULT_RESOURCE;
}

static bool read_type(const struct element_reading *r)
{
	uint16_t type = json_member(r->j, JSON_TOP, "resourceType");

	if (json_type(r->j, type) != JSON_STRING) {
		*r->fault = fault_of(FAULT_NO_RESOURCE);
		return false;
	}
	if (!json_is(r->j, type, "CoverageEligibilityRequest")) {
		*r->fault = fault_of(other_resource(r->j, type));
		return false;
	}
	return true;
}

static bool read_purpose(
    const struct element_reading *r, struct fhir_question *q)
{
	uint16_t array, i;

	if (!element_need(r, JSON_TOP, "purpose", JSON_ARRAY, &array))
		return false;
	for (i = json_first(r->j, array); i != JSON_NOWHERE;
	     i = json_after(r->j, array, i)) {
		if (json_is(r->j, i, "validation"))
			q->purpose |= FHIR_VALIDATION;
		else if (json_is(r->j, i, "benefits"))
			q->purpose |= FHIR_BENEFITS;
		else
			return element_bad(r, FAULT_PURPOSE, i, NULL);
	}
	if (!q->purpose)
		return element_bad(r, FAULT_MISSING, JSON_TOP, "purpose");
	return true;
}

static bool read_care_day(const struct element_reading *r, int32_t today,
    struct fhir_question *q)
{
	uint16_t at;
	char text[DATE_TEXT_SIZE];

	if (json_member(r->j, JSON_TOP, "servicedPeriod") != JSON_NOWHERE)
		return element_bad(
		    r, FAULT_PERIOD, JSON_TOP, "servicedPeriod");
	if (!element_need(r, JSON_TOP, "servicedDate", JSON_STRING, &at))
		return false;
	if (json_text(r->j, at, text, sizeof(text)) ||
	    date_parse(span_str(text), &q->care_day))
		return element_bad(r, FAULT_DATE, at, NULL);
	if (q->care_day < today - LIMIT_CARE_PAST_DAYS ||
	    q->care_day > today + LIMIT_CARE_AHEAD_DAYS)
		return element_bad(r, FAULT_CARE_DATE, at, NULL);
	return true;
}

/* item[0].category: the coding of our domains; others drop. */
static bool read_domain(
    const struct element_reading *r, struct fhir_question *q)
{
	uint16_t item, category, codings, i, code;

	if (!element_one(r, JSON_TOP, "item", &item) ||
	    !element_plain(r, item) ||
	    !element_need(r, item, "category", JSON_OBJECT, &category) ||
	    !element_need(r, category, "coding", JSON_ARRAY, &codings))
		return false;
	for (i = json_first(r->j, codings); i != JSON_NOWHERE;
	     i = json_after(r->j, codings, i)) {
		if (!json_is(r->j, json_member(r->j, i, "system"),
			PLACE_CODES_DOMAIN))
			continue;
		if (q->domain[0])
			return element_bad(r, FAULT_NOT_ONE, i, NULL);
		if (!element_need(r, i, "code", JSON_STRING, &code) ||
		    !element_text(r, code, shape_code, FAULT_DOMAIN,
			q->domain, sizeof(q->domain)))
			return false;
	}
	if (!q->domain[0])
		return element_bad(r, FAULT_SYSTEM, codings, NULL);
	return true;
}

static bool read_all(const struct element_reading *r, int32_t today,
    struct fhir_question *q)
{
	return read_type(r) && element_plain(r, JSON_TOP) &&
	    element_code(r, JSON_TOP, "status", "active", FAULT_STATUS) &&
	    read_purpose(r, q) && asker_created(r) &&
	    read_care_day(r, today, q) && asker_insurer(r, q) &&
	    asker_site(r, q) && asker_rpps(r, q) && read_domain(r, q) &&
	    asker_person(r, q);
}

enum err request_read(struct span body, int32_t today,
    struct json_token scratch[static LIMIT_JSON_TOKENS],
    struct fhir_question *ret, struct fhir_fault *fault)
{
	struct fhir_question q = {0};
	struct json j;
	struct element_reading r = {&j, fault};
	size_t at;
	enum err e;

	e = json_read(body, scratch, LIMIT_JSON_TOKENS, &j, &at);
	if (e) {
		*fault = fault_of(asker_no_json(e));
		return e;
	}
	if (read_all(&r, today, &q))
		*ret = q;
	else
		e = ERR_SHAPE;
	explicit_bzero(&q, sizeof(q));	/* traits of a person */
	return e;
}
