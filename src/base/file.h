/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole small files: read bounded, written atomically. A mode is what the file
 * or folder gets: programs run with umask 077, and what is public says 0644.
 */
#pragma once
#include <sys/types.h>
#include "base/buf.h"

struct stat;

/* The file's bytes appended to *out (bounded by out->max). ERR_UNKNOWN: there
 * is none; ERR_IO; ERR_LIMIT. */
MUST_CHECK enum err file_read(const char *path, struct buf *out);
/* The same of a regular file alone: what somebody else put into a folder is not
 * waited for. ERR_SHAPE: a pipe, a folder or a device. */
MUST_CHECK enum err file_read_plain(const char *path, struct buf *out);
/* What is left of an open file; ERR_IO, ERR_LIMIT. */
MUST_CHECK enum err file_read_open(int fd, struct buf *out);
/* A regular file, to read. flags: O_NOFOLLOW or 0. Errors of file_read_plain.
 */
MUST_CHECK enum err file_open_plain(const char *path, int flags, int *ret_fd);
/* All of s to an open file, however many calls it takes; nothing is flushed.
 * ERR_IO. */
MUST_CHECK enum err file_write(int fd, struct span s);
/* The same from this offset on. ERR_FULL: the disk is; ERR_IO. */
MUST_CHECK enum err file_write_at(int fd, struct span s, off_t at);
/* A new file, to write: what has its name is removed first, so whoever may write
 * to the folder has no link and no file of his waiting there. The caller closes
 * *ret_fd. ERR_IO: also where a folder has the name; *ret_fd is -1. */
MUST_CHECK enum err file_open_new(const char *path, mode_t mode, int *ret_fd);
/* Written beside, into a file of its own whatever waits there, flushed to the
 * disk, renamed over path, folder flushed. ERR_LIMIT: path is too long; ERR_FULL;
 * ERR_IO: nothing of it stays, but where only the folder was not flushed. */
MUST_CHECK enum err file_replace(
    const char *path, struct span content, mode_t mode);
/* The same, and where root asks its owner is that of like, before it has its
 * name: nothing that lies there meanwhile is given away. */
MUST_CHECK enum err file_replace_like(const char *path, struct span content,
    mode_t mode, const struct stat *like);
/*
 * As file_replace; then zeros are written over the bytes that were there
 * before, not over those that a link led to or that have another name. Best
 * effort: a file system may keep copies (docs/journal.md says which).
 */
MUST_CHECK enum err file_renew(
    const char *path, struct span content, mode_t mode);
/* The same as file_replace, but ERR_EXISTS when there is one. On a file system
 * without links a kill may leave an empty file. */
MUST_CHECK enum err file_create(
    const char *path, struct span content, mode_t mode);
/* The folder that path is a name in, flushed: what was renamed to it, or made,
 * is there after a power cut. ERR_IO. */
MUST_CHECK enum err file_sync_folder_of(const char *path);
/* Makes a folder; ERR_EXISTS. */
MUST_CHECK enum err file_mkdir(const char *path, mode_t mode);
/* out = folder/name; ERR_LIMIT if it does not fit. */
MUST_CHECK enum err file_path(
    char *out, size_t size, const char *folder, const char *name);
