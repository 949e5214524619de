/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/bundle.h"
#include "fhir/element.h"
#include "fhir/place.h"
#include "json/write.h"

static bool read_head(const struct element_reading *r)
{
	uint16_t type = json_member(r->j, JSON_TOP, "resourceType");

	if (json_type(r->j, type) != JSON_STRING) {
		*r->fault = fault_of(FAULT_NO_RESOURCE);
		return false;
	}
	if (!json_is(r->j, type, "Bundle")) {
		*r->fault = fault_of(FAULT_NO_BUNDLE);
		return false;
	}
	return element_plain(r, JSON_TOP) &&
	    element_code(r, JSON_TOP, "type", "batch", FAULT_BATCH);
}

/* The line's own faults name their place from the entry on. */
static bool read_entry(const struct element_reading *r, uint16_t at,
    struct span *ret)
{
	uint16_t request, resource;

	if (json_type(r->j, at) != JSON_OBJECT)
		return element_bad(r, FAULT_TYPE, at, NULL);
	if (!element_plain(r, at) ||
	    !element_need(r, at, "request", JSON_OBJECT, &request) ||
	    !element_code(r, request, "method", "POST", FAULT_ENTRY) ||
	    !element_code(r, request, "url", "CoverageEligibilityRequest",
		FAULT_ENTRY) ||
	    !element_need(r, at, "resource", JSON_OBJECT, &resource))
		return false;
	*ret = json_raw(r->j, resource);
	return true;
}

static bool read_all(
    const struct element_reading *r, struct bundle_lines *ret)
{
	uint16_t entries, at;
	size_t n;

	if (!read_head(r) ||
	    !element_need(r, JSON_TOP, "entry", JSON_ARRAY, &entries))
		return false;
	n = json_count(r->j, entries);
	if (n == 0 || n > LIMIT_BUNDLE_LINES)
		return element_bad(r, FAULT_ENTRIES, entries, NULL);
	ret->count = 0;
	for (at = json_first(r->j, entries); at != JSON_NOWHERE;
	     at = json_after(r->j, entries, at)) {
		struct bundle_line *line = &ret->of[ret->count++];
		struct element_reading own = {r->j, &line->fault};

		line->question = span_of(NULL, 0);
		(void)read_entry(&own, at, &line->question);
	}
	return true;
}

enum err bundle_read(struct span body,
    struct json_token scratch[static LIMIT_BUNDLE_TOKENS],
    struct bundle_lines *ret, struct fhir_fault *fault)
{
	struct json j;
	struct element_reading r = {&j, fault};
	size_t at;
	enum err e = json_read_bundle(body, scratch, &j, &at);

	if (e == ERR_EXISTS)
		*fault = fault_of(FAULT_NAME_TWICE);
	else if (e == ERR_LIMIT)
		*fault = fault_of(FAULT_BUNDLE_LIMIT);
	else if (e)
		*fault = fault_of(FAULT_JSON);
	else if (!read_all(&r, ret))
		e = ERR_SHAPE;
	return e;
}

void bundle_open(struct span jws, struct buf *out)
{
	struct json_writer w = json_writer_of(out);

	json_write_begin(&w, '{');
	json_write_pair(&w, "resourceType", "Bundle");
	if (jws.n) {
		json_write_name(&w, "meta");
		json_write_begin(&w, '{');
		json_write_name(&w, "extension");
		json_write_begin(&w, '[');
		json_write_begin(&w, '{');
		json_write_pair(&w, "url", BUNDLE_PROMISES);
		json_write_name(&w, "valueString");
		json_write_span(&w, jws);
		json_write_end(&w, '}');
		json_write_end(&w, ']');
		json_write_end(&w, '}');
	}
	json_write_pair(&w, "type", "batch-response");
	json_write_name(&w, "entry");
	json_write_begin(&w, '[');
}

/* RFC 9110 §15: the line's own status, as FHIR writes it. */
static void write_status(uint16_t status, struct buf *out)
{
	buf_printf(out, "\"response\":{\"status\":\"%u\"", (unsigned)status);
}

void bundle_line_open(unsigned nth, uint16_t status, bool answered,
    struct buf *out)
{
	buf_text(out, nth > 0 ? ",{" : "{");
	if (answered) {
		buf_text(out, "\"resource\":");
		return;
	}
	write_status(status, out);
	buf_text(out, ",\"outcome\":");
}

void bundle_line_close(bool answered, uint16_t status, struct buf *out)
{
	if (answered) {
		buf_text(out, ",");
		write_status(status, out);
	}
	buf_text(out, "}}");
}

void bundle_close(struct buf *out)
{
	buf_text(out, "]}");
}
