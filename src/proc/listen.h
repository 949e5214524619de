/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unix sockets by path. The folder is opened first and the name used through
 * it, so that a path longer than sun_path (107 bytes) works too.
 */
#pragma once
#include <stdint.h>
#include <sys/types.h>
#include "base/err.h"

/* A full backlog refuses at once (measurements.md §8.5), so it is as long as
 * the kernel lets it be (net.core.somaxconn). */
#define LISTEN_BACKLOG 4096

/* type: SOCK_STREAM or SOCK_SEQPACKET. A socket left at path is replaced;
 * anything else there is ERR_EXISTS. Non-blocking, close-on-exec. */
MUST_CHECK enum err listen_unix(
    const char *path, int type, mode_t mode, int *ret);
/* ERR_UNKNOWN: no socket there; ERR_CLOSED: nobody listens. Blocking. */
MUST_CHECK enum err listen_connect(const char *path, int type, int *ret);
/*
 * The next connection, non-blocking and close-on-exec. ERR_STATE: none waits;
 * ERR_FULL: no descriptor left for it; ERR_IO.
 */
MUST_CHECK enum err listen_accept(int fd, int *ret);

/*
 * Listens on a TCP port of a numeric address; port 0 picks a free one.
 * ERR_EXISTS: taken; ERR_SHAPE: no address; ERR_REFUSED: not ours to take (a
 * port below 1024); ERR_IO.
 */
MUST_CHECK enum err listen_tcp(
    const char *address, uint32_t port, int *ret, uint32_t *ret_port);
