/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an instance holds open while it runs: its lock, its folders and the
 * sockets that outlive any of its processes. A process that is started again
 * finds its connections waiting in the backlog.
 *
 * Every process gets DIR or DIR/run as the folder it starts in, and nginx
 * journal/public as a descriptor: no other user needs a way through the
 * folders above DIR. Super too goes by the folder that it opened, wherever that
 * is moved: another instance may stand at its old place.
 */
#pragma once
#include <sys/types.h>
#include "conf/conf.h"

/* Listening; -1 for a plane that is not enabled. */
struct instance_plane {
	int web;		/* the TCP port */
	int gate;		/* DIR/run/gate-<plane>.sock */
	int words;		/* its nginx's standard error (super/heard.h) */
};

struct instance {
	char dir[CONF_PATH];	/* absolute, as it was found */
	char way[32];		/* to it, once it is open */
	struct conf conf;
	struct buf settings;	/* ecluse.conf's text, while it is opened */
	bool users;		/* root's: each process has its own user */
	int lock;		/* DIR/run/lock */
	int keeper;		/* DIR/keeper, locked too */
	int folder, run, public;	/* DIR, run, journal/public */
	int admin;		/* listening: DIR/run/admin.sock */
	struct instance_plane plane[CONF_PLANES];
};

/* Why it cannot be opened, for the operator. */
struct instance_fault {
	char text[512];
};
void instance_say(struct instance_fault *fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Locks DIR, then makes folders and sockets. ERR_EXISTS: it runs already. On
 * failure everything opened is closed again.
 */
MUST_CHECK enum err instance_open(const char *dir, struct instance *ret,
    struct instance_fault *fault);
/* Takes the sockets away and lets the lock go. */
void instance_close(struct instance *in);
/* A path to name below DIR, cut to size (CONF_PATH is checked at opening). */
void instance_path(const struct instance *in, const char *name, char *out,
    size_t size);
/* The same as others reach it, now. */
void instance_place(const struct instance *in, const char *name, char *out,
    size_t size);
