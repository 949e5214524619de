/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what root puts into tls/ is its owner's as before, and whoever may
 * rename there has root give him no other file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "conf/pair.h"

#define HIS 1234

static char dir[] = "/tmp/ecluse-pair-XXXXXX";
static char victim[64];
static bool swaps;

/* Of everything here: he puts a link where root has put a file. */
int rename(const char *from, const char *to)
{
	int n = renameat(AT_FDCWD, from, AT_FDCWD, to);

	if (n == 0 && swaps) {
		assert_int_equal(unlink(to), 0);
		assert_int_equal(symlink(victim, to), 0);
	}
	return n;
}

static const char *in(const char *name)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static uid_t owner(const char *name)
{
	struct stat st;

	assert_int_equal(lstat(in(name), &st), 0);
	return st.st_uid;
}

static void put_all(void)
{
	assert_int_equal(pair_replace(
	    dir, "ca.pem", span_str("new"), 0644), ERR_OK);
	assert_int_equal(pair_put(
	    dir, "flow", span_str("new"), span_str("new")), ERR_OK);
}

static void test_the_owner_stays_and_nobody_elses_changes(void **state)
{
	static const char *const names[] = {
	    "tls/ca.pem", "tls/flow.pem", "tls/flow.key"};

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_non_null(mkdtemp(dir));
	assert_int_equal(mkdir(in("tls"), 0755), 0);
	(void)snprintf(victim, sizeof(victim), "%s", in("victim"));
	assert_int_equal(file_create(victim, span_str("one"), 0600), ERR_OK);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(file_create(
		    in(names[i]), span_str("old"), 0600), ERR_OK);
		assert_int_equal(chown(in(names[i]), HIS, HIS), 0);
	}
	put_all();
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(owner(names[i]), HIS);
	swaps = true;
	put_all();
	swaps = false;
	assert_int_equal(owner("victim"), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(unlink(in(names[i])), 0);
	assert_int_equal(unlink(victim), 0);
	assert_int_equal(rmdir(in("tls")), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_owner_stays_and_nobody_elses_changes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
