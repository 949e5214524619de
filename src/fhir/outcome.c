/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "fhir/outcome.h"
#include "fhir/place.h"

static void write_text(struct json_writer *w, const char *name,
    const char *first, const char *second, const char *more)
{
	char text[OUTCOME_MAX];

	(void)snprintf(text, sizeof(text), "%s%s%s%s", first,
	    *second ? " " : "", second, more ? more : "");
	json_write_pair(w, name, text);
}

static void write_details(struct json_writer *w, const struct outcome_issue *i)
{
	json_write_name(w, "details");
	json_write_begin(w, '{');
	json_write_name(w, "coding");
	json_write_begin(w, '[');
	json_write_begin(w, '{');
	json_write_pair(w, "system", PLACE_CODES_REFUSAL);
	json_write_pair(w, "code", i->code);
	json_write_end(w, '}');
	json_write_end(w, ']');
	write_text(w, "text", i->fr, i->fr_do, i->fr_more);
	json_write_end(w, '}');
}

struct json_writer outcome_open(struct buf *out)
{
	struct json_writer w = json_writer_of(out);

	json_write_begin(&w, '{');
	json_write_pair(&w, "resourceType", "OperationOutcome");
	json_write_name(&w, "issue");
	json_write_begin(&w, '[');
	json_write_begin(&w, '{');
	return w;
}

void outcome_close(struct json_writer *w, const struct outcome_issue *i)
{
	json_write_pair(w, "severity", "error");
	json_write_pair(w, "code", i->issue);
	write_details(w, i);
	write_text(w, "diagnostics", i->en, i->en_do, i->en_more);
	if (*i->path) {
		json_write_name(w, "expression");
		json_write_begin(w, '[');
		json_write_text(w, i->path);
		json_write_end(w, ']');
	}
	json_write_end(w, '}');
	json_write_end(w, ']');
	json_write_end(w, '}');
}

static void write_issue(const struct outcome_issue *i, struct buf *out)
{
	struct json_writer w = outcome_open(out);

	outcome_close(&w, i);
}

void outcome_write_refusal(enum fhir_refusal r, struct buf *out)
{
	const struct fhir_refusal_text *t = refusal_text(r);

	write_issue(&(struct outcome_issue){t->issue, t->code, t->fr, t->fr_do,
		t->en, t->en_do, "", NULL, NULL}, out);
}

void outcome_write_fault(const struct fhir_fault *fault, struct buf *out)
{
	write_issue(&(struct outcome_issue){fault->code, fault->name,
		fault->fr, "", fault->en, "", fault->path, NULL, NULL}, out);
}
