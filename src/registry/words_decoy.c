/* SPDX-License-Identifier: Apache-2.0 */
/* What decoy does: a set of persons who do not exist, its end, or what a hit
 * brings. */
#include <string.h>
#include "base/text.h"
#include "registry/words.h"

static struct registry_decoy *find(
    struct registry *r, const uint8_t set[static 32])
{
	for (size_t i = 0; i < r->decoy_count; i++)
		if (memcmp(r->decoys[i].set, set, 32) == 0)
			return &r->decoys[i];
	return NULL;
}

static size_t living(const struct registry *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->decoy_count; i++)
		n += r->decoys[i].withdrawn_ms == 0;
	return n;
}

static enum err add_set(struct words_work *w, struct registry_decoy *d)
{
	struct registry *r = w->r;
	uint64_t persons;
	enum err e;

	if (text_unhex(words_value(w, "set"), d->set, sizeof(d->set)) ||
	    text_u64(words_value(w, "persons"), LIMIT_DECOYS, &persons) ||
	    persons == 0 || words_value(w, "react").n > 0)
		return words_say(w, ERR_SHAPE, "a set is persons=, 100 at "
		    "most, and set=, 64 hexadecimal digits");
	if (living(r) == REGISTRY_DECOYS)
		return words_say(w, ERR_LIMIT, "too many sets of decoys: "
		    "withdraw one");
	if (find(r, d->set))
		return words_say(
		    w, ERR_EXISTS, "this set is planted already, or was");
	d->persons = (uint32_t)persons;
	d->said_ms = w->head->time_ms;
	e = words_grow((void **)&r->decoys, r->decoy_count, sizeof(*d));
	if (!e)
		r->decoys[r->decoy_count++] = *d;
	return e;
}

static enum err withdraw(struct words_work *w, uint32_t cell)
{
	uint8_t set[32];
	struct registry_decoy *d;

	if (!span_is(words_value(w, "withdraw"), "yes") ||
	    words_value(w, "persons").n + words_value(w, "react").n > 0 ||
	    text_unhex(words_value(w, "set"), set, sizeof(set)))
		return words_say(w, ERR_SHAPE,
		    "withdraw=yes takes set=, 64 hexadecimal digits");
	d = find(w->r, set);
	if (!d || d->cell != cell)
		return words_say(w, ERR_UNKNOWN,
		    "no such set of this AMC: ecluse decoy list");
	if (d->withdrawn_ms != 0)
		return words_say(
		    w, ERR_EXISTS, "this set was withdrawn already");
	d->withdrawn_ms = w->head->time_ms;
	return ERR_OK;
}

enum err words_decoy(struct words_work *w)
{
	struct span react = words_value(w, "react");
	struct registry_decoy d = {.cell = 0};
	const struct registry_insurer *i =
	    registry_insurer(w->r, words_value(w, "amc"));

	if (!i)
		return words_say(w, ERR_UNKNOWN, WORDS_NO_AMC);
	d.cell = registry_cell(w->r, i);
	if (words_value(w, "withdraw").n > 0)
		return withdraw(w, d.cell);
	if (react.n == 0 || words_value(w, "set").n > 0)
		return add_set(w, &d);
	if (words_value(w, "persons").n > 0 ||
	    (!span_is(react, "close") && !span_is(react, "alarm")))
		return words_say(w, ERR_SHAPE, "react is alarm or close");
	w->r->insurers[i - w->r->insurers].decoy_closes =
	    span_is(react, "close");
	return ERR_OK;
}
