/* SPDX-License-Identifier: Apache-2.0 */
/* Words that change nothing: what two administrators have read out of the
 * journal. Each is written down before it runs, so what cannot run is not. */
#include "base/date.h"
#include "base/limits.h"
#include "base/text.h"
#include "registry/words.h"

enum err words_list_span(struct words_work *w, const char *shape)
{
	int64_t from, to;

	if (date_parse_stamp(words_value(w, "from"), &from) ||
	    date_parse_stamp(words_value(w, "to"), &to) || to <= from)
		return words_say(w, ERR_SHAPE, shape);
	if (words_value(w, "amc").n > 0 &&
	    !registry_insurer(w->r, words_value(w, "amc")))
		return words_say(w, ERR_UNKNOWN, WORDS_NO_AMC);
	if (words_value(w, "log").n > 0 &&
	    !registry_past(w->r, words_value(w, "log")))
		return words_say(
		    w, ERR_UNKNOWN, "no such log before this one");
	w->wish = REGISTRY_SCOPE;
	return ERR_OK;
}

enum err words_list_who(struct words_work *w)
{
	struct span living = words_value(w, "living");
	uint8_t handle[LIMIT_HANDLE];
	size_t n = 0;

	if (words_value(w, "amc").n == 0)
		return words_say(w, ERR_SHAPE, "who needs amc");
	if (text_unb64url(words_value(w, "ref"), handle, sizeof(handle),
		&n) || n == 0)
		return words_say(w, ERR_SHAPE, "who needs ref, a handle in "
		    "base64url as a scope gives it");
	if (living.n > 0 && !span_is(living, "yes"))
		return words_say(w, ERR_SHAPE, "living=yes, or nothing");
	return words_list_span(
	    w, "who needs from and a later to (RFC 3339)");
}

/* Keys alone: a professional's or a site's entries may stand under keys that
 * others use too, and a key's pseudonym tells all of them. */
enum err words_list_release(struct words_work *w)
{
	struct span asker = words_value(w, "asker"), one;
	const struct registry_key *key;
	enum err e;

	if ((asker.n > 0) == (words_value(w, "amc").n > 0))
		return words_say(w, ERR_SHAPE,
		    "release needs amc or asker, one of them");
	while (!(e = words_next(&asker, &one))) {
		if (one.n <= 4 || !span_is(span_of(one.p, 4), "key:"))
			return words_say(w, ERR_SHAPE,
			    "release names askers by their keys: key:ID");
		e = words_key_named(w, span_of(one.p + 4, one.n - 4), &key);
		if (e)
			return e;
	}
	if (e != ERR_CLOSED)
		return words_say(w, e, "keys with commas between");
	return words_list_span(
	    w, "release needs from and a later to (RFC 3339)");
}
