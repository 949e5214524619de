/* SPDX-License-Identifier: Apache-2.0 */
/* To whom a feed is sealed: the platform's key, as the operator gave it. */
#pragma once
#include "crypto/hpke.h"

/* The key alone: 65 bytes in base64, and white space behind. ERR_UNKNOWN: no
 * such file; ERR_SHAPE. */
MUST_CHECK enum err whom_of_key(
    const char *path, uint8_t ret[static HPKE_PUBLIC]);
/* The key that a pin names. Errors of pin_load. */
MUST_CHECK enum err whom_of_pin(
    const char *path, uint8_t ret[static HPKE_PUBLIC]);
