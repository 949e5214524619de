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

/* The vaults check signatures and number again, and keep it. */
enum err words_vault_ceiling(struct words_work *w)
{
	struct span amc = words_value(w, "amc");
	const struct registry_insurer *insurer;
	uint32_t cell = 0, persons = 0;
	enum err e = take_number(w, "cell", UINT32_MAX, &cell);

	if (!e)
		e = take_number(w, "persons-hour", UINT32_MAX, &persons);
	if (e)
		return e;
	if (span_is(amc, "*"))
		return cell == 0 ? ERR_OK : words_say(w, ERR_RANGE,
		    "amc=* is cell=0: all without their own");
	insurer = registry_insurer(w->r, amc);
	if (!insurer)
		return words_say(w, ERR_UNKNOWN, WORDS_NO_AMC);
	if (registry_cell(w->r, insurer) != cell)
		return words_say(w, ERR_RANGE, "cell is not this AMC's: "
		    "ecluse vault lists them");
	return ERR_OK;
}
