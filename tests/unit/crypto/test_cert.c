/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: an instance's own certificates are what clients take: valid now, for
 * 825 days at most, signed by their authority; and nothing is overwritten. */
#include <stdio.h>
#include <unistd.h>
#include "base/file.h"
#include "crypto/cert.h"
#include "crypto/certcheck.h"
#include "crypto/hex.h"
#include "crypto/openssl.h"
#include "crypto/torn.h"

static const char *const names[] = {"ca.pem", "ca.key", "leaf.pem",
    "leaf.key"};

static X509 *read_cert(const char *path)
{
	FILE *f = fopen(path, "r");
	X509 *cert;

	assert_non_null(f);
	cert = PEM_read_X509(f, NULL, NULL, NULL);
	assert_int_equal(fclose(f), 0);
	assert_non_null(cert);
	return cert;
}

static void expect_days(const X509 *cert, int most)
{
	int days, seconds;

	assert_int_equal(ASN1_TIME_diff(&days, &seconds,
	    X509_get0_notBefore(cert), X509_get0_notAfter(cert)), 1);
	assert_in_range(days, most - 1, most);
	assert_true(days < most || seconds == 0);
	assert_true(X509_cmp_current_time(X509_get0_notBefore(cert)) < 0);
	assert_true(X509_cmp_current_time(X509_get0_notAfter(cert)) > 0);
}

static void test_cert_of_an_instance(void **state)
{
	char folder[] = "/tmp/ecluse-cert-XXXXXX", path[4][64];
	X509 *authority, *leaf;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (int i = 0; i < 4; i++)
		(void)snprintf(path[i], sizeof(path[i]), "%s/%s", folder,
		    names[i]);
	assert_int_equal(cert_make_authority("Test", path[0], path[1]), ERR_OK);
	assert_int_not_equal(
	    cert_make_authority("Test", path[0], path[1]), ERR_OK);
	assert_int_equal(cert_make_leaf("localhost", true, path[0], path[1],
	    path[2], path[3]), ERR_OK);
	authority = read_cert(path[0]);
	leaf = read_cert(path[2]);
	expect_days(authority, CERT_DAYS_AUTHORITY);
	expect_days(leaf, CERT_DAYS_LEAF);
	assert_int_equal(X509_verify(leaf, X509_get0_pubkey(authority)), 1);
	assert_int_equal(X509_check_ca(leaf), 0);
	assert_int_equal(X509_check_host(leaf, "localhost", 0, 0, NULL), 1);
	assert_int_equal(X509_check_host(leaf, "elsewhere", 0, 0, NULL), 0);
	X509_free(leaf);
	X509_free(authority);
	for (int i = 0; i < 4; i++)
		assert_int_equal(unlink(path[i]), 0);
	assert_int_equal(rmdir(folder), 0);
}

static EVP_PKEY *read_key(const char *path)
{
	FILE *f = fopen(path, "r");
	EVP_PKEY *key;

	assert_non_null(f);
	key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	assert_int_equal(fclose(f), 0);
	assert_non_null(key);
	return key;
}

static void read_text(const char *path, struct buf *text)
{
	buf_init(text, 1u << 16);
	assert_int_equal(file_read(path, text), ERR_OK);
}

/* Its public half is the certificate's: what X509_check_private_key looks at.
 * A server would sign with the other. */
static void expect_refused(struct span chain, struct span authorities,
    const char *own_path, const char *torn_path)
{
	EVP_PKEY *own = read_key(own_path), *other = EVP_EC_gen("P-256");
	char words[CERTCHECK_WORDS];
	struct buf key;

	torn_write(torn_path, other, own);
	read_text(torn_path, &key);
	assert_int_equal(certcheck_server(chain, buf_span(&key), authorities,
	    "localhost", words), ERR_KEY);
	assert_int_equal(unlink(torn_path), 0);
	buf_release(&key);
	EVP_PKEY_free(own);
	EVP_PKEY_free(other);
}

static void test_cert_key_of_two_halves(void **state)
{
	char folder[] = "/tmp/ecluse-cert-XXXXXX", path[5][64];
	char words[CERTCHECK_WORDS];
	struct buf text[4];

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (int i = 0; i < 5; i++)
		(void)snprintf(path[i], sizeof(path[i]), "%s/%s", folder,
		    i < 4 ? names[i] : "torn.key");
	assert_int_equal(cert_make_authority("Test", path[0], path[1]), ERR_OK);
	assert_int_equal(cert_make_leaf("localhost", true, path[0], path[1],
	    path[2], path[3]), ERR_OK);
	for (int i = 0; i < 4; i++)
		read_text(path[i], &text[i]);
	assert_int_equal(certcheck_server(buf_span(&text[2]),
	    buf_span(&text[3]), buf_span(&text[0]), "localhost", words),
	    ERR_OK);
	assert_int_equal(certcheck_server(buf_span(&text[2]),
	    buf_span(&text[1]), buf_span(&text[0]), "localhost", words),
	    ERR_KEY);
	expect_refused(buf_span(&text[2]), buf_span(&text[0]), path[3],
	    path[4]);
	for (int i = 0; i < 4; i++) {
		buf_release(&text[i]);
		assert_int_equal(unlink(path[i]), 0);
	}
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cert_of_an_instance),
		cmocka_unit_test(test_cert_key_of_two_halves),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("crypto/cert", tests, NULL, NULL);
}
