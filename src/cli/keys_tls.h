/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS of a plane's nginx: another certificate and key, checked before they are
 * put in place, or another list of authorities of client certificates. A
 * running instance takes them up without dropping a question: super is told.
 */
#pragma once

struct keys_tls {
	const char *dir, *plane;		/* tls */
	const char *certificate, *key;
	const char *add, *end;			/* clients-ca */
};

/* Say what was done or what is wrong; the exit status. */
int keys_tls_server(const struct keys_tls *t);
int keys_tls_clients(const struct keys_tls *t);
