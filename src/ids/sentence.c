/* SPDX-License-Identifier: Apache-2.0 */
#include "ids/sentence.h"

#define ANY IDS_KINDS

struct row {
	enum ids_kind kind;	/* ANY: those without a row of their own */
	enum ids_finding finding;
	const char *words[2];	/* by enum sentence_language */
};

/* The first row that fits is told. */
static const struct row rows[] = {
	{ IDS_NIR, IDS_CHARACTER, {
	    "only digits are expected, and A or B in Corsica's 2A and 2B",
	    "seuls des chiffres sont attendus, et A ou B dans les 2A et 2B "
	    "de Corse" } },
	{ IDS_FINESS, IDS_CHARACTER, {
	    "only digits and letters are expected",
	    "seuls des chiffres et des lettres sont attendus" } },
	{ ANY, IDS_CHARACTER, {
	    "only digits are expected",
	    "seuls des chiffres sont attendus" } },
	{ IDS_NIR, IDS_LENGTH, {
	    "15 characters are expected: 13 and a key of 2",
	    "15 caractères sont attendus : 13 et une clé de 2" } },
	{ IDS_RPPS, IDS_LENGTH, {
	    "11 digits are expected (or 8 and these 11: an IDNPS)",
	    "11 chiffres sont attendus (ou 8 suivi de ces 11 : un IDNPS)" } },
	{ IDS_FINESS, IDS_LENGTH, {
	    "9 characters are expected",
	    "9 caractères sont attendus" } },
	{ IDS_SIREN, IDS_LENGTH, {
	    "9 digits are expected",
	    "9 chiffres sont attendus" } },
	{ IDS_SIRET, IDS_LENGTH, {
	    "14 digits are expected",
	    "14 chiffres sont attendus" } },
	{ IDS_AMC, IDS_LENGTH, {
	    "10 digits are expected, at least 1",
	    "10 chiffres sont attendus, au moins 1" } },
	{ ANY, IDS_ZERO, {
	    "zeros only: nobody has this number",
	    "que des zéros : personne n'a ce numéro" } },
	{ IDS_NIR, IDS_KEY, {
	    "the key does not match the 13 characters before it",
	    "la clé ne correspond pas aux 13 caractères qui la précèdent" } },
	{ ANY, IDS_KEY, {
	    "the check digit does not match",
	    "le chiffre de contrôle ne correspond pas" } },
	{ ANY, IDS_SIREN_KEY, {
	    "the check digit of the SIREN inside does not match",
	    "le chiffre de contrôle du SIREN contenu ne correspond pas" } },
	{ ANY, IDS_NO_KEY, {
	    "the key of 2 digits is missing",
	    "la clé de 2 chiffres manque" } },
	{ ANY, IDS_LETTERED, {
	    "letters outside Corsica: a number of a test environment",
	    "des lettres hors de Corse : un numéro d'environnement de test" } },
	{ ANY, IDS_FICTIVE, {
	    "fictive number of anonymous care: it stands for nobody",
	    "numéro fictif des soins anonymes : il ne désigne personne" } },
	{ ANY, IDS_PROVISIONAL, {
	    "provisional number: registration under way",
	    "numéro provisoire : immatriculation en cours" } },
	{ ANY, IDS_MIGRANT, {
	    "number of a person in transit or a migrant",
	    "numéro d'une personne de passage ou migrante" } },
	{ ANY, IDS_LEADING, {
	    "first digit that no list of numbers has",
	    "premier chiffre absent des listes connues" } },
	{ ANY, IDS_PSEUDO_MONTH, {
	    "month that stands for an incomplete civil status",
	    "mois réservé à un état civil incomplet" } },
	{ ANY, IDS_ODD_MONTH, {
	    "month that no list of numbers has",
	    "mois absent des listes connues" } },
	{ ANY, IDS_LA_POSTE, {
	    "establishment of La Poste: holds by its own sum",
	    "établissement de La Poste : juste selon sa propre somme" } },
	{ ANY, IDS_IDNPS, {
	    "IDNPS: 8 and an RPPS number",
	    "IDNPS : 8 suivi d'un numéro RPPS" } },
	{ ANY, IDS_PADDED, {
	    "short: read with zeros in front, on 10 digits",
	    "court : lu avec des zéros devant, sur 10 chiffres" } },
};

const char *sentence_of(enum ids_kind kind, enum ids_finding finding,
    enum sentence_language language)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].finding == finding &&
		    (rows[i].kind == kind || rows[i].kind == ANY))
			return rows[i].words[language == SENTENCE_FRENCH];
	return "";
}
