/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "feed/kept.h"
#include "lang/lang.h"
#include "told/left_out.h"

static long long count_of(const json_t *o)
{
	return (long long)json_integer_value(json_object_get(o, "count"));
}

static void print_kept(const json_t *one)
{
	const char *said =
	    json_string_value(json_object_get(one, "reason"));
	const char *reason = said ? said : "";
	const json_t *line;
	size_t i;

	(void)printf(_("left out: %lld lines: %s: %s\n  lines"),
	    count_of(one), reason, lang_text(kept_what_to_do(reason)));
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
	    "estimated: %lld contract names, first"), count_of(missing));
	json_array_foreach (json_object_get(missing, "first"), i, name)
		if (json_is_string(name))
			(void)printf(" %s", json_string_value(name));
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
