/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "vault/missing.h"

static bool is_listed(const struct missing *m, struct span code)
{
	for (unsigned i = 0; i < m->count; i++)
		if (span_is(code, m->codes[i]))
			return true;
	return false;
}

static enum err look(void *ctx, uint32_t cell, struct span code)
{
	struct missing *m = ctx;
	bool there = false;
	enum err e = catalogue_has(m->catalogue, cell, code, &there);

	if (e || there || m->count == LIMIT_CONTRACTS || is_listed(m, code))
		return e;
	return text_copy(code, m->codes[m->count++], sizeof(m->codes[0]));
}

enum err missing_look(struct missing *m, struct catalogue *c,
    struct intake *in, struct feed_state *state)
{
	enum err e;

	m->catalogue = c;
	m->count = 0;
	e = intake_named(in, look, m);
	if (e)
		return e;
	state->missing_count = m->count;
	for (unsigned i = 0; i < m->count && i < FEED_MISSING; i++) {
		state->missing[i] = span_str(m->codes[i]);
		state->missing_listed = (uint8_t)(i + 1);
	}
	return ERR_OK;
}
