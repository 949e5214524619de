/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "crypto/openssl.h"
#include "lib/must.h"
#include "rights/tls.h"

/* As crypto/openssl.h: a name of OpenSSL is one of our errors. */
#define ERR_STATE openssl_err_state
#include <openssl/ssl.h>
#undef ERR_STATE

struct tls_door {
	SSL_CTX *ctx;
	char host[256], port[8];
	struct sockaddr_storage at;	/* of host and port, one that answers */
	socklen_t at_size;
};

struct tls {
	SSL *ssl;
	int fd;
};

static void split_url(struct tls_door *d, const char *url)
{
	const char *host = url + strlen("https://"), *colon;
	size_t n;

	must_true(strncmp(url, "https://", strlen("https://")) == 0,
	    "the url is not https://HOST:PORT");
	n = strcspn(host, "/");
	colon = memchr(host, ':', n);
	must_true(colon && (size_t)(colon - host) < sizeof(d->host) &&
	    (size_t)(host + n - colon - 1) < sizeof(d->port),
	    "the url is not https://HOST:PORT");
	(void)snprintf(d->host, sizeof(d->host), "%.*s",
	    (int)(colon - host), host);
	(void)snprintf(d->port, sizeof(d->port), "%.*s",
	    (int)(host + n - colon - 1), colon + 1);
}

static void trust(struct tls_door *d, struct span ca)
{
	BIO *in = BIO_new_mem_buf(ca.p, (int)ca.n);
	X509 *one;

	must_true(in != NULL, "no memory");
	while ((one = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
		must_true(X509_STORE_add_cert(
		    SSL_CTX_get_cert_store(d->ctx), one) == 1, "authority");
		X509_free(one);
	}
	ERR_clear_error();	/* the end of the text */
	BIO_free(in);
}

static int connect_to(const struct sockaddr *at, socklen_t size)
{
	int fd = socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || connect(fd, at, size) != 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0) {
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	return fd;
}

/* The first of its addresses that takes a connection. */
static void find(struct tls_door *d)
{
	struct addrinfo want = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	int fd = -1;

	must_true(getaddrinfo(d->host, d->port, &want, &list) == 0,
	    "the host is not known");
	for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
		fd = connect_to(a->ai_addr, a->ai_addrlen);
		memcpy(&d->at, a->ai_addr, a->ai_addrlen);
		d->at_size = a->ai_addrlen;
	}
	freeaddrinfo(list);
	must_true(fd >= 0, "no connection");
	(void)close(fd);
}

struct tls_door *tls_door_new(
    const char *url, struct span ca, char *out, size_t size)
{
	struct tls_door *d = calloc(1, sizeof(*d));

	must_true(d != NULL, "no memory");
	split_url(d, url);
	must_true(snprintf(out, size, "%s:%s", d->host, d->port) < (int)size,
	    "the url is too long");
	d->ctx = SSL_CTX_new(TLS_client_method());
	must_true(d->ctx != NULL, "no memory");
	must_true(SSL_CTX_set_min_proto_version(d->ctx, TLS1_3_VERSION) == 1,
	    "TLS 1.3");
	SSL_CTX_set_verify(d->ctx, SSL_VERIFY_PEER, NULL);
	trust(d, ca);
	find(d);
	return d;
}

void tls_door_free(struct tls_door *d)
{
	if (!d)
		return;
	SSL_CTX_free(d->ctx);
	free(d);
}

void tls_door_certificate(
    struct tls_door *d, const char *certificate, const char *key)
{
	must_true(SSL_CTX_use_certificate_chain_file(
	    d->ctx, certificate) == 1 && SSL_CTX_use_PrivateKey_file(
	    d->ctx, key, SSL_FILETYPE_PEM) == 1, "the client's certificate");
}

struct tls *tls_begin(const struct tls_door *d)
{
	struct tls *t = calloc(1, sizeof(*t));

	must_true(t != NULL, "no memory");
	t->fd = connect_to((const struct sockaddr *)&d->at, d->at_size);
	must_true(t->fd >= 0, "no connection");
	t->ssl = SSL_new(d->ctx);
	must_true(t->ssl && SSL_set_fd(t->ssl, t->fd) == 1 &&
	    SSL_set1_host(t->ssl, d->host) == 1 &&
	    SSL_set_tlsext_host_name(t->ssl, d->host) == 1, "TLS");
	must_true(fcntl(t->fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
	SSL_set_connect_state(t->ssl);
	return t;
}

struct tls *tls_open(const struct tls_door *d)
{
	struct tls *t = tls_begin(d);

	must_true(fcntl(t->fd, F_SETFL, 0) == 0, "fcntl");
	must_true(SSL_connect(t->ssl) == 1, "no TLS 1.3, or another server");
	must_true(fcntl(t->fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
	return t;
}

void tls_close(struct tls *t)
{
	if (!t)
		return;
	(void)SSL_shutdown(t->ssl);
	SSL_free(t->ssl);
	(void)close(t->fd);
	free(t);
}

int tls_fd(const struct tls *t)
{
	return t->fd;
}

static enum err why(struct tls *t, int result)
{
	int e = SSL_get_error(t->ssl, result);

	ERR_clear_error();
	return e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE
	    ? ERR_STATE
	    : ERR_CLOSED;
}

enum err tls_send(struct tls *t, struct span bytes)
{
	int n = SSL_write(t->ssl, bytes.p, (int)bytes.n);

	return n > 0 ? ERR_OK : why(t, n);
}

enum err tls_take(struct tls *t, uint8_t *out, size_t n, size_t *ret_n)
{
	int got = SSL_read(t->ssl, out, (int)n);

	if (got <= 0)
		return why(t, got);
	*ret_n = (size_t)got;
	return ERR_OK;
}
