/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal: what an entry costs before the disk (opening sealed, leaf
 * packed), and the append of a batch: record, tree, one write, one fdatasync.
 */
#include <stdio.h>
#include <string.h>
#include "base/file.h"
#include "journal/record.h"
#include "keeper/book.h"
#include "lib/must.h"
#include "lib/spread.h"
#include "lib/watch.h"
#include "steps/scene.h"
#include "steps/steps.h"

#define BATCHES 300
#define CELLS 12

struct entries {
	struct scene *scene;
	struct book *book;
	struct leaf leaf;
	struct opening opening;
	uint32_t next;
	struct spread asked, commit_cpu, commit_wall;
};

static void make_folders(const char *folder, char keeper[static 4096])
{
	char path[4096];

	must(file_path(keeper, 4096, folder, "keeper"), "path");
	must(file_mkdir(keeper, 0700), "folder");
	must(file_path(path, sizeof(path), folder, "journal"), "path");
	must(file_mkdir(path, 0755), "folder");
}

static void fill_opening(struct entries *n)
{
	n->opening = (struct opening){.site = span_str("0E2000008"),
	    .number = 1, .proof = OPENING_MEMBER, .domain = span_str("OPTI"),
	    .care_day = (int32_t)(SCENE_NOW_MS / 86400000),
	    .path = span_str(SCENE_PATH),
	    .params = span_str(n->scene->plain.fields.input +
		strlen("ecluse="))};
	random_fill(&n->scene->random, n->opening.key_id, SIGN_KEY_ID);
	random_fill(&n->scene->random, n->opening.signature, SIGN_SIZE);
	n->leaf = (struct leaf){.kind = LEAF_ASKED, .time_ms = SCENE_NOW_MS,
	    .plane = 1, .purpose = 1, .fields = 15, .existed = true,
	    .decision = LEAF_ANSWERED};
}

static void ask_one(struct entries *n)
{
	struct leaf leaf = n->leaf;
	uint64_t index;

	n->next++;
	n->opening.cell = 1 + n->next % CELLS;
	random_fill(&n->scene->random, n->opening.blinding, LEAF_BLINDING);
	must(book_asked(n->book, &leaf, n->next % 2048, &n->opening, &index),
	    "entry");
}

static void one_batch(struct entries *n, unsigned size)
{
	double cpu = watch_cpu_us(), wall;

	for (unsigned i = 0; i < size; i++)
		ask_one(n);
	spread_put(&n->asked, (watch_cpu_us() - cpu) / size);
	cpu = watch_cpu_us();
	wall = watch_wall_us();
	must(book_commit(n->book, book_size(n->book)), "append");
	spread_put(&n->commit_cpu, (watch_cpu_us() - cpu) / size);
	spread_put(&n->commit_wall, watch_wall_us() - wall);
}

static void batches(struct entries *n, unsigned size)
{
	char name[80];

	spread_clear(&n->asked);
	spread_clear(&n->commit_cpu);
	spread_clear(&n->commit_wall);
	for (int i = 0; i < BATCHES; i++)
		one_batch(n, size);
	if (size == 16)
		steps_say(STEPS_KEEPER, "entry: opening sealed, leaf",
		    spread_at(&n->asked, 0.5), false);
	(void)snprintf(name, sizeof(name), "append, each of %u", size);
	steps_say(STEPS_KEEPER, name, spread_at(&n->commit_cpu, 0.5), false);
	(void)snprintf(name, sizeof(name), "append of %u with its flush", size);
	steps_say(STEPS_KEEPER, name, spread_at(&n->commit_wall, 0.5), true);
}

static void publish(struct entries *n)
{
	double cpu;

	for (int i = 0; i < 4000; i++)
		ask_one(n);
	must(book_commit(n->book, book_size(n->book)), "append");
	cpu = watch_cpu_us();
	must(book_publish(n->book), "publishing");
	steps_say(STEPS_KEEPER, "tiles and checkpoint, each of 4000",
	    (watch_cpu_us() - cpu) / 4000, false);
}

/* The steps are of no instance: the key apart lives as long as they do. */
static enum err get_apart(
    void *ctx, uint32_t epoch, bool make, struct secret *ret)
{
	(void)epoch;
	(void)make;
	*ret = *(const struct secret *)ctx;
	return ERR_OK;
}

static void drop_apart(void *ctx, uint32_t epoch)
{
	(void)ctx;
	(void)epoch;
}

void steps_entry(struct scene *scene)
{
	const struct secret root = {{1}};
	struct secret key_apart = {{2}};
	const struct months_apart apart = {&key_apart, get_apart, drop_apart};
	struct entries n = {.scene = scene};
	struct record_shape shape = {LEAF_SIZE, OPENING_SIZE};
	struct keyring *keys;
	char keeper[4096];
	struct book_options o = {.dir = scene->folder,
	    .origin = "bench.ecluse.example/journal",
	    .random = &scene->random, .apart = &apart};

	make_folders(scene->folder, keeper);
	must(keyring_make(keeper, &root, &scene->random, &keys), "keys");
	o.keys = keys;
	must(book_open(&o, &n.book), "journal");
	fill_opening(&n);
	spread_init(&n.asked, BATCHES);
	spread_init(&n.commit_cpu, BATCHES);
	spread_init(&n.commit_wall, BATCHES);
	batches(&n, 1);
	batches(&n, 16);
	batches(&n, 64);
	publish(&n);
	steps_size("record of the journal", (double)record_fixed_size(shape));
	spread_release(&n.asked);
	spread_release(&n.commit_cpu);
	spread_release(&n.commit_wall);
	book_close(n.book);
	keyring_free(keys);
}
