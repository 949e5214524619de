/* SPDX-License-Identifier: Apache-2.0 */
#include "ids/sentence.h"
#include "insurer/fault.h"

static const char *const columns[FAULT_COLUMNS + 1] = {
    "ref", "nir", "birth", "rank", "member", "cards", "contract", "order",
    "convention", "csr", "from", "to", "closed", "age_class", "age_change",
    "domains", "line"};

static const struct {
	const char *name, *words[2];	/* by enum sentence_language */
} reasons[FAULT_REASONS] = {
    [FAULT_NONE] = {"none", {"nothing", "rien"}},
    [FAULT_LONG_LINE] = {"long-line", {
        "longer than 2048 bytes", "plus de 2048 octets"}},
    [FAULT_QUOTES] = {"quotes", {
        "a double quote inside a field, or none at its end",
        "un guillemet au milieu d'un champ, ou aucun à la fin"}},
    [FAULT_FIELDS] = {"fields", {
        "not as many fields as the head has columns",
        "pas autant de champs que de colonnes dans l'en-tête"}},
    [FAULT_NO_ALIAS] = {"no-alias", {
        "neither nir nor member nor cards: nobody could be found by it",
        "ni nir, ni member, ni cards : personne ne pourrait être trouvé"}},
    [FAULT_NO_HEAD] = {"no-head", {
        "the file has no head line", "le fichier n'a pas d'en-tête"}},
    [FAULT_UNKNOWN_COLUMN] = {"unknown-column", {
        "a column of the head has a name that docs/feed.md does not know",
        "une colonne de l'en-tête porte un nom inconnu de docs/feed.md"}},
    [FAULT_COLUMN_TWICE] = {"column-twice", {
        "the head names this column twice",
        "l'en-tête nomme cette colonne deux fois"}},
    [FAULT_COLUMN_MISSING] = {"column-missing", {
        "the head does not name this column",
        "l'en-tête ne nomme pas cette colonne"}},
    [FAULT_MISSING] = {"missing", {
        "empty, and it is needed", "vide, alors qu'il le faut"}},
    [FAULT_TOO_LONG] = {"too-long", {"too long", "trop long"}},
    [FAULT_CHARACTER] = {"character", {
        "a character that has no place there",
        "un caractère qui n'a pas sa place"}},
    [FAULT_LENGTH] = {"length", {
        "neither 13 characters nor 15", "ni 13 caractères ni 15"}},
    [FAULT_KEY] = {"key", {
        "the two digits of the key do not match",
        "les deux chiffres de la clé ne conviennent pas"}},
    [FAULT_FICTIVE] = {"fictive", {
        "a number for anonymous care: it names nobody",
        "un numéro pour soins anonymes : il ne désigne personne"}},
    [FAULT_NOT_A_DATE] = {"not-a-date", {
        "not a date", "n'est pas une date"}},
    [FAULT_NOT_A_MONTH] = {"not-a-month", {
        "not a month like 2030-04", "n'est pas un mois comme 2030-04"}},
    [FAULT_OUT_OF_RANGE] = {"out-of-range", {
        "outside what is possible", "hors de ce qui est possible"}},
    [FAULT_NOT_A_CARD] = {"not-a-card", {
        "not card ids of 32 hexadecimal digits parted by single spaces",
        "pas des cartes de 32 chiffres hexadécimaux séparées d'une espace"}},
    [FAULT_TOO_MANY] = {"too-many", {"too many", "trop nombreux"}},
    [FAULT_TWICE] = {"twice", {
        "the same one twice", "deux fois le même"}},
    [FAULT_BEFORE_FROM] = {"before-from", {
        "before the first day of the rights",
        "avant le premier jour des droits"}},
    [FAULT_OUTSIDE] = {"outside", {
        "outside the period of the rights",
        "en dehors de la période des droits"}},
    [FAULT_NOT_A_CLASS] = {"not-a-class", {
        "neither child, adult, senior nor empty",
        "ni child, ni adult, ni senior, ni vide"}},
    [FAULT_NO_CLASS] = {"no-class", {
        "there without an age class", "sans classe d'âge"}},
    [FAULT_NOT_A_DOMAIN] = {"not-a-domain", {
        "not domains like OPTI=BR200+PEC,PHAR=TM",
        "pas des domaines comme OPTI=BR200+PEC,PHAR=TM"}},
};

const char *fault_column_name(enum fault_column column)
{
	return columns[column <= FAULT_LINE ? column : FAULT_LINE];
}

const char *fault_reason_name(enum fault_reason reason)
{
	return reasons[reason < FAULT_REASONS ? reason : FAULT_NONE].name;
}

const char *fault_reason_text(enum fault_reason reason)
{
	return reasons[reason < FAULT_REASONS ? reason : FAULT_NONE]
	    .words[sentence_language_now()];
}
