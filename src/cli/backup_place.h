/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before anything is copied: is this the only backup of the instance that is
 * made now, and may it go where it is to go?
 */
#pragma once
#include "base/err.h"

/*
 * Two at once would take each other's copies of the vaults away. Held until
 * *ret_fd is closed, or the process ends however it ends. ERR_STATE: another
 * one is under way; ERR_IO.
 */
MUST_CHECK enum err backup_place_lock(const char *dir, int *ret_fd);
/*
 * out is made (mode 700) if it is not there. ERR_REFUSED, with words[size]: it
 * is in the instance, or holds a manifest of something else, which would be
 * lost; ERR_IO.
 */
MUST_CHECK enum err backup_place_take(
    const char *dir, const char *out, char *words, size_t size);
