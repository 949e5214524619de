/* SPDX-License-Identifier: Apache-2.0 */
/* A benchmark whose set-up fails has nothing to say: it ends, exit status 1. */
#pragma once
#include <stdbool.h>
#include "base/err.h"

void must(enum err e, const char *what);
void must_true(bool good, const char *what);
