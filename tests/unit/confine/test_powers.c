/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: the table itself. What no process may have stands in no row, what one
 * has no other has beside it, and names find their rows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <seccomp.h>
#include <string.h>
#include "confine/powers.h"

#define S(name) SCMP_SYS(name)

/* Has who this call, with this condition or another (when NULL)? */
static bool has(enum powers_of who, int number, enum filter_when *when)
{
	const struct powers *p = powers_of(who);

	for (size_t i = 0; i < FILTER_LISTS && p->filter.lists[i]; i++)
		for (const struct filter_call *l = p->filter.lists[i];
		    l->number != FILTER_END; l++)
			if (l->number == number) {
				if (when)
					*when = l->when;
				return true;
			}
	return false;
}

static bool has_as(enum powers_of who, int number, enum filter_when wanted)
{
	enum filter_when when;

	return has(who, number, &when) && when == wanted;
}

static void test_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < POWERS_COUNT; i++)
		assert_int_equal(
		    powers_named(powers_of((enum powers_of)i)->word), i);
	assert_int_equal(powers_named("courier"), POWERS_COUNT);
	assert_int_equal(powers_named(""), POWERS_COUNT);
}

static void test_nobody_may(void **state)
{
	static const int never[] = {S(ptrace), S(process_vm_readv),
	    S(process_vm_writev), S(pidfd_getfd), S(execve), S(bpf),
	    S(unshare), S(setns), S(mount), S(clone3), S(vfork), S(bind),
	    S(setuid), S(setgid), S(capset), S(seccomp), S(keyctl),
	    S(io_uring_setup), S(userfaultfd), S(memfd_create), S(syslog),
	    S(settimeofday), S(clock_settime), S(init_module),
	    S(finit_module), S(open_by_handle_at), S(shmget), S(symlink),
	    S(mknod), S(chroot), S(sendmmsg)};

	(void)state;
	for (unsigned who = 0; who < POWERS_SUPER; who++)
		for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
			if (has((enum powers_of)who, never[i], NULL))
				fail_msg("%s: call %d", powers_of(
				    (enum powers_of)who)->word, never[i]);
}

/* super lists what it never does, the others what they do. */
static void test_super_forbids(void **state)
{
	(void)state;
	for (unsigned who = 0; who < POWERS_COUNT; who++) {
		const struct powers *p = powers_of((enum powers_of)who);
		bool super = who == POWERS_SUPER;

		assert_int_equal(p->filter.forbids, super);
		assert_int_equal(p->everywhere, super);
		assert_int_equal(p->capabilities != 0, super);
	}
	assert_true(has(POWERS_SUPER, S(ptrace), NULL));
	assert_true(has(POWERS_SUPER, S(process_vm_readv), NULL));
	assert_true(has(POWERS_SUPER, S(bpf), NULL));
	assert_true(has_as(POWERS_SUPER, S(clone), FILTER_NAMESPACE));
	assert_true(has_as(POWERS_SUPER, S(clone3), FILTER_MISSING));
}

static void test_the_gate_has_no_files(void **state)
{
	static const int none[] = {S(openat), S(open), S(stat), S(unlink),
	    S(rename), S(mkdir), S(getdents64), S(socket), S(connect),
	    S(clone), S(execveat), S(kill), S(fsync), S(pwrite64)};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(has(POWERS_GATE, none[i], NULL));
	assert_true(has_as(POWERS_GATE, S(newfstatat), FILTER_OPENED));
	assert_null(powers_of(POWERS_GATE)->places[0].head);
}

static void test_keeper_and_vault_call_nobody(void **state)
{
	static const int none[] = {S(socket), S(socketpair), S(connect),
	    S(listen), S(execveat), S(kill), S(ioctl)};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_false(has(POWERS_KEEPER, none[i], NULL));
		assert_false(has(POWERS_VAULT, none[i], NULL));
	}
	assert_false(has(POWERS_VAULT, S(accept4), NULL));
	assert_false(has(POWERS_VAULT, S(clone), NULL));
	assert_true(has_as(POWERS_KEEPER, S(clone), FILTER_FORK));
	assert_true(has_as(POWERS_KEEPER, S(setpriority), FILTER_ITSELF));
	assert_false(has(POWERS_VAULT, S(setpriority), NULL));
	assert_false(has(POWERS_NGINX, S(setpriority), NULL));
}

static void test_nginx_in_its_bounds(void **state)
{
	(void)state;
	assert_true(has_as(POWERS_NGINX, S(execveat), FILTER_PROGRAM));
	assert_true(has_as(POWERS_NGINX, S(socket), FILTER_UNIX));
	assert_true(has_as(POWERS_NGINX, S(mmap), FILTER_NO_WRITTEN_CODE));
	assert_true(has_as(POWERS_NGINX, S(prctl), FILTER_DUMPABLE));
	assert_true(has_as(POWERS_NGINX, S(clone), FILTER_FORK));
}

static void test_no_code_is_made(void **state)
{
	static const enum powers_of ours[] = {
	    POWERS_GATE, POWERS_KEEPER, POWERS_VAULT};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_true(has_as(ours[i], S(mmap), FILTER_NO_CODE));
		assert_true(has_as(ours[i], S(mprotect), FILTER_NO_CODE));
	}
}

/* What one may write no other may open. */
static void test_places_are_apart(void **state)
{
	(void)state;
	for (unsigned a = 0; a < POWERS_SUPER; a++)
		for (unsigned b = 0; b < POWERS_SUPER; b++) {
			const struct powers_place
			    *p = powers_of((enum powers_of)a)->places,
			    *q;

			for (; a != b && p->head; p++)
				for (q = powers_of((enum powers_of)b)->places;
				    p->right == LANDLOCK_OWN && q->head; q++)
					assert_int_not_equal(strncmp(p->head,
					    q->head, strlen(p->head)), 0);
		}
}

static void test_descriptors_ascend(void **state)
{
	(void)state;
	for (unsigned who = 0; who < POWERS_COUNT; who++) {
		const struct powers *p = powers_of((enum powers_of)who);
		int last = 2;

		for (size_t i = 0; i < POWERS_FDS && p->fds[i]; i++) {
			assert_true(p->fds[i] > last);
			last = p->fds[i];
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_nobody_may),
	    cmocka_unit_test(test_super_forbids),
	    cmocka_unit_test(test_the_gate_has_no_files),
	    cmocka_unit_test(test_keeper_and_vault_call_nobody),
	    cmocka_unit_test(test_nginx_in_its_bounds),
	    cmocka_unit_test(test_no_code_is_made),
	    cmocka_unit_test(test_places_are_apart),
	    cmocka_unit_test(test_descriptors_ascend),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
