/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/shown.h"
#include "feed/kept.h"
#include "insurer/told.h"
#include "lang/lang.h"
#include "told/left_out.h"

static const char *text(const json_t *o, const char *name)
{
	const char *t = json_string_value(json_object_get(o, name));

	return t ? t : "";
}

static long long number(const json_t *o, const char *name)
{
	return (long long)json_integer_value(json_object_get(o, name));
}

bool told_is_report(const json_t *o)
{
	return strcmp(text(o, "state"), "committed") == 0 ||
	    strcmp(text(o, "state"), "already-committed") == 0;
}

/* What became of the feed, in the reader's language. */
static const char *state_of(const json_t *r)
{
	return strcmp(text(r, "state"), "already-committed") == 0 ?
	    _("committed already") : _("committed");
}

void told_report(const json_t *r, bool json)
{
	char taken[LEFT_OUT_TAKEN];

	if (json) {
		(void)json_dumpf(r, stdout, JSON_COMPACT);
		(void)putchar('\n');
		return;
	}
	printf(_("%s: %s: %s\n"), shown(text(r, "amc")), state_of(r),
	    left_out_taken(r, taken));
	left_out_print(r);
}

void told_refusal(const json_t *error)
{
	fprintf(stderr, "ecluse-insurer send: %s: ",
	    shown(text(error, "code")));
	if (number(error, "line") > 0)
		fprintf(stderr, _("line %lld: "), number(error, "line"));
	if (text(error, "reason")[0] != '\0')
		fprintf(stderr, "%s: %s: ", shown(text(error, "reason")),
		    lang_text(kept_what_to_do(text(error, "reason"))));
	(void)fputs(shown(text(error,
	    lang_french() ? "message_fr" : "message_en")), stderr);
	if (text(error, "since")[0] != '\0')
		fprintf(stderr, _(" (open since %s, next chunk %lld)"),
		    shown(text(error, "since")), number(error, "next"));
	(void)fputc('\n', stderr);
}
