/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"

enum err file_read_open(int fd, struct buf *out)
{
	uint8_t part[4096];
	ssize_t got;

	while ((got = read(fd, part, sizeof(part))) > 0 && !out->err)
		buf_put(out, part, (size_t)got);
	explicit_bzero(part, sizeof(part));
	if (got < 0)
		return ERR_IO;
	return out->err;
}

static enum err read_whole(int fd, struct buf *out)
{
	enum err e = file_read_open(fd, out);

	close(fd);
	return e;
}

enum err file_read(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? ERR_UNKNOWN : ERR_IO;
	return read_whole(fd, out);
}

enum err file_open_plain(const char *path, int flags, int *ret_fd)
{
	/* a pipe is opened without its writer, and then seen to be one */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
	struct stat st;
	enum err e;

	if (fd < 0)
		return errno == ENOENT ? ERR_UNKNOWN : ERR_IO;
	e = fstat(fd, &st) != 0 ? ERR_IO :
	    S_ISREG(st.st_mode) ? ERR_OK : ERR_SHAPE;
	if (e)
		close(fd);
	else
		*ret_fd = fd;
	return e;
}

enum err file_read_plain(const char *path, struct buf *out)
{
	int fd;
	enum err e = file_open_plain(path, 0, &fd);

	return e ? e : read_whole(fd, out);
}

enum err file_write(int fd, struct span s)
{
	while (s.n > 0) {
		ssize_t put = write(fd, s.p, s.n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return ERR_IO;
		s.p += put;
		s.n -= (size_t)put;
	}
	return ERR_OK;
}

enum err file_write_at(int fd, struct span s, off_t at)
{
	while (s.n > 0) {
		ssize_t n = pwrite(fd, s.p, s.n, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && (errno == ENOSPC || errno == EDQUOT) ?
			    ERR_FULL : ERR_IO;
		s.p += n;
		s.n -= (size_t)n;
		at += n;
	}
	return ERR_OK;
}

enum err file_sync_folder_of(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	enum err e;
	int fd;

	if (!slash)
		(void)snprintf(folder, sizeof(folder), ".");
	else
		(void)snprintf(folder, sizeof(folder), "%.*s",
		    (int)(slash - path) + 1, path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	e = fsync(fd) == 0 ? ERR_OK : ERR_IO;
	close(fd);
	return e;
}

enum err file_open_new(const char *path, mode_t mode, int *ret_fd)
{
	const int how = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = open(path, how, mode);

	if (fd < 0 && errno == EEXIST && unlink(path) == 0)
		fd = open(path, how, mode);
	*ret_fd = fd;
	return fd < 0 ? ERR_IO : ERR_OK;
}

/* Writes content to a new file beside path, whose name goes to temp. */
static enum err write_beside(const char *path, struct span content,
    mode_t mode, const struct stat *like, char *temp, size_t size)
{
	enum err e;
	int fd, n = snprintf(temp, size, "%s.new-%d", path, (int)getpid());

	if (n < 0 || (size_t)n >= size)
		return ERR_LIMIT;
	/* what is there is of an earlier process with this number */
	e = file_open_new(temp, mode, &fd);
	if (e)
		return e;
	/* the mode asked for, whatever the umask: see file.h */
	e = fchmod(fd, mode) == 0 ? file_write(fd, content) : ERR_IO;
	if (!e && like && geteuid() == 0 &&
	    fchown(fd, like->st_uid, like->st_gid) != 0)
		e = ERR_IO;
	if (!e && fsync(fd) != 0)
		e = ERR_IO;
	if (close(fd) != 0 && !e)
		e = ERR_IO;
	if (e)
		(void)unlink(temp);
	return e;
}

enum err file_replace_like(const char *path, struct span content, mode_t mode,
    const struct stat *like)
{
	char temp[PATH_MAX];
	enum err e = write_beside(
	    path, content, mode, like, temp, sizeof(temp));

	if (e)
		return e;
	if (rename(temp, path) != 0) {
		(void)unlink(temp);
		return ERR_IO;
	}
	return file_sync_folder_of(path);
}

enum err file_replace(const char *path, struct span content, mode_t mode)
{
	return file_replace_like(path, content, mode, NULL);
}

/* Writes zeros over the bytes of a file that has lost its name; one that has
 * another still is somebody else's, who may have laid it here. */
static void overwrite(int fd)
{
	static const uint8_t zeros[4096];
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink > 0)
		return;
	for (off_t at = 0; at < st.st_size; at += (off_t)sizeof(zeros))
		if (pwrite(fd, zeros, sizeof(zeros), at) < 0)
			return;
	(void)fsync(fd);
}

enum err file_renew(const char *path, struct span content, mode_t mode)
{
	/* no pipe that lies here is waited for */
	int old = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	enum err e = file_replace(path, content, mode);

	if (old >= 0 && !e)
		overwrite(old);
	if (old >= 0)
		(void)close(old);
	return e;
}

/* Where there are no links (FAT, on a stick that goes from one administrator to
 * another) the name is taken first, empty, and what has it is ours. */
static enum err take_name(const char *temp, const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	if (fd < 0)
		return errno == EEXIST ? ERR_EXISTS : ERR_IO;
	(void)close(fd);
	if (rename(temp, path) == 0)
		return ERR_OK;
	(void)unlink(path);
	return ERR_IO;
}

enum err file_create(const char *path, struct span content, mode_t mode)
{
	char temp[PATH_MAX];
	enum err e = write_beside(
	    path, content, mode, NULL, temp, sizeof(temp));

	if (e)
		return e;
	/* link(2), unlike rename(2), never replaces */
	if (link(temp, path) != 0)
		e = errno == EEXIST ? ERR_EXISTS : errno == EPERM ||
		    errno == EOPNOTSUPP ? take_name(temp, path, mode) : ERR_IO;
	(void)unlink(temp);
	return e ? e : file_sync_folder_of(path);
}

enum err file_mkdir(const char *path, mode_t mode)
{
	if (mkdir(path, mode & 0700) != 0)
		return errno == EEXIST ? ERR_EXISTS : ERR_IO;
	return chmod(path, mode) == 0 ? ERR_OK : ERR_IO;
}

enum err file_path(char *out, size_t size, const char *folder, const char *name)
{
	int n = snprintf(out, size, "%s/%s", folder, name);

	return n < 0 || (size_t)n >= size ? ERR_LIMIT : ERR_OK;
}
