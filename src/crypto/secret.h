/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only type that symmetric keys travel in. It is wiped by secret_wipe()
 * and never printed; compare with secret_equal() alone (constant time).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_SIZE 32

struct secret {
	uint8_t key[SECRET_SIZE];
};

void secret_wipe(void *p, size_t n);
bool secret_equal(const void *a, const void *b, size_t n);
