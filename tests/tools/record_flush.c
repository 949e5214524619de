/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes to a folder as the keeper does: one thread flushes, another goes on.
 * With record.c, whose flushes go through here: each of the three kinds is
 * held between its beginning and the call itself until the other thread has
 * written (tests/integration/test_recorder.py).
 *
 *	ecluse-keeper FOLDER	(record.c looks at the name)
 */
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PIECE = 4096 };

static sem_t begun, go_on;
static bool held;
static int folder, file;

int syncfs(int fd);
long __real_syscall(long n, ...);
long __wrap_syscall(long n, ...);

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

long __wrap_syscall(long n, ...)
{
	long a[4];
	va_list ap;

	va_start(ap, n);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (held && (n == SYS_fsync || n == SYS_fdatasync || n == SYS_syncfs)) {
		must(sem_post(&begun) == 0, "begun");
		must(sem_wait(&go_on) == 0, "go on");
	}
	return __real_syscall(n, a[0], a[1], a[2], a[3]);
}

static void put(char what, int nth)
{
	char piece[PIECE];

	memset(piece, what, PIECE);
	must(pwrite(file, piece, PIECE, (off_t)nth * PIECE) == PIECE, "write");
}

static void name(const char *what)
{
	int fd = openat(folder, what, O_WRONLY | O_CREAT | O_EXCL, 0600);

	must(fd >= 0 && close(fd) == 0, what);
}

static void *flush_file(void *ctx)
{
	(void)ctx;
	must(fdatasync(file) == 0, "fdatasync");
	return NULL;
}

static void *flush_folder(void *ctx)
{
	(void)ctx;
	must(fsync(folder) == 0, "fsync");
	return NULL;
}

static void *flush_all(void *ctx)
{
	(void)ctx;
	must(syncfs(folder) == 0, "syncfs");
	return NULL;
}

/* Begins it in a thread; what follows happens before the flush itself. */
static pthread_t begin(void *(*flush)(void *ctx))
{
	pthread_t thread;

	must(pthread_create(&thread, NULL, flush, NULL) == 0, "thread");
	must(sem_wait(&begun) == 0, "begun");
	return thread;
}

static void end(pthread_t thread)
{
	must(sem_post(&go_on) == 0, "go on");
	must(pthread_join(thread, NULL) == 0, "thread");
}

int main(int argc, char **argv)
{
	pthread_t t;

	must(argc == 2, "FOLDER");
	must(sem_init(&begun, 0, 0) == 0 && sem_init(&go_on, 0, 0) == 0, "");
	folder = open(argv[1], O_RDONLY | O_DIRECTORY);
	must(folder >= 0, argv[1]);
	file = openat(folder, "file", O_RDWR | O_CREAT | O_EXCL, 0600);
	must(file >= 0, "file");
	held = true;
	put('a', 0);
	t = begin(flush_file);
	put('b', 1);
	end(t);
	name("before");
	t = begin(flush_folder);
	name("during");
	end(t);
	put('c', 2);
	name("all-before");
	t = begin(flush_all);
	put('d', 3);
	name("all-during");
	end(t);
	return 0;
}
