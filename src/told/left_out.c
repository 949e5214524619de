/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "base/shown.h"
#include "feed/kept.h"
#include "lang/lang.h"
#include "told/left_out.h"

static long long number(const json_t *o, const char *name)
{
	return (long long)json_integer_value(json_object_get(o, name));
}

const char *left_out_taken(
    const json_t *report, char out[static LEFT_OUT_TAKEN])
{
	(void)snprintf(out, LEFT_OUT_TAKEN, _("%s: %s, %s, %s, %s; %s"),
	    lang_count(number(report, "lines"), "line", "lines"),
	    lang_count(number(report, "added"), "added", "added"),
	    lang_count(number(report, "changed"), "changed", "changed"),
	    lang_count(number(report, "unchanged"), "unchanged", "unchanged"),
	    lang_count(number(report, "dropped"), "dropped", "dropped"),
	    lang_count(number(report, "persons_new"), "new person",
		"new persons"));
	return out;
}

static void print_kept(const json_t *one)
{
	const char *said =
	    json_string_value(json_object_get(one, "reason"));
	const char *reason = said ? said : "";
	const json_t *line;
	size_t i;

	unsigned long count = (unsigned long)number(one, "count");

	(void)printf(_("left out: %s: %s: %s\n  %s"),
	    lang_count(count, "line", "lines"), shown(reason),
	    lang_text(kept_what_to_do(reason)),
	    ngettext("line", "lines", count));
	json_array_foreach (json_object_get(one, "lines"), i, line)
		(void)printf(" %lld", (long long)json_integer_value(line));
	(void)putchar('\n');
}

/* Persons whose estimates will say no-contract. */
static void print_missing(const json_t *missing)
{
	const json_t *name;
	size_t i;

	(void)printf(_("without a contract file, so that nothing can be "
	    "estimated: %s, first"), lang_count(number(missing, "count"),
	    "contract name", "contract names"));
	json_array_foreach (json_object_get(missing, "first"), i, name)
		if (json_is_string(name))
			(void)printf(" %s", shown(json_string_value(name)));
	(void)putchar('\n');
}

void left_out_print(const json_t *report)
{
	const json_t *missing =
	    json_object_get(report, "contracts_missing");
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(report, "kept_out"), i, one)
		print_kept(one);
	if (missing)
		print_missing(missing);
}
