/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hash tiles (c2sp.org/tlog-tiles) in a public folder: tile/<level>/<index>,
 * 256 hashes each, or tile/<level>/<index>.p/<width> at the right edge. Hash
 * k of tile n at level l is the root of the 256^l leaves that begin at
 * (256 n + k) 256^l. Entry bundles are not public and have no function here.
 *
 * A tile's content is settled by its place: whoever writes it twice writes the
 * same. It is on the disk before a checkpoint that needs it. A partial tile
 * stays until the full one exists, for the spec wants every checkpoint's.
 */
#pragma once
#include "journal/tree.h"

#define TILE_HEIGHT 8
#define TILE_WIDTH 256
#define TILE_LEVELS 8		/* 256^8 leaves: more than 64 bits count */
#define TILE_PATH_SIZE 64

struct tile {
	uint64_t index;
	unsigned level;
	unsigned width;		/* hashes in it, 1 to 256 */
	uint8_t hash[TILE_WIDTH][HASH_SIZE];
};

/* "tile/0/x001/x234/067" or "tile/0/x001/x234/067.p/112". */
void tile_path(unsigned level, uint64_t index, unsigned width,
    char out[static TILE_PATH_SIZE]);
/* Hashes that a log of size leaves has at a level. */
uint64_t tile_hashes(unsigned level, uint64_t size);
/* How wide tile index of a level is in a log of this size; 0: not there. */
unsigned tile_width(unsigned level, uint64_t index, uint64_t size);
/* Root of the 2^height hashes from start on; they are inside the tile. */
void tile_subtree(const struct tile *t, unsigned start, unsigned height,
    uint8_t out[static HASH_SIZE]);

/* Readable by all. On the disk when it returns if flush, or else after
 * tile_flush. ERR_IO. */
MUST_CHECK enum err tile_write(
    const char *folder, const struct tile *t, bool flush);
/* Everything written to the folder's file system is on the disk: for many
 * tiles at once (measured: 240 tiles in 9 ms, against 60 ms one by one). */
MUST_CHECK enum err tile_flush(const char *folder);
/* The tile, or the front of the full one when the partial one has gone.
 * ERR_UNKNOWN: there is none; ERR_CORRUPT: not width hashes long; ERR_IO. */
MUST_CHECK enum err tile_read(const char *folder, unsigned level,
    uint64_t index, unsigned width, struct tile *ret);
/* Removes the partial tiles of a tile that is written in full. What cannot be
 * removed stays: it is right, only useless. */
void tile_drop_partials(const char *folder, unsigned level, uint64_t index);

/*
 * A tree read from a folder's tiles, with the last tile of each level kept.
 * size: of the checkpoint that vouches for them.
 */
struct tile_reader;
MUST_CHECK enum err tile_reader_new(
    const char *folder, uint64_t size, struct tile_reader **ret);
void tile_reader_free(struct tile_reader *r);
void tile_reader_resize(struct tile_reader *r, uint64_t size);
/* Nodes of the tree; lives as r. ERR_UNKNOWN: beyond the size. */
struct tree_nodes tile_reader_nodes(struct tile_reader *r);
