/* SPDX-License-Identifier: Apache-2.0 */
#include "people/profession.h"

/*
 * Sites: France has some 68 million people and 12,700 opticians' shops, 7,500
 * of audioprosthetists, 20,000 pharmacies, 57,000 general practitioners,
 * 42,000 dentists, 100,000 home nurses; opticians are given more here, for
 * they are the story. Days: optician 2 to 10 sales, audio 195 aids a year in
 * pairs, pharmacy 4 million a day over 23,000, GP 22, dentist 870 patients a
 * year seen several times (breach.md §7.1). No source was found for nurses,
 * laboratories, hospital desks, transport and the rest: those are guesses.
 *
 * Cards: who sells things at a counter sees them, who visits does not.
 */
static const struct profession professions[PROFESSION_COUNT] = {
    {"optician", "Optique", 2, 2000, 50, 3, 55, 8, 8, 18, {"OPTI", "OPTI"}},
    {"audio", "Audition", 2, 8000, 4, 2, 55, 8, 8, 17, {"AUDI", "AUDI"}},
    {"pharmacy", "Pharmacie", 2, 3400, 1800, 4, 45, 2, 7, 19,
        {"PHAR", "DIV"}},
    {"gp", "Cabinet médical", 1, 1200, 220, 1, 30, 3, 7, 18,
        {"MED", "MED"}},
    {"dentist", "Cabinet dentaire", 4, 1600, 120, 2, 45, 3, 8, 18,
        {"DESO", "DEPR"}},
    {"nurse", "Cabinet infirmier", 6, 700, 250, 2, 10, 1, 5, 19,
        {"AUXM", "AUXM"}},
    {"lab", "Laboratoire", 3, 17000, 1300, 5, 40, 2, 6, 17,
        {"RLAX", "RLAX"}},
    {"hospital", "Hôpital", 0, 50000, 3000, 8, 40, 2, 0, 24,
        {"EXTE", "HOSP"}},
    {"physio", "Cabinet de kinésithérapie", 7, 1000, 200, 2, 20, 2, 7, 19,
        {"AUXM", "AUXM"}},
    {"midwife", "Cabinet de sages-femmes", 5, 10000, 80, 2, 35, 3, 8, 18,
        {"SAGE", "SAGE"}},
    {"radiology", "Imagerie", 1, 30000, 600, 4, 45, 3, 7, 18,
        {"RLAX", "RLAX"}},
    {"transport", "Transport sanitaire", 2, 10000, 100, 3, 25, 2, 5, 21,
        {"TRAN", "TRAN"}},
    {"specialist", "Cabinet de spécialistes", 1, 1500, 180, 2, 40, 6, 8, 18,
        {"MED", "MED"}},
    {"orthoptist", "Cabinet d'orthoptie", 9, 20000, 150, 1, 40, 4, 8, 18,
        {"AUXM", "AUXM"}},
};

const struct profession *profession_get(unsigned which)
{
	return &professions[which % PROFESSION_COUNT];
}

enum err profession_find(struct span code, unsigned *ret)
{
	for (unsigned i = 0; i < PROFESSION_COUNT; i++)
		if (span_is(code, professions[i].code)) {
			*ret = i;
			return ERR_OK;
		}
	return ERR_UNKNOWN;
}
