/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "rights/parts.h"
#include "vault/estimate.h"

#define FLAG PARTS_FHIR "StructureDefinition/estimate-flag"
#define AMOUNT PARTS_FHIR "CodeSystem/estimate-amount"
#define TYPE "http://terminology.hl7.org/CodeSystem/claim-type"
#define NOTE_MOST 1400	/* bytes of one line's steps in one language */
#define NOTE_REST 48	/* of them for how many steps it leaves out */
#define STEP_MOST 480

/* Of somebody who is covered, in place of what a rights answer says. */
static const struct parts_words estimated = {"covered",
    "Estimation, sans engagement : les plafonds sont supposés intacts.",
    "An estimate, not a promise: ceilings are taken as unused."};

static const struct parts_words no_contract = {"covered",
    "Droits ouverts, mais le contrat n'est pas connu ici : pas d'estimation.",
    "In force, but the contract is not known here: no estimate."};

static const struct parts_words contradicted = {"covered",
    "Droits ouverts, mais les montants donnés se contredisent à l'âge du "
    "bénéficiaire : pas d'estimation.",
    "In force, but at the beneficiary's age the amounts given contradict each "
    "other: no estimate."};

/* FHIR's own word for the kind of care, and ours. */
static void write_type(struct json_writer *w, struct span domain)
{
	static const struct {
		const char *domain, *type;
	} types[] = {{"OPTI", "vision"}, {"DEPR", "oral"}, {"DESO", "oral"},
	    {"PHAR", "pharmacy"}, {"HOSP", "institutional"}};
	const char *type = "professional";

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_is(domain, types[i].domain))
			type = types[i].type;
	json_write_name(w, "type");
	json_write_begin(w, '{');
	json_write_name(w, "coding");
	json_write_begin(w, '[');
	parts_coding(w, TYPE, span_str(type));
	parts_coding(w, PARTS_FHIR "CodeSystem/domain", domain);
	json_write_end(w, ']');
	json_write_end(w, '}');
}

static void write_head(struct json_writer *w, const struct rights_do *asked)
{
	char created[DATE_STAMP_SIZE];

	json_write_pair(w, "resourceType", "ClaimResponse");
	json_write_name(w, "meta");
	json_write_begin(w, '{');
	json_write_name(w, "profile");
	json_write_begin(w, '[');
	json_write_text(w, PARTS_FHIR "StructureDefinition/estimate-answer");
	json_write_end(w, ']');
	json_write_end(w, '}');
	json_write_pair(w, "status", "active");
	write_type(w, asked->domain);
	json_write_pair(w, "use", "predetermination");
	/* where FHIR wants a patient: no person goes out */
	parts_identifier(w, "patient", PARTS_ID "transaction", asked->transaction);
	date_format_stamp(asked->now_ms, created);
	json_write_pair(w, "created", created);
	parts_identifier(w, "insurer", PARTS_ID "amc", asked->amc);
	parts_identifier(w, "request", PARTS_ID "transaction", asked->transaction);
}

/* One sentence a step, with where its rule stands: what goes into the room
 * that a line has. False: sources, or the last steps, had none, and it says
 * so. */
static bool steps_text(
    const struct price_share *s, bool french, char out[static NOTE_MOST + 1])
{
	char words[STEP_MOST];
	bool whole = true;
	unsigned told = 0;
	size_t n = 0;

	for (out[0] = '\0'; told < s->step_count; told++) {
		const struct price_step *step = &s->steps[told];
		size_t len, source = strlen(step->source), room = NOTE_MOST -
		    (told + 1 < s->step_count ? NOTE_REST : 0);

		price_say(step, french, words, sizeof(words));
		len = strlen(words);
		whole &= n + len + source + 5 <= room;
		if (n + len + source + 5 > room)
			source = 0;
		if (n + len + 2 > room)
			break;
		n += (size_t)snprintf(out + n, NOTE_MOST + 1 - n,
		    source ? "%s%s [%s]" : "%s%s", n ? "\n" : "", words,
		    step->source);
	}
	if (told < s->step_count)
		(void)snprintf(out + n, NOTE_MOST + 1 - n, french ?
		    "\n(%u étapes de plus, sans place ici)" :
		    "\n(%u steps more, no room here)", s->step_count - told);
	return whole;
}

/* Does every note say all there is? */
static bool is_whole(const struct estimating *m)
{
	char text[NOTE_MOST + 1];

	for (unsigned i = 0; i < m->ask.line_count; i++)
		if (!steps_text(&m->result.shares[i], true, text) ||
		    !steps_text(&m->result.shares[i], false, text))
			return false;
	return true;
}

static void write_flag(struct json_writer *w, const char *flag)
{
	parts_extension(w, FLAG, "valueString", flag);
}

static void write_flags(struct json_writer *w, const struct estimating *m)
{
	char doubt[16 + RULES_KEY];

	if (m->no_contract)
		write_flag(w, "no-contract");
	if (m->contradicted)
		write_flag(w, "figures");
	if (!m->priced)
		return;
	write_flag(w, "ceilings-unused");
	if (m->second)
		write_flag(w, "second-contract");
	if (!is_whole(m))
		write_flag(w, "explanation-cut");
	for (unsigned f = 1; f < PRICE_FLAG_UNCONFIRMED; f <<= 1)
		if (m->result.flags & f)
			write_flag(w, price_flag_name((enum price_flag)f));
	for (unsigned i = 0; i < m->result.doubt_count; i++) {
		(void)snprintf(doubt, sizeof(doubt), "unconfirmed:%s",
		    m->result.doubts[i]->key);
		write_flag(w, doubt);
	}
}

static void write_insurance(struct json_writer *w,
    const struct estimating *m, const struct rights_do *asked,
    const struct parts_words *say)
{
	json_write_name(w, "insurance");
	json_write_begin(w, '[');
	json_write_begin(w, '{');
	json_write_name(w, "extension");
	json_write_begin(w, '[');
	parts_extension(w, PARTS_STATE, "valueCode", say->code);
	write_flags(w, m);
	json_write_end(w, ']');
	json_write_name(w, "sequence");
	json_write_int(w, 1);
	json_write_name(w, "focal");
	json_write_bool(w, true);
	parts_identifier(w, "coverage", PARTS_ID "transaction", asked->transaction);
	json_write_end(w, '}');
	json_write_end(w, ']');
}

static void write_money(
    struct json_writer *w, const char *code, struct money amount)
{
	char text[MONEY_TEXT];

	json_write_begin(w, '{');
	parts_concept(w, "category", AMOUNT, span_str(code));
	json_write_name(w, "amount");
	json_write_begin(w, '{');
	json_write_name(w, "value");
	money_format(amount, text);
	buf_text(w->out, text);
	w->comma = true;
	json_write_pair(w, "currency", "EUR");
	json_write_end(w, '}');
	json_write_end(w, '}');
}

/* What each is: docs/api.md. */
struct amounts {
	struct money submitted, mandatory, participation, benefit, other,
	    remainder;
};

static void write_amounts(struct json_writer *w, const struct amounts *a)
{
	json_write_begin(w, '[');
	write_money(w, "submitted", a->submitted);
	write_money(w, "mandatory", a->mandatory);
	write_money(w, "participation", a->participation);
	write_money(w, "benefit", a->benefit);
	if (a->other.cents)
		write_money(w, "other", a->other);
	write_money(w, "remainder", a->remainder);
	json_write_end(w, ']');
}

static struct amounts amounts_of(const struct estimating *m, unsigned i)
{
	const struct price_share *s = &m->result.shares[i];
	const struct price_line *l = &m->ask.lines[i];

	return (struct amounts){l->price, s->amo, s->participation, s->amc,
	    l->other, s->remainder};
}

static void write_items(struct json_writer *w, const struct estimating *m)
{
	json_write_name(w, "item");
	json_write_begin(w, '[');
	for (unsigned i = 0; i < m->ask.line_count; i++) {
		struct amounts a = amounts_of(m, i);

		json_write_begin(w, '{');
		json_write_name(w, "itemSequence");
		json_write_int(w, m->ask.lines[i].n);
		json_write_name(w, "noteNumber");
		json_write_begin(w, '[');
		json_write_int(w, 2 * i + 1);
		json_write_int(w, 2 * i + 2);
		json_write_end(w, ']');
		json_write_name(w, "adjudication");
		write_amounts(w, &a);
		json_write_end(w, '}');
	}
	json_write_end(w, ']');
}

static void write_total(struct json_writer *w, const struct estimating *m)
{
	struct amounts sum = {{0}};

	for (unsigned i = 0; i < m->ask.line_count; i++) {
		struct amounts a = amounts_of(m, i);

		sum.submitted = money_add(sum.submitted, a.submitted);
		sum.mandatory = money_add(sum.mandatory, a.mandatory);
		sum.participation =
		    money_add(sum.participation, a.participation);
		sum.other = money_add(sum.other, a.other);
	}
	sum.benefit = m->result.amc;
	sum.remainder = m->result.remainder;
	json_write_name(w, "total");
	write_amounts(w, &sum);
}

static void write_note(struct json_writer *w, unsigned number,
    const char *language, const char *text)
{
	json_write_begin(w, '{');
	json_write_name(w, "number");
	json_write_int(w, number);
	json_write_pair(w, "type", "display");
	json_write_pair(w, "text", text);
	parts_concept(w, "language", "urn:ietf:bcp:47",
	    span_str(language));
	json_write_end(w, '}');
}

static void write_notes(struct json_writer *w, const struct estimating *m)
{
	char text[NOTE_MOST + 1];

	json_write_name(w, "processNote");
	json_write_begin(w, '[');
	for (unsigned i = 0; i < m->ask.line_count; i++) {
		(void)steps_text(&m->result.shares[i], true, text);
		write_note(w, 2 * i + 1, "fr", text);
		(void)steps_text(&m->result.shares[i], false, text);
		write_note(w, 2 * i + 2, "en", text);
	}
	json_write_end(w, ']');
}

enum err estimate_say(const struct estimating *m,
    const struct rights_do *asked, struct buf *out)
{
	struct json_writer w = json_writer_of(out);
	const struct parts_words *say;

	if (m->state < RIGHTS_COVERED || m->state > RIGHTS_UNKNOWN)
		return ERR_RANGE;
	say = m->no_contract ? &no_contract :
	    m->contradicted ? &contradicted :
	    m->state == RIGHTS_COVERED ? &estimated : parts_state(m->state);
	json_write_begin(&w, '{');
	write_head(&w, asked);
	json_write_pair(&w, "outcome",
	    m->no_contract || m->contradicted ? "partial" : "complete");
	parts_disposition(&w, say);
	write_insurance(&w, m, asked, say);
	if (m->priced) {
		write_items(&w, m);
		write_total(&w, m);
		write_notes(&w, m);
	}
	if (!out->err &&
	    out->n + ESTIMATE_AROUND > estimate_room(m->acts.count))
		return ERR_LIMIT;
	return out->err;
}
