/* SPDX-License-Identifier: Apache-2.0 */
/* Words to the person at the terminal, and the exit codes of design §11. */
#pragma once
#include "base/err.h"

enum say_exit {
	SAY_DONE = 0,
	SAY_CHECK_FAILED = 1,
	SAY_USAGE = 2,
	SAY_REFUSED = 3,
	SAY_UNKNOWN = 4,
	SAY_TRANSPORT = 5
};

/* "ecluse: words" and a line feed on standard error. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same with "see: ecluse COMMAND --help"; gives SAY_USAGE. */
int say_usage(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A command's --help on standard output; gives SAY_DONE. */
int say_help(const char *help);
/* What a command of several is made of: on standard output for the word
 * --help, else on standard error and SAY_USAGE. */
int say_parts(const char *help, const char *word);
/* Why something failed, or what was done, in the reader's language: the
 * keeper's own words, with the line or entry that they name, or those of e
 * where it had none (words NULL or ""). Good until the next call. */
const char *say_why(const char *words, enum err e);
/* The same of a file that could not be read. */
const char *say_why_file(const char *path, enum err e);
/*
 * "PATH: why" of a file that somebody named and that is not what it should be:
 * why it could not be read, or else wanted (translated; NULL: the phrase of e).
 * Gives an error whose exit code is SAY_CHECK_FAILED, for a command's other
 * codes are about the instance; of ERR_NOMEM itself.
 */
enum err say_unread(const char *path, enum err e, const char *wanted);
/* {"name":"value","words":"..."} and a line feed on standard output: the form
 * that --json gives to what a command did. words NULL: left out. */
void say_json(const char *name, const char *value, const char *words);
/* The exit code of a keeper's error. */
int say_exit_of(enum err e);
