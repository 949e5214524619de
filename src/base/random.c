/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "base/random.h"

static void system_fill(void *ctx, void *to, size_t n)
{
	uint8_t *p = to;

	(void)ctx;
	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno != EINTR)
			abort();
		if (got > 0) {
			p += got;
			n -= (size_t)got;
		}
	}
}

struct random random_system(void)
{
	return (struct random){system_fill, NULL};
}

void random_fill(const struct random *r, void *to, size_t n)
{
	r->fill(r->ctx, to, n);
}

static void pool_fill(void *ctx, void *to, size_t n)
{
	struct random_pool *p = ctx;
	uint8_t *from;

	if (n > RANDOM_POOL) {
		random_fill(&p->from, to, n);
		return;
	}
	if (n > p->left) {
		random_fill(&p->from, p->bytes, RANDOM_POOL);
		p->left = RANDOM_POOL;
	}
	from = p->bytes + RANDOM_POOL - p->left;
	memcpy(to, from, n);
	explicit_bzero(from, n);
	p->left -= n;
}

struct random random_pooled(struct random_pool *pool, struct random from)
{
	*pool = (struct random_pool){.from = from};
	return (struct random){pool_fill, pool};
}

static uint64_t rotl(uint64_t x, unsigned k)
{
	return x << k | x >> (64 - k);
}

uint64_t random_seeded_u64(struct random_seeded *state)
{
	uint64_t *s = state->s;
	uint64_t result = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

uint64_t random_seeded_below(struct random_seeded *state, uint64_t n)
{
	uint64_t floor = (UINT64_MAX - n + 1) % n;
	uint64_t v;

	do {
		v = random_seeded_u64(state);
	} while (v < floor);
	return v % n;
}

static void seeded_fill(void *ctx, void *to, size_t n)
{
	uint8_t *p = to;

	while (n > 0) {
		uint64_t v = random_seeded_u64(ctx);
		size_t take = n < 8 ? n : 8;

		memcpy(p, &v, take);
		p += take;
		n -= take;
	}
}

struct random random_from_seed(struct random_seeded *state, uint64_t seed)
{
	for (int i = 0; i < 4; i++) {
		uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
		state->s[i] = z ^ (z >> 31);
	}
	return (struct random){seeded_fill, state};
}
