/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A keeper that lies: the real one, whose appends to the journal are wrapped
 * by the linker (tests/tools/meson.build). DIR/lie says how; never installed.
 *
 *   silent   every second answer about a person is given without an entry: it
 *            names the entry before it
 *   other    every second entry says another person than is answered about
 *   missed   every second entry says that nobody was met
 *   late     every second answer names an entry that will never be
 *   alone    an act is taken whoever signed it, and handed to the vaults
 *   recall   a bundle's lines are answered about persons whom the vault named
 *            before, without asking it who is meant
 */
#include <stdio.h>
#include <string.h>
#include "keeper/keeper.h"

enum err __real_book_asked(struct book *b, struct leaf *leaf, uint32_t key,
    const struct opening *opening, uint64_t *ret_index);
enum err __wrap_book_asked(struct book *b, struct leaf *leaf, uint32_t key,
    const struct opening *opening, uint64_t *ret_index);
enum err __real_outstanding_add(
    struct outstanding *o, uint64_t first, uint64_t n);
enum err __wrap_outstanding_add(
    struct outstanding *o, uint64_t first, uint64_t n);
enum err __real_conf_started(
    const char *dir, struct conf *ret, struct conf_fault *fault);
enum err __wrap_conf_started(
    const char *dir, struct conf *ret, struct conf_fault *fault);

enum err __real_ledger_check(const struct ledger *l, struct span note,
    int64_t now_ms, struct span *ret_text, struct registry_fault *fault);
enum err __wrap_ledger_check(const struct ledger *l, struct span note,
    int64_t now_ms, struct span *ret_text, struct registry_fault *fault);
enum err __real_ledger_take(struct ledger *l, struct span note,
    int64_t now_ms, struct span *ret_text, enum registry_wish *ret_wish,
    struct registry_fault *fault);
enum err __wrap_ledger_take(struct ledger *l, struct span note,
    int64_t now_ms, struct span *ret_text, enum registry_wish *ret_wish,
    struct registry_fault *fault);

void __real_decide_found(struct keeper *k, struct slot *s, uint64_t number);
void __wrap_decide_found(struct keeper *k, struct slot *s, uint64_t number);
void __real_question_resolve(struct keeper *k, struct slot *s);
void __wrap_question_resolve(struct keeper *k, struct slot *s);

#define KNOWN 16

static uint64_t known[KNOWN];	/* numbers that a vault named */
static unsigned known_count;
static char lie[16];
static unsigned answered;
static uint64_t hidden, last;

enum err __wrap_conf_started(
    const char *dir, struct conf *ret, struct conf_fault *fault)
{
	char path[CONF_PATH * 2];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/lie", dir);
	f = fopen(path, "re");
	if (f && !fgets(lie, sizeof(lie), f))
		lie[0] = '\0';
	if (f)
		(void)fclose(f);
	return __real_conf_started(dir, ret, fault);
}

enum err __wrap_book_asked(struct book *b, struct leaf *leaf, uint32_t key,
    const struct opening *opening, uint64_t *ret_index)
{
	bool now = leaf->decision == LEAF_ANSWERED && leaf->existed &&
	    ++answered % 2 == 0;
	struct opening o = *opening;
	enum err e;

	if (now && (strcmp(lie, "silent") == 0 || strcmp(lie, "late") == 0)) {
		*ret_index = lie[0] == 's' ? last : last + 1000000;
		hidden++;
		return ERR_OK;
	}
	if (now && strcmp(lie, "other") == 0)
		o.number++;
	if (now && strcmp(lie, "missed") == 0) {
		o.number = 0;
		leaf->existed = false;
	}
	e = __real_book_asked(b, leaf, key, &o, ret_index);
	last = e ? last : *ret_index;
	return e;
}

void __wrap_decide_found(struct keeper *k, struct slot *s, uint64_t number)
{
	if (number && known_count < KNOWN)
		known[known_count++] = number;
	__real_decide_found(k, s, number);
}

/* Called so for the lines of a bundle alone (keeper/batch.c). */
void __wrap_question_resolve(struct keeper *k, struct slot *s)
{
	if (strcmp(lie, "recall") == 0 && known_count > 0)
		__real_decide_found(k, s, known[--known_count]);
	else
		__real_question_resolve(k, s);
}

/* As many as are really in the batch. */
enum err __wrap_outstanding_add(
    struct outstanding *o, uint64_t first, uint64_t n)
{
	uint64_t less = hidden;

	hidden = 0;
	return n == less ? ERR_OK :
	    __real_outstanding_add(o, first, n - less);
}

/* What stands before the note's last empty line. */
static struct span text_of(struct span note)
{
	size_t n = note.n;

	while (n > 1 && (note.p[n - 1] != '\n' || note.p[n - 2] != '\n'))
		n--;
	return span_of(note.p, n - 1);
}

enum err __wrap_ledger_check(const struct ledger *l, struct span note,
    int64_t now_ms, struct span *ret_text, struct registry_fault *fault)
{
	if (strcmp(lie, "alone") != 0)
		return __real_ledger_check(l, note, now_ms, ret_text, fault);
	*ret_text = text_of(note);
	return ERR_OK;
}

enum err __wrap_ledger_take(struct ledger *l, struct span note,
    int64_t now_ms, struct span *ret_text, enum registry_wish *ret_wish,
    struct registry_fault *fault)
{
	if (strcmp(lie, "alone") != 0)
		return __real_ledger_take(
		    l, note, now_ms, ret_text, ret_wish, fault);
	*ret_text = text_of(note);
	*ret_wish = REGISTRY_NOTHING;
	return ERR_OK;
}
