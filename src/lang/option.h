/* SPDX-License-Identifier: Apache-2.0 */
/*
 * getopt_long(3) whose complaints are in the reader's language: what it does
 * not know, or what lacks its value or has one too many, is named on standard
 * error, and '?' is given back. A value is never repeated.
 */
#pragma once
#include <getopt.h>

int lang_option(int argc, char *const *argv, const char *shorts,
    const struct option *options);
