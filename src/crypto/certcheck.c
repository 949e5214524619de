/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>
#include "base/date.h"
#include "crypto/openssl.h"
#include "crypto/certcheck.h"

#define CHAIN_MOST 16

/* All certificates of a PEM text. ERR_SHAPE: none, too many, or something
 * that is not one. */
static enum err read_all(struct span pem, STACK_OF(X509) **ret)
{
	STACK_OF(X509) *all = sk_X509_new_null();
	BIO *in = pem.n <= INT_MAX ?
	    BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
	enum err e = all && in ? ERR_OK : ERR_NOMEM;
	X509 *one;

	while (!e && (one = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
		if (sk_X509_num(all) == CHAIN_MOST || !sk_X509_push(all, one)) {
			X509_free(one);
			e = ERR_SHAPE;
		}
	}
	if (!e && (sk_X509_num(all) == 0 || ERR_GET_REASON(
	    ERR_peek_last_error()) != PEM_R_NO_START_LINE))
		e = ERR_SHAPE;
	ERR_clear_error();
	BIO_free(in);
	if (e)
		sk_X509_pop_free(all, X509_free);
	else
		*ret = all;
	return e;
}

/* What follows compares public halves alone. */
static bool is_whole(EVP_PKEY *key)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	bool whole = ctx && EVP_PKEY_pairwise_check(ctx) == 1;

	EVP_PKEY_CTX_free(ctx);
	return whole;
}

static enum err check_key(X509 *own, struct span key)
{
	BIO *in = key.n <= INT_MAX ?
	    BIO_new_mem_buf(key.p, (int)key.n) : NULL;
	EVP_PKEY *k = in ?
	    PEM_read_bio_PrivateKey(in, NULL, NULL, (void *)"") : NULL;
	enum err e = !k ? ERR_SHAPE :
	    is_whole(k) && X509_check_private_key(own, k) == 1 ?
	    ERR_OK : ERR_KEY;

	EVP_PKEY_free(k);
	BIO_free(in);
	ERR_clear_error();
	return e;
}

static bool set_host(X509_VERIFY_PARAM *p, const char *host)
{
	uint8_t room[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, host, room) == 1 ||
	    inet_pton(AF_INET6, host, room) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(p, host) == 1;
	return X509_VERIFY_PARAM_set1_host(p, host, 0) == 1;
}

static enum err verify(STACK_OF(X509) *chain, STACK_OF(X509) *trusted,
    const char *host, char words[static CERTCHECK_WORDS])
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool ready = store && ctx, good = false;

	for (int i = 0; ready && i < sk_X509_num(trusted); i++)
		ready = X509_STORE_add_cert(
		    store, sk_X509_value(trusted, i)) == 1;
	ready = ready && X509_STORE_CTX_init(
	    ctx, store, sk_X509_value(chain, 0), chain) == 1 &&
	    X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER) == 1 &&
	    set_host(X509_STORE_CTX_get0_param(ctx), host);
	if (ready)
		good = X509_verify_cert(ctx) == 1;
	if (ready && !good)
		(void)snprintf(words, CERTCHECK_WORDS, "%s",
		    X509_verify_cert_error_string(
			X509_STORE_CTX_get_error(ctx)));
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return good ? ERR_OK : ready ? ERR_CRYPTO : ERR_NOMEM;
}

enum err certcheck_server(struct span chain, struct span key,
    struct span authorities, const char *host,
    char words[static CERTCHECK_WORDS])
{
	STACK_OF(X509) *own = NULL, *trusted = NULL;
	enum err e = read_all(chain, &own);

	words[0] = '\0';
	if (!e)
		e = check_key(sk_X509_value(own, 0), key);
	if (!e)
		e = read_all(authorities, &trusted);
	if (!e)
		e = verify(own, trusted, host, words);
	sk_X509_pop_free(own, X509_free);
	sk_X509_pop_free(trusted, X509_free);
	return e;
}

static enum err end_of(const X509 *one, int64_t *ret_ms)
{
	struct tm tm;
	int32_t day = 0;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(one), &tm) != 1 ||
	    date_from_civil(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, &day))
		return ERR_SHAPE;
	*ret_ms = 1000 * (86400 * (int64_t)day + 3600 * tm.tm_hour +
	    60 * tm.tm_min + tm.tm_sec);
	return ERR_OK;
}

enum err certcheck_until(struct span chain, int64_t *ret_ms)
{
	STACK_OF(X509) *all = NULL;
	int64_t first_ms = INT64_MAX, ms = 0;
	enum err e = read_all(chain, &all);

	for (int i = 0; !e && i < sk_X509_num(all); i++) {
		e = end_of(sk_X509_value(all, i), &ms);
		if (!e && ms < first_ms)
			first_ms = ms;
	}
	sk_X509_pop_free(all, X509_free);
	if (!e)
		*ret_ms = first_ms;
	return e;
}

/* The list and the single authority, and where it is in the list, or -1. */
static enum err read_both(struct span list, struct span one,
    STACK_OF(X509) **all, STACK_OF(X509) **single, int *ret_at)
{
	enum err e = read_all(list, all);

	if (!e)
		e = read_all(one, single);
	if (!e && (sk_X509_num(*single) != 1 ||
	    X509_check_ca(sk_X509_value(*single, 0)) != 1))
		e = ERR_SHAPE;
	*ret_at = -1;
	for (int i = 0; !e && i < sk_X509_num(*all); i++)
		if (X509_cmp(sk_X509_value(*all, i),
			sk_X509_value(*single, 0)) == 0)
			*ret_at = i;
	return e;
}

static enum err write_one(X509 *x, BIO *out)
{
	return PEM_write_bio_X509(out, x) == 1 ? ERR_OK : ERR_NOMEM;
}

/* All but the one at, then last. */
static enum err write_list(
    STACK_OF(X509) *all, int but, X509 *last, struct buf *out)
{
	BIO *to = BIO_new(BIO_s_mem());
	enum err e = to ? ERR_OK : ERR_NOMEM;
	char *p;
	long n;

	for (int i = 0; !e && i < sk_X509_num(all); i++)
		if (i != but)
			e = write_one(sk_X509_value(all, i), to);
	if (!e && last)
		e = write_one(last, to);
	if (!e) {
		n = BIO_get_mem_data(to, &p);
		buf_put(out, p, (size_t)n);
		e = out->err;
	}
	BIO_free(to);
	return e;
}

enum err certcheck_add(struct span list, struct span one, struct buf *out)
{
	STACK_OF(X509) *all = NULL, *single = NULL;
	int64_t until_ms;
	int at = -1;
	enum err e = read_both(list, one, &all, &single, &at);

	/* OpenSSL reads any text there; nobody could tell when it ends */
	if (!e)
		e = end_of(sk_X509_value(single, 0), &until_ms);
	if (!e && at >= 0)
		e = ERR_EXISTS;
	if (!e)
		e = write_list(all, -1, sk_X509_value(single, 0), out);
	sk_X509_pop_free(all, X509_free);
	sk_X509_pop_free(single, X509_free);
	return e;
}

enum err certcheck_end(struct span list, struct span one, struct buf *out)
{
	STACK_OF(X509) *all = NULL, *single = NULL;
	int at = -1;
	enum err e = read_both(list, one, &all, &single, &at);

	if (!e && at < 0)
		e = ERR_UNKNOWN;
	if (!e && sk_X509_num(all) == 1)
		e = ERR_STATE;
	if (!e)
		e = write_list(all, at, NULL, out);
	sk_X509_pop_free(all, X509_free);
	sk_X509_pop_free(single, X509_free);
	return e;
}
