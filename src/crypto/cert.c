/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "crypto/cert.h"
#include "crypto/openssl.h"

#define CERT_SERIAL_BITS 127

static FILE *create(const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (fd >= 0 && !f)
		close(fd);
	return f;
}

static enum err save(const char *cert_path, const char *key_path, X509 *cert,
    EVP_PKEY *key)
{
	FILE *c = create(cert_path, 0644), *k = create(key_path, 0600);
	enum err e = ERR_IO;

	if (c && k && PEM_write_X509(c, cert) == 1 &&
	    PEM_write_PKCS8PrivateKey(k, key, NULL, NULL, 0, NULL, NULL) == 1)
		e = ERR_OK;
	if (c && fclose(c) != 0)
		e = ERR_IO;
	if (k && fclose(k) != 0)
		e = ERR_IO;
	return e;
}

static enum err extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *x;
	enum err e = ERR_CRYPTO;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	x = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (x && X509_add_ext(cert, x, -1) == 1)
		e = ERR_OK;
	X509_EXTENSION_free(x);
	return e;
}

static enum err set_serial(X509 *cert)
{
	BIGNUM *n = BN_new();
	enum err e = ERR_CRYPTO;

	if (n && BN_rand(n, CERT_SERIAL_BITS, BN_RAND_TOP_ANY,
	    BN_RAND_BOTTOM_ANY) == 1 &&
	    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)))
		e = ERR_OK;
	BN_free(n);
	return e;
}

/* A certificate for key, without extensions and unsigned. It begins a day ago,
 * for clocks that are behind: that is one of its days. */
static X509 *draft(const char *name, EVP_PKEY *key, X509 *issuer, int days)
{
	X509 *cert = X509_new();
	X509_NAME *subject = cert ? X509_get_subject_name(cert) : NULL;

	if (!cert || set_serial(cert) ||
	    X509_set_version(cert, X509_VERSION_3) != 1 ||
	    !X509_gmtime_adj(X509_getm_notBefore(cert), -86400) ||
	    !X509_time_adj_ex(X509_getm_notAfter(cert), days - 1, 0, NULL) ||
	    X509_set_pubkey(cert, key) != 1 ||
	    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
		(const unsigned char *)name, -1, -1, 0) != 1 ||
	    X509_set_issuer_name(cert,
		issuer ? X509_get_subject_name(issuer) : subject) != 1) {
		X509_free(cert);
		return NULL;
	}
	return cert;
}

enum err cert_make_authority(
    const char *name, const char *cert_path, const char *key_path)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = key ? draft(name, key, NULL, CERT_DAYS_AUTHORITY) : NULL;
	enum err e = cert ? ERR_OK : ERR_CRYPTO;

	if (!e)
		e = extend(cert, cert, NID_basic_constraints,
		    "critical,CA:TRUE,pathlen:0");
	if (!e)
		e = extend(cert, cert, NID_key_usage,
		    "critical,keyCertSign,cRLSign");
	if (!e)
		e = extend(cert, cert, NID_subject_key_identifier, "hash");
	if (!e && X509_sign(cert, key, EVP_sha256()) == 0)
		e = ERR_CRYPTO;
	if (!e)
		e = save(cert_path, key_path, cert, key);
	X509_free(cert);
	EVP_PKEY_free(key);
	return e;
}

static enum err load(const char *cert_path, const char *key_path, X509 **cert,
    EVP_PKEY **key)
{
	FILE *c = fopen(cert_path, "re"), *k = fopen(key_path, "re");

	*cert = c ? PEM_read_X509(c, NULL, NULL, NULL) : NULL;
	*key = k ? PEM_read_PrivateKey(k, NULL, NULL, NULL) : NULL;
	if (c)
		(void)fclose(c);
	if (k)
		(void)fclose(k);
	return *cert && *key ? ERR_OK : ERR_IO;
}

static enum err extend_leaf(X509 *cert, X509 *issuer, bool server)
{
	enum err e = extend(
	    cert, issuer, NID_basic_constraints, "critical,CA:FALSE");

	if (!e)
		e = extend(cert, issuer, NID_key_usage,
		    "critical,digitalSignature");
	if (!e)
		e = extend(cert, issuer, NID_ext_key_usage,
		    server ? "serverAuth" : "clientAuth");
	if (!e)
		e = extend(cert, issuer, NID_authority_key_identifier,
		    "keyid:always");
	if (!e && server)
		e = extend(cert, issuer, NID_subject_alt_name,
		    "DNS:localhost,IP:127.0.0.1,IP:::1");
	return e;
}

enum err cert_make_leaf(const char *name, bool server,
    const char *authority_cert, const char *authority_key,
    const char *cert_path, const char *key_path)
{
	X509 *issuer = NULL, *cert = NULL;
	EVP_PKEY *signer = NULL, *key = NULL;
	enum err e = load(authority_cert, authority_key, &issuer, &signer);

	if (!e) {
		key = EVP_EC_gen("P-256");
		cert = key ? draft(name, key, issuer, CERT_DAYS_LEAF) : NULL;
		e = cert ? extend_leaf(cert, issuer, server) : ERR_CRYPTO;
	}
	if (!e && X509_sign(cert, signer, EVP_sha256()) == 0)
		e = ERR_CRYPTO;
	if (!e)
		e = save(cert_path, key_path, cert, key);
	X509_free(cert);
	X509_free(issuer);
	EVP_PKEY_free(key);
	EVP_PKEY_free(signer);
	return e;
}
