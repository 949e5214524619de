/* SPDX-License-Identifier: Apache-2.0 */
/* The pin files that enrolment hands out (api/pin.h). */
#pragma once
#include "base/err.h"

/* Writes the pin of the instance in dir to path (replacing an older one): its
 * journal's vkey, its service keys, its URL and TLS authority. */
MUST_CHECK enum err pin_files_write(const char *dir, const char *path);
