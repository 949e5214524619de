/* SPDX-License-Identifier: Apache-2.0 */
#include "base/date.h"
#include "rights/answer.h"
#include "rights/parts.h"

#define PROFILE PARTS_FHIR "StructureDefinition/rights-answer"
#define ORDER PARTS_FHIR "StructureDefinition/insurer-order"
#define ROUTE PARTS_FHIR "StructureDefinition/right-route"
#define DOMAIN PARTS_FHIR "CodeSystem/domain"
#define BENEFIT "http://terminology.hl7.org/CodeSystem/benefit-type"

/* Covered, once prior authorisation is given. */
static const struct parts_words authorization = {"covered",
    "Droits ouverts, domaine couvert après prise en charge préalable.",
    "In force, domain covered once prior authorisation is given."};

static void write_date(struct json_writer *w, const char *name, int32_t day)
{
	char text[DATE_TEXT_SIZE];

	date_format(day, text);
	json_write_pair(w, name, text);
}

static void write_head(struct json_writer *w)
{
	json_write_pair(w, "resourceType", "CoverageEligibilityResponse");
	json_write_name(w, "meta");
	json_write_begin(w, '{');
	json_write_name(w, "profile");
	json_write_begin(w, '[');
	json_write_text(w, PROFILE);
	json_write_end(w, ']');
	json_write_end(w, '}');
	json_write_pair(w, "status", "active");
	json_write_name(w, "purpose");
	json_write_begin(w, '[');
	json_write_text(w, "validation");
	json_write_text(w, "benefits");
	json_write_end(w, ']');
}

/* The transaction stands where FHIR wants a patient: no person goes out. */
static void write_question(struct json_writer *w, const struct rights_do *asked)
{
	char created[DATE_STAMP_SIZE];

	parts_identifier(w, "patient", PARTS_ID "transaction", asked->transaction);
	write_date(w, "servicedDate", asked->care_day);
	date_format_stamp(asked->now_ms, created);
	json_write_pair(w, "created", created);
	parts_identifier(w, "request", PARTS_ID "transaction", asked->transaction);
	json_write_pair(w, "outcome", "complete");
}

static void write_period(
    struct json_writer *w, const struct answer_facts *facts)
{
	if (!facts->from_day && !facts->until_day)
		return;
	json_write_name(w, "benefitPeriod");
	json_write_begin(w, '{');
	if (facts->from_day)
		write_date(w, "start", facts->from_day);
	if (facts->until_day)
		write_date(w, "end", facts->until_day);
	json_write_end(w, '}');
}

static void write_benefit(struct json_writer *w, struct span level)
{
	json_write_name(w, "benefit");
	json_write_begin(w, '[');
	json_write_begin(w, '{');
	parts_concept(w, "type", BENEFIT, span_str("benefit"));
	json_write_name(w, "allowedString");
	json_write_span(w, level);
	json_write_end(w, '}');
	json_write_end(w, ']');
}

/* The asked domain only, and only when somebody's rights are in force. */
static void write_item(struct json_writer *w, const struct rights_do *asked,
    const struct answer_facts *facts)
{
	bool covered = facts->state == RIGHTS_COVERED;

	json_write_name(w, "item");
	json_write_begin(w, '[');
	json_write_begin(w, '{');
	parts_concept(w, "category", DOMAIN, asked->domain);
	json_write_name(w, "excluded");
	json_write_bool(w, !covered);
	if (covered && facts->level.n)
		write_benefit(w, facts->level);
	if (covered) {
		json_write_name(w, "authorizationRequired");
		json_write_bool(w, facts->authorization != 0);
	}
	json_write_end(w, '}');
	json_write_end(w, ']');
}

/* By which convention and CSR this person's rights are asked about. */
static void write_route(
    struct json_writer *w, const struct answer_facts *facts)
{
	const struct {
		const char *url;
		struct span value;
	} parts[] = {
		{"convention", facts->convention}, {"csr", facts->csr}};

	if (facts->state != RIGHTS_OTHER_ROUTE ||
	    (!facts->convention.n && !facts->csr.n))
		return;
	json_write_begin(w, '{');
	json_write_pair(w, "url", ROUTE);
	json_write_name(w, "extension");
	json_write_begin(w, '[');
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!parts[i].value.n)
			continue;
		json_write_begin(w, '{');
		json_write_pair(w, "url", parts[i].url);
		json_write_name(w, "valueString");
		json_write_span(w, parts[i].value);
		json_write_end(w, '}');
	}
	json_write_end(w, ']');
	json_write_end(w, '}');
}

static void write_state(struct json_writer *w, const struct parts_words *say,
    const struct answer_facts *facts, uint8_t order)
{
	json_write_name(w, "extension");
	json_write_begin(w, '[');
	parts_extension(w, PARTS_STATE, "valueCode", say->code);
	if (order > 0) {
		json_write_begin(w, '{');
		json_write_pair(w, "url", ORDER);
		json_write_name(w, "valuePositiveInt");
		json_write_int(w, order);
		json_write_end(w, '}');
	}
	write_route(w, facts);
	json_write_end(w, ']');
}

/* order: 0 when it goes without saying. */
static void write_insurance(struct json_writer *w,
    const struct rights_do *asked, const struct answer_facts *facts,
    const struct parts_words *say, uint8_t order)
{
	bool in_force = facts->state == RIGHTS_COVERED ||
	    facts->state == RIGHTS_NOT_COVERED ||
	    facts->state == RIGHTS_OTHER_ROUTE;

	json_write_begin(w, '{');
	write_state(w, say, facts, in_force ? order : 0);
	parts_identifier(w, "coverage", PARTS_ID "transaction", asked->transaction);
	json_write_name(w, "inforce");
	json_write_bool(w, in_force);
	if (in_force) {
		write_period(w, facts);
		write_item(w, asked, facts);
	}
	json_write_end(w, '}');
}

/* In order of payment: the order is said where there are several, and where
 * another insurer is billed before the only one here. */
static void write_insurances(struct json_writer *w,
    const struct rights_do *asked, const struct answer_facts *facts,
    const struct parts_words *say)
{
	bool several = facts->state == RIGHTS_COVERED && facts->next;

	json_write_name(w, "insurance");
	json_write_begin(w, '[');
	write_insurance(w, asked, facts, say,
	    several || facts->order > 1 ? facts->order : 0);
	while (facts->state == RIGHTS_COVERED && facts->next) {
		facts = facts->next;
		write_insurance(w, asked, facts,
		    parts_state(RIGHTS_COVERED), facts->order);
	}
	json_write_end(w, ']');
}

enum err answer_write(const struct rights_do *asked,
    const struct answer_facts *facts, struct buf *out)
{
	struct json_writer w = json_writer_of(out);
	const struct parts_words *say;

	if (facts->state < RIGHTS_COVERED || facts->state >= RIGHTS_STATE_COUNT)
		return ERR_RANGE;
	say = parts_state(facts->state);
	if (facts->state == RIGHTS_COVERED && facts->authorization)
		say = &authorization;
	json_write_begin(&w, '{');
	write_head(&w);
	write_question(&w, asked);
	parts_disposition(&w, say);
	parts_identifier(&w, "insurer", PARTS_ID "amc", asked->amc);
	write_insurances(&w, asked, facts, say);
	return out->err;
}
