/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>
#include "feed/kept.h"

static const struct {
	const char *reason, *what;
} known[] = {
    {"decoy", "an invented person who is never fed: take her out of the "
	"file that feeds are made from"},
    {"two-persons", "member number, NIR or card of two people: correct one "
	"of them, or give both the same ref"},
    {"two-refs", "the same person under two references: keep one"},
    {"twice", "two lines say different things about one contract, order and "
	"first day: keep one"},
    {"too-many-tags", "more than 64 numbers of one person: send a full feed"},
    {"too-many-rights", "more than 64 rights of one person: leave old ones "
	"out"},
};

const char *kept_what_to_do(const char *reason)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].reason, reason) == 0)
			return known[i].what;
	return "correct it; docs/feed-rules.md says what it means";
}
