/* SPDX-License-Identifier: Apache-2.0 */
/* What vaults are told, and by which key they sign what they counted. */
#include <string.h>
#include "base/text.h"
#include "registry/words.h"

static enum err take_number(
    struct words_work *w, const char *name, uint64_t most, uint32_t *ret)
{
	uint64_t v;

	if (text_u64(words_value(w, name), most, &v))
		return words_say(w, ERR_SHAPE,
		    "a number is missing, too large or not of digits");
	*ret = (uint32_t)v;
	return ERR_OK;
}

enum err words_vault_vault(struct words_work *w)
{
	struct registry *r = w->r;
	struct registry_vault v = {0};
	size_t n = 0;
	enum err e = take_number(w, "number", REGISTRY_VAULTS - 1, &v.number);

	if (e)
		return e;
	if (text_unb64url(words_value(w, "key"), v.key, sizeof(v.key), &n) ||
	    n != sizeof(v.key))
		return words_say(w, ERR_SHAPE,
		    "key is a vault's, 32 bytes in base64url");
	e = words_apart_raw(w, v.key);
	if (e)
		return e;
	e = words_grow((void **)&r->vaults, r->vault_count, sizeof(v));
	if (!e)
		r->vaults[r->vault_count++] = v;
	return e;
}

/* Is cell the one that amc names? */
static enum err check_cell(struct words_work *w, uint32_t cell)
{
	struct span amc = words_value(w, "amc");
	const struct registry_insurer *insurer;

	if (span_is(amc, "*"))
		return cell == 0 ? ERR_OK : words_say(w, ERR_RANGE,
		    "amc=* is cell=0: all without their own");
	insurer = registry_insurer(w->r, amc);
	if (!insurer)
		return words_say(w, ERR_UNKNOWN, WORDS_NO_AMC);
	if (registry_cell(w->r, insurer) != cell)
		return words_say(w, ERR_RANGE, "cell is not this AMC's: the "
		    "log says it (\"feed of cell N\", and the ceiling's "
		    "alarm)");
	return ERR_OK;
}

/* A vault keeps a ceiling until an act of a later time, and so many of them:
 * those who sign another would believe it in force. What an older program let
 * in is replayed as it stands. */
static enum err note_ceiling(struct words_work *w, uint32_t cell)
{
	struct registry *r = w->r;
	struct registry_ceiling c = {cell, w->head->time_ms};
	size_t i = 0;
	enum err e;

	while (i < r->ceiling_count && r->ceilings[i].cell != cell)
		i++;
	if (i < r->ceiling_count && r->ceilings[i].said_ms >= c.said_ms)
		return w->live_ms == 0 ? ERR_OK : words_say(w, ERR_TIME,
		    "a ceiling by an act of a later time is in force for "
		    "this cell: write and sign this one anew");
	if (i == REGISTRY_CEILINGS)
		return w->live_ms == 0 ? ERR_OK : words_say(w, ERR_LIMIT,
		    "vaults keep 1,024 ceilings: use amc=* for the others");
	e = i < r->ceiling_count ? ERR_OK : words_grow(
	    (void **)&r->ceilings, r->ceiling_count, sizeof(c));
	if (e)
		return e;
	r->ceilings[i] = c;
	r->ceiling_count += i == r->ceiling_count ? 1 : 0;
	return ERR_OK;
}

/* The vaults check signatures and number again, and keep it. */
enum err words_vault_ceiling(struct words_work *w)
{
	uint32_t cell = 0, persons = 0;
	enum err e = take_number(w, "cell", UINT32_MAX, &cell);

	if (!e)
		e = take_number(w, "persons-hour", UINT32_MAX, &persons);
	if (!e)
		e = check_cell(w, cell);
	return e ? e : note_ceiling(w, cell);
}
