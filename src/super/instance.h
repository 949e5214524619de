/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an instance holds open while it runs: its lock, its folders and the
 * sockets that outlive any of its processes. A process that is started again
 * finds its connections waiting in the backlog.
 *
 * As root, nginx's workers run as another user, to whom the instance's folder
 * is closed: they get run/ as the folder they start in and journal/public as a
 * descriptor, and need no way through the folders above.
 */
#pragma once
#include <sys/types.h>
#include "conf/conf.h"

struct instance {
	char dir[CONF_PATH];	/* absolute */
	struct conf conf;
	int lock;		/* DIR/run/lock */
	int run, public;	/* folders */
	int gate;		/* listening: DIR/run/gate-flow.sock */
	int admin;		/* listening: DIR/run/admin.sock */
	int web;		/* listening: the TCP port of the flow plane */
	char web_user[32];	/* of nginx's workers; empty: ours */
	gid_t web_group;
};

/* Why it cannot be opened, for the operator. */
struct instance_fault {
	char text[512];
};

/*
 * Locks DIR, then makes folders and sockets. ERR_EXISTS: it runs already. On
 * failure everything opened is closed again.
 */
MUST_CHECK enum err instance_open(const char *dir, struct instance *ret,
    struct instance_fault *fault);
/* Takes the sockets away and lets the lock go. */
void instance_close(struct instance *in);
/* dir/name, cut to size (CONF_PATH is checked at opening). */
void instance_path(const struct instance *in, const char *name, char *out,
    size_t size);
