/* SPDX-License-Identifier: Apache-2.0 */
/* What decoy does: a set of persons who do not exist, or what a hit brings. */
#include <string.h>
#include "base/text.h"
#include "registry/words.h"

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
	if (r->decoy_count == REGISTRY_DECOYS)
		return words_say(w, ERR_LIMIT, "too many sets of decoys");
	for (size_t i = 0; i < r->decoy_count; i++)
		if (memcmp(r->decoys[i].set, d->set, sizeof(d->set)) == 0)
			return words_say(
			    w, ERR_EXISTS, "this set is planted already");
	d->persons = (uint32_t)persons;
	d->said_ms = w->head->time_ms;
	e = words_grow((void **)&r->decoys, r->decoy_count, sizeof(*d));
	if (!e)
		r->decoys[r->decoy_count++] = *d;
	return e;
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
	if (react.n == 0 || words_value(w, "set").n > 0)
		return add_set(w, &d);
	if (words_value(w, "persons").n > 0 ||
	    (!span_is(react, "close") && !span_is(react, "alarm")))
		return words_say(w, ERR_SHAPE, "react is alarm or close");
	w->r->insurers[i - w->r->insurers].decoy_closes =
	    span_is(react, "close");
	return ERR_OK;
}
