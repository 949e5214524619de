/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way of ours to end at once. A hash or a cipher for which there is no
 * memory has no result, and no caller could go on without one: the process says
 * so on standard error and ends by SIGABRT; who started it starts it again.
 */
#pragma once
#include <stdbool.h>

void must_have(bool ok, const char *what);
