/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "cli/certificates.h"
#include "cli/keys_list.h"
#include "cli/link.h"
#include "cli/say.h"
#include "lang/lang.h"

#define LIST_MOST (1u << 20)

/* States (keeper/keys.c). What is to be done is a word of the command. */
static const char *const words[] = {N_("in use"), N_("accepted"),
    N_("finds"), N_("next"), N_("due"), N_("destroyed"), N_("ended"),
    N_("revoked")};

static const char *word_of(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	for (size_t i = 0; text && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(text, words[i]) == 0)
			return lang_text(words[i]);
	return text ? text : "";
}

static void show_key(const json_t *o, const char *duty)
{
	const char *next = duty[0] ? _("  next: ") : "";

	if (json_object_get(o, "month"))
		(void)printf(_("month     %s  %s%s\n"), word_of(o, "month"),
		    word_of(o, "state"),
		    duty[0] ? _("  DESTROY: it is due") : "");
	else if (json_object_get(o, "name"))
		(void)printf("%-9s %s  %s\n", word_of(o, "kind"),
		    word_of(o, "name"), word_of(o, "state"));
	else if (json_object_get(o, "amc"))
		(void)printf("%-9s %s %s  %s%s%s\n", word_of(o, "kind"),
		    word_of(o, "amc"), word_of(o, "operator"),
		    word_of(o, "state"), next, duty);
	else if (json_object_get(o, "until"))
		(void)printf(_("%-9s %-10s %-8s until %s%s%s\n"),
		    word_of(o, "kind"), word_of(o, "plane"),
		    word_of(o, "state"), word_of(o, "until"), next, duty);
	else
		(void)printf(_("%-9s %-8lld %-10s since %s%s%s\n"),
		    word_of(o, "kind"), (long long)json_integer_value(
			json_object_get(o, "generation")),
		    word_of(o, "state"), word_of(o, "since"), next, duty);
}

/* Is something due? */
static bool show(const json_t *o, bool json)
{
	const char *duty = word_of(o, "do");

	if (json) {
		(void)json_dumpf(o, stdout, JSON_COMPACT);
		(void)putchar('\n');
	} else {
		show_key(o, duty);
	}
	return duty[0] != '\0';
}

static bool show_lines(struct span lines, bool json)
{
	bool due = false;

	for (size_t at = 0; at < lines.n;) {
		const char *line = (const char *)lines.p + at;
		const char *end = memchr(line, '\n', lines.n - at);
		size_t n = end ? (size_t)(end - line) : lines.n - at;
		json_t *o = json_loadb(line, n, 0, NULL);

		due |= o && show(o, json);
		json_decref(o);
		at += n + 1;
	}
	return due;
}

struct certificates {
	bool json, due;
};

static void show_certificate(
    void *ctx, const char *name, int64_t until_ms, int64_t left_ms)
{
	struct certificates *c = ctx;
	char until[DATE_STAMP_SIZE];
	json_t *o;

	date_format_stamp(until_ms, until);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", "tls", "plane",
	    name, "state", left_ms > 0 ? "in use" : "ended", "until", until,
	    "do", certificates_due(left_ms) ? "rotate" : "");
	c->due |= o && show(o, c->json);
	json_decref(o);
}

int keys_list_show(const char *dir, bool json)
{
	struct certificates c = {.json = json};
	bool due = false;
	struct link *l;
	struct buf out;
	enum err e;

	if (link_reach(dir, &l))
		return SAY_TRANSPORT;
	buf_init(&out, LIST_MOST);
	e = link_ask(l, MSG_ADMIN_KEYS, span_of(NULL, 0), link_to_buf, &out,
	    NULL, 0);
	if (!e) {
		due = show_lines(buf_span(&out), json);
		due = !certificates_look(dir, show_certificate, &c) || due;
	} else {
		say("%s", say_why(NULL, e));
	}
	buf_release(&out);
	link_close(l);
	return e ? say_exit_of(e) : due || c.due ? SAY_CHECK_FAILED :
	    SAY_DONE;
}
