/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "vault/persons.h"

#define FIRST 64	/* slots; a power of two */

void persons_release(struct persons *p)
{
	free(p->slots);
	*p = (struct persons){NULL};
}

/* Where number is, or would go. The numbers are the vault's own and random;
 * Fibonacci hashing for those of small populations. */
static size_t place(const struct persons *p, uint64_t number)
{
	size_t i = (size_t)((number * UINT64_C(0x9e3779b97f4a7c15)) >> 32);

	for (i &= p->size - 1; p->slots[i] && p->slots[i] != number;)
		i = (i + 1) & (p->size - 1);
	return i;
}

bool persons_has(const struct persons *p, uint64_t number)
{
	return p->size > 0 && p->slots[place(p, number)] == number;
}

static enum err widen(struct persons *p)
{
	struct persons wider = {
	    .count = p->count, .size = p->size ? p->size * 2 : FIRST};

	wider.slots = calloc(wider.size, sizeof(*wider.slots));
	if (!wider.slots)
		return ERR_NOMEM;
	for (size_t i = 0; i < p->size; i++)
		if (p->slots[i])
			wider.slots[place(&wider, p->slots[i])] = p->slots[i];
	free(p->slots);
	*p = wider;
	return ERR_OK;
}

enum err persons_add(struct persons *p, uint64_t number)
{
	size_t i;
	enum err e = p->count * 4 >= p->size * 3 ? widen(p) : ERR_OK;

	if (e)
		return e;
	i = place(p, number);
	p->count += p->slots[i] ? 0 : 1;
	p->slots[i] = number;
	return ERR_OK;
}
