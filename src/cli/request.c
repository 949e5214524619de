/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/file.h"
#include "base/limits.h"
#include "cli/request.h"
#include "cli/say.h"
#include "lang/lang.h"

/* The names on the signature lines: "<em dash> <name> <base64>". */
static void read_signers(struct request *r)
{
	struct span rest = r->signatures;

	while (rest.n > 0 && r->signer_count < REQUEST_SIGNERS) {
		const uint8_t *end = memchr(rest.p, '\n', rest.n);
		const uint8_t *name = memchr(rest.p, ' ', rest.n);
		const uint8_t *stop;
		struct span one;

		if (!end || !name || name > end)
			return;
		stop = memchr(name + 1, ' ', (size_t)(end - name - 1));
		if (!stop)
			return;
		one = span_of(name + 1, (size_t)(stop - name - 1));
		rest = span_of(end + 1, rest.n - (size_t)(end + 1 - rest.p));
		for (size_t i = 0; i < r->signer_count && one.n > 0; i++)
			if (span_equal(r->signers[i], one))
				one.n = 0;
		if (one.n > 0)
			r->signers[r->signer_count++] = one;
	}
}

enum err request_read(const char *path, struct request *ret)
{
	struct request r = {0};
	struct registry_fault fault = {0};
	enum err e;

	buf_init(&r.note, LIMIT_ACT);
	e = file_read(path, &r.note);
	if (e) {
		say("%s: cannot be read: %s", path, say_why_file(path, e));
		e = e == ERR_NOMEM ? e : ERR_SHAPE;
	} else {
		e = note_split(buf_span(&r.note), &r.text, &r.signatures);
		if (e)
			say("%s: not an act", path);
	}
	if (!e) {
		e = registry_asks(r.text, &r.asks, &fault);
		if (e)
			say("%s: line %u: %s", path, fault.line,
			    lang_text(fault.words));
	}
	if (e) {
		buf_release(&r.note);
		return e;
	}
	read_signers(&r);
	*ret = r;
	return ERR_OK;
}

void request_release(struct request *r)
{
	buf_release(&r->note);
}

bool request_has(const struct request *r, const char *name)
{
	for (size_t i = 0; i < r->signer_count; i++)
		if (span_is(r->signers[i], name))
			return true;
	return false;
}

static enum err add(struct request_files *f, const char *path)
{
	if (f->count == REQUEST_FILES)
		return ERR_LIMIT;
	f->paths[f->count] = strdup(path);
	if (!f->paths[f->count])
		return ERR_NOMEM;
	f->count++;
	return ERR_OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum err add_folder(struct request_files *f, const char *folder)
{
	size_t first = f->count;
	DIR *dir = opendir(folder);
	struct dirent *entry;
	enum err e = dir ? ERR_OK : ERR_IO;

	while (!e && (entry = readdir(dir))) {
		size_t n = strlen(entry->d_name);
		char path[PATH_MAX];

		if (n < 5 || strcmp(entry->d_name + n - 4, ".act") != 0)
			continue;
		e = file_path(path, sizeof(path), folder, entry->d_name);
		if (!e)
			e = add(f, path);
	}
	if (dir)
		(void)closedir(dir);
	qsort(f->paths + first, f->count - first, sizeof(*f->paths), by_name);
	if (!e && f->count == first)
		e = ERR_UNKNOWN;
	return e;
}

enum err request_list(
    char *const *args, int count, struct request_files *ret)
{
	struct request_files f = {
	    .paths = calloc(REQUEST_FILES, sizeof(char *))};
	enum err e = f.paths ? ERR_OK : ERR_NOMEM;

	for (int i = 0; i < count && !e; i++) {
		struct stat st;
		bool folder = stat(args[i], &st) == 0 && S_ISDIR(st.st_mode);

		e = folder ? add_folder(&f, args[i]) : add(&f, args[i]);
		if (e)
			say("%s: %s", args[i], e == ERR_UNKNOWN ?
			    _("no .act file in it") : say_why(NULL, e));
	}
	if (e)
		request_list_free(&f);
	else
		*ret = f;
	return e;
}

void request_list_free(struct request_files *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->paths[i]);
	free(f->paths);
	*f = (struct request_files){0};
}
