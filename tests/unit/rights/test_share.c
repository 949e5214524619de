/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a store says which of how many it is, and is no other one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "rights/share_sql.h"

static void test_a_store_is_one_vaults(void **state)
{
	char dir[] = "/tmp/ecluse-share-XXXXXX", path[64], log[80];
	struct store_options o = {STORE_SQLITE, path, 1, 0};
	struct store *s = NULL;
	unsigned nth = 9, count = 9;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/store.db", dir);
	(void)snprintf(log, sizeof(log), "%s-wal", path);
	assert_int_equal(store_open(&o, &s), ERR_OK);
	assert_int_equal(share_sql_check(s, 2, 5, &nth, &count), ERR_OK);
	assert_int_equal(store_close(s), ERR_OK);
	/* again, and after a restart */
	assert_int_equal(store_open(&o, &s), ERR_OK);
	assert_int_equal(share_sql_check(s, 2, 5, &nth, &count), ERR_OK);
	assert_int_equal(share_sql_check(s, 1, 5, &nth, &count), ERR_STATE);
	assert_int_equal(share_sql_check(s, 2, 4, &nth, &count), ERR_STATE);
	assert_int_equal(nth, 2);
	assert_int_equal(count, 5);
	assert_int_equal(store_close(s), ERR_OK);
	(void)unlink(log);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_store_is_one_vaults),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
