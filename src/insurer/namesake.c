/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "crypto/hash.h"
#include "crypto/secret.h"
#include "insurer/namesake.h"

struct namesake {
	uint64_t key;		/* of the digits, birth and rank */
	bool letter;		/* written with 2A or 2B */
};

void namesakes_init(struct namesakes *n)
{
	*n = (struct namesakes){0};
}

void namesakes_release(struct namesakes *n)
{
	if (n->list)
		secret_wipe(n->list, n->room * sizeof(*n->list));
	free(n->list);
	namesakes_init(n);
}

/* false: no department that Corsica's letters could be taken for. */
static bool read_as_digits(const struct member *m, struct namesake *ret)
{
	char text[NIR_BODY + 1 + MEMBER_BIRTH + 1] = {0};
	const char *department = m->nir.text + 5;
	uint8_t hash[HASH_SIZE];

	if (!m->has_nir || !strchr("12", department[0]) ||
	    !strchr("AB89", department[1]) || department[0] == '\0' ||
	    department[1] == '\0')
		return false;
	ret->letter = department[1] == 'A' || department[1] == 'B';
	if (ret->letter != (department[0] == '2'))
		return false;	/* 28, 29 */
	memcpy(text, m->nir.text, NIR_BODY);
	if (ret->letter) {
		text[6] = text[6] == 'A' ? '9' : '8';
		text[5] = '1';
	}
	text[NIR_BODY] = m->rank;
	memcpy(text + NIR_BODY + 1, m->birth, MEMBER_BIRTH);
	hash_sha256(span_str(text), hash);
	ret->key = get_be64(hash);
	secret_wipe(text, sizeof(text));
	return true;
}

enum err namesakes_note(struct namesakes *n, const struct member *m)
{
	size_t room = n->room ? n->room * 2 : 1024;
	struct namesake one, *wider;

	if (n->settled || !read_as_digits(m, &one))
		return ERR_OK;
	if (n->count == n->room) {
		wider = realloc(n->list, room * sizeof(*wider));
		if (!wider)
			return ERR_NOMEM;
		n->list = wider;
		n->room = room;
	}
	n->list[n->count++] = one;
	return ERR_OK;
}

static int by_key(const void *a, const void *b)
{
	const struct namesake *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

size_t namesakes_settle(struct namesakes *n)
{
	size_t kept = 0;

	if (n->count > 0)
		qsort(n->list, n->count, sizeof(*n->list), by_key);
	for (size_t i = 0, end; i < n->count; i = end) {
		bool letter = false, digits = false;

		for (end = i; end < n->count &&
		     n->list[end].key == n->list[i].key; end++) {
			letter = letter || n->list[end].letter;
			digits = digits || !n->list[end].letter;
		}
		if (letter && digits)
			n->list[kept++] = n->list[i];
	}
	n->count = kept;
	n->settled = true;
	return kept;
}

bool namesakes_has(const struct namesakes *n, const struct member *m)
{
	struct namesake one;

	return n->settled && n->count > 0 && read_as_digits(m, &one) &&
	    bsearch(&one, n->list, n->count, sizeof(one), by_key);
}
