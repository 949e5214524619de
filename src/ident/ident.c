/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "base/sabotage.h"
#include "crypto/hash.h"
#include "ident/ident.h"

#define TRAITS_MAX 3

struct ident_index {
	struct hash_mac *mac;
};

static void derive(const struct secret *root, const struct amc *amc,
    struct span operator, uint32_t version, struct secret *ret)
{
	static const struct secret nothing = {{0}};
	uint8_t number[4], prk[HASH_SIZE];
	struct span info[4];

	if (SABOTAGED(INDEX_KEY))	/* whoever has the rows has the key */
		root = &nothing;
	put_be32(number, version);
	info[0] = span_str("ecluse/index/v1");
	info[1] = span_of(amc->text, AMC_LEN);
	info[2] = operator;
	info[3] = span_of(number, sizeof(number));
	hash_hkdf_extract(
	    (struct span){0}, span_of(root->key, SECRET_SIZE), prk);
	hash_hkdf_expand_parts(prk, info, 4, ret->key, SECRET_SIZE);
	secret_wipe(prk, sizeof(prk));
}

enum err ident_index_new(const struct secret *root, const struct amc *amc,
    struct span operator, uint32_t version, struct ident_index **ret)
{
	struct ident_index *x;
	struct secret key;

	if (operator.n == 0 || operator.n > IDENT_OPERATOR_MAX)
		return ERR_RANGE;
	x = calloc(1, sizeof(*x));
	if (!x)
		return ERR_NOMEM;
	derive(root, amc, operator, version, &key);
	x->mac = hash_mac_new(span_of(key.key, SECRET_SIZE));
	secret_wipe(&key, sizeof(key));
	if (!x->mac) {
		free(x);
		return ERR_NOMEM;
	}
	*ret = x;
	return ERR_OK;
}

void ident_index_free(struct ident_index *x)
{
	if (!x)
		return;
	hash_mac_free(x->mac);
	free(x);
}

/* Every label and trait is shorter than 256 bytes. */
static void tag_of(struct ident_index *x, const char *label,
    const struct span *traits, size_t count, uint8_t tag[static IDENT_TAG])
{
	uint8_t sizes[TRAITS_MAX + 1], whole[HASH_SIZE];
	struct span parts[2 * (TRAITS_MAX + 1)];
	size_t n = 0;

	for (size_t i = 0; i <= count; i++) {
		struct span s = i ? traits[i - 1] : span_str(label);

		sizes[i] = (uint8_t)s.n;
		parts[n++] = span_of(&sizes[i], 1);
		parts[n++] = s;
	}
	hash_mac_parts(x->mac, parts, n, whole);
	memcpy(tag, whole, IDENT_TAG);
	secret_wipe(whole, sizeof(whole));
}

void ident_card(struct ident_index *x, const uint8_t cti[static IDENT_CTI],
    uint8_t tag[static IDENT_TAG])
{
	struct span trait = span_of(cti, IDENT_CTI);

	tag_of(x, "card", &trait, 1, tag);
}

void ident_member(struct ident_index *x, const struct canon_member *member,
    const struct canon_birth *birth, char rank,
    uint8_t tag[static IDENT_TAG])
{
	struct span traits[] = {span_str(member->text),
	    span_of(birth->text, CANON_BIRTH), span_of(&rank, 1)};

	tag_of(x, "member", traits, 3, tag);
}

void ident_nir(struct ident_index *x, const struct canon_nir *nir,
    const struct canon_birth *birth, char rank,
    uint8_t tag[static IDENT_TAG])
{
	struct span traits[] = {span_of(nir->text, NIR_BODY),
	    span_of(birth->text, CANON_BIRTH), span_of(&rank, 1)};

	tag_of(x, "nir", traits, 3, tag);
}

enum err ident_ref(struct ident_index *x, struct span handle,
    uint8_t tag[static IDENT_TAG])
{
	if (handle.n == 0)
		return ERR_RANGE;
	if (handle.n > LIMIT_HANDLE)
		return ERR_LIMIT;
	tag_of(x, "ref", &handle, 1, tag);
	return ERR_OK;
}
