/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "rules/known.h"

/* Keys behind an act or a family, or whole ones, parted by spaces; a rule's
 * figure is a rate if its list says so. */
static const struct words {
	enum rules_table table;
	unsigned skip;		/* key columns in front, of which any goes */
	bool rate;		/* of RULES_RESPONSIBLE */
	const char *words, *told;
} words[] = {
	{RULES_BASES, 2, false, " not-optam under6 not-optam-under6 child "
	    "alsace-moselle off-pathway ", "case: nothing, not-optam, under6, "
	    "not-optam-under6, child, alsace-moselle, off-pathway, or an "
	    "exemption of exemptions.csv"},
	{RULES_RATES, 1, false, " normal off-pathway alsace-moselle "
	    "alsace-moselle-off heavy ", "case: normal, off-pathway, "
	    "alsace-moselle, alsace-moselle-off or heavy"},
	{RULES_PARTICIPATIONS, 1, false, "  child ", "age: nothing, or child"},
	{RULES_LIMITS, 2, false, "  child ", "age: nothing, or child"},
	{RULES_RENEWALS, 0, false, " optics/ optics/under16 optics/under6 "
	    "audio/ ", "equipment: optics (age: nothing, under16, under6) or "
	    "audio"},
	{RULES_RESPONSIBLE, 0, true, " off-optam/most off-optam/step ", NULL},
	{RULES_RESPONSIBLE, 0, false, " optics-least/a optics-least/b "
	    "optics-least/c optics-least/d optics-least/e optics-least/f "
	    "optics-most/a optics-most/b optics-most/c optics-most/d "
	    "optics-most/e optics-most/f optics-frame/ audio-most/ ",
	    "rule: in euros optics-least and optics-most of a case a to f, "
	    "optics-frame, audio-most; as a rate off-optam, most and step"},
};

static enum err say(struct rules_fault *fault, const char *file,
    uint32_t line, const char *told)
{
	(void)snprintf(fault->words, sizeof(fault->words), "%s:%u: %s", file,
	    line, told);
	return ERR_REFUSED;
}

/* The key behind its first columns. */
static const char *behind(const char *key, unsigned columns)
{
	for (; columns > 0; columns--)
		key = strchr(key, '/') + 1;
	return key;
}

static bool is_among(const char *list, const char *word)
{
	char spaced[RULES_KEY + 2];

	(void)snprintf(spaced, sizeof(spaced), " %s ", word);
	return strstr(list, spaced) != NULL;
}

/* In the first column of a key. */
static bool has_capital(const char *key)
{
	const char *at = strpbrk(key, "/ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return at && *at != '/';
}

static bool is_exemption(const struct rules *r, const char *word)
{
	const struct rules_list *l = &r->lists[RULES_EXEMPTIONS];
	size_t n = strlen(word);

	for (size_t i = 0; i < l->count; i++)
		if (strncmp(l->facts[i].key, word, n) == 0 &&
		    l->facts[i].key[n] == '/')
			return true;
	return false;
}

/* What a list says of one row; NULL: some list has it, or none is of it. */
static const char *unknown(const struct rules *r, enum rules_table t,
    const struct rules_fact *f)
{
	const char *told = NULL;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *word = behind(f->key, words[i].skip);

		if (words[i].table != t)
			continue;
		if (is_among(words[i].words, word))
			return f->rate == words[i].rate ? NULL :
			    f->rate ? "figure: euros, as 30.00" :
			    "figure: a rate, as 20%";
		if (t == RULES_BASES && (!word[0] || is_exemption(r, word)))
			return NULL;
		told = words[i].told;
	}
	return told;
}

/* Questions are read with acts in capitals, exemptions and zones in small
 * letters (price/inquiry.c). */
static const char *other_letters(
    enum rules_table t, const struct rules_fact *f)
{
	if (t == RULES_EXEMPTIONS && has_capital(f->key))
		return "exemption: in small letters";
	if ((t == RULES_BASES || t == RULES_LIMITS) &&
	    has_capital(behind(f->key, 1)))
		return "zone: in small letters";
	return NULL;
}

enum err known_check(const struct rules *r, struct rules_fault *fault)
{
	for (unsigned t = 0; t < RULES_TABLES; t++)
		for (size_t i = 0; i < r->lists[t].count; i++) {
			const struct rules_fact *f = &r->lists[t].facts[i];
			const char *told = other_letters(
			    (enum rules_table)t, f);

			if (!told)
				told = unknown(r, (enum rules_table)t, f);
			if (told)
				return say(fault,
				    rules_file((enum rules_table)t), f->line,
				    told);
		}
	for (size_t i = 0; i < r->act_count; i++) {
		const struct rules_act *a = &r->acts[i];

		if (a->code[strcspn(a->code, "abcdefghijklmnopqrstuvwxyz")])
			return say(fault, "acts.csv", a->line,
			    "act: in capital letters");
	}
	return ERR_OK;
}
