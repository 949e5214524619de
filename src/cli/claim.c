/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/money.h"
#include "cli/claim.h"
#include "told/memory.h"

#define FHIR "https://ecluse.example/fhir/"
#define EXT FHIR "StructureDefinition/"
#define CODES FHIR "CodeSystem/"

struct writing {
	json_t *items;
	unsigned nth;		/* line, from 1 */
	char *words;
};

static enum err fault(struct writing *w, const char *field, const char *what)
{
	(void)snprintf(w->words, CLAIM_WORDS, "line %u: %s: %s", w->nth,
	    field, what);
	return ERR_SHAPE;
}

static const char *text(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static json_t *concept(const char *scheme, const char *code)
{
	return json_pack("{s:[{s:s,s:s}]}", "coding", "system", scheme,
	    "code", code);
}

/* A decimal of a text or a number; absent: false. */
static bool amount(const json_t *o, const char *name, struct money *ret,
    enum err *e)
{
	json_t *v = json_object_get(o, name);
	char number[32];
	const char *t = json_string_value(v);

	if (!v || json_is_null(v))
		return false;
	if (json_is_number(v)) {
		(void)snprintf(
		    number, sizeof(number), "%.10g", json_number_value(v));
		t = number;
	}
	if (!t || money_parse(span_str(t), ret))
		*e = ERR_SHAPE;
	return true;
}

/* jansson has no decimals: cents leave as a number with two digits. */
static json_t *euros(struct money m)
{
	return json_pack("{s:f,s:s}", "value", (double)m.cents / 100.0,
	    "currency", "EUR");
}

static json_t *money_extension(const char *url, struct money m)
{
	return json_pack(
	    "{s:s,s:o}", "url", url, "valueMoney", euros(m));
}

static enum err mandatory(struct writing *w, const json_t *o, json_t *item)
{
	const char *const names[][2] = {{"base", "base"}, {"amo", "amount"},
	    {"participation", "participation"}};
	json_t *parts = json_array(), *all = json_array();
	struct money m = {0};
	enum err e = ERR_OK;

	for (size_t i = 0; i < 3; i++)
		if (amount(o, names[i][0], &m, &e))
			(void)json_array_append_new(
			    parts, money_extension(names[i][1], m));
	if (json_array_size(parts) > 0)
		(void)json_array_append_new(all, json_pack("{s:s,s:O}", "url",
		    EXT "mandatory-share", "extension", parts));
	if (amount(o, "other", &m, &e))
		(void)json_array_append_new(
		    all, money_extension(EXT "paid-before", m));
	if (json_array_size(all) > 0)
		(void)json_object_set(item, "extension", all);
	json_decref(parts);
	json_decref(all);
	return e ? fault(w, "base, amo, participation, other",
	    "euros as \"30.00\"") : ERR_OK;
}

static void modifier(json_t *list, const char *code)
{
	(void)json_array_append_new(
	    list, concept(CODES "act-circumstance", code));
}

static void yes_or_no(json_t *list, const json_t *o, const char *name,
    const char *yes, const char *no)
{
	const json_t *v = json_object_get(o, name);

	if (yes && json_is_true(v))
		modifier(list, yes);
	else if (no && json_is_false(v))
		modifier(list, no);
}

static enum err circumstances(
    struct writing *w, const json_t *o, json_t *item)
{
	static const char *const classes[][2] = {{"A", "class-a"},
	    {"B", "class-b"}, {"I", "class-a"}, {"II", "class-b"},
	    {"1", "class-a"}, {"2", "class-b"}, {"moderate", "moderate"}};
	const char *class = text(o, "class"), *side = text(o, "side");
	const char *exemption = text(o, "exemption"), *code = NULL;
	json_t *list = json_array();

	for (size_t i = 0; class && i < 7; i++)
		if (strcmp(class, classes[i][0]) == 0)
			code = classes[i][1];
	if (code)
		modifier(list, code);
	yes_or_no(list, o, "optam", "optam", "not-optam");
	yes_or_no(list, o, "network", "network", "no-network");
	yes_or_no(list, o, "pathway", NULL, "off-pathway");
	if (json_array_size(list) > 0)
		(void)json_object_set(item, "modifier", list);
	json_decref(list);
	if (exemption)
		(void)json_object_set_new(item, "programCode", json_pack(
		    "[o]", concept(CODES "exemption", exemption)));
	if (side)
		(void)json_object_set_new(item, "bodySite", concept(
		    CODES "side", side[0] == 'L' ? "left" :
		    side[0] == 'R' ? "right" : side));
	return class && !code ? fault(w, "class", "A, B or moderate") :
	    ERR_OK;
}

/* `ecluse price` has the price of the line, FHIR that of one. */
static enum err price(struct writing *w, const json_t *o, json_t *item)
{
	json_t *count = json_object_get(o, "quantity");
	json_int_t quantity = count ? json_integer_value(count) : 1;
	struct money m = {0};
	enum err e = ERR_OK;

	if (quantity < 1)
		return fault(w, "quantity", "a whole number");
	if (!amount(o, "price", &m, &e) || e)
		return fault(w, "price", "euros as \"30.00\"");
	if (m.cents % quantity != 0)
		return fault(w, "price", "not a multiple of its quantity: "
		    "split the line");
	(void)json_object_set_new(item, "quantity",
	    json_pack("{s:I}", "value", quantity));
	(void)json_object_set_new(
	    item, "unitPrice", euros(money_of(m.cents / quantity)));
	return ERR_OK;
}

static enum err one_item(
    struct writing *w, const json_t *o, const char *date)
{
	const char *act = text(o, "act");
	json_t *n = json_object_get(o, "n");
	json_t *item = json_pack("{s:I,s:s}", "sequence",
	    n ? json_integer_value(n) : (json_int_t)w->nth, "servicedDate",
	    date);
	enum err e = ERR_OK;

	if (!act)
		e = fault(w, "act", "the act's code, as \"G\"");
	else if (json_object_get(o, "rate"))
		e = fault(w, "rate", "not here: give base and amo");
	if (!e) {
		(void)json_object_set_new(item, "productOrService",
		    concept(CODES "act", act));
		e = price(w, o, item);
	}
	if (!e)
		e = mandatory(w, o, item);
	if (!e)
		e = circumstances(w, o, item);
	if (json_array_append_new(w->items, item) && !e)
		e = ERR_NOMEM;
	return e;
}

/* Where the person is treated, as the mandatory insurance sees it. */
static void regime(const json_t *line, json_t *claim)
{
	const json_t *b = json_object_get(line, "beneficiary");
	const char *names[][2] = {{"regime", EXT "regime"},
	    {"zone", EXT "zone"}};
	json_t *list = json_array();

	for (size_t i = 0; i < 2; i++)
		if (text(b, names[i][0]))
			(void)json_array_append_new(list, json_pack(
			    "{s:s,s:s}", "url", names[i][1], "valueCode",
			    text(b, names[i][0])));
	if (json_array_size(list) > 0)
		(void)json_object_set(claim, "extension", list);
	json_decref(list);
}

static void turn(const struct compose *c, const json_t *line, json_t *claim)
{
	json_t *first = json_array_get(json_object_get(claim, "insurance"), 0);

	(void)json_object_set_new(
	    claim, "resourceType", json_string("Claim"));
	(void)json_object_set_new(
	    claim, "use", json_string("predetermination"));
	(void)json_object_set_new(
	    claim, "type", concept(CODES "domain", c->domain));
	(void)json_object_set_new(claim, "priority", concept(
	    "http://terminology.hl7.org/CodeSystem/processpriority",
	    "normal"));
	(void)json_object_set_new(first, "sequence", json_integer(1));
	(void)json_object_del(claim, "purpose");
	(void)json_object_del(claim, "servicedDate");
	regime(line, claim);
}

static enum err fill(struct writing *w, const struct compose *c,
    const json_t *line, json_t *claim)
{
	const char *date = text(line, "date");
	const json_t *one;
	size_t i;
	enum err e = ERR_OK;

	if (json_object_get(line, "counters")) {
		(void)snprintf(w->words, CLAIM_WORDS, "counters: an estimate "
		    "takes ceilings as unused");
		return ERR_SHAPE;
	}
	turn(c, line, claim);
	json_array_foreach (json_object_get(line, "lines"), i, one) {
		w->nth = (unsigned)i + 1;
		if (!e)
			e = one_item(w, one, date ? date : c->date);
	}
	(void)json_object_set(claim, "item", w->items);
	return e;
}

enum err claim_write(const struct compose *c, struct span line,
    int64_t created_ms, struct buf *out, char words[static CLAIM_WORDS])
{
	struct writing w = {json_array(), 0, words};
	json_t *o = json_loadb((const char *)line.p, line.n,
	    JSON_REJECT_DUPLICATES, NULL);
	json_t *claim;
	struct buf rights;
	char *dump = NULL;
	enum err e = ERR_SHAPE;

	buf_init(&rights, LIMIT_BODY);
	compose_write(c, created_ms, &rights);
	claim = json_loadb((const char *)rights.p, rights.n, 0, NULL);
	words[0] = '\0';
	if (!json_is_object(o))
		(void)snprintf(words, CLAIM_WORDS, "not a JSON object");
	else if (claim)
		e = fill(&w, c, o, claim);
	if (!e) {
		dump = json_dumps(
		    claim, JSON_COMPACT | JSON_REAL_PRECISION(14));
		buf_text(out, dump ? dump : "");
		e = dump ? out->err : ERR_NOMEM;
	}
	memory_give(dump);
	json_decref(claim);
	json_decref(o);
	json_decref(w.items);
	buf_release(&rights);
	return e;
}
