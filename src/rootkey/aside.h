/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11_mac and pkcs11_drop in a process of its own, which ends with it: the
 * module's code, its threads, its files and its exit handlers never come into
 * ours, and have no descriptor of ours but standard error.
 */
#pragma once
#include "rootkey/pkcs11.h"

/* ret NULL: pkcs11_drop. Errors and words of rootkey_open; ERR_IO too if the
 * module ended it. */
MUST_CHECK enum err aside_mac(const struct pkcs11_place *place,
    struct span message, uint8_t *ret, struct rootkey_fault *fault);
