/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a restore reads before anything is copied: the list of a backup's
 * files, whose paths lead nowhere else, its manifest, and the file of months,
 * which opens under no key of ours.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "backup/files.h"
#include "backup/manifest.h"
#include "fuzz.h"
#include "journal/months.h"

static void row(const struct files_row *r)
{
	struct span path = span_str(r->path);

	must(files_path_fits(path) && r->path[0] != '/');
	for (const char *at = r->path; at; at = strchr(at, '/')) {
		at += *at == '/';
		must(*at && *at != '.' && *at != '/');
	}
	must((r->mode & ~(mode_t)07777) == 0);
	must(!r->folder || r->size == 0);
}

static void list(struct span in)
{
	struct files f = {0}, g = {0};
	struct buf out, again;

	if (files_parse(in, &f) != ERR_OK) {
		must(!f.rows && f.count == 0);
		return;
	}
	if (f.count > 0)
		met("a list of files");
	buf_init(&out, FILES_MOST);
	files_write(&f, &out);
	must(!out.err);
	for (size_t i = 0; i < f.count; i++) {
		row(&f.rows[i]);
		must(files_find(&f, f.rows[i].path));
	}
	must(in.n == 0 || f.count > 0);
	buf_init(&again, FILES_MOST);
	must(files_parse(buf_span(&out), &g) == ERR_OK && g.count == f.count);
	files_write(&g, &again);
	must(span_equal(buf_span(&out), buf_span(&again)));
	buf_release(&again);
	buf_release(&out);
	files_release(&g);
	files_release(&f);
}

static void manifest(struct span in)
{
	struct manifest m;
	struct buf out;

	if (manifest_parse(in, &m) != ERR_OK)
		return;
	met("a manifest");
	buf_init(&out, MANIFEST_MOST);
	manifest_write(&m, &out);
	must(!out.err && span_equal(in, buf_span(&out)));
	buf_release(&out);
}

static enum err apart_get(
    void *ctx, uint32_t epoch, bool make, struct secret *ret)
{
	(void)make;
	*(uint32_t *)ctx = epoch;
	memset(ret->key, 0x5a, SECRET_SIZE);
	return ERR_OK;
}

static void apart_drop(void *ctx, uint32_t epoch)
{
	(void)ctx;
	(void)epoch;
	must(false);	/* nothing of a stranger's destroys a key */
}

static void months(struct span in)
{
	static const struct secret wrap = {{1}};
	uint32_t asked = 0, named = 0;
	const struct months_apart apart = {&asked, apart_get, apart_drop};
	struct random_seeded seed;
	struct random random = random_from_seed(&seed, 9);
	struct months *m = NULL;
	char path[64];
	int fd = memfd_create("months", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, in.p, in.n) == (ssize_t)in.n);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	must(months_open(path, &wrap, &apart, &random, &m) != ERR_OK && !m);
	if (months_file_epoch(in, &named) == ERR_OK) {
		met("an epoch of months");
		must(named > 0 && (asked == 0 || asked == named));
	} else {
		must(asked == 0);
	}
	(void)close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static void (*const readers[])(struct span) = {list, manifest, months};
	struct span in = span_of(p, n);

	readers[choose(&in, 3)](in);
	return 0;
}
