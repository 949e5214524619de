/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/text.h"
#include "keeper/select.h"

static enum err parse_one(struct span one, struct select *s)
{
	static const char *const names[] = {"key:", "rpps:", "site:"};

	if (s->count == SELECT_MOST)
		return ERR_LIMIT;
	for (int i = 0; i < 3; i++) {
		size_t n = strlen(names[i]);

		if (one.n <= n || memcmp(one.p, names[i], n) != 0)
			continue;
		s->kinds[s->count] = (enum select_kind)i;
		s->values[s->count++] = span_of(one.p + n, one.n - n);
		return ERR_OK;
	}
	return ERR_SHAPE;
}

enum err select_parse(struct span text, struct select *ret)
{
	const uint8_t *comma;
	struct select s = {0};
	enum err e;

	do {
		size_t n;

		comma = text.n ? memchr(text.p, ',', text.n) : NULL;
		n = comma ? (size_t)(comma - text.p) : text.n;
		e = parse_one(span_of(text.p, n), &s);
		if (e)
			return e;
		if (comma)
			text = span_of(comma + 1, text.n - n - 1);
	} while (comma);
	*ret = s;
	return ERR_OK;
}

/* "#N", as the log has it of the one at this place. */
static bool is_number(struct span value, size_t place)
{
	uint64_t n;

	return value.p[0] == '#' &&
	    !text_u64(span_of(value.p + 1, value.n - 1), SIZE_MAX, &n) &&
	    n == place + 1;
}

static bool is_key(struct span value, const struct registry *r,
    const struct registry_key *k)
{
	char id[SIGN_KEY_ID_TEXT];

	sign_key_id_text(k->id, id);
	return span_is(value, id) || is_number(value, (size_t)(k - r->keys));
}

static bool is_site(struct span value, const struct registry *r,
    const struct registry_key *k)
{
	return span_is(value, r->sites[k->site].id) ||
	    is_number(value, k->site);
}

static bool speaks(
    const struct registry *r, const struct registry_key *k, struct span rpps)
{
	for (size_t i = 0; i < k->rpps_count; i++)
		if (span_is(rpps, r->professionals[k->rpps[i]].rpps))
			return true;
	return false;
}

bool select_has_key(const struct select *s, const struct registry *r,
    const struct registry_key *k)
{
	for (size_t i = 0; i < s->count; i++) {
		struct span v = s->values[i];

		if (s->kinds[i] == SELECT_KEY ? is_key(v, r, k) :
		    s->kinds[i] == SELECT_SITE ? is_site(v, r, k) :
			speaks(r, k, v))
			return true;
	}
	return false;
}

/* A key asks for its own site alone, so that its number is its site's. */
static bool named_site(struct span value, const struct registry *r,
    const struct registry_key *k, struct span site)
{
	return span_equal(value, site) ||
	    (is_number(value, k->site) &&
		span_is(site, r->sites[k->site].id));
}

bool select_has(const struct select *s, const struct registry *r,
    const struct registry_key *k, struct span site, struct span rpps)
{
	for (size_t i = 0; i < s->count; i++) {
		struct span v = s->values[i];

		if (s->kinds[i] == SELECT_KEY ? is_key(v, r, k) :
		    s->kinds[i] == SELECT_SITE ? named_site(v, r, k, site) :
			span_equal(v, rpps))
			return true;
	}
	return false;
}
