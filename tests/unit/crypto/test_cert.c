/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: an instance's own certificates are what clients take: valid now, for
 * 825 days at most, signed by their authority; and nothing is overwritten. */
#include <stdio.h>
#include <unistd.h>
#include "crypto/cert.h"
#include "crypto/hex.h"
#include "crypto/openssl.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cert_of_an_instance),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("crypto/cert", tests, NULL, NULL);
}
