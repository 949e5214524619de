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
/*
 * May the copy of the month keys go to out? Asked before the manifest of an
 * earlier backup goes, not behind an hour of copying. ERR_IO, with words: no
 * file can be put there; errors of backup_place_last.
 */
MUST_CHECK enum err backup_place_months(
    const char *dir, const char *out, char *words, size_t size);
/* ERR_REFUSED, with words: the instance has no month keys, and out has some: it
 * is the last copy. ERR_LIMIT. */
MUST_CHECK enum err backup_place_last(
    const char *dir, const char *out, char *words, size_t size);
