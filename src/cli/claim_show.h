/* SPDX-License-Identifier: Apache-2.0 */
/* An estimate's answer, told to a person line by line, or as JSON. */
#pragma once
#include <stdbool.h>
#include "api/client.h"

/* Returns the exit code, as ask_show. */
int claim_show(const struct client_answer *a, bool json, bool french);
