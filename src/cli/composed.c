/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "cli/composed.h"
#include "lang/lang.h"

#define PLACES 5	/* of one form, at most */
#define PLACE_SIZE 320
#define DEPTH 3		/* a sentence in a sentence */

/* What says most first; a place ends where the next words begin. */
static const char *const forms[] = {
    N_("registry entry %s"),
    N_("line %s: %s"),
    N_("vault %s: %s"),
    N_("entry %s is missing, damaged, or not what the tree holds"),
    N_("entry %s cannot be read"),
    N_("entry %s: %s"),
    N_("%s (entries %s to %s) does not give hash %s of %s"),
    N_("%s (entries %s to %s), or every tile, does not give the checkpoint's "
       "root"),
    N_("%s is not %s hashes long"),
    N_("%s is missing"),
    N_("the checkpoint is not signed by %s"),
    N_("the vault answered twice for entry %s: one of the answers is not "
       "written"),
    N_("the vault answered for entry %s, which the journal does not hold"),
    N_("the vault answered for entry %s, which %s"),
    N_("the vault answered for the log of another name (record %s)"),
    N_("the counts are altered behind record %s"),
    N_("the vaults named %s persons to the keeper, and the journal has "
       "questions for %s at most"),
    N_("%s: %s"),
};

/* Whole ones, and parts of the above, for the catalogue. */
static const char *const phrases[] = {
    N_("the tiles agree with each other and not with the checkpoint's root"),
    N_("the right edge changed meanwhile"),
    N_("there is no checkpoint"),
    N_("checkpoint is not a signed checkpoint"),
    N_("the checkpoint cannot be read"),
    N_("the records end before the checkpoint, or do not belong to it"),
    N_("the records cannot be read"),
    N_("its leaf is malformed"),
    N_("its opening is gone, and no act purged its month"),
    N_("its opening is not the one that the leaf names"),
    N_("is no question"),
    N_("says that it was refused"),
    N_("says that nobody was met"),
    N_("says that somebody was met"),
    N_("commits to another person"),
    N_("the counts are not those that the vault signed"),
    N_("the counts are shorter than the vault signed"),
    N_("checkpoint is not signed by this vault"),
    N_("its key is not in the registry (act: vault)"),
    N_("it has no counts: they were taken away, or it never ran"),
};

static void say(const char *english, unsigned depth, char *out, size_t size);

static bool is_phrase(const char *text)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (strcmp(text, phrases[i]) == 0)
			return true;
	return false;
}

/* What stands in a form's places, if the text has that form. */
static bool take_places(
    const char *text, const char *form, char places[PLACES][PLACE_SIZE])
{
	for (unsigned n = 0;; n++) {
		size_t words = strcspn(form, "%"), place;
		const char *next;

		if (strncmp(text, form, words) != 0)
			return false;
		text += words;
		form += words;
		if (!*form || n == PLACES)
			return !*form && !*text;
		form += 2;	/* "%s" */
		words = strcspn(form, "%");
		for (next = text; *next && (words == 0 ||
		    strncmp(next, form, words) != 0);)
			next++;
		place = (size_t)(next - text);
		if (place == 0 || place >= PLACE_SIZE)
			return false;
		memcpy(places[n], text, place);
		places[n][place] = '\0';
		text = next;
	}
}

/* The places into the other language's form, in the same order. */
static void fill(const char *form, char places[PLACES][PLACE_SIZE],
    unsigned depth, char *out, size_t size)
{
	size_t at = 0;
	unsigned n = 0;

	while (*form && at + 1 < size) {
		if (form[0] == '%' && form[1] == 's' && n < PLACES) {
			say(places[n++], depth + 1, out + at, size - at);
			at += strlen(out + at);
			form += 2;
		} else {
			out[at++] = *form++;
		}
	}
	out[at] = '\0';
}

static void say(const char *english, unsigned depth, char *out, size_t size)
{
	char places[PLACES][PLACE_SIZE] = {{0}};
	const char *whole = lang_text(english);

	if (whole == english && !is_phrase(english) && depth < DEPTH)
		for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
			if (take_places(english, forms[i], places)) {
				fill(lang_text(forms[i]), places, depth, out,
				    size);
				return;
			}
	(void)snprintf(out, size, "%s", whole);
}

void composed_text(const char *english, char *out, size_t size)
{
	say(english, 0, out, size);
}
