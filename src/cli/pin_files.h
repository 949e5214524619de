/* SPDX-License-Identifier: Apache-2.0 */
/* The pin files that enrolment hands out (api/pin.h). */
#pragma once
#include "base/err.h"

/* Writes the pin of the instance in dir to path (replacing an older one): its
 * journal's vkey, its service keys, the URL of a plane (a word of
 * conf/conf.h) and the TLS authority. ERR_UNKNOWN: no such plane here. */
MUST_CHECK enum err pin_files_write(
    const char *dir, const char *plane, const char *path);
