/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "proc/listen.h"

/*
 * The address of path through an opened folder: /proc/self/fd/N/name. *folder
 * is to be closed after use.
 */
static enum err address(
    const char *path, struct sockaddr_un *ret, int *ret_folder)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char folder[PATH_MAX];
	int n, fd;

	n = snprintf(folder, sizeof(folder), "%.*s",
	    slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	if (n < 0 || (size_t)n >= sizeof(folder))
		return ERR_LIMIT;
	fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERR_UNKNOWN : ERR_IO;
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	n = snprintf(ret->sun_path, sizeof(ret->sun_path),
	    "/proc/self/fd/%d/%s", fd, name);
	if (n < 0 || (size_t)n >= sizeof(ret->sun_path)) {
		(void)close(fd);
		return ERR_LIMIT;
	}
	*ret_folder = fd;
	return ERR_OK;
}

/* Takes away a socket that an earlier run left. */
static enum err clear_way(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	if (!S_ISSOCK(st.st_mode))
		return ERR_EXISTS;
	return unlink(path) == 0 ? ERR_OK : ERR_IO;
}

/* Nobody gets in before the mode is set: the umask closes the new socket. */
static enum err bind_closed(int fd, const struct sockaddr_un *a, mode_t mode)
{
	mode_t before = umask(0777);
	int bound = bind(fd, (const struct sockaddr *)a, sizeof(*a));

	(void)umask(before);
	if (bound != 0)
		return errno == EADDRINUSE ? ERR_EXISTS : ERR_IO;
	if (listen(fd, LISTEN_BACKLOG) != 0 ||
	    chmod(a->sun_path, mode) != 0)
		return ERR_IO;
	return ERR_OK;
}

enum err listen_unix(const char *path, int type, mode_t mode, int *ret)
{
	struct sockaddr_un a;
	int folder = -1, fd = -1;
	enum err e = address(path, &a, &folder);

	if (!e)
		e = clear_way(path);
	if (e)
		goto out;
	fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	e = fd < 0 ? ERR_IO : bind_closed(fd, &a, mode);
	if (!e)
		*ret = fd;
out:
	if (e && fd >= 0)
		(void)close(fd);
	if (folder >= 0)
		(void)close(folder);
	return e;
}

static enum err connect_meaning(int why)
{
	switch (why) {
	case ENOENT:
	case ENOTDIR:
		return ERR_UNKNOWN;
	case ECONNREFUSED:
		return ERR_CLOSED;
	case EACCES:
	case EPERM:
		return ERR_REFUSED;
	default:
		return ERR_IO;
	}
}

enum err listen_connect(const char *path, int type, int *ret)
{
	struct sockaddr_un a;
	int folder = -1, fd;
	enum err e = address(path, &a, &folder);

	if (e)
		return e;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		e = ERR_IO;
	else if (connect(fd, (const struct sockaddr *)&a, sizeof(a)) != 0)
		e = connect_meaning(errno);
	(void)close(folder);
	if (!e)
		*ret = fd;
	else if (fd >= 0)
		(void)close(fd);
	return e;
}

enum err listen_accept(int fd, int *ret)
{
	int got;

	do	/* a connection that died in the queue is nobody's fault */
		got = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	while (got < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (got >= 0) {
		*ret = got;
		return ERR_OK;
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return ERR_STATE;
	return errno == EMFILE || errno == ENFILE ? ERR_FULL : ERR_IO;
}

union inet {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static enum err inet_of(
    const char *address_text, uint16_t port, union inet *a, socklen_t *n)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, address_text, &a->v4.sin_addr) == 1) {
		a->v4.sin_family = AF_INET;
		a->v4.sin_port = htons(port);
		*n = sizeof(a->v4);
		return ERR_OK;
	}
	if (inet_pton(AF_INET6, address_text, &a->v6.sin6_addr) == 1) {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_port = htons(port);
		*n = sizeof(a->v6);
		return ERR_OK;
	}
	return ERR_SHAPE;
}

static enum err bind_meaning(int why)
{
	switch (why) {
	case EADDRINUSE:
		return ERR_EXISTS;
	case EACCES:
		return ERR_REFUSED;
	default:
		return ERR_IO;
	}
}

static enum err bind_inet(int fd, union inet *a, socklen_t n)
{
	int yes = 1;

	/* connections in TIME_WAIT do not hold the port */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0)
		return ERR_IO;
	if (a->any.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) != 0)
		return ERR_IO;
	if (bind(fd, &a->any, n) != 0 || listen(fd, LISTEN_BACKLOG) != 0)
		return bind_meaning(errno);
	return getsockname(fd, &a->any, &n) == 0 ? ERR_OK : ERR_IO;
}

enum err listen_tcp(
    const char *text, uint32_t port, int *ret, uint32_t *ret_port)
{
	union inet a;
	socklen_t n = 0;
	int fd, why;
	enum err e = inet_of(text, (uint16_t)port, &a, &n);

	if (e)
		return e;
	fd = socket(
	    a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ERR_IO;
	e = bind_inet(fd, &a, n);
	if (e) {
		why = errno;
		(void)close(fd);
		errno = why;
		return e;
	}
	*ret = fd;
	*ret_port = ntohs(
	    a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
	return ERR_OK;
}
