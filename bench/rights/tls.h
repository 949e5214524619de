/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS 1.3 connections of a client, kept alive, the server's certificate
 * checked against the pinned authority. Non-blocking once they stand.
 */
#pragma once
#include "base/buf.h"

struct tls_door;	/* where to, and whom to trust */
struct tls;		/* one connection */

/* url: https://HOST:PORT; ca: PEM. Ends the program if it is not understood.
 * out takes the url's authority. */
struct tls_door *tls_door_new(
    const char *url, struct span ca, char *out, size_t size);
/* Who is asked for a certificate shows this one. PEM files. */
void tls_door_certificate(
    struct tls_door *d, const char *certificate, const char *key);
void tls_door_free(struct tls_door *d);

/* Connects and shakes hands, waiting for both; ends the program otherwise. */
struct tls *tls_open(const struct tls_door *d);
/* Connects; hands are shaken by what is sent and taken, without waiting. */
struct tls *tls_begin(const struct tls_door *d);
void tls_close(struct tls *t);
int tls_fd(const struct tls *t);

/* All of it, or nothing yet: ERR_STATE: again, the same bytes, when the socket
 * takes more. ERR_CLOSED. */
MUST_CHECK enum err tls_send(struct tls *t, struct span bytes);
/* Up to n bytes. ERR_STATE: none are there; ERR_CLOSED. */
MUST_CHECK enum err tls_take(
    struct tls *t, uint8_t *out, size_t n, size_t *ret_n);
