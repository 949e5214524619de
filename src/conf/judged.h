/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose settings are believed: ecluse.conf says which programs are started and
 * which module is loaded, and that it is a drill. What is judged is the file as
 * it is read, by its descriptor; then who may put another in its place.
 */
#pragma once
#include <stdbool.h>
#include "base/err.h"

/* ERR_STATE: others of this machine may write to the folder, whoever asks. */
MUST_CHECK enum err judged_folder(const char *dir);
/* The same of an open file; ERR_REFUSED: it is for root, and somebody else may
 * write it. ERR_IO. */
MUST_CHECK enum err judged_file(int fd, bool root);
/*
 * Can root alone rename any part of an absolute path, and write to its end?
 * ERR_REFUSED: path is cut behind the first part, from its end on, of which
 * that is not so.
 */
MUST_CHECK enum err judged_way(char *path);
