/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of `ecluse-insurer`, run at the mutuelle with its own data.
 * argv[0] is the command's name; each returns an exit code of design §11.
 */
#pragma once
#include "ids/amc.h"

enum cmd_exit {
	CMD_DONE = 0,
	CMD_FAULT = 1,		/* a check failed */
	CMD_USAGE = 2,		/* options, and files that they name */
	CMD_REFUSED = 3,	/* the service refused */
	CMD_UNKNOWN = 4,	/* or does not know us */
	CMD_OUTPUT = 5		/* the system refused, or no service answers */
};

int cmd_feed(int argc, char **argv);
int cmd_send(int argc, char **argv);
int cmd_open(int argc, char **argv);
int cmd_card(int argc, char **argv);
int cmd_keygen(int argc, char **argv);
int cmd_contract(int argc, char **argv);

/* The status; in place of CMD_DONE and CMD_FAULT CMD_OUTPUT, said, if standard
 * output did not take all, or there was no memory for it. */
int cmd_finish(int status);
/* "ecluse-insurer feed: words" on standard error, in the reader's language. */
void cmd_say(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Where the options are told; returns CMD_USAGE. */
int cmd_try(const char *command);
/* An error in the reader's language. */
const char *cmd_why(enum err e);
/* "ecluse-insurer feed: FILE: words" of one that is read; returns CMD_USAGE, or CMD_OUTPUT when
 * the file is there and the system refused. */
int cmd_file_fault(const char *command, const char *path, enum err e);
/* The same of a file or folder that is to be written. */
int cmd_out_fault(const char *command, const char *path, enum err e);
/* Is path one of the files that are read (NULL: not said)? Then it is told:
 * what is written would take its place. */
bool cmd_would_lose(const char *command, const char *path,
    const char *const *read, size_t count);
/* An AMC number of an option; says what is wrong. */
bool cmd_read_amc(const char *command, const char *text, struct amc *ret);
