/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/text.h"
#include "card/token.h"
#include "crypto/keyfile.h"
#include "crypto/rfc6979.h"
#include "crypto/secret.h"
#include "people/mint.h"

#define DAY_S 86400

/* Places in the stream PLAN_KEY: four per mutuelle, then one per site. */
enum key { KEY_CARD, KEY_FEED, KEY_HANDLE, KEYS_PER_INSURER = 4 };
#define KEY_SITES (KEYS_PER_INSURER * PLAN_INSURERS_MAX)

static enum err make_key(const struct plan *p, enum sign_alg alg,
    uint64_t place, struct sign_private **ret)
{
	struct random_seeded seeded;
	struct random random;
	uint64_t seed;

	plan_random(p, PLAN_KEY, place, &seeded);
	seed = random_seeded_u64(&seeded);
	random = random_from_seed(&seeded, seed);
	return sign_private_make(alg, &random, ret);
}

enum err mint_make(const struct plan *p, struct mint *ret)
{
	*ret = (struct mint){.plan = p};
	for (uint32_t i = 0; i < p->insurers; i++) {
		enum err e = make_key(p, SIGN_P256,
		    i * KEYS_PER_INSURER + KEY_CARD, &ret->card[i]);

		if (!e)
			e = rfc6979_fix(ret->card[i]);
		if (e)
			return e;
	}
	return ERR_OK;
}

void mint_release(struct mint *m)
{
	for (uint32_t i = 0; i < PLAN_INSURERS_MAX; i++) {
		sign_private_free(m->card[i]);
		m->card[i] = NULL;
	}
}

static const struct sign_private *card_key(
    const struct mint *m, const char *amc)
{
	for (uint32_t i = 0; i < m->plan->insurers; i++)
		if (strcmp(m->plan->insurer[i].amc, amc) == 0)
			return m->card[i];
	return NULL;
}

enum err mint_token(
    const struct mint *m, const struct row *row, int nth, struct buf *out)
{
	const struct sign_private *key = card_key(m, row->amc);
	struct card_token t = {
	    .issued_s = (int64_t)row->from_day * DAY_S,
	    .expires_s = ((int64_t)row->to_day + 1) * DAY_S,
	};
	enum err e;

	if (!key)
		return ERR_UNKNOWN;
	memcpy(t.amc, row->amc, sizeof(t.amc));
	memcpy(t.convention, row->convention, sizeof(t.convention));
	memcpy(t.csr, row->csr, sizeof(t.csr));
	e = text_unhex(
	    span_str(row->cards[nth]), t.cti, CARD_TOKEN_CTI);
	return e ? e : card_token_issue(&t, key, out);
}

static enum err save_feed_key(
    const struct mint *m, uint32_t insurer, const char *path)
{
	struct sign_private *key = NULL;
	enum err e = make_key(m->plan, SIGN_ED25519,
	    insurer * KEYS_PER_INSURER + KEY_FEED, &key);

	if (!e)
		e = sign_private_save(key, path);
	sign_private_free(key);
	return e;
}

static enum err save_handle_key(
    const struct mint *m, uint32_t insurer, const char *path)
{
	struct random_seeded r;
	uint8_t key[AEAD_SIV_KEY];

	plan_random(m->plan, PLAN_KEY,
	    insurer * KEYS_PER_INSURER + KEY_HANDLE, &r);
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)random_seeded_below(&r, 256);
	return keyfile_save(path, MINT_HANDLE_LABEL, key, sizeof(key));
}

static enum err save_insurer(
    const struct mint *m, uint32_t i, const struct folder *f)
{
	static const char *const names[] = {
	    "card.pem", "feed.pem", "handle.key"};
	char name[64], path[3][PATH_MAX];
	enum err e;

	(void)snprintf(
	    name, sizeof(name), "insurers/%s", m->plan->insurer[i].amc);
	e = folder_mkdir(f, name, 0700);
	for (int k = 0; k < 3 && !e; k++) {
		(void)snprintf(name, sizeof(name), "insurers/%s/%s",
		    m->plan->insurer[i].amc, names[k]);
		e = folder_path(f, name, path[k]);
	}
	if (!e)
		e = sign_private_save(m->card[i], path[0]);
	if (!e)
		e = save_feed_key(m, i, path[1]);
	return e ? e : save_handle_key(m, i, path[2]);
}

enum err mint_save_insurers(const struct mint *m, const struct folder *f)
{
	enum err e = folder_mkdir(f, "insurers", 0700);

	for (uint32_t i = 0; i < m->plan->insurers && !e; i++)
		e = save_insurer(m, i, f);
	return e;
}

enum err mint_save_site(
    const struct mint *m, const struct site *site, const struct folder *f)
{
	struct sign_private *key = NULL;
	char path[PATH_MAX];
	enum err e = folder_path(f, site->key, path);

	if (!e)
		e = make_key(m->plan, site->p256 ? SIGN_P256 : SIGN_ED25519,
		    KEY_SITES + site->index, &key);
	if (!e)
		e = sign_private_save(key, path);
	sign_private_free(key);
	return e;
}
