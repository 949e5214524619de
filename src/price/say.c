/* SPDX-License-Identifier: Apache-2.0 */
/* Steps in words that can be read aloud at a counter. */
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "price/price.h"

const char *price_rule_name(enum price_rule r)
{
	static const char *const names[PRICE_RULES] = {
	    [PRICE_BASE] = "base", [PRICE_RATE] = "rate",
	    [PRICE_GIVEN] = "given", [PRICE_GIVEN_NET] = "given-net",
	    [PRICE_EXEMPT] = "exemption",
	    [PRICE_OFF_RATE] = "off-pathway-rate",
	    [PRICE_HEAVY] = "heavy-act",
	    [PRICE_PARTICIPATION] = "participation",
	    [PRICE_COVER] = "cover", [PRICE_NO_COVER] = "not-covered",
	    [PRICE_OUTSIDE] = "outside-contract",
	    [PRICE_WAITING] = "waiting-period",
	    [PRICE_OFF_PATHWAY] = "off-pathway",
	    [PRICE_OFF_OPTAM] = "off-optam", [PRICE_FLOOR] = "floor",
	    [PRICE_OPTICS_MOST] = "optics-most",
	    [PRICE_FRAME_MOST] = "frame-most",
	    [PRICE_AUDIO_MOST] = "audio-most",
	    [PRICE_NO_LIMIT] = "no-limit-known", [PRICE_LIMIT] = "limit",
	    [PRICE_LIMIT_ACTS] = "limit-acts",
	    [PRICE_SHARED] = "shared", [PRICE_EARLY] = "early-renewal",
	    [PRICE_OTHER] = "other-insurer", [PRICE_LEFT] = "what-is-left",
	    [PRICE_REMAINDER] = "remainder"};

	return (unsigned)r < PRICE_RULES && names[r] ? names[r] : "?";
}

const char *price_flag_name(enum price_flag f)
{
	switch (f) {
	case PRICE_FLAG_AMO_DIFFERS: return "amo-differs";
	case PRICE_FLAG_NOT_COVERED: return "not-covered";
	case PRICE_FLAG_OUTSIDE: return "outside-contract";
	case PRICE_FLAG_WAITING: return "waiting-period";
	case PRICE_FLAG_LIMIT: return "limit-reached";
	case PRICE_FLAG_EARLY: return "early-renewal";
	case PRICE_FLAG_NO_LIMIT: return "no-limit-known";
	case PRICE_FLAG_AMO_NET: return "amo-net";
	case PRICE_FLAG_UNCONFIRMED: return "unconfirmed";
	}
	return "?";
}

/* {b} before, {a} after, {f} figure, {n} figure that is a number of acts,
 * {r} rate, {d} day, {c} cover */
static const struct {
	const char *fr, *en;
} texts[PRICE_RULES] = {
	[PRICE_BASE] = {"Base de remboursement : {a}.",
	    "Base of reimbursement: {a}."},
	[PRICE_RATE] = {"L'assurance maladie rembourse {r} de {b} : {a}.",
	    "The mandatory insurance pays {r} of {b}: {a}."},
	[PRICE_GIVEN] = {"L'assurance maladie rembourse {a} (décompte donné).",
	    "The mandatory insurance pays {a} (as given)."},
	[PRICE_GIVEN_NET] = {"L'assurance maladie rembourse {a} avant la "
	    "participation, que le décompte donné avait déjà retenue.",
	    "The mandatory insurance pays {a} before the participation, "
	    "which the amount given had left out."},
	[PRICE_EXEMPT] = {"Exonération : l'assurance maladie prend en charge "
	    "{r} de {b} : {a}.", "Exempted: the mandatory insurance pays {r} "
	    "of {b}: {a}."},
	[PRICE_OFF_RATE] = {"Hors parcours de soins : l'assurance maladie "
	    "ne rembourse que {r} de {b} : {a}.", "Outside the pathway of "
	    "care the mandatory insurance pays only {r} of {b}: {a}."},
	[PRICE_HEAVY] = {"Acte lourd : l'assurance maladie rembourse {a} ; la "
	    "participation de l'assuré remplace le ticket modérateur.",
	    "Heavy act: the mandatory insurance pays {a}; one fixed share of "
	    "the patient replaces the ticket modérateur."},
	[PRICE_PARTICIPATION] = {"Participation ou franchise de {f}, retenue "
	    "par l'assurance maladie ; aucun contrat responsable ne la "
	    "rembourse.", "Participation or franchise of {f}, kept back by the "
	    "mandatory insurance; no responsible contract pays it."},
	[PRICE_COVER] = {"Le contrat prévoit {c} : {a}.",
	    "The contract says {c}: {a}."},
	[PRICE_NO_COVER] = {"Le contrat ne prévoit rien pour cet acte.",
	    "The contract has nothing for this act."},
	[PRICE_OUTSIDE] = {"Le contrat n'est pas en vigueur à cette date.",
	    "The contract does not hold on this day."},
	[PRICE_WAITING] = {"Délai de carence : prise en charge à partir du "
	    "{d}.", "Waiting period: covered from {d} on."},
	[PRICE_OFF_PATHWAY] = {"Hors parcours de soins, la mutuelle ne peut "
	    "rembourser que le ticket modérateur habituel : {a}.",
	    "Outside the pathway of care the mutuelle may pay only the usual "
	    "ticket modérateur: {a}."},
	[PRICE_OFF_OPTAM] = {"Médecin hors OPTAM : le dépassement remboursé "
	    "est plafonné ; au plus {a}.", "The doctor is not in OPTAM: what "
	    "is paid above the base is capped; at most {a}."},
	[PRICE_FLOOR] = {"Un contrat responsable prend au moins le ticket "
	    "modérateur en charge : {a}.", "A responsible contract pays the "
	    "ticket modérateur at least: {a}."},
	[PRICE_OPTICS_MOST] = {"Plafond d'un équipement optique ({f}) : "
	    "{a} restent pour cette ligne.", "Ceiling of one pair of glasses "
	    "({f}): {a} left for this line."},
	[PRICE_FRAME_MOST] = {"Plafond de la monture ({f}) : {a}.",
	    "Ceiling of the frame ({f}): {a}."},
	[PRICE_AUDIO_MOST] = {"Plafond d'une aide auditive de classe II, "
	    "{f} avec l'assurance maladie : {a}.", "Ceiling of a class II "
	    "hearing aid, {f} with the mandatory insurance: {a}."},
	[PRICE_NO_LIMIT] = {"Le prix limite 100 % Santé de cet acte n'est pas "
	    "connu : seul le ticket modérateur est compté, {a}.",
	    "The 100 % Santé limit of this act is not known: only the ticket "
	    "modérateur is counted, {a}."},
	[PRICE_LIMIT] = {"Plafond du contrat ({f}) : {a}.",
	    "Ceiling of the contract ({f}): {a}."},
	[PRICE_LIMIT_ACTS] = {"Plafond du contrat ({n} actes) : {a}.",
	    "Ceiling of the contract ({n} acts): {a}."},
	[PRICE_SHARED] = {"Forfait partagé : {a}.", "Shared sum: {a}."},
	[PRICE_EARLY] = {"Renouvellement avant le {d} : ticket modérateur "
	    "seul, {a}.", "Renewed before {d}: the ticket modérateur alone, "
	    "{a}."},
	[PRICE_OTHER] = {"Une autre mutuelle a déjà payé {f} : reste {a}.",
	    "Another mutuelle has paid {f}: {a} left."},
	[PRICE_LEFT] = {"Jamais plus que ce qui reste à payer : {a}.",
	    "Never more than what is left to pay: {a}."},
	[PRICE_REMAINDER] = {"La mutuelle paie {f} ; il reste {a} à votre "
	    "charge.", "The mutuelle pays {f}; {a} is left to you."},
};

/* Room that words are put into, one after another; cut at its end. */
struct words {
	char *out;
	size_t n, size;
};

static void put(struct words *w, const char *text, size_t n)
{
	size_t room = w->size - 1 - w->n;

	if (n > room)
		n = room;
	memcpy(w->out + w->n, text, n);
	w->n += n;
	w->out[w->n] = '\0';
}

static void put_text(struct words *w, const char *text)
{
	put(w, text, strlen(text));
}

/* "30,00 €" and "30.00 EUR". */
static void put_amount(struct words *w, struct money m, bool french)
{
	char text[MONEY_TEXT];

	money_format(m, text);
	if (french)
		*strchr(text, '.') = ',';
	put_text(w, text);
	put_text(w, french ? " €" : " EUR");
}

static void put_rate(struct words *w, uint32_t rate)
{
	char text[MONEY_TEXT];

	money_format_rate(rate, text);
	put_text(w, text);
}

static void put_number(struct words *w, int64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", (long long)n);
	put_text(w, text);
}

/* 01/03/2026 and 2026-03-01. */
static void put_day(struct words *w, int32_t day, bool french)
{
	char text[DATE_TEXT_SIZE];

	date_format(day, text);
	if (!french) {
		put_text(w, text);
		return;
	}
	put(w, text + 8, 2);
	put(w, "/", 1);
	put(w, text + 5, 2);
	put(w, "/", 1);
	put(w, text, 4);
}

static void fill(
    struct words *w, const struct price_step *s, char what, bool french)
{
	switch (what) {
	case 'a': put_amount(w, s->after, french); break;
	case 'b': put_amount(w, s->before, french); break;
	case 'f': put_amount(w, s->figure, french); break;
	case 'n': put_number(w, s->figure.cents); break;
	case 'r': put_rate(w, s->rate); break;
	case 'd': put_day(w, s->day, french); break;
	case 'c':
		if (s->cover) {
			contract_say(s->cover, french, w->out + w->n,
			    w->size - w->n);
			w->n += strlen(w->out + w->n);
		}
		break;
	default:
		break;
	}
}

void price_say(const struct price_step *s, bool french, char *out, size_t size)
{
	const char *p = (unsigned)s->rule < PRICE_RULES ?
	    (french ? texts[s->rule].fr : texts[s->rule].en) : "";
	struct words w = {out, 0, size};
	const char *hole;

	out[0] = '\0';
	while ((hole = strchr(p, '{')) != NULL) {
		put(&w, p, (size_t)(hole - p));
		fill(&w, s, hole[1], french);
		p = hole + 3;
	}
	put_text(&w, p);
}
