/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of a plane's nginx (reference/measurements.md §8.7),
 * written at each start: DIR/run/nginx-<plane>.conf, and the refusals that all
 * of them serve by themselves: DIR/run/oo/NAME.json.
 *
 * nginx starts in DIR/run and every name in the file is relative to it; the
 * journal's public folder comes as descriptor NGINX_FD_PUBLIC, the listening
 * port as NGINX_FD_WEB, both open before nginx starts. It writes into
 * run/nginx-<plane>/ alone, and needs no power of root.
 */
#pragma once
#include "super/instance.h"

#define NGINX_FD_PUBLIC 3
#define NGINX_FD_WEB 4
#define NGINX_NAME 32	/* bytes of the file's name */

/* Whether nginx knows max_headers, and how many descriptors it may have. */
struct nginx_powers {
	bool max_headers;
	size_t descriptors;
};

struct nginx_powers nginx_powers(const char *program);
/* Does it log request lines? In a drill alone, with log.level = debug. */
bool nginx_quotes(const struct conf *c);
void nginx_write(const struct instance *in, unsigned plane,
    struct nginx_powers powers, struct buf *out);
/* The file's name in DIR/run. */
void nginx_conf(unsigned plane, char *out, size_t size);
/* Both kinds of files, for every plane that is enabled. */
MUST_CHECK enum err nginx_install(const struct instance *in);
