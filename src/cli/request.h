/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests: acts in files, on their way from one administrator to the other
 * and to the instance. A request is the signed note and nothing else; what it
 * means is read from its own text, offline.
 */
#pragma once
#include "journal/note.h"
#include "registry/registry.h"

#define REQUEST_FILES 4096	/* in one run */
#define REQUEST_SIGNERS 16

struct request {
	struct buf note;
	struct span text, signatures;	/* views of note */
	struct registry_asks asks;
	size_t signer_count;		/* distinct names, checked by nobody */
	struct span signers[REQUEST_SIGNERS];
};

/* Complains on standard error. */
MUST_CHECK enum err request_read(const char *path, struct request *ret);
void request_release(struct request *r);
/* Has that name signed? */
bool request_has(const struct request *r, const char *name);

/* The files of a command line: a folder stands for the *.act in it, in the
 * order of their names. */
struct request_files {
	char **paths;
	size_t count;
};
MUST_CHECK enum err request_list(
    char *const *args, int count, struct request_files *ret);
void request_list_free(struct request_files *f);
