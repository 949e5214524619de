/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DIR/ecluse.conf: lines `name = value`, # comments. Every setting is one row
 * of a table (conf/rows.c): name, type, default, range, sentence. Unknown and
 * double names are errors, so that a slip of the pen never means a default.
 *
 * Nothing here is secret and nothing here is a budget: those are signed acts.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"

#define CONF_FILE "ecluse.conf"
#define CONF_FILE_MOST 65536	/* bytes of the file */
#define CONF_STARTED "run/started.conf"
#define CONF_VAULTS 16		/* vaults at most */
#define CONF_PATH 256		/* bytes of a path, with its NUL */

enum conf_certificate {
	CONF_CERTIFICATE_NONE,		/* not asked for */
	CONF_CERTIFICATE_OPTIONAL,	/* checked when shown */
	CONF_CERTIFICATE_REQUIRED,	/* no TLS without one */
};

/* Planes by their number, which is also the one in messages and in the
 * journal's leaves (msg/ask.h, journal/leaf.h). */
enum conf_plane_nth {
	CONF_FLOW = 1,
	CONF_PORTAL,
	CONF_MEMBER,	/* not there yet: no setting turns it on */
	CONF_STAFF,
	CONF_PLANES	/* one more than the last */
};

/* A plane has its own nginx, gate, port, certificate and switch. */
struct conf_plane {
	bool enabled;			/* no: neither nginx nor gate runs */
	char address[64];		/* numeric address nginx listens on */
	uint32_t port;			/* 0: super picks one, see conf_load */
	bool port_picked;		/* the file says 0 */
	char authority[LIMIT_AUTHORITY + 1];	/* host:port, signed */
	bool plain;			/* unsealed bodies are accepted */
	enum conf_certificate certificate;
	uint32_t connections;		/* of one address at a time */
};

struct conf {
	char origin[LIMIT_ORIGIN + 1];	/* of the log; journal signer's name */
	bool drill;			/* DRILL everywhere, settable clock */
	bool unconfined;		/* a drill's alone: confine/confine.h */
	struct conf_plane plane[CONF_PLANES];	/* by enum conf_plane_nth */
	uint32_t workers;		/* of each nginx */
	enum log_level log_level;
	uint32_t vault_count;		/* cells are shared out among them */
	uint32_t vault_timeout_ms;	/* a silent vault fails its cells */
	uint32_t asks_per_person;	/* of a key in a day (keeper/pace.h) */
	uint32_t users_base;		/* first user of root's children */
	char nginx[CONF_PATH];		/* the program */
	/* the root key: empty for keeper/root.key, or a PKCS#11 token's */
	char root_module[CONF_PATH], root_token[33], root_key[65];
	char root_pin_file[CONF_PATH];
	char root_origin[LIMIT_ORIGIN + 1];
};

/* flow, portal, member, staff; NULL: no such plane. */
const char *conf_plane_word(unsigned nth);
/* The plane of a word, 0 if there is none. */
unsigned conf_plane_of(struct span word);

/* What is wrong and what to do: "line 3: flow.prot: ..." */
struct conf_fault {
	char text[256];
};

/* Every default; origin has none and is empty. */
void conf_defaults(struct conf *ret);

/* ERR_SHAPE, ERR_UNKNOWN, ERR_EXISTS, ERR_RANGE with fault filled. */
MUST_CHECK enum err conf_parse(
    struct span text, struct conf *ret, struct conf_fault *fault);

/*
 * Reads dir/ecluse.conf. What the file leaves open is settled here, so that
 * every program of an instance sees the same: a port of 0 becomes the one that
 * super picked (dir/run/<plane>.port; stays 0 before its first start), an
 * empty authority becomes localhost:<port>.
 */
MUST_CHECK enum err conf_load(
    const char *dir, struct conf *ret, struct conf_fault *fault);

/* The same of what somebody else read there; how: how that went. */
MUST_CHECK enum err conf_take(const char *dir, enum err how, struct span text,
    struct conf *ret, struct conf_fault *fault);

/*
 * What the instance was started with: super writes it into dir/run/started.conf
 * before it starts anybody, and every process reads that, however often it is
 * started again. A change of ecluse.conf, or a slip in it, waits for the next
 * start of all (decision 0157). Without the file: as conf_load.
 */
MUST_CHECK enum err conf_started(
    const char *dir, struct conf *ret, struct conf_fault *fault);
MUST_CHECK enum err conf_start(const char *dir, const struct conf *c);

/* One setting by its name, as the file writes its value. ERR_UNKNOWN: no such
 * setting. */
MUST_CHECK enum err conf_get(
    const struct conf *c, const char *name, struct buf *out);
/* ERR_UNKNOWN; ERR_RANGE: the setting does not take this value. */
MUST_CHECK enum err conf_set(
    struct conf *c, const char *name, struct span value);

/* The whole file, every setting with its sentence, holding c's values. */
void conf_write(const struct conf *c, struct buf *out);

/* Remembers the picked port for conf_load (super alone calls it). */
MUST_CHECK enum err conf_save_port(
    const char *dir, unsigned plane, uint32_t port);
