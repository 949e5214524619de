/* SPDX-License-Identifier: Apache-2.0 */
/* Where the files that come with the programs are. */
#pragma once
#include <stddef.h>

/*
 * The folder of that name: $ECLUSE_SHARE/name, else above the program's folder
 * (a build tree), else /usr/share/ecluse/name. Empty: it does not fit.
 */
void share_path(const char *name, char *out, size_t size);
/* A program of ours: beside the one that runs. Empty: it does not fit. */
void share_program(const char *name, char *out, size_t size);
