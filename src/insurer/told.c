/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "feed/kept.h"
#include "insurer/told.h"
#include "lang/lang.h"

static const char *text(const json_t *o, const char *name)
{
	const char *t = json_string_value(json_object_get(o, name));

	return t ? t : "";
}

static long long number(const json_t *o, const char *name)
{
	return (long long)json_integer_value(json_object_get(o, name));
}

static void tell_kept(const json_t *kept)
{
	const json_t *one, *line;
	size_t i, j;

	json_array_foreach (kept, i, one) {
		(void)printf(_("left out: %lld lines: %s: %s\n  lines"),
		    number(one, "count"), text(one, "reason"),
		    lang_text(kept_what_to_do(text(one, "reason"))));
		json_array_foreach (json_object_get(one, "lines"), j, line)
			(void)printf(" %lld",
			    (long long)json_integer_value(line));
		(void)putchar('\n');
	}
}

/* Persons whose estimates will say no-contract. */
static void tell_missing(const json_t *missing)
{
	json_t *name;
	size_t i;

	if (!missing)
		return;
	(void)printf(_("without a contract file, so that nothing can be "
	    "estimated: %lld contract names, first"),
	    number(missing, "count"));
	json_array_foreach (json_object_get(missing, "first"), i, name)
		(void)printf(" %s", json_string_value(name));
	(void)putchar('\n');
}

void told_report(const json_t *r, bool json)
{
	if (json) {
		(void)json_dumpf(r, stdout, JSON_COMPACT);
		(void)putchar('\n');
		return;
	}
	(void)printf(_("%s: %s: %lld lines: %lld added, %lld changed, "
	    "%lld unchanged, %lld dropped; %lld new persons\n"),
	    text(r, "amc"), lang_text(text(r, "state")), number(r, "lines"),
	    number(r, "added"), number(r, "changed"), number(r, "unchanged"),
	    number(r, "dropped"), number(r, "persons_new"));
	tell_kept(json_object_get(r, "kept_out"));
	tell_missing(json_object_get(r, "contracts_missing"));
}

void told_refusal(const json_t *error)
{
	(void)fprintf(stderr, "ecluse-insurer send: %s: ",
	    text(error, "code"));
	if (number(error, "line") > 0)
		(void)fprintf(stderr, _("line %lld: "), number(error, "line"));
	if (text(error, "reason")[0] != '\0')
		(void)fprintf(stderr, "%s: %s: ", text(error, "reason"),
		    lang_text(kept_what_to_do(text(error, "reason"))));
	(void)fprintf(stderr, "%s", text(error,
	    lang_french() ? "message_fr" : "message_en"));
	if (text(error, "since")[0] != '\0')
		(void)fprintf(stderr, _(" (open since %s, next chunk %lld)"),
		    text(error, "since"), number(error, "next"));
	(void)fputc('\n', stderr);
}
