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
    /* of ecluse.conf */
    N_("line %s: %s: no such setting; did you mean %s?"),
    N_("line %s: %s: said before on line %s; keep one of them"),
    N_("line %s: %s: '%s' does not fit; write %s"),
    N_("line %s: no '='; write: name = value"),
    N_("%s: missing; add a line: %s = (%s)"),
    N_("%s: cannot be read: %s; was the instance made by `ecluse init`?"),
    N_("registry entry %s"),
    N_("line %s: %s"),
    N_("vault %s: %s"),
    N_("entry %s is missing, damaged, or not what the tree holds"),
    N_("entry %s cannot be read"),
    N_("%s cannot be read"),
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
    /* of its registry */
    N_("act %s of the registry may not stand: %s"),
    N_("the registry is not the one that entry %s of the journal names"),
    N_("entry %s of the journal is of a time that no calendar has"),
    N_("the registry has %s entries, and entry %s of the journal names %s of "
       "it"),
    N_("it answered for entry %s, which stands behind the last checkpoint"),
    N_("it answered for the log of another name, and this one has not begun"),
    N_("the counts end behind record %s with one that is torn"),
    N_("the vaults named %s persons to the keeper, and up to the last "
       "checkpoint the journal has questions for %s"),
    /* of the keeper */
    N_("%s mutuelles had no full feed since this version's turn:%s: load one "
       "of each, or lose all their persons (lose=)"),
    N_("%s comes before, and its key lives: destroy it first"),
    /* of the root key */
    N_("%s tokens have this label: rename one"),
    N_("none of the %s tokens present has this label"),
    N_("a MAC of %s bytes, not 32"),
    N_("%s gives %s (see CKR_ in PKCS#11)"),
    /* of data check (rules/check.c) */
    N_("%s:%s: %s: no figure between %s and %s"),
    N_("%s:%s: no such act"),
    N_("%s:%s: no such family"),
    N_("acts.csv:%s: %s: no rate of family %s on its days"),
    N_("%s acts have no base here: questions bring it"),
    N_("%s of %s figures are not confirmed: what rests on them is flagged"),
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
    N_("its counts are no vault's"),
    N_("it took an act that is not in the registry: administrators or a "
       "ceiling"),
    N_("it was not told under which name the log goes on"),
    N_("the registry begins with administrators that it was not told of"),
    N_("the registry is not there, which names the vaults' keys"),
    N_("the registry names no vault's key"),
    N_("the journal's records are not there, and the vaults' counts want "
       "them"),
    N_("it is for another instance"),
    N_("it was not taken within a week of its time"),
    N_("one signature enrols on the day of the act alone"),
    N_("one signature enrolled more than it may in a day"),
    N_("no administrator of that time signed it"),
    N_("a signature in it does not verify"),
    N_("the log's own key signed what it may not"),
    N_("this act was applied before"),
    N_("rights that ended less than a year ago are kept"),
    N_("rights that ended by this day are purged already: name a later one"),
    /* of ecluse.conf, and what its settings take (conf/rows.c) */
    N_("unconfined: only a drill (drill = yes) may say yes"),
    N_("letters, digits, . - /, as host/journal"),
    N_("letters, digits, . - /"),
    N_("yes or no"),
    N_("an IPv4 or IPv6 address"),
    N_("lower-case host, or host:port, 443 left out"),
    N_("none, optional or required"),
    N_("debug, info, warn or error"),
    N_("an absolute path"),
    N_("an absolute path, or a credential's name"),
    N_("a label, 32 characters at most, no #"),
    N_("a label, 64 characters at most, no #"),
    N_("0 to 65535"),
    N_("1 to 65535"),
    N_("1 to 64"),
    N_("1 to 10000"),
    N_("1 to 16"),
    N_("50 to 60000"),
    N_("1000 to 2000000000"),
    /* of the root key */
    N_("not there"),
    N_("others than its owner may read it: chmod 600"),
    N_("the path is too long"),
    N_("say it: root.module names a PKCS#11 token"),
    N_("write an absolute path, or a name that systemd's LoadCredential= "
       "gives"),
    N_("too long a path"),
    N_("one line, the PIN and nothing more"),
    N_("too long a label"),
    N_("not a PKCS#11 module"),
    N_("its PIN is locked, or has one try left, which is left to you: log in "
       "with the token's own tool first"),
    N_("too long a PIN"),
    N_("the token does not take this PIN; too many tries lock it"),
    N_("this key can leave its token: make one that is sensitive and not "
       "extractable"),
    N_("two keys of the token have this label"),
    N_("no secret key of the token has this label"),
};

static void say(const char *english, unsigned depth, char *out, size_t size);

static bool is_phrase(const char *text)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (strcmp(text, phrases[i]) == 0)
			return true;
	return false;
}

/* Does a space that does not break, U+00A0, stand before the sign behind it?
 * Then it was said in the reader's language already. */
static bool is_french(const char *place, size_t n)
{
	return n >= 2 && memcmp(place + n - 2, "\xc2\xa0", 2) == 0;
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
		if (place == 0 || place >= PLACE_SIZE ||
		    is_french(text, place))
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
