/* SPDX-License-Identifier: Apache-2.0 */
/* Why a file that somebody named could not be read, in the reader's language. */
#pragma once
#include "base/err.h"

/*
 * By what stands at path now: nothing, a folder, a file that this user may not
 * read; or by e, one that is too long. NULL: e has more to say than the look at
 * the file. "-" is standard input.
 */
const char *unread_why(const char *path, enum err e);
