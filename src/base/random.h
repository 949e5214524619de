/* SPDX-License-Identifier: Apache-2.0 */
/* Randomness is injected too: the kernel's in programs, a seeded stream in
 * tests and in invented populations. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct random {
	void (*fill)(void *ctx, void *to, size_t n);	/* never fails */
	void *ctx;
};

/* getrandom(2); ends the process if the kernel refuses, for nothing that
 * needs randomness may go on without. */
struct random random_system(void);
void random_fill(const struct random *r, void *to, size_t n);

/*
 * Small draws from one large: a system call for 16 bytes costs more than the
 * bytes. What was drawn is wiped here. Not for a process that forks and draws
 * on both sides: both would have the same.
 */
#define RANDOM_POOL 512
struct random_pool {
	struct random from;
	size_t left;		/* at the end of bytes, not drawn yet */
	uint8_t bytes[RANDOM_POOL];
};
struct random random_pooled(struct random_pool *pool, struct random from);

/*
 * A deterministic stream for invented data and simulations (xoshiro256**
 * seeded by splitmix64; public domain algorithms by Blackman and Vigna).
 * Never for keys of a real instance.
 */
struct random_seeded {
	uint64_t s[4];
};
struct random random_from_seed(struct random_seeded *state, uint64_t seed);
uint64_t random_seeded_u64(struct random_seeded *state);
/* Uniform below n (n > 0), without modulo bias. */
uint64_t random_seeded_below(struct random_seeded *state, uint64_t n);
