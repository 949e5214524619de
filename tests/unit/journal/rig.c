/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/random.h"
#include "place.h"
#include "rig.h"

void rig_folder(char out[static RIG_PATH])
{
	assert_true(place_make(out, RIG_PATH, "ecluse-journal"));
}

void rig_remove(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)) != NULL) {
		char path[RIG_PATH + 300];
		struct stat st;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		(void)snprintf(
		    path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
			rig_remove(path);
		else
			(void)unlink(path);
	}
	closedir(dir);
	(void)rmdir(folder);
}

const char *rig_in(const char *folder, const char *name)
{
	static char room[3][RIG_PATH];
	static unsigned turn;
	char *out = room[turn++ % 3];

	(void)snprintf(out, RIG_PATH, "%s/%s", folder, name);
	return out;
}

struct sign_private *rig_key(uint8_t seed)
{
	uint8_t bytes[SIGN_ED25519_KEY];
	struct sign_private *key = NULL;

	memset(bytes, seed, sizeof(bytes));
	assert_int_equal(sign_private_ed25519(bytes, &key), ERR_OK);
	return key;
}

uint8_t *rig_load(const char *path, size_t *ret_n)
{
	long size = rig_size(path);
	FILE *f = fopen(path, "rb");
	uint8_t *p;

	assert_non_null(f);
	assert_true(size >= 0);
	p = malloc((size_t)size + 1);
	assert_non_null(p);
	assert_int_equal(fread(p, 1, (size_t)size, f), size);
	fclose(f);
	*ret_n = (size_t)size;
	return p;
}

void rig_store(const char *path, const void *p, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

void rig_flip(const char *path, size_t byte, uint8_t mask)
{
	int fd = open(path, O_RDWR);
	uint8_t b;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &b, 1, (off_t)byte), 1);
	b ^= mask;
	assert_int_equal(pwrite(fd, &b, 1, (off_t)byte), 1);
	close(fd);
}

long rig_size(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (long)st.st_size : -1;
}

void rig_copy(const char *from, const char *to)
{
	DIR *dir = opendir(from);
	struct dirent *entry;

	assert_non_null(dir);
	(void)mkdir(to, 0755);
	while ((entry = readdir(dir)) != NULL) {
		char a[RIG_PATH + 300], b[RIG_PATH + 300];
		struct stat st;
		uint8_t *p;
		size_t n;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		(void)snprintf(a, sizeof(a), "%s/%s", from, entry->d_name);
		(void)snprintf(b, sizeof(b), "%s/%s", to, entry->d_name);
		assert_int_equal(stat(a, &st), 0);
		if (S_ISDIR(st.st_mode)) {
			rig_copy(a, b);
			continue;
		}
		p = rig_load(a, &n);
		rig_store(b, p, n);
		free(p);
	}
	closedir(dir);
}

void rig_fill(uint64_t index, void *to, size_t n)
{
	struct random_seeded state;
	struct random r = random_from_seed(&state, index + 1);

	random_fill(&r, to, n);
}
