/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/text.h"
#include "cli/explain.h"
#include "crypto/sign.h"
#include "lang/lang.h"

/*
 * The first row whose word is the line's, and whose `when` the line has (name
 * or name=value; empty: always), gives the sentence. {name} is a value, {name#}
 * the id of the public key that it is; what stands in [ ] is left out unless
 * every value in it is there.
 */
static const struct row {
	const char *word, *when, *text;
} rows[] = {
	{"instance", "", N_("Says whether this is a drill: {drill}")},
	{"service", "", N_("Names the service's public keys: answers {answer}, "
	    "promises {promise}, sealing {sealing}")},
	{"admin", "", N_("Makes {name} an ADMINISTRATOR, who may sign acts "
	    "like this one; public key {key}")},
	{"insurer", "", N_("Enrols insurer {amc} under operator {operator}[, "
	    "hosted by {hosted-by}][, called {label}]: its feeds are those "
	    "that key {feed-key#} signs, its cards those of key "
	    "{card-key#}")},
	{"profession", "", N_("Sets what each {code} may read[ on plane "
	    "{plane}], in domains {domains}: without a card {t24} persons in "
	    "24 hours and {t30} in 30 days, in any way {c24} and {c30}; "
	    "misses {m24} and {m30}")},
	{"wide", "scope=card", N_("A card seen at more than {floor24} sites "
	    "in 24 hours no longer counts as presence[ ({code})]")},
	{"wide", "", N_("Sets what all of {scope} {code} share before they "
	    "are slowed: {floor24} persons in 24 hours and {each24} for each "
	    "100 more sites or members; in 30 days {floor30} and "
	    "{each30}")},
	{"budget", "default=yes", N_("Gives[ site {site}][ professional "
	    "{rpps}] the profession's figures back")},
	{"budget", "", N_("Sets what[ site {site} and each of its keys][ "
	    "professional {rpps}] may read, in place of the profession's "
	    "figures: without a card {t24} persons in 24 hours and {t30} in "
	    "30 days, in any way {c24} and {c30}; misses {m24} and {m30}")},
	{"cap", "", N_("Caps new keys at {keys-day} in 24 hours, and what all "
	    "of them read without a card at {persons24} persons in 24 hours "
	    "and {persons30} in 30 days")},
	{"mode", "mode=observe", N_("TURNS OFF control {control}: it only "
	    "observes, and refuses nothing")},
	{"mode", "", N_("Turns control {control} to {mode}")},
	{"vault", "", N_("Takes key {key} for what vault {number} counts and "
	    "signs")},
	{"ceiling", "", N_("Lets vaults name {persons-hour} persons an hour of "
	    "AMC {amc} (cell {cell}) and no more")},
	{"clock", "", N_("Confirms that the machine's clock is right after a "
	    "jump: {confirm}")},
	{"continue", "confirm", N_("REOPENS a log that began with a restore: "
	    "questions without a card again, budgets as they count now")},
	{"continue", "", N_("ENDS log {from} at {size} entries (root {root})"
	    "[; {known-size} are known, root {known-root}: what lies between "
	    "is lost], and begins the log of this act's origin, with cards "
	    "only")},
	{"scope", "", N_("LISTS exactly whom {asker} read from {from} up to "
	    "{to}[, of insurer {amc} alone][, in the log before, "
	    "{log}]")},
	{"who", "", N_("LISTS everybody who read person {ref} of insurer "
	    "{amc} from {from} up to {to}[, in the log before, {log}][, of "
	    "living months alone: {living}]")},
	{"release", "amc", N_("RELEASES what opens each entry of insurer "
	    "{amc} from {from} up to {to}, to whoever holds the file[, in "
	    "the log before, {log}]")},
	{"release", "", N_("RELEASES what opens each entry of {asker} from "
	    "{from} up to {to}, to whoever holds the file[, in the log "
	    "before, {log}]")},
	{"site", "", N_("Enrols site {id}, profession {profession}[, "
	    "FINESS {finess}][, SIRET {siret}][, called {label}]")},
	{"professional", "", N_("Enrols professional {rpps}[ at site "
	    "{site}]")},
	{"key", "", N_("Enrols key {spki#} for site {site}[ on plane "
	    "{plane}][, speaking for professionals {rpps}][, as if on {since} (drill)]: it may read "
	    "persons within that site's budgets")},
	{"revoke", "key", N_("Revokes key {key} for good")},
	{"revoke", "site", N_("Revokes site {site} with all its keys for "
	    "good")},
	{"revoke", "rpps", N_("Revokes professional {rpps} at every site for "
	    "good")},
	{"revoke", "amc", N_("Revokes insurer {amc} for good: its persons are "
	    "unknown from then on")},
	{"revoke", "admin", N_("Revokes administrator {admin} for good")},
	{"close", "profession", N_("Closes profession {profession} on plane "
	    "{plane}[, reason {reason}]")},
	{"close", "plane", N_("Closes the whole plane {plane}[, reason "
	    "{reason}]")},
	{"close", "amc", N_("Closes the cell of insurer {amc}[, reason "
	    "{reason}]")},
	{"close", "site", N_("Closes site {site}[, reason {reason}]")},
	{"close", "key", N_("Closes key {key}[, reason {reason}]")},
	{"close", "rpps", N_("Closes professional {rpps}[, reason "
	    "{reason}]")},
	{"open", "profession", N_("REOPENS profession {profession} on plane "
	    "{plane}[, reason {reason}]")},
	{"open", "plane", N_("REOPENS the whole plane {plane}[, reason "
	    "{reason}]")},
	{"open", "amc", N_("REOPENS the cell of insurer {amc}[, reason "
	    "{reason}]")},
	{"open", "site", N_("REOPENS site {site}[, reason {reason}]")},
	{"open", "key", N_("REOPENS key {key}[, reason {reason}]")},
	{"open", "rpps", N_("REOPENS professional {rpps}[, reason "
	    "{reason}]")},
	{"turn", "amc", N_("Turns the {kind} key of insurer {amc} to "
	    "{key#}; the one before stays good")},
	{"turn", "before", N_("Turns the {kind} key to {key#}[, from {from}]: "
	    "until the one before ({before}) is destroyed both sign (its "
	    "word for it: {sig})")},
	{"turn", "", N_("Turns the {kind} key to {key#}[, from {from}]")},
	{"destroy", "month", N_("DESTROYS month {month} for good: nobody can "
	    "say any more who was read in it")},
	{"destroy", "amc", N_("ENDS the {kind} key of insurer {amc} before "
	    "the one in use")},
	{"destroy", "lose", N_("DESTROYS the {kind} key of generation "
	    "{generation} for good, although nobody of {lose} is found then "
	    "until their next full feed")},
	{"destroy", "", N_("DESTROYS the {kind} key of generation "
	    "{generation} for good")},
	{"purge", "ended", N_("TAKES OUT of the vaults for good the rights "
	    "that ended by {ended}, and who has no other")},
	{"purge", "", N_("TAKES AWAY for good the openings of month {month} "
	    "and of all before it, which nobody can open any more")},
	{"decoy", "react=close", N_("CLOSES at once each key that asks about "
	    "a decoy of AMC {amc}")},
	{"decoy", "react", N_("Only raises an alarm when a decoy of AMC {amc} "
	    "is asked about: {react}")},
	{"decoy", "withdraw", N_("WITHDRAWS set {set} of decoys of AMC {amc}: "
	    "asking about one raises nothing any more")},
	{"decoy", "", N_("Plants {persons} invented persons of AMC {amc}, "
	    "set {set}: whoever asks about one raises an alarm")},
	{"route", "", N_("Has the directory send questions about AMC {amc}[, "
	    "convention {convention}][, CSR {csr}] to operator {operator} "
	    "from {from}[ to {until}][, at {url}]")},
};

/* Has the line this name, or this name with this value? "": always. */
static bool has(const struct act_line *line, const char *when)
{
	const char *equals = strchr(when, '=');
	char name[32];

	if (!equals)
		return when[0] == '\0' || act_value(line, when).n > 0;
	if (text_copy(span_of(when, (size_t)(equals - when)), name,
		sizeof(name)))
		return false;
	return span_is(act_value(line, name), equals + 1);
}

static const struct row *row_of(const struct act_line *line)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (span_is(line->word, rows[i].word) &&
		    has(line, rows[i].when))
			return &rows[i];
	return NULL;
}

bool explain_knows(struct span word)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (span_is(word, rows[i].word))
			return true;
	return false;
}

void explain_raw(struct span text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] >= 0x20 && text.p[i] < 0x7f)
			buf_put(out, &text.p[i], 1);
		else
			buf_printf(out, "\\x%02x", text.p[i]);
}

/* The id of a public key, which stands for it; else the value as it is. */
static void put_key(struct span value, struct buf *out)
{
	char id[SIGN_KEY_ID_TEXT];
	uint8_t der[SIGN_SPKI_MAX], raw[SIGN_KEY_ID];
	struct sign_public *key = NULL;
	size_t n = 0;

	if (text_unb64url(value, der, sizeof(der), &n) ||
	    sign_public_parse(span_of(der, n), &key)) {
		explain_raw(value, out);
		return;
	}
	sign_public_id(key, raw);
	sign_key_id_text(raw, id);
	buf_text(out, id);
	sign_public_free(key);
}

/* A sentence on its way: which of the line's pairs it has told. */
struct telling {
	const struct act_line *line;
	bool told[ACT_PAIRS];
	struct buf *out;
};

static int place_of(const struct act_line *line, struct span name)
{
	for (unsigned i = 0; i < line->count; i++)
		if (span_equal(line->names[i], name) && line->values[i].n > 0)
			return (int)i;
	return -1;
}

/* What stands up to the brace, which *p steps over. The rows are ours, and
 * tests/unit/cli/test_explain.c sees that braces close. */
static struct span take_name(const char **p, const char *end, bool *is_key)
{
	const char *name = *p;
	const char *close = memchr(name, '}', (size_t)(end - name));

	if (!close)
		close = end - 1;
	*p = close + 1;
	*is_key = close > name && close[-1] == '#';
	return span_of(name, (size_t)(close - name) - (*is_key ? 1 : 0));
}

/* Is each value between p and end there? */
static bool all_there(
    const struct act_line *line, const char *p, const char *end)
{
	while ((p = memchr(p, '{', (size_t)(end - p)))) {
		bool is_key;

		p++;
		if (place_of(line, take_name(&p, end, &is_key)) < 0)
			return false;
	}
	return true;
}

static void put_value(struct telling *t, const char **p, const char *end)
{
	bool is_key;
	int place = place_of(t->line, take_name(p, end, &is_key));

	if (place < 0) {
		buf_text(t->out, "?");
		return;
	}
	t->told[place] = true;
	if (is_key)
		put_key(t->line->values[place], t->out);
	else
		explain_raw(t->line->values[place], t->out);
}

/* The sentence between p and end. */
static void tell(struct telling *t, const char *p, const char *end)
{
	while (p < end) {
		const char *close;

		if (*p == '{') {
			p++;
			put_value(t, &p, end);
			continue;
		}
		if (*p != '[') {
			buf_put(t->out, p++, 1);
			continue;
		}
		close = memchr(p, ']', (size_t)(end - p));
		close = close ? close : end;
		if (all_there(t->line, p + 1, close))
			tell(t, p + 1, close);
		p = close + 1;
	}
}

void explain_line(const struct act_line *line, struct buf *out)
{
	const struct row *row = row_of(line);
	struct telling t = {.line = line, .out = out};
	const char *text;

	for (unsigned i = 0; row && i < line->count; i++) {
		size_t n = line->names[i].n;

		/* that it has this value is in the sentence */
		t.told[i] = strchr(row->when, '=') &&
		    strncmp(row->when, (const char *)line->names[i].p, n) ==
			0 && row->when[n] == '=';
	}
	if (row) {
		text = lang_text(row->text);
		tell(&t, text, text + strlen(text));
	} else {
		explain_raw(line->word, out);
	}
	for (unsigned i = 0; i < line->count; i++) {
		if (t.told[i])
			continue;
		buf_text(out, "; ");
		explain_raw(line->names[i], out);
		buf_text(out, "=");
		explain_raw(line->values[i], out);
	}
}
