/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "fhir/person.h"
#include "fhir/place.h"
#include "fhir/shape.h"

static const char *const amc_systems[] = {PLACE_ID_AMC, NULL};
static const char *const nir_systems[] = {
    PLACE_NIR, PLACE_NIA, PLACE_NIR_TEST, NULL};

bool person_amc(const struct element_reading *r, uint16_t at,
    char ret[static FHIR_AMC + 1])
{
	char text[FHIR_AMC + 1];
	uint16_t value;
	size_t which, n;

	if (!element_identifier(r, at, amc_systems, &value, &which) ||
	    !element_text(r, value, shape_amc, FAULT_AMC, text, sizeof(text)))
		return false;
	n = strlen(text);
	memset(ret, '0', FHIR_AMC);
	memcpy(ret + FHIR_AMC - n, text, n + 1);
	return true;
}

/* The valueString of the extension of that URL; JSON_NOWHERE: none. */
static bool find_extension(const struct element_reading *r, uint16_t at,
    const char *url, uint16_t *ret)
{
	uint16_t array, i, found = JSON_NOWHERE;

	if (!element_may(r, at, "extension", JSON_ARRAY, &array))
		return false;
	for (i = json_first(r->j, array); i != JSON_NOWHERE;
	     i = json_after(r->j, array, i)) {
		if (!json_is(r->j, json_member(r->j, i, "url"), url))
			continue;
		if (found != JSON_NOWHERE)
			return element_bad(r, FAULT_NOT_ONE, i, NULL);
		if (!element_need(r, i, "valueString", JSON_STRING, &found))
			return false;
	}
	*ret = found;
	return true;
}

static bool is_date(const char *text)
{
	int32_t day;

	return date_parse(span_str(text), &day) == ERR_OK;
}

bool person_patient(const struct element_reading *r, uint16_t at,
    struct fhir_question *q)
{
	uint16_t date = JSON_NOWHERE, vitale = JSON_NOWHERE;
	char text[DATE_TEXT_SIZE];

	if (!element_plain(r, at) ||
	    !element_may(r, at, "birthDate", JSON_STRING, &date) ||
	    !find_extension(r, at, PLACE_EXT_BIRTH, &vitale))
		return false;
	if (date != JSON_NOWHERE && vitale != JSON_NOWHERE)
		return element_bad(r, FAULT_BIRTH_TWICE, vitale, NULL);
	if (vitale != JSON_NOWHERE)
		return element_text(r, vitale, shape_birth, FAULT_BIRTH,
		    q->birth, sizeof(q->birth));
	if (date == JSON_NOWHERE)
		return true;
	if (!element_text(r, date, is_date, FAULT_BIRTH, text, sizeof(text)))
		return false;
	(void)snprintf(q->birth, sizeof(q->birth), "%.4s%.2s%.2s", text,
	    text + 5, text + 8);
	return true;
}

/* Coverage.identifier: the one with our system is the card, others drop. */
static bool read_card(const struct element_reading *r, uint16_t at,
    struct fhir_question *q)
{
	uint16_t array, i, value;

	if (!element_may(r, at, "identifier", JSON_ARRAY, &array))
		return false;
	for (i = json_first(r->j, array); i != JSON_NOWHERE;
	     i = json_after(r->j, array, i)) {
		if (!json_is(r->j, json_member(r->j, i, "system"),
			PLACE_ID_CARD))
			continue;
		if (q->card[0])
			return element_bad(r, FAULT_CARD, i, NULL);
		if (!element_need(r, i, "value", JSON_STRING, &value) ||
		    !element_text(r, value, shape_card, FAULT_CARD, q->card,
			sizeof(q->card)))
			return false;
	}
	return true;
}

/* Has the CodeableConcept at this coding of our coverage classes? */
static bool is_class(const struct json *j, uint16_t at, const char *code)
{
	uint16_t codings = json_member(j, at, "coding"), i;

	for (i = json_first(j, codings); i != JSON_NOWHERE;
	     i = json_after(j, codings, i))
		if (json_is(j, json_member(j, i, "system"),
			PLACE_CODES_CLASS) &&
		    json_is(j, json_member(j, i, "code"), code))
			return true;
	return false;
}

static bool read_class(const struct element_reading *r, uint16_t at,
    bool (*good)(const char *text), char *out, size_t size)
{
	uint16_t value;

	if (out[0])
		return element_bad(r, FAULT_CLASS, at, NULL);
	return element_need(r, at, "value", JSON_STRING, &value) &&
	    element_text(r, value, good, FAULT_CLASS, out, size);
}

static bool read_classes(const struct element_reading *r, uint16_t at,
    struct fhir_question *q)
{
	uint16_t array, i, type;

	if (!element_may(r, at, "class", JSON_ARRAY, &array))
		return false;
	for (i = json_first(r->j, array); i != JSON_NOWHERE;
	     i = json_after(r->j, array, i)) {
		type = json_member(r->j, i, "type");
		if (is_class(r->j, type, "convention") &&
		    !read_class(r, i, shape_code, q->convention,
			sizeof(q->convention)))
			return false;
		if (is_class(r->j, type, "csr") &&
		    !read_class(r, i, shape_csr, q->csr, sizeof(q->csr)))
			return false;
	}
	return true;
}

/* Coverage.subscriber.identifier */
static bool read_nir(const struct element_reading *r, uint16_t at,
    struct fhir_question *q)
{
	uint16_t holder, id, value;
	size_t which;

	if (!element_may(r, at, "subscriber", JSON_OBJECT, &holder) ||
	    !element_may(r, holder, "identifier", JSON_OBJECT, &id))
		return false;
	if (id == JSON_NOWHERE)
		return true;
	return element_identifier(r, id, nir_systems, &value, &which) &&
	    element_text(
		r, value, shape_nir, FAULT_NIR, q->nir, sizeof(q->nir));
}

static bool read_traits(const struct element_reading *r, uint16_t at,
    struct fhir_question *q)
{
	uint16_t member, rank;
	char digit[2];

	if (!element_may(r, at, "subscriberId", JSON_STRING, &member) ||
	    !element_may(r, at, "dependent", JSON_STRING, &rank))
		return false;
	if (member != JSON_NOWHERE &&
	    !element_text(r, member, shape_member, FAULT_MEMBER, q->member,
		sizeof(q->member)))
		return false;
	if (rank == JSON_NOWHERE)
		return true;
	if (!element_text(
		r, rank, shape_rank, FAULT_RANK, digit, sizeof(digit)))
		return false;
	q->rank = (uint8_t)(digit[0] - '0');
	return true;
}

static bool same_payor(const struct element_reading *r, uint16_t at,
    const struct fhir_question *q)
{
	uint16_t payor, id;
	char amc[FHIR_AMC + 1];

	if (!element_one(r, at, "payor", &payor) ||
	    !element_need(r, payor, "identifier", JSON_OBJECT, &id) ||
	    !person_amc(r, id, amc))
		return false;
	if (memcmp(amc, q->amc, sizeof(amc)) != 0)
		return element_bad(r, FAULT_AMC_DIFFERS, id, "value");
	return true;
}

bool person_coverage(const struct element_reading *r, uint16_t at,
    const char *patient, struct fhir_question *q)
{
	char beneficiary[ELEMENT_ID_SIZE];

	if (!element_plain(r, at) ||
	    !element_code(r, at, "status", "active", FAULT_STATUS) ||
	    !element_local(r, at, "beneficiary", beneficiary))
		return false;
	if (strcmp(beneficiary, patient) != 0)
		return element_bad(r, FAULT_BENEFICIARY, at, "beneficiary");
	return same_payor(r, at, q) && read_card(r, at, q) &&
	    read_classes(r, at, q) && read_nir(r, at, q) &&
	    read_traits(r, at, q);
}

bool person_named(const struct element_reading *r, struct fhir_question *q)
{
	bool numbered = q->member[0] || q->nir[0];

	if (!numbered || !q->birth[0] || q->rank == 0) {
		if (!q->card[0]) {
			*r->fault = fault_of(FAULT_PERSON);
			return false;
		}
		memset(q->member, 0, sizeof(q->member));
		memset(q->nir, 0, sizeof(q->nir));
		memset(q->birth, 0, sizeof(q->birth));
		q->rank = 0;
	}
	return true;
}
