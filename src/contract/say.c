/* SPDX-License-Identifier: Apache-2.0 */
/* What a cover says, in a few words. */
#include <stdio.h>
#include <string.h>
#include "contract/contract.h"

static void euros(struct money m, bool french, char out[static MONEY_TEXT + 8])
{
	char text[MONEY_TEXT];
	char *point;

	money_format(m, text);
	point = strchr(text, '.');
	if (point && strcmp(point, ".00") == 0)
		*point = '\0';
	else if (french && point)
		*point = ',';
	(void)snprintf(
	    out, MONEY_TEXT + 8, french ? "%s €" : "EUR %s", text);
}

static void form(
    const struct contract_cover *c, bool fr, char *out, size_t size)
{
	char rate[MONEY_TEXT], sum[MONEY_TEXT + 8];

	money_format_rate(c->rate, rate);
	euros(c->amount, fr, sum);
	switch (c->form) {
	case CONTRACT_NOTHING:
		(void)snprintf(out, size, "%s", fr ? "rien" : "nothing");
		break;
	case CONTRACT_TM:
		(void)snprintf(out, size, "%s", fr ? "le ticket modérateur" :
		    "the ticket modérateur");
		break;
	case CONTRACT_BR:
		(void)snprintf(out, size, fr ? "%s de la base, part de "
		    "l'assurance maladie comprise" : "%s of the base, "
		    "mandatory share included", rate);
		break;
	case CONTRACT_BR_ABOVE:
		(void)snprintf(out, size, fr ? "%s de la base en plus de "
		    "l'assurance maladie" : "%s of the base above the "
		    "mandatory share", rate);
		break;
	case CONTRACT_EUR:
		(void)snprintf(out, size, fr ? "un forfait de %s, ticket "
		    "modérateur compris" : "%s, ticket modérateur included",
		    sum);
		break;
	case CONTRACT_EUR_ABOVE:
		(void)snprintf(out, size, fr ? "le ticket modérateur et un "
		    "forfait de %s" : "the ticket modérateur and %s", sum);
		break;
	case CONTRACT_REAL:
		(void)snprintf(out, size, "%s", fr ? "les frais réels" :
		    "the real cost");
		break;
	case CONTRACT_SANTE:
		(void)snprintf(out, size, "%s", fr ? "le 100 % Santé, sans "
		    "reste à charge" : "100 % Santé, nothing left to pay");
		break;
	}
}

static void limit(const struct contract_limit *l, bool fr, char *out,
    size_t size)
{
	static const char *const per[CONTRACT_PERS][2] = {
	    {"par jour", "a day"}, {"par acte", "an act"},
	    {"par an", "a year"}, {"tous les deux ans", "every two years"},
	    {"tous les quatre ans", "every four years"},
	    {"par équipement", "an equipment"}, {"par oreille", "an ear"}};
	char sum[MONEY_TEXT + 8];

	if (l->acts)
		(void)snprintf(sum, sizeof(sum), fr ? "%lld actes" :
		    "%lld acts", (long long)l->most);
	else
		euros(money_of(l->most), fr, sum);
	(void)snprintf(out, size, fr ? "; au plus %s %s" : "; at most %s %s",
	    sum, per[l->per][fr ? 0 : 1]);
}

void contract_say(
    const struct contract_cover *c, bool french, char *out, size_t size)
{
	size_t n;

	form(c, french, out, size);
	for (unsigned i = 0; i < c->limit_count; i++) {
		n = strlen(out);
		limit(&c->limits[i], french, out + n, size - n);
	}
	n = strlen(out);
	if (c->renewed)
		(void)snprintf(out + n, size - n, "%s", french ?
		    "; un équipement par période de renouvellement" :
		    "; one equipment each renewal period");
}

static void add(char *out, size_t size, const char *words)
{
	size_t n = strlen(out);

	(void)snprintf(out + n, size - n, "%s%s", n ? ", " : "", words);
}

void contract_say_when(
    const struct contract_cover *c, bool french, char *out, size_t size)
{
	static const char *const classes[] = {"", "A", "B", "M"};
	char words[40];

	out[0] = '\0';
	if (c->class) {
		(void)snprintf(words, sizeof(words), french ? "classe %s" :
		    "class %s", classes[c->class]);
		add(out, size, words);
	}
	if (c->lens_case) {
		(void)snprintf(words, sizeof(words), french ? "cas %c" :
		    "case %c", c->lens_case);
		add(out, size, words);
	}
	if (c->optam)
		add(out, size, c->optam == CONTRACT_YES ? "OPTAM" :
		    french ? "hors OPTAM" : "not OPTAM");
	if (c->network)
		add(out, size, c->network == CONTRACT_YES ?
		    (french ? "dans le réseau" : "in the network") :
		    (french ? "hors réseau" : "outside the network"));
	if (c->off_pathway)
		add(out, size, french ? "hors parcours" :
		    "outside the pathway");
	if (c->child)
		add(out, size, c->child == CONTRACT_YES ?
		    (french ? "enfant" : "child") :
		    (french ? "adulte" : "adult"));
}
