/* SPDX-License-Identifier: Apache-2.0 */
/* What revoke does: nothing is forgotten, a mark is set. */
#include "base/text.h"
#include "registry/words.h"

#define REVOKE_ADMINS_STAY 2

static enum err revoke_admin(struct words_work *w, struct span name)
{
	struct registry *r = w->r;
	struct registry_admin *found = NULL;
	size_t living = 0;

	for (size_t i = 0; i < r->admin_count; i++) {
		living += r->admins[i].revoked ? 0 : 1;
		if (span_is(name, r->admins[i].name))
			found = &r->admins[i];
	}
	if (!found)
		return words_say(w, ERR_UNKNOWN, "no such administrator");
	if (living <= REVOKE_ADMINS_STAY && !found->revoked)
		return words_say(w, ERR_STATE,
		    "two administrators must stay: enrol another first");
	found->revoked = true;
	return ERR_OK;
}

enum err words_key_named(struct words_work *w, struct span text,
    const struct registry_key **ret)
{
	uint8_t id[SIGN_KEY_ID];
	const struct registry_key *k;
	size_t n = 0;

	if (text_unb64url(text, id, sizeof(id), &n) || n != sizeof(id))
		return words_say(w, ERR_SHAPE, "a key id has 43 characters");
	k = registry_key(w->r, id);
	if (!k)
		return words_say(w, ERR_UNKNOWN, "no such key");
	*ret = k;
	return ERR_OK;
}

static enum err revoke_key(struct words_work *w, struct span text)
{
	const struct registry_key *k;
	enum err e = words_key_named(w, text, &k);

	if (!e)
		w->r->keys[k - w->r->keys].revoked = true;
	return e;
}

static enum err revoke_site(struct words_work *w, struct span id)
{
	const struct registry_site *s = registry_site(w->r, id);

	if (!s)
		return words_say(w, ERR_UNKNOWN, "no such site");
	w->r->sites[s - w->r->sites].revoked = true;
	return ERR_OK;
}

static enum err revoke_professional(struct words_work *w, struct span rpps)
{
	const struct registry_professional *p =
	    registry_professional(w->r, rpps);

	if (!p)
		return words_say(w, ERR_UNKNOWN, "no such RPPS");
	w->r->professionals[p - w->r->professionals].revoked = true;
	return ERR_OK;
}

static enum err revoke_insurer(struct words_work *w, struct span amc)
{
	const struct registry_insurer *i = registry_insurer(w->r, amc);

	if (!i)
		return words_say(w, ERR_UNKNOWN, WORDS_NO_AMC);
	w->r->insurers[i - w->r->insurers].revoked = true;
	return ERR_OK;
}

enum err words_revoke(struct words_work *w)
{
	static const struct {
		const char *name;
		enum err (*revoke)(struct words_work *w, struct span value);
	} kinds[] = {
		{"key", revoke_key}, {"site", revoke_site},
		{"rpps", revoke_professional}, {"amc", revoke_insurer},
		{"admin", revoke_admin},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (w->line.count == 1 &&
		    span_is(w->line.names[0], kinds[i].name))
			return kinds[i].revoke(w, w->line.values[0]);
	return words_say(w, ERR_SHAPE,
	    "revoke names one of key, site, rpps, amc, admin");
}
