/* SPDX-License-Identifier: Apache-2.0 */
/* What the journal's tests share: a temporary folder, a key, entries. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/buf.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

#define RIG_PATH 4096

/* Makes and removes (with all that is in it) a folder of its own. */
void rig_folder(char out[static RIG_PATH]);
void rig_remove(const char *folder);
/* folder/name in a static room, good until the next two calls. */
const char *rig_in(const char *folder, const char *name);

/* An Ed25519 key from a seed of 32 equal bytes. */
struct sign_private *rig_key(uint8_t seed);

/* The whole file, to free; and back. */
uint8_t *rig_load(const char *path, size_t *ret_n);
void rig_store(const char *path, const void *p, size_t n);
void rig_flip(const char *path, size_t byte, uint8_t mask);
long rig_size(const char *path);	/* -1: no such file */
void rig_copy(const char *from, const char *to);	/* folders, whole */

/* n bytes that depend on index alone. */
void rig_fill(uint64_t index, void *to, size_t n);
