/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "journal/tile.h"

void tile_path(unsigned level, uint64_t index, unsigned width,
    char out[static TILE_PATH_SIZE])
{
	unsigned groups[7];	/* of three digits; 2^64 has seven */
	int n = 0, at;

	do {
		groups[n++] = (unsigned)(index % 1000);
		index /= 1000;
	} while (index > 0);
	at = snprintf(out, TILE_PATH_SIZE, "tile/%u", level);
	while (n-- > 0)
		at += snprintf(out + at, TILE_PATH_SIZE - (size_t)at,
		    n > 0 ? "/x%03u" : "/%03u", groups[n]);
	if (width < TILE_WIDTH)
		(void)snprintf(out + at, TILE_PATH_SIZE - (size_t)at, ".p/%u",
		    width);
}

uint64_t tile_hashes(unsigned level, uint64_t size)
{
	return level < TILE_LEVELS ? size >> (TILE_HEIGHT * level) : 0;
}

unsigned tile_width(unsigned level, uint64_t index, uint64_t size)
{
	uint64_t n = tile_hashes(level, size);

	if (index < n / TILE_WIDTH)
		return TILE_WIDTH;
	return index == n / TILE_WIDTH ? (unsigned)(n % TILE_WIDTH) : 0;
}

void tile_subtree(const struct tile *t, unsigned start, unsigned height,
    uint8_t out[static HASH_SIZE])
{
	uint8_t row[TILE_WIDTH][HASH_SIZE];

	memcpy(row, t->hash[start], (size_t)HASH_SIZE << height);
	for (; height > 0; height--)
		for (unsigned i = 0; i < 1U << (height - 1); i++)
			tree_node_hash(row[2 * i], row[2 * i + 1], row[i]);
	memcpy(out, row[0], HASH_SIZE);
}

static enum err full_path(const char *folder, unsigned level, uint64_t index,
    unsigned width, char out[static PATH_MAX])
{
	char relative[TILE_PATH_SIZE];

	tile_path(level, index, width, relative);
	return file_path(out, PATH_MAX, folder, relative);
}

/* Makes the folders of path that are missing, behind its first skip bytes. */
static enum err make_folders(char *path, size_t skip)
{
	for (char *p = path + skip; (p = strchr(p + 1, '/')) != NULL;) {
		enum err e;

		*p = '\0';
		e = file_mkdir(path, 0755);
		*p = '/';
		if (e && e != ERR_EXISTS)
			return e;
	}
	return ERR_OK;
}

/*
 * In place, without a rename: nobody may ask for a tile before a checkpoint
 * that needs it (tlog-tiles), and that comes after the flush.
 */
enum err tile_write(const char *folder, const struct tile *t, bool flush)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
	char path[PATH_MAX];
	enum err e = full_path(folder, t->level, t->index, t->width, path);
	int fd;

	if (e)
		return e;
	fd = open(path, flags, 0644);
	if (fd < 0 && errno == ENOENT) {
		e = make_folders(path, strlen(folder));
		if (e)
			return e;
		fd = open(path, flags, 0644);
	}
	if (fd < 0)
		return ERR_IO;
	if (fchmod(fd, 0644) != 0)
		e = ERR_IO;
	if (!e)
		e = file_write(
		    fd, span_of(t->hash, (size_t)t->width * HASH_SIZE));
	if (!e && flush && fsync(fd) != 0)
		e = ERR_IO;
	if (close(fd) != 0)
		e = ERR_IO;
	return e;
}

enum err tile_flush(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e;

	if (fd < 0)
		return ERR_IO;
	e = syncfs(fd) == 0 ? ERR_OK : ERR_IO;
	close(fd);
	return e;
}

/* A file of exactly width hashes. */
static enum err read_file(const char *path, unsigned width, uint8_t *to)
{
	size_t want = (size_t)width * HASH_SIZE;
	struct buf file;
	enum err e;

	buf_init(&file, (size_t)TILE_WIDTH * HASH_SIZE + 1);
	e = file_read_plain(path, &file);
	if (e == ERR_LIMIT || e == ERR_SHAPE || (!e && file.n != want))
		e = ERR_CORRUPT;
	if (!e)
		memcpy(to, file.p, want);
	buf_release(&file);
	return e;
}

enum err tile_read(const char *folder, unsigned level, uint64_t index,
    unsigned width, struct tile *ret)
{
	char path[PATH_MAX];
	struct tile t;
	enum err e = full_path(folder, level, index, width, path);

	if (!e)
		e = read_file(path, width, t.hash[0]);
	if (e == ERR_UNKNOWN && width < TILE_WIDTH) {
		e = full_path(folder, level, index, TILE_WIDTH, path);
		assert(!e);	/* it is the shorter one */
		e = read_file(path, TILE_WIDTH, t.hash[0]);
	}
	if (e)
		return e;
	t.level = level;
	t.index = index;
	t.width = width;
	*ret = t;
	return ERR_OK;
}

void tile_drop_partials(const char *folder, unsigned level, uint64_t index)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	/* the folder "....p" is the path of a partial tile less its width */
	if (full_path(folder, level, index, 1, path))
		return;
	*strrchr(path, '/') = '\0';
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	(void)rmdir(path);
}

struct tile_reader {
	char *folder;
	uint64_t size;
	struct tile kept[TILE_LEVELS];	/* width 0: none yet */
};

enum err tile_reader_new(
    const char *folder, uint64_t size, struct tile_reader **ret)
{
	struct tile_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return ERR_NOMEM;
	r->size = size;
	r->folder = strdup(folder);
	if (!r->folder) {
		free(r);
		return ERR_NOMEM;
	}
	*ret = r;
	return ERR_OK;
}

void tile_reader_free(struct tile_reader *r)
{
	if (r)
		free(r->folder);
	free(r);
}

void tile_reader_resize(struct tile_reader *r, uint64_t size)
{
	r->size = size;
}

static enum err get_node(void *ctx, unsigned level, uint64_t index,
    uint8_t ret[static HASH_SIZE])
{
	struct tile_reader *r = ctx;
	unsigned at = level / TILE_HEIGHT, height = level % TILE_HEIGHT;
	uint64_t first = index << height, tile = first / TILE_WIDTH;
	unsigned start = (unsigned)(first % TILE_WIDTH), width;
	struct tile *kept;

	if (at >= TILE_LEVELS || index > UINT64_MAX >> height)
		return ERR_UNKNOWN;
	width = tile_width(at, tile, r->size);
	if (start + (1U << height) > width)
		return ERR_UNKNOWN;
	kept = &r->kept[at];
	if (kept->width != width || kept->index != tile) {
		enum err e = tile_read(r->folder, at, tile, width, kept);

		if (e)
			return e;
	}
	tile_subtree(kept, start, height, ret);
	return ERR_OK;
}

struct tree_nodes tile_reader_nodes(struct tile_reader *r)
{
	return (struct tree_nodes){get_node, r};
}
