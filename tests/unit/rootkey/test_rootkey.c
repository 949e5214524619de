/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: the root key's file is for its owner's eyes, of one size, and never
 * overwritten; a token's settings are asked for one by one, and no fault holds
 * a PIN. A real token is in integration/test_token. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "journal/rig.h"
#include "rootkey/rootkey.h"

struct rig {
	char folder[RIG_PATH], pin[RIG_PATH + 8];
	struct random_seeded seed;
	struct random random;
	struct rootkey_source source;
	struct rootkey_fault fault;
};

static int make(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	rig_folder(r->folder);
	r->random = random_from_seed(&r->seed, 5);
	r->source = (struct rootkey_source){
	    .folder = r->folder, .origin = "a.example/journal", .module = ""};
	*state = r;
	return 0;
}

static int unmake(void **state)
{
	struct rig *r = *state;

	rig_remove(r->folder);
	free(r);
	return 0;
}

static enum err open_it(struct rig *r)
{
	struct secret root = {{0}};
	const struct secret none = {{0}};
	enum err e = rootkey_open(&r->source, &root, &r->fault);

	/* untouched on failure, and then something is said */
	if (e)
		assert_memory_equal(root.key, none.key, SECRET_SIZE);
	assert_int_equal(e != ERR_OK, r->fault.text[0] != '\0');
	return e;
}

static void made(struct rig *r, struct secret *ret)
{
	assert_int_equal(
	    rootkey_make(&r->source, &r->random, ret, &r->fault), ERR_OK);
}

static void test_the_file_comes_back(void **state)
{
	struct rig *r = *state;
	struct secret root, again;
	struct stat st;

	assert_false(rootkey_is_token(&r->source));
	made(r, &root);
	assert_int_equal(stat(rig_in(r->folder, "root.key"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, SECRET_SIZE);
	assert_int_equal(rootkey_open(&r->source, &again, &r->fault), ERR_OK);
	assert_memory_equal(root.key, again.key, SECRET_SIZE);
	/* never overwritten */
	assert_int_equal(rootkey_make(&r->source, &r->random, &again,
	    &r->fault), ERR_EXISTS);
	assert_int_equal(rootkey_open(&r->source, &again, &r->fault), ERR_OK);
	assert_memory_equal(root.key, again.key, SECRET_SIZE);
}

static void test_a_file_that_others_can_read_is_refused(void **state)
{
	struct rig *r = *state;
	struct secret root;

	made(r, &root);
	for (unsigned mode = 0; mode < 0100; mode++) {
		(void)chmod(rig_in(r->folder, "root.key"), 0600 | mode);
		assert_int_equal(open_it(r), mode ? ERR_STATE : ERR_OK);
	}
	(void)chmod(rig_in(r->folder, "root.key"), 0400);
	assert_int_equal(open_it(r), ERR_OK);
}

static void test_other_sizes_are_refused(void **state)
{
	static const uint8_t bytes[SECRET_SIZE + 1] = {1};
	struct rig *r = *state;

	assert_int_equal(open_it(r), ERR_UNKNOWN);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		rig_store(rig_in(r->folder, "root.key"), bytes, n);
		(void)chmod(rig_in(r->folder, "root.key"), 0600);
		assert_int_equal(open_it(r), n < SECRET_SIZE ? ERR_SHAPE :
		    n == SECRET_SIZE ? ERR_OK : ERR_LIMIT);
	}
}

static enum err says(struct rig *r, const char *words)
{
	enum err e = open_it(r);

	assert_non_null(strstr(r->fault.text, words));
	return e;
}

static void test_settings_are_asked_for(void **state)
{
	struct rig *r = *state;

	r->source.module = "/nowhere/module.so";
	assert_true(rootkey_is_token(&r->source));
	assert_int_equal(says(r, "root.token: say it"), ERR_SHAPE);
	r->source.token = "t";
	assert_int_equal(says(r, "root.key: say it"), ERR_SHAPE);
	r->source.key = "k";
	assert_int_equal(says(r, "root.pin-file: say it"), ERR_SHAPE);
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	r->source.pin_file = "pin";
	assert_int_equal(says(r, "root.pin-file: write an absolute path"),
	    ERR_UNKNOWN);
}

static void put_pin(struct rig *r, const char *text, mode_t mode)
{
	rig_store(rig_in(r->folder, "pin"), text, strlen(text));
	(void)chmod(rig_in(r->folder, "pin"), mode);
	(void)snprintf(r->pin, sizeof(r->pin), "%s/pin", r->folder);
	r->source.module = "/nowhere/module.so";
	r->source.token = r->source.key = "label";
	r->source.pin_file = r->pin;
}

static void test_the_pin_file(void **state)
{
	static const char *const bad[] = {"", "\n", "12\n34\n", "1\n\n"};
	struct rig *r = *state;
	char many[ROOTKEY_PIN_MOST + 3] = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put_pin(r, bad[i], 0600);
		assert_int_equal(
		    says(r, "root.pin-file: one line"), ERR_SHAPE);
	}
	memset(many, '7', ROOTKEY_PIN_MOST + 2);
	put_pin(r, many, 0600);
	assert_int_equal(says(r, "root.pin-file: "), ERR_LIMIT);
	put_pin(r, "271828\n", 0640);
	assert_int_equal(says(r, "chmod 600"), ERR_STATE);
	/* a PIN that is well kept comes as far as the module */
	put_pin(r, "271828\n", 0600);
	assert_int_equal(says(r, "root.module: "), ERR_UNKNOWN);
	assert_null(strstr(r->fault.text, "271828"));
}

static void test_a_credential(void **state)
{
	struct rig *r = *state;

	put_pin(r, "271828\n", 0440);
	r->source.pin_file = "pin";
	(void)setenv("CREDENTIALS_DIRECTORY", r->folder, 1);
	assert_int_equal(says(r, "root.module: "), ERR_UNKNOWN);
	put_pin(r, "271828\n", 0444);
	r->source.pin_file = "pin";
	assert_int_equal(says(r, "chmod 600"), ERR_STATE);
	(void)unsetenv("CREDENTIALS_DIRECTORY");
}

static void test_a_library_that_is_no_module(void **state)
{
	struct rig *r = *state;

	put_pin(r, "1", 0600);
	r->source.module = "libm.so.6";
	assert_int_equal(
	    says(r, "root.module: not a PKCS#11 module"), ERR_UNKNOWN);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_the_file_comes_back),
		WITH(test_a_file_that_others_can_read_is_refused),
		WITH(test_other_sizes_are_refused),
		WITH(test_settings_are_asked_for),
		WITH(test_the_pin_file),
		WITH(test_a_credential),
		WITH(test_a_library_that_is_no_module),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
