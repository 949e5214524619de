/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "fhir/element.h"

bool element_bad(const struct element_reading *r, enum fhir_fault_kind kind,
    uint16_t at, const char *child)
{
	*r->fault = fault_at(kind, r->j, at, child);
	return false;
}

bool element_may(const struct element_reading *r, uint16_t at,
    const char *name, enum json_type type, uint16_t *ret)
{
	uint16_t found = json_member(r->j, at, name);

	if (found != JSON_NOWHERE && json_type(r->j, found) != type)
		return element_bad(r, FAULT_TYPE, at, name);
	*ret = found;
	return true;
}

bool element_need(const struct element_reading *r, uint16_t at,
    const char *name, enum json_type type, uint16_t *ret)
{
	uint16_t found;

	if (!element_may(r, at, name, type, &found))
		return false;
	if (found == JSON_NOWHERE)
		return element_bad(r, FAULT_MISSING, at, name);
	*ret = found;
	return true;
}

bool element_one(const struct element_reading *r, uint16_t at,
    const char *name, uint16_t *ret)
{
	uint16_t array, first;

	if (!element_need(r, at, name, JSON_ARRAY, &array))
		return false;
	if (json_count(r->j, array) != 1)
		return element_bad(r, FAULT_NOT_ONE, at, name);
	first = json_first(r->j, array);
	if (json_type(r->j, first) != JSON_OBJECT)
		return element_bad(r, FAULT_TYPE, first, NULL);
	*ret = first;
	return true;
}

bool element_plain(const struct element_reading *r, uint16_t at)
{
	if (json_member(r->j, at, "modifierExtension") != JSON_NOWHERE)
		return element_bad(r, FAULT_MODIFIER, at, "modifierExtension");
	if (json_member(r->j, at, "implicitRules") != JSON_NOWHERE)
		return element_bad(r, FAULT_RULES, at, "implicitRules");
	return true;
}

bool element_code(const struct element_reading *r, uint16_t at,
    const char *name, const char *code, enum fhir_fault_kind otherwise)
{
	uint16_t found;

	if (!element_need(r, at, name, JSON_STRING, &found))
		return false;
	if (!json_is(r->j, found, code))
		return element_bad(r, otherwise, found, NULL);
	return true;
}

bool element_text(const struct element_reading *r, uint16_t at,
    bool (*good)(const char *text), enum fhir_fault_kind otherwise,
    char *out, size_t size)
{
	if (json_type(r->j, at) != JSON_STRING)
		return element_bad(r, FAULT_TYPE, at, NULL);
	if (json_text(r->j, at, out, size) || !good(out))
		return element_bad(r, otherwise, at, NULL);
	return true;
}

bool element_identifier(const struct element_reading *r, uint16_t at,
    const char *const *systems, uint16_t *ret_value, size_t *ret_which)
{
	uint16_t scheme, value;
	size_t i = 0;

	if (!element_need(r, at, "system", JSON_STRING, &scheme) ||
	    !element_need(r, at, "value", JSON_STRING, &value))
		return false;
	while (systems[i] && !json_is(r->j, scheme, systems[i]))
		i++;
	if (!systems[i])
		return element_bad(r, FAULT_SYSTEM, scheme, NULL);
	*ret_value = value;
	*ret_which = i;
	return true;
}

bool element_local(const struct element_reading *r, uint16_t at,
    const char *name, char ret[static ELEMENT_ID_SIZE])
{
	uint16_t holder, text;

	if (!element_need(r, at, name, JSON_OBJECT, &holder))
		return false;
	text = json_member(r->j, holder, "reference");
	if (text == JSON_NOWHERE)
		return element_bad(r, FAULT_CONTAINED, holder, "reference");
	if (json_type(r->j, text) != JSON_STRING)
		return element_bad(r, FAULT_TYPE, text, NULL);
	if (json_text(r->j, text, ret, ELEMENT_ID_SIZE) || ret[0] != '#' ||
	    !ret[1])
		return element_bad(r, FAULT_CONTAINED, text, NULL);
	return true;
}

static bool is_wanted(
    const struct json *j, uint16_t at, const char *type, const char *id)
{
	return json_is(j, json_member(j, at, "id"), id) &&
	    json_is(j, json_member(j, at, "resourceType"), type);
}

bool element_contained(const struct element_reading *r, const char *type,
    const char *local, uint16_t *ret)
{
	uint16_t array, i, found = JSON_NOWHERE;

	if (!element_need(r, JSON_TOP, "contained", JSON_ARRAY, &array))
		return false;
	for (i = json_first(r->j, array); i != JSON_NOWHERE;
	     i = json_after(r->j, array, i)) {
		if (!is_wanted(r->j, i, type, local + 1))
			continue;
		if (found != JSON_NOWHERE)
			return element_bad(r, FAULT_DANGLING, i, "id");
		found = i;
	}
	if (found == JSON_NOWHERE)
		return element_bad(r, FAULT_DANGLING, array, NULL);
	*ret = found;
	return true;
}
