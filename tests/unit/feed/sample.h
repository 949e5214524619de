/* SPDX-License-Identifier: Apache-2.0 */
/* An invented line, with every field filled. */
#pragma once
#include "crypto/hex.h"
#include "feed/trait_line.h"

static inline struct feed_traits_line sample_line(uint32_t number)
{
	struct feed_traits_line m = {
	    .line = number,
	    .nir = span_str("253072A073004"),
	    .birth = "19530700",
	    .rank = '1',
	    .member = span_str("0012345678"),
	    .card_count = 2,
	    .handle = span_str("0123456789abcdef0123456789abcdef"),
	    .contract = span_str("SANTE+ 2"),
	    .convention = span_str("VM"),
	    .csr = span_str("CSR1"),
	    .order = 1,
	    .from_day = 20454,
	    .to_day = 20818,
	    .closed_day = 20600,
	    .age_class = 3,
	    .age_change = 2027 * 12 + 5,
	    .domain_count = 2,
	    .domains = {{span_str("OPTI"), span_str("BR200"), 1},
	        {span_str("PHAR"), span_str(""), 0}},
	};

	for (uint8_t i = 0; i < FEED_TRAITS_CTI; i++) {
		m.cards[0][i] = i;
		m.cards[1][i] = (uint8_t)(0x80 + i);
	}
	return m;
}

static inline void assert_same_span(struct span a, struct span b)
{
	assert_true(span_equal(a, b));
}

static inline void assert_same_line(
    const struct feed_traits_line *a, const struct feed_traits_line *b)
{
	assert_int_equal(a->line, b->line);
	assert_same_span(a->nir, b->nir);
	assert_string_equal(a->birth, b->birth);
	assert_int_equal(a->rank, b->rank);
	assert_same_span(a->member, b->member);
	assert_int_equal(a->card_count, b->card_count);
	assert_memory_equal(a->cards, b->cards, sizeof(a->cards));
	assert_same_span(a->handle, b->handle);
	assert_same_span(a->contract, b->contract);
	assert_same_span(a->convention, b->convention);
	assert_same_span(a->csr, b->csr);
	assert_int_equal(a->order, b->order);
	assert_int_equal(a->from_day, b->from_day);
	assert_int_equal(a->to_day, b->to_day);
	assert_int_equal(a->closed_day, b->closed_day);
	assert_int_equal(a->age_class, b->age_class);
	assert_int_equal(a->age_change, b->age_change);
	assert_int_equal(a->domain_count, b->domain_count);
	for (unsigned i = 0; i < a->domain_count; i++) {
		assert_same_span(a->domains[i].code, b->domains[i].code);
		assert_same_span(a->domains[i].level, b->domains[i].level);
		assert_int_equal(a->domains[i].authorization,
		    b->domains[i].authorization);
	}
}
