/* SPDX-License-Identifier: Apache-2.0 */
/* jansson behind names of its own: it and json/read.h share several. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NULL: it refuses; *ret_beyond: for a number that its types cannot hold. */
void *other_read(const void *p, size_t n, bool *ret_beyond);
void other_free(void *v);
/* 0 null, f false, t true, i integer, r real, s string, [ and { */
char other_kind(const void *v);
size_t other_count(const void *v);	/* elements or members */
int64_t other_int(const void *v);
const char *other_text(const void *v, size_t *ret_n);
void *other_element(const void *v, size_t nth);
/* Each member in turn; ctx first. */
void other_members(void *v, void *ctx,
    void (*each)(void *ctx, const char *name, void *value));
