/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sentences that lower folders put together (journal/verify.c, meter/compare.c,
 * the keeper, conf/, rootkey/) in the reader's language. They say them in English, once, with
 * places and numbers in them; here is the list of their forms, so that what
 * stands in the places is found again. tests/static/test_messages.py compares
 * the list with those folders.
 */
#pragma once
#include <stddef.h>

/* The sentence in the reader's language; one of no form here as it is. */
void composed_text(const char *english, char *out, size_t size);
