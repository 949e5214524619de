/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/shown.h"
#include "cli/ask_show.h"
#include "cli/say.h"
#include "lang/lang.h"
#include "told/memory.h"

#define EXT "https://ecluse.example/fhir/StructureDefinition/"

/* What a person wants to know; texts live in the JSON, NULL: not said. */
struct told {
	const char *state, *words, *level, *from, *until, *transaction,
	    *promise, *issue;
	const char *next_level;
	const char *operator;	/* who answers instead, of a refusal */
	const char *convention, *csr;	/* right ones, of another route */
	bool answered, authorization;
	json_int_t left_t24, left_c24;
	json_int_t order, next_order;	/* 0: not said */
};

static const json_t *extension(const json_t *array, const char *url)
{
	const json_t *e;
	size_t i;

	json_array_foreach(array, i, e)
	{
		const char *u = json_string_value(json_object_get(e, "url"));

		if (u && strcmp(u, url) == 0)
			return e;
	}
	return NULL;
}

static const char *text(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static void read_left(const json_t *root, struct told *t)
{
	const json_t *left = extension(
	    json_object_get(root, "extension"), EXT "budget-left");
	const json_t *parts = json_object_get(left, "extension");

	t->left_t24 = json_integer_value(json_object_get(
	    extension(parts, "t24"), "valueUnsignedInt"));
	t->left_c24 = json_integer_value(json_object_get(
	    extension(parts, "c24"), "valueUnsignedInt"));
	t->promise = text(extension(json_object_get(root, "extension"),
	    EXT "promise"), "valueString");
}

static void read_item(const json_t *insurance, struct told *t)
{
	const json_t *item = json_array_get(
	    json_object_get(insurance, "item"), 0);
	const json_t *period = json_object_get(insurance, "benefitPeriod");

	t->level = text(json_array_get(json_object_get(item, "benefit"), 0),
	    "allowedString");
	t->authorization =
	    json_is_true(json_object_get(item, "authorizationRequired"));
	t->from = text(period, "start");
	t->until = text(period, "end");
}

static json_int_t read_order(const json_t *insurance)
{
	return json_integer_value(json_object_get(
	    extension(json_object_get(insurance, "extension"),
		EXT "insurer-order"), "valuePositiveInt"));
}

/* By which route to ask instead; who is billed next. */
static void read_others(
    const json_t *root, const json_t *insurance, struct told *t)
{
	const json_t *next =
	    json_array_get(json_object_get(root, "insurance"), 1);
	const json_t *route = json_object_get(
	    extension(json_object_get(insurance, "extension"),
		EXT "right-route"), "extension");
	struct told second = {0};

	t->convention = text(extension(route, "convention"), "valueString");
	t->csr = text(extension(route, "csr"), "valueString");
	t->order = read_order(insurance);
	if (!next)
		return;
	read_item(next, &second);
	t->next_level = second.level ? second.level : "-";
	t->next_order = read_order(next);
}

static void read_answer(const json_t *root, struct told *t)
{
	const json_t *insurance =
	    json_array_get(json_object_get(root, "insurance"), 0);

	t->answered = true;
	t->transaction = text(json_object_get(
	    json_object_get(root, "request"), "identifier"), "value");
	t->state = text(extension(json_object_get(insurance, "extension"),
	    EXT "answer-state"), "valueCode");
	read_item(insurance, t);
	read_others(root, insurance, t);
	read_left(root, t);
}

/* docs/api.md, errors: the sentence in French, and the same in English. One
 * that says it in one language alone is heard too. */
static const char *in_our_language(const char *french, const char *english)
{
	return (lang_french() && french) || !english ? french : english;
}

static void read_outcome(const json_t *root, struct told *t)
{
	const json_t *issue =
	    json_array_get(json_object_get(root, "issue"), 0);
	const json_t *details = json_object_get(issue, "details");
	const json_t *route;

	t->issue = text(json_array_get(
	    json_object_get(details, "coding"), 0), "code");
	if (!t->issue)
		t->issue = text(issue, "code");
	t->words = in_our_language(text(details, "text"),
	    text(issue, "diagnostics"));
	route = json_object_get(extension(json_object_get(issue, "extension"),
	    EXT "right-route"), "extension");
	t->operator = text(extension(route, "operator"), "valueString");
	t->convention = text(extension(route, "convention"), "valueString");
	t->csr = text(extension(route, "csr"), "valueString");
}

static int exit_of(unsigned http, const struct told *t)
{
	if (t->answered)
		return t->state && strcmp(t->state, "unknown") == 0 ?
		    SAY_UNKNOWN : SAY_DONE;
	return http >= 500 ? SAY_TRANSPORT : SAY_REFUSED;
}

/* promises: the JWS of the bundle that it is a line of; NULL: none. */
static void print_json(unsigned http, json_t *root, const struct told *t,
    uint32_t line, int status, const char *promises)
{
	json_t *o = json_pack("{s:I,s:i,s:i,s:s*,s:s*,s:s*,s:O}", "line",
	    (json_int_t)line, "exit", status, "status", (int)http,
	    "state", t->state ? t->state : t->issue, "transaction",
	    t->transaction, "promises", promises, "response", root);
	char *out = json_dumps(o, JSON_COMPACT);

	if (out)	/* else main() says that it is not whole */
		(void)printf("%s\n", out);
	memory_give(out);
	json_decref(o);
}

/* For a program, as the other codes. */
static const char no_code[] = "refused";

static void print_line(const struct told *t, uint32_t line)
{
	(void)printf("%u\t%s\t%s\t%s", line,
	    shown(t->state ? t->state : t->issue ? t->issue : no_code),
	    shown(t->level ? t->level : "-"),
	    shown(t->transaction ? t->transaction : "-"));
	if (t->order > 1)
		(void)printf("\torder %lld", (long long)t->order);
	(void)puts("");
}

/* The state in our own words: the answer's sentence is not promised, and may
 * say another one. */
static const char *sentence(const struct told *t)
{
	static const char *const words[][2] = {
	    {"covered", N_("In force, domain covered.")},
	    {"not-covered", N_("In force, but this domain is not covered.")},
	    {"other-route", N_("In force, but by another convention or CSR.")},
	    {"closed", N_("No rights in force on the date of care.")},
	    {"unknown", N_("Beneficiary unknown.")}};
	const char *state = t->state ? t->state : "";

	if (!t->answered)
		return t->words ? t->words : "";
	if (strcmp(state, "covered") == 0 && t->authorization)
		return _("In force, domain covered once prior authorisation "
		    "is given.");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(state, words[i][0]) == 0)
			return _(words[i][1]);
	return state;
}

static void print_plain(const struct told *t)
{
	printf("%s\n", shown(sentence(t)));
	if (!t->answered) {
		printf(_("  refused: %s\n"), shown(t->issue ? t->issue : ""));
		if (t->operator)
			printf(_("  right route  operator %s, "
			    "convention %s, CSR %s\n"), shown(t->operator),
			    shown(t->convention ? t->convention : _("any")),
			    shown(t->csr ? t->csr : _("any")));
		return;
	}
	if (t->level)
		printf(_("  level        %s%s\n"), shown(t->level),
		    t->authorization ? _(" after prior authorisation") : "");
	if (t->order > 1)
		printf(_("  order        %lld: another insurer is "
		    "billed first\n"), (long long)t->order);
	if (t->next_level)
		printf(_("  and then     %s, order %lld\n"),
		    shown(t->next_level), (long long)t->next_order);
	if (t->convention || t->csr)
		printf(_("  right route  convention %s, CSR %s\n"),
		    shown(t->convention ? t->convention : _("any")),
		    shown(t->csr ? t->csr : _("any")));
	if (t->from || t->until)
		printf(_("  in force     %s to %s\n"),
		    shown(t->from ? t->from : ""),
		    shown(t->until ? t->until : ""));
	printf(_("  transaction  %s\n"),
	    shown(t->transaction ? t->transaction : "-"));
	printf(_("  promise      %s\n"), t->promise ?
	    _("signed, quote it in the bill") : _("none"));
	printf(_("  you may still read %s today without a card, "
	    "%lld in all\n"), lang_count(t->left_t24, "person", "persons"),
	    (long long)t->left_c24);
}

static void read_all(const json_t *root, struct told *t)
{
	const char *type = text(root, "resourceType");

	if (type && strcmp(type, "CoverageEligibilityResponse") == 0)
		read_answer(root, t);
	else
		read_outcome(root, t);
}

int ask_show(const struct client_answer *a, bool json, uint32_t line)
{
	json_t *root =
	    json_loadb((const char *)a->body.p, a->body.n, 0, NULL);
	struct told t = {0};
	int status;

	if (!root) {
		say("%s", say_why(NULL, ERR_NOMEM));
		return SAY_TRANSPORT;
	}
	read_all(root, &t);
	status = exit_of(a->status, &t);
	if (json)
		print_json(a->status, root, &t, line, status, NULL);
	else if (line)
		print_line(&t, line);
	else
		print_plain(&t);
	json_decref(root);
	return status;
}

int ask_show_graver(int a, int b)
{
	static const int order[] = {[SAY_DONE] = 0, [SAY_CHECK_FAILED] = 3,
	    [SAY_USAGE] = 4, [SAY_REFUSED] = 2, [SAY_UNKNOWN] = 1,
	    [SAY_TRANSPORT] = 5};

	return order[a] >= order[b] ? a : b;
}

/* entry: of a batch-response; or NULL, and root is every line's refusal. */
static int show_entry(const struct client_answer *a, json_t *root,
    const json_t *entry, bool json, uint32_t line)
{
	const json_t *response = json_object_get(entry, "response");
	const char *code = text(response, "status"), *promises = NULL;
	unsigned http = code ? (unsigned)strtoul(code, NULL, 10) : a->status;
	struct told t = {0};
	int status;

	if (entry) {
		promises = text(extension(json_object_get(json_object_get(
		    root, "meta"), "extension"), EXT "promises"),
		    "valueString");
		root = json_object_get(entry, "resource");
		if (!root)
			root = json_object_get(response, "outcome");
	}
	read_all(root, &t);
	status = exit_of(http, &t);
	if (json)
		print_json(http, root, &t, line, status,
		    t.state && strcmp(t.state, "covered") == 0 ? promises :
		    NULL);
	else
		print_line(&t, line);
	return status;
}

int ask_show_bundle(const struct client_answer *a, bool json,
    const uint32_t *lines, unsigned count)
{
	json_t *root =
	    json_loadb((const char *)a->body.p, a->body.n, 0, NULL);
	const json_t *entries = json_object_get(root, "entry");
	int worst = root ? SAY_DONE : SAY_TRANSPORT;

	if (!root)
		say("%s", say_why(NULL, ERR_NOMEM));
	for (unsigned i = 0; root && i < count; i++)
		worst = ask_show_graver(worst, show_entry(a, root,
		    a->status == 200 ? json_array_get(entries, i) : NULL,
		    json, lines[i]));
	json_decref(root);
	return worst;
}

bool ask_show_state(const struct client_answer *a, char *out, size_t size)
{
	json_t *root = json_loadb(
	    (const char *)a->body.p, a->body.n, 0, NULL);
	struct told t = {.state = ""};

	read_all(root, &t);
	(void)snprintf(out, size, "%s",
	    t.answered && t.state ? t.state : t.issue ? t.issue : "?");
	json_decref(root);
	return t.answered;
}
