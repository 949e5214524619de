/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A target without libFuzzer: every file of tests/fuzz/corpus/NAME, then
 * changed copies of them by a fixed seed. One TAP line a part; a target that
 * finds something ends the program, which is a failure (tests/run.py). Kept
 * inputs that come by no place of some name (fuzz.h) are one, too.
 */
#include <dirent.h>
#include <limits.h>
#include <string.h>
#include "base/file.h"
#include "fuzz.h"

#define SEED 20261128u
#define CHANGED 4000	/* copies in all */
#define SEED_MOST 262144
#define SEEDS 4096

struct seeds {
	struct buf one[SEEDS];
	size_t n;
};

static uint64_t state = SEED;

/* xorshift64* (Vigna 2016): any spread will do, the same every time. */
static uint32_t chance(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * UINT64_C(2685821657736338717)) >> 33) %
	    below;
}

static int not_hidden(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void take_folder(struct seeds *s, const char *folder)
{
	struct dirent **list;
	char path[PATH_MAX];
	int n = scandir(folder, &list, not_hidden, alphasort);

	must(n > 0 && n <= SEEDS);
	for (int i = 0; i < n; i++) {
		struct buf *b = &s->one[s->n++];

		buf_init(b, SEED_MOST);
		must(file_path(path, sizeof(path), folder, list[i]->d_name) ==
		    ERR_OK);
		must(file_read(path, b) == ERR_OK);
		free(list[i]);
	}
	free(list);
}

/* In memory of just its size, so that one byte too far shows. */
static void try(const uint8_t *p, size_t n)
{
	uint8_t *exact = malloc(n ? n : 1);

	must(exact);
	if (n)
		memcpy(exact, p, n);
	must(LLVMFuzzerTestOneInput(exact, n) == 0);
	free(exact);
}

/* One step of change; gives the new length, at most room. */
static size_t change(uint8_t *p, size_t n, size_t room, const struct buf *other)
{
	size_t at = n ? chance((uint32_t)n) : 0, k;

	switch (n ? chance(6) : 4) {
	case 0:
		p[at] ^= (uint8_t)(1u << chance(8));
		return n;
	case 1:
		p[at] = (uint8_t)chance(256);
		return n;
	case 2:	/* cut */
		return at;
	case 3:	/* a part goes */
		k = 1 + chance((uint32_t)(n - at));
		memmove(p + at, p + at + k, n - at - k);
		return n - k;
	case 4:	/* the front of another one comes in */
		k = other->n ? 1 + chance((uint32_t)other->n) : 0;
		if (k > room - n)
			k = room - n;
		memmove(p + at + k, p + at, n - at);
		if (k)
			memcpy(p + at, other->p, k);
		return n + k;
	default:
		p[at] = (uint8_t)"\0\xff\"\\,;=\n:{}"[chance(11)];
		return n;
	}
}

static void try_changed(const struct seeds *s)
{
	size_t room = 2 * SEED_MOST;
	uint8_t *copy = malloc(room);

	must(copy);
	for (unsigned i = 0; i < CHANGED; i++) {
		const struct buf *b = &s->one[chance((uint32_t)s->n)];
		size_t n = b->n;

		if (n)
			memcpy(copy, b->p, n);
		for (unsigned k = 1 + chance(4); k > 0; k--)
			n = change(copy, n, room,
			    &s->one[chance((uint32_t)s->n)]);
		try(copy, n);
	}
	free(copy);
}

/* None, where a target names no places. */
extern struct fuzz_place __start_fuzz_places[] __attribute__((weak));
extern struct fuzz_place __stop_fuzz_places[] __attribute__((weak));

static size_t places_missed(void)
{
	size_t missed = 0;

	for (struct fuzz_place *p = __start_fuzz_places;
	     p < __stop_fuzz_places; p++)
		if (p->met == 0) {
			printf("# no kept input comes by: %s\n", p->name);
			missed++;
		}
	return missed;
}

int main(void)
{
	struct seeds *s = calloc(1, sizeof(*s));
	const char *root = getenv("ECLUSE_ROOT");
	char folder[PATH_MAX];
	size_t missed;

	must(s);
	(void)snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s",
	    root ? root : ".", FUZZ_NAME);
	take_folder(s, folder);
	printf("# seed %u\n", SEED);
	try(NULL, 0);
	for (size_t i = 0; i < s->n; i++)
		try(s->one[i].p, s->one[i].n);
	missed = places_missed();
	printf("%s 1 - %zu kept inputs come by every place\n",
	    missed ? "not ok" : "ok", s->n);
	(void)fflush(stdout);
	try_changed(s);
	printf("ok 2 - %u changed ones\n1..2\n", CHANGED);
	for (size_t i = 0; i < s->n; i++)
		buf_release(&s->one[i]);
	free(s);
	return missed != 0;
}
