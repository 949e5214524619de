/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "fhir/outcome.h"
#include "fhir/place.h"
#include "fhir/route.h"

#define LIST 512

static void write_part(struct json_writer *w, const char *url,
    const char *value_name, const char *value)
{
	if (value[0] == '\0')
		return;
	json_write_begin(w, '{');
	json_write_pair(w, "url", url);
	json_write_pair(w, value_name, value);
	json_write_end(w, '}');
}

static void write_day(struct json_writer *w, const char *url, int32_t day)
{
	char text[DATE_TEXT_SIZE] = "";

	if (day != INT32_MAX)
		date_format(day, text);
	write_part(w, url, "valueDate", text);
}

static void write_one(struct json_writer *w, const struct fhir_route *r)
{
	json_write_begin(w, '{');
	json_write_pair(w, "url", PLACE_EXT_ROUTE);
	json_write_name(w, "extension");
	json_write_begin(w, '[');
	write_part(w, "convention", "valueString", r->convention);
	write_part(w, "csr", "valueString", r->csr);
	write_part(w, "operator", "valueString", r->operator);
	write_part(w, "address", "valueUrl", r->url);
	write_day(w, "start", r->from_day);
	write_day(w, "end", r->until_day);
	json_write_end(w, ']');
	json_write_end(w, '}');
}

/* "words VM/E01, BF/E02": a star stands for all. */
static void list(const char *words, const struct fhir_route *routes,
    unsigned count, char out[static LIST])
{
	size_t n = (size_t)snprintf(out, LIST, "%s", count ? words : "");

	for (unsigned i = 0; i < count && n < LIST; i++)
		n += (size_t)snprintf(out + n, LIST - n, "%s%s/%s%s",
		    i ? ", " : " ",
		    routes[i].convention[0] ? routes[i].convention : "*",
		    routes[i].csr[0] ? routes[i].csr : "*",
		    i + 1 == count ? "." : "");
}

void route_write(enum fhir_refusal r, const struct fhir_route *routes,
    unsigned count, struct buf *out)
{
	const struct fhir_refusal_text *t = refusal_text(r);
	char fr[LIST], en[LIST];
	struct outcome_issue issue = {t->issue, t->code, t->fr, t->fr_do,
	    t->en, t->en_do, "", fr, en};
	struct json_writer w;

	if (count > ROUTE_MOST)
		count = ROUTE_MOST;
	list(" Valables ce jour-là (convention/CSR) :", routes, count, fr);
	list(" Right on that day (convention/CSR):", routes, count, en);
	w = outcome_open(out);
	if (count > 0) {	/* FHIR knows no empty array */
		json_write_name(&w, "extension");
		json_write_begin(&w, '[');
		for (unsigned i = 0; i < count; i++)
			write_one(&w, &routes[i]);
		json_write_end(&w, ']');
	}
	outcome_close(&w, &issue);
}
