/* SPDX-License-Identifier: Apache-2.0 */
#include "insurer/fault.h"
#include "lang/lang.h"

static const char *const columns[FAULT_COLUMNS + 1] = {
    "ref", "nir", "birth", "rank", "member", "cards", "contract", "order",
    "convention", "csr", "from", "to", "closed", "age_class", "age_change",
    "domains", "line"};

static const struct {
	const char *name, *words;
} reasons[FAULT_REASONS] = {
    [FAULT_NONE] = {"none", N_("nothing")},
    [FAULT_LONG_LINE] = {"long-line", N_("longer than 2048 bytes")},
    [FAULT_QUOTES] = {"quotes", N_("a double quote inside a field, or none at its end")},
    [FAULT_FIELDS] = {"fields", N_("not as many fields as the head has columns")},
    [FAULT_NO_ALIAS] = {"no-alias", N_("neither nir nor member nor cards: nobody could be found by it")},
    [FAULT_NO_HEAD] = {"no-head", N_("the file has no head line")},
    [FAULT_UNKNOWN_COLUMN] = {"unknown-column", N_("a column of the head has a name that docs/feed.md does not know")},
    [FAULT_COLUMN_TWICE] = {"column-twice", N_("the head names this column twice")},
    [FAULT_COLUMN_MISSING] = {"column-missing", N_("the head does not name this column")},
    [FAULT_MISSING] = {"missing", N_("empty, and it is needed")},
    [FAULT_TOO_LONG] = {"too-long", N_("too long")},
    [FAULT_CHARACTER] = {"character", N_("a character that has no place there")},
    [FAULT_LENGTH] = {"length", N_("neither 13 characters nor 15")},
    [FAULT_KEY] = {"key", N_("the two digits of the key do not match")},
    [FAULT_FICTIVE] = {"fictive", N_("a number for anonymous care: it names nobody")},
    [FAULT_NOT_A_DATE] = {"not-a-date", N_("not a date")},
    [FAULT_NOT_A_MONTH] = {"not-a-month", N_("not a month like 2030-04")},
    [FAULT_OUT_OF_RANGE] = {"out-of-range", N_("outside what is possible")},
    [FAULT_NOT_A_CARD] = {"not-a-card", N_("not card ids of 32 hexadecimal digits parted by single spaces")},
    [FAULT_TOO_MANY] = {"too-many", N_("too many")},
    [FAULT_TWICE] = {"twice", N_("the same one twice")},
    [FAULT_BEFORE_FROM] = {"before-from", N_("before the first day of the rights")},
    [FAULT_OUTSIDE] = {"outside", N_("outside the period of the rights")},
    [FAULT_NOT_A_CLASS] = {"not-a-class", N_("neither child, adult, senior nor empty")},
    [FAULT_NO_CLASS] = {"no-class", N_("there without an age class")},
    [FAULT_NOT_A_DOMAIN] = {"not-a-domain", N_("not domains like OPTI=BR200+PEC,PHAR=TM")},
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
	return reasons[reason < FAULT_REASONS ? reason : FAULT_NONE].words;
}
