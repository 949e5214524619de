/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/shown.h"
#include "cli/ask_show.h"
#include "cli/claim_show.h"
#include "cli/say.h"
#include "told/memory.h"

#define EXT "https://ecluse.example/fhir/StructureDefinition/"

static const char *text(const json_t *o, const char *name)
{
	const char *t = json_string_value(json_object_get(o, name));

	return t ? t : "";
}

static double amount(const json_t *list, const char *code)
{
	const json_t *one, *coding;
	size_t i;

	json_array_foreach (list, i, one) {
		coding = json_array_get(json_object_get(
		    json_object_get(one, "category"), "coding"), 0);
		if (strcmp(text(coding, "code"), code) == 0)
			return json_number_value(json_object_get(
			    json_object_get(one, "amount"), "value"));
	}
	return 0;
}

static void show_note(const json_t *root, json_int_t number)
{
	const json_t *note;
	const char *p, *end;
	size_t i;

	json_array_foreach (json_object_get(root, "processNote"), i, note) {
		if (json_integer_value(json_object_get(note, "number")) !=
		    number)
			continue;
		for (p = text(note, "text"); *p; p = *end ? end + 1 : end) {
			end = strchrnul(p, '\n');
			shown_say(stdout, "  %.*s\n", (int)(end - p), p);
		}
	}
}

static void show_amounts(const json_t *list, const char *head, bool french)
{
	(void)printf(french ? "%s : prix %.2f, assurance maladie %.2f, "
	    "participation %.2f, mutuelle %.2f, reste à payer %.2f\n" :
	    "%s: price %.2f, health insurance %.2f, participation %.2f, "
	    "mutuelle %.2f, left to pay %.2f\n", head,
	    amount(list, "submitted"), amount(list, "mandatory"),
	    amount(list, "participation"), amount(list, "benefit"),
	    amount(list, "remainder"));
}

static void show_items(const json_t *root, bool french)
{
	const json_t *item;
	char head[32];
	size_t i;

	json_array_foreach (json_object_get(root, "item"), i, item) {
		(void)snprintf(head, sizeof(head), "%lld",
		    (long long)json_integer_value(
			json_object_get(item, "itemSequence")));
		show_amounts(
		    json_object_get(item, "adjudication"), head, french);
		show_note(root, json_integer_value(json_array_get(
		    json_object_get(item, "noteNumber"), french ? 0 : 1)));
	}
	if (json_object_get(root, "total"))
		show_amounts(json_object_get(root, "total"), "total", french);
}

/* The state, and each flag on a line. */
static const char *show_flags(const json_t *root, bool print)
{
	const json_t *e, *first =
	    json_array_get(json_object_get(root, "insurance"), 0);
	const char *state = "";
	size_t i;

	json_array_foreach (json_object_get(first, "extension"), i, e) {
		if (strcmp(text(e, "url"), EXT "answer-state") == 0)
			state = text(e, "valueCode");
		else if (print)
			printf("  %s\n", shown(text(e, "valueString")));
	}
	return state;
}

static const char *translation(const json_t *root)
{
	const json_t *e = json_array_get(json_object_get(
	    json_object_get(root, "_disposition"), "extension"), 0);

	return text(json_array_get(json_object_get(e, "extension"), 1),
	    "valueString");
}

/* The service's own bytes: an amount that is written anew is another text. */
static void print_json(
    const struct client_answer *a, int status, const char *state)
{
	json_t *o = json_string(state);
	char *quoted = json_dumps(o, JSON_ENCODE_ANY);

	(void)printf("{\"exit\":%d,\"status\":%u,\"state\":%s,"
	    "\"response\":", status, a->status, quoted ? quoted : "\"\"");
	(void)fwrite(a->body.p, 1, a->body.n, stdout);
	(void)printf("}\n");
	memory_give(quoted);
	json_decref(o);
}

/* The library passes over a NUL behind a number; what is printed as it came
 * would be no JSON for anybody else. */
static json_t *read_body(const struct buf *b)
{
	return memchr(b->p, '\0', b->n) ? NULL :
	    json_loadb((const char *)b->p, b->n, 0, NULL);
}

int claim_show(const struct client_answer *a, bool json, bool french)
{
	json_t *root = a->body.n > 0 ? read_body(&a->body) : NULL;
	const char *state;
	int status;

	if (strcmp(text(root, "resourceType"), "ClaimResponse") != 0) {
		json_decref(root);
		return ask_show(a, json, 0);
	}
	state = show_flags(root, false);
	status = strcmp(state, "unknown") == 0 ? SAY_UNKNOWN : SAY_DONE;
	if (json) {
		print_json(a, status, state);
	} else {
		show_items(root, french);
		printf("%s\n", shown(french ? text(root, "disposition") :
		    translation(root)));
		(void)show_flags(root, true);
	}
	json_decref(root);
	return status;
}
