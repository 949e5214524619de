/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "crypto/keyfile.h"
#include "insurer/handle.h"

enum err handle_load(
    const char *path, const struct amc *amc, struct handle_key *ret)
{
	struct handle_key k = {.amc = *amc};
	enum err e = keyfile_load(path, HANDLE_LABEL, k.key, sizeof(k.key));

	if (!e)
		*ret = k;
	handle_wipe(&k);
	return e;
}

void handle_wipe(struct handle_key *k)
{
	secret_wipe(k, sizeof(*k));
}

static struct span associated(const struct handle_key *k)
{
	return span_of(k->amc.text, AMC_LEN);
}

enum err handle_seal(const struct handle_key *k, struct span ref,
    uint8_t out[static HANDLE_SIZE], size_t *ret_n)
{
	uint8_t padded[LIMIT_REF] = {0};
	size_t n = (ref.n + HANDLE_PAD - 1) / HANDLE_PAD * HANDLE_PAD;
	enum err e;

	if (ref.n == 0 || ref.n > LIMIT_REF || memchr(ref.p, '\0', ref.n))
		return ERR_RANGE;
	memcpy(padded, ref.p, ref.n);
	e = aead_siv_seal(k->key, associated(k), span_of(padded, n), out);
	secret_wipe(padded, sizeof(padded));
	if (!e)
		*ret_n = n + AEAD_TAG;
	return e;
}

enum err handle_open(const struct handle_key *k,
    struct span handle, char out[static LIMIT_REF + 1])
{
	uint8_t padded[LIMIT_REF + 1] = {0};
	enum err e;

	if (handle.n <= AEAD_TAG || handle.n > HANDLE_SIZE ||
	    (handle.n - AEAD_TAG) % HANDLE_PAD != 0)
		return ERR_SHAPE;
	e = aead_siv_open(k->key, associated(k), handle, padded);
	if (!e)
		memcpy(out, padded, sizeof(padded));
	secret_wipe(padded, sizeof(padded));
	return e;
}
