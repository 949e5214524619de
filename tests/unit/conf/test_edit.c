/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: settings that a command puts into an owner's ecluse.conf are there
 * once, whatever his lines of the same names look like, and it can be read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "conf/conf.h"
#include "conf/edit.h"

#define KEPT "# his own words\norigin = a.example/j\nroot.tokens\n" \
	"root.token2 = y\n\t# root.token = old\n"

static char dir[] = "/tmp/ecluse-edit-XXXXXX", path[64];

/* KEPT and a line of his, after two settings were put. */
static void edit(const char *line, char out[static 512])
{
	static const struct edit_setting settings[] = {
	    {"root.token", "new"}, {"root.key", ""}};
	char before[512];
	struct buf b;

	(void)snprintf(before, sizeof(before), KEPT "%s", line);
	assert_int_equal(
	    file_replace(path, span_str(before), 0600), ERR_OK);
	assert_int_equal(edit_settings(dir, settings, 2), ERR_OK);
	buf_init(&b, 511);
	assert_int_equal(file_read(path, &b), ERR_OK);
	memcpy(out, b.p, b.n);
	out[b.n] = '\0';
	buf_release(&b);
}

static void test_each_way_to_write_a_line(void **state)
{
	static const char *const lines[] = {"", "root.token = old\n",
	    "root.token=old\n", " root.token = old\n",
	    "\troot.token\t=\told\r\n", "root.token\t= old",
	    "root.token =", "root.key = x\n  root.token = old # why\n"};
	char got[512];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/" CONF_FILE, dir);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		edit(lines[i], got);
		assert_string_equal(
		    got, KEPT "\nroot.token = new\nroot.key = \n");
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_way_to_write_a_line),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
