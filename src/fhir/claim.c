/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "base/money.h"
#include "fhir/asker.h"
#include "fhir/claim.h"
#include "fhir/place.h"
#include "fhir/shape.h"

#define QUANTITY_MOST 100000

static bool is_word(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+");

	return n > 0 && !text[n];
}

static bool read_head(const struct element_reading *r)
{
	uint16_t type = json_member(r->j, JSON_TOP, "resourceType");

	if (json_type(r->j, type) != JSON_STRING) {
		*r->fault = fault_of(FAULT_NO_RESOURCE);
		return false;
	}
	if (!json_is(r->j, type, "Claim")) {
		*r->fault = fault_of(FAULT_NO_CLAIM);
		return false;
	}
	return element_plain(r, JSON_TOP) &&
	    element_code(r, JSON_TOP, "status", "active", FAULT_STATUS) &&
	    element_code(
		r, JSON_TOP, "use", "predetermination", FAULT_USE);
}

/* --- codes and amounts --- */

/* The code of our system in the CodeableConcept at; empty: none is there. */
static bool coded(const struct element_reading *r, uint16_t at,
    const char *scheme, bool (*good)(const char *text),
    enum fhir_fault_kind otherwise, char *out, size_t size)
{
	uint16_t codings, i, code;

	out[0] = '\0';
	if (!element_may(r, at, "coding", JSON_ARRAY, &codings))
		return false;
	for (i = json_first(r->j, codings); i != JSON_NOWHERE;
	     i = json_after(r->j, codings, i)) {
		if (!json_is(r->j, json_member(r->j, i, "system"), scheme))
			continue;
		if (out[0])
			return element_bad(r, FAULT_NOT_ONE, i, NULL);
		if (!element_need(r, i, "code", JSON_STRING, &code) ||
		    !element_text(r, code, good, otherwise, out, size))
			return false;
	}
	return true;
}

/* The one that must be there, in member name of at. */
static bool need_code(const struct element_reading *r, uint16_t at,
    const char *name, const char *scheme, bool (*good)(const char *text),
    enum fhir_fault_kind otherwise, char *out, size_t size)
{
	uint16_t concept;

	if (!element_need(r, at, name, JSON_OBJECT, &concept) ||
	    !coded(r, concept, scheme, good, otherwise, out, size))
		return false;
	return out[0] || element_bad(r, FAULT_SYSTEM, concept, NULL);
}

/* Money: euros, at most two digits behind the point. */
static bool money(
    const struct element_reading *r, uint16_t at, int64_t *ret_cents)
{
	uint16_t value = json_member(r->j, at, "value"), currency;

	if (json_type(r->j, value) != JSON_NUMBER)
		return element_bad(r, value == JSON_NOWHERE ? FAULT_MISSING :
		    FAULT_TYPE, at, "value");
	if (!element_may(r, at, "currency", JSON_STRING, &currency))
		return false;
	if (json_decimal(r->j, value, 2, ret_cents) || *ret_cents < 0 ||
	    *ret_cents > MONEY_MOST || (currency != JSON_NOWHERE &&
	    !json_is(r->j, currency, "EUR")))
		return element_bad(r, FAULT_MONEY, value, NULL);
	return true;
}

/* --- extensions --- */

/* One extension of at, by its URL; JSON_NOWHERE: none. */
static bool extension(const struct element_reading *r, uint16_t at,
    const char *url, uint16_t *ret)
{
	uint16_t array, i;

	*ret = JSON_NOWHERE;
	if (!element_may(r, at, "extension", JSON_ARRAY, &array))
		return false;
	for (i = json_first(r->j, array); i != JSON_NOWHERE;
	     i = json_after(r->j, array, i)) {
		if (!json_is(r->j, json_member(r->j, i, "url"), url))
			continue;
		if (*ret != JSON_NOWHERE)
			return element_bad(r, FAULT_NOT_ONE, i, NULL);
		*ret = i;
	}
	return true;
}

static bool money_extension(const struct element_reading *r, uint16_t at,
    const char *url, bool *has, int64_t *ret)
{
	uint16_t found, value;

	if (!extension(r, at, url, &found))
		return false;
	*has = found != JSON_NOWHERE;
	return !*has ||
	    (element_need(r, found, "valueMoney", JSON_OBJECT, &value) &&
		money(r, value, ret));
}

/* What the mandatory insurance pays, as far as the asker knows. */
static bool read_mandatory(const struct element_reading *r, uint16_t item,
    struct estimate_line *l)
{
	struct {
		const char *url;
		uint8_t bit;
		int64_t *to;
	} parts[] = {{"base", ESTIMATE_BASE, &l->base},
	    {"amount", ESTIMATE_AMO, &l->amo},
	    {"participation", ESTIMATE_PARTICIPATION, &l->participation}};
	uint16_t found;
	bool has;

	if (!money_extension(r, item, PLACE_EXT_BEFORE, &has, &l->other) ||
	    !extension(r, item, PLACE_EXT_MANDATORY, &found))
		return false;
	for (size_t i = 0; i < 3 && found != JSON_NOWHERE; i++) {
		if (!money_extension(
			r, found, parts[i].url, &has, parts[i].to))
			return false;
		l->given |= has ? parts[i].bit : 0;
	}
	return true;
}

static bool word_extension(const struct element_reading *r, const char *url,
    char *out, size_t size)
{
	uint16_t found, value;

	out[0] = '\0';
	if (!extension(r, JSON_TOP, url, &found))
		return false;
	return found == JSON_NOWHERE ||
	    (element_need(r, found, "valueCode", JSON_STRING, &value) &&
		element_text(r, value, is_word, FAULT_WORD, out, size));
}

static bool read_regime(const struct element_reading *r, struct estimate *e)
{
	char regime[ESTIMATE_WORD + 1];
	uint16_t found;

	if (!word_extension(r, PLACE_EXT_REGIME, regime, sizeof(regime)) ||
	    !word_extension(r, PLACE_EXT_ZONE, e->zone, sizeof(e->zone)))
		return false;
	e->local = strcmp(regime, "alsace-moselle") == 0;
	if (e->local || !regime[0] || strcmp(regime, "general") == 0)
		return true;
	return extension(r, JSON_TOP, PLACE_EXT_REGIME, &found) &&
	    element_bad(r, FAULT_WORD, found, "valueCode");
}

/* --- an act --- */

static bool circumstance(struct estimate_line *l, const char *code)
{
	const struct {
		const char *code;
		uint8_t *to, value;
	} codes[] = {{"class-a", &l->class, ESTIMATE_CLASS_A},
	    {"class-b", &l->class, ESTIMATE_CLASS_B},
	    {"moderate", &l->class, ESTIMATE_CLASS_MODERATE},
	    {"optam", &l->optam, ESTIMATE_YES},
	    {"not-optam", &l->optam, ESTIMATE_NO},
	    {"network", &l->network, ESTIMATE_YES},
	    {"no-network", &l->network, ESTIMATE_NO},
	    {"off-pathway", &l->off_pathway, 1}};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i].code, code) == 0 && !*codes[i].to) {
			*codes[i].to = codes[i].value;
			return true;
		}
	return false;
}

static bool read_modifiers(const struct element_reading *r, uint16_t item,
    struct estimate_line *l)
{
	char code[ESTIMATE_WORD + 1];
	uint16_t array, i;

	if (!element_may(r, item, "modifier", JSON_ARRAY, &array))
		return false;
	for (i = json_first(r->j, array); i != JSON_NOWHERE;
	     i = json_after(r->j, array, i)) {
		if (!coded(r, i, PLACE_CODES_CIRCUMSTANCE, is_word,
			FAULT_WORD, code, sizeof(code)))
			return false;
		if (code[0] && !circumstance(l, code))
			return element_bad(r, FAULT_WORD, i, NULL);
	}
	return true;
}

static bool read_exemption(const struct element_reading *r, uint16_t item,
    struct estimate_line *l)
{
	char code[ESTIMATE_WORD + 1];
	uint16_t array, i;

	if (!element_may(r, item, "programCode", JSON_ARRAY, &array))
		return false;
	for (i = json_first(r->j, array); i != JSON_NOWHERE;
	     i = json_after(r->j, array, i)) {
		if (!coded(r, i, PLACE_CODES_EXEMPTION, is_word, FAULT_WORD,
			code, sizeof(code)))
			return false;
		if (code[0] && l->exemption[0])
			return element_bad(r, FAULT_NOT_ONE, i, NULL);
		if (code[0])
			memcpy(l->exemption, code, sizeof(l->exemption));
	}
	return true;
}

static bool read_side(const struct element_reading *r, uint16_t item,
    struct estimate_line *l)
{
	char code[ESTIMATE_WORD + 1];
	uint16_t site;

	if (!element_may(r, item, "bodySite", JSON_OBJECT, &site) ||
	    !coded(r, site, PLACE_CODES_SIDE, is_word, FAULT_WORD, code,
		sizeof(code)))
		return false;
	l->side = strcmp(code, "left") == 0 ? ESTIMATE_LEFT :
	    strcmp(code, "right") == 0 ? ESTIMATE_RIGHT : ESTIMATE_NO_SIDE;
	return !code[0] || l->side || element_bad(r, FAULT_WORD, site, NULL);
}

static bool whole(const struct element_reading *r, uint16_t at,
    const char *name, uint32_t *ret)
{
	uint16_t found = json_member(r->j, at, name);
	int64_t v = 0;

	if (found == JSON_NOWHERE)
		return element_bad(r, FAULT_MISSING, at, name);
	if (json_int(r->j, found, &v) || v < 1 || v > QUANTITY_MOST)
		return element_bad(r, FAULT_WHOLE, at, name);
	*ret = (uint32_t)v;
	return true;
}

static bool read_price(const struct element_reading *r, uint16_t item,
    struct estimate_line *l)
{
	uint16_t quantity, unit;
	int64_t one = 0;

	l->quantity = 1;
	if (!element_may(r, item, "quantity", JSON_OBJECT, &quantity) ||
	    (quantity != JSON_NOWHERE &&
		!whole(r, quantity, "value", &l->quantity)) ||
	    !element_need(r, item, "unitPrice", JSON_OBJECT, &unit) ||
	    !money(r, unit, &one))
		return false;
	if (one > MONEY_MOST / l->quantity)
		return element_bad(r, FAULT_MONEY, item, "unitPrice");
	l->price = money_times(money_of(one), l->quantity).cents;
	return true;
}

/* All acts are of one day: rights are judged on it. */
static bool read_day(const struct element_reading *r, uint16_t item,
    int32_t today, struct fhir_question *q, bool first)
{
	char text[DATE_TEXT_SIZE];
	uint16_t at;
	int32_t day = 0;

	if (!element_may(r, item, "servicedDate", JSON_STRING, &at))
		return false;
	if (at == JSON_NOWHERE)
		return !first ||
		    element_bad(r, FAULT_MISSING, item, "servicedDate");
	if (json_text(r->j, at, text, sizeof(text)) ||
	    date_parse(span_str(text), &day))
		return element_bad(r, FAULT_DATE, at, NULL);
	if (!first && day != q->care_day)
		return element_bad(r, FAULT_DAYS, at, NULL);
	q->care_day = day;
	if (day < today - LIMIT_CARE_PAST_DAYS ||
	    day > today + LIMIT_CARE_AHEAD_DAYS)
		return element_bad(r, FAULT_CARE_DATE, at, NULL);
	return true;
}

static bool read_item(const struct element_reading *r, uint16_t item,
    struct estimate_line *l)
{
	*l = (struct estimate_line){0};
	return element_plain(r, item) &&
	    whole(r, item, "sequence", &l->n) &&
	    need_code(r, item, "productOrService", PLACE_CODES_ACT, is_word,
		FAULT_WORD, l->act, sizeof(l->act)) &&
	    read_price(r, item, l) && read_mandatory(r, item, l) &&
	    read_modifiers(r, item, l) && read_exemption(r, item, l) &&
	    read_side(r, item, l);
}

static bool read_items(const struct element_reading *r, int32_t today,
    struct fhir_question *q, struct estimate *e)
{
	uint16_t items, i;
	size_t n;

	if (!element_need(r, JSON_TOP, "item", JSON_ARRAY, &items))
		return false;
	n = json_count(r->j, items);
	if (n == 0 || n > LIMIT_CLAIM_LINES)
		return element_bad(r, FAULT_ACTS, items, NULL);
	for (i = json_first(r->j, items); i != JSON_NOWHERE;
	     i = json_after(r->j, items, i)) {
		if (json_type(r->j, i) != JSON_OBJECT)
			return element_bad(r, FAULT_TYPE, i, NULL);
		if (!read_day(r, i, today, q, e->count == 0) ||
		    !read_item(r, i, &e->lines[e->count]))
			return false;
		e->count++;
	}
	return true;
}

static bool read_all(const struct element_reading *r, int32_t today,
    struct fhir_question *q, struct estimate *e)
{
	q->purpose = FHIR_BENEFITS;
	return read_head(r) && asker_created(r) && asker_insurer(r, q) &&
	    asker_site(r, q) && asker_rpps(r, q) &&
	    need_code(r, JSON_TOP, "type", PLACE_CODES_DOMAIN, shape_code,
		FAULT_DOMAIN, q->domain, sizeof(q->domain)) &&
	    read_regime(r, e) && read_items(r, today, q, e) &&
	    asker_person(r, q);
}

enum err claim_read(struct span body, int32_t today,
    struct json_token scratch[static LIMIT_JSON_TOKENS],
    struct fhir_question *ret, struct estimate *acts,
    struct fhir_fault *fault)
{
	struct fhir_question q = {0};
	struct json j;
	struct element_reading r = {&j, fault};
	size_t at;
	enum err e;

	*acts = (struct estimate){0};
	e = json_read(body, scratch, LIMIT_JSON_TOKENS, &j, &at);
	if (e) {
		*fault = fault_of(asker_no_json(e));
		return e;
	}
	if (read_all(&r, today, &q, acts))
		*ret = q;
	else
		e = ERR_SHAPE;
	explicit_bzero(&q, sizeof(q));	/* traits of a person */
	return e;
}

struct fhir_fault claim_unfit(unsigned nth, struct span field)
{
	static const struct {
		const char *field;
		enum fhir_fault_kind kind;
		const char *path;
	} known[] = {{"act", FAULT_ACT, "productOrService"},
	    {"exemption", FAULT_EXEMPTION, "programCode"},
	    {"base", FAULT_BASE, "extension"},
	    {"rate", FAULT_BASE, "extension"}};
	enum fhir_fault_kind kind = FAULT_FIGURE;
	const char *path = "unitPrice";
	struct fhir_fault f;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (span_is(field, known[i].field)) {
			kind = known[i].kind;
			path = known[i].path;
		}
	f = fault_of(kind);
	(void)snprintf(
	    f.path, sizeof(f.path), "Claim.item[%u].%s", nth, path);
	return f;
}
