/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key decides or asks, and never both: who holds an administrator's key
 * would ask as a site, feed as a mutuelle or speak as the service, and who
 * holds one of these would sign acts.
 */
#include <string.h>
#include "registry/turns.h"
#include "registry/words.h"

static bool is_it(const struct sign_public *k, const uint8_t *raw)
{
	const uint8_t *own = k ? sign_public_raw(k) : NULL;

	return own && memcmp(own, raw, SIGN_ED25519_KEY) == 0;
}

static bool is_asker(const struct registry *r, const uint8_t *raw)
{
	for (size_t i = 0; i < r->key_count; i++)
		if (is_it(r->keys[i].key, raw))
			return true;
	return false;
}

static bool is_insurer(const struct registry *r, const uint8_t *raw)
{
	for (size_t i = 0; i < r->insurer_count; i++)
		if (is_it(r->insurers[i].feed_key, raw) ||
		    is_it(r->insurers[i].feed_before, raw))
			return true;
	return false;
}

/* A vault's, or a service key that was ever in use. */
static bool is_ours(const struct registry *r, const uint8_t *raw)
{
	for (size_t i = 0; i < r->vault_count; i++)
		if (memcmp(r->vaults[i].key, raw, SIGN_ED25519_KEY) == 0)
			return true;
	for (size_t i = 0; i < r->turn_count; i++)
		if (r->turns[i].name_len == SIGN_ED25519_KEY &&
		    memcmp(r->turns[i].name, raw, SIGN_ED25519_KEY) == 0)
			return true;
	return false;
}

enum err words_apart_admin(struct words_work *w, const uint8_t *raw)
{
	const struct registry *r = w->r;

	if (w->live_ms == 0)
		return ERR_OK;
	if (is_asker(r, raw) || is_insurer(r, raw) || is_ours(r, raw))
		return words_say(w, ERR_EXISTS, "this key is a site's, a "
		    "mutuelle's or the service's: an administrator has a key "
		    "of his own");
	return ERR_OK;
}

enum err words_apart_raw(struct words_work *w, const uint8_t *raw)
{
	const struct registry *r = w->r;

	for (size_t i = 0; i < r->admin_count && w->live_ms > 0; i++)
		if (memcmp(r->admins[i].key, raw, SIGN_ED25519_KEY) == 0)
			return words_say(w, ERR_EXISTS, "this key is or was "
			    "an administrator's: make another");
	return ERR_OK;
}

enum err words_apart_key(struct words_work *w, const struct sign_public *key)
{
	const uint8_t *raw = sign_public_raw(key);

	return raw ? words_apart_raw(w, raw) : ERR_OK;
}
