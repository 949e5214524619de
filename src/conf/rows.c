/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <string.h>
#include "base/text.h"
#include "conf/rows.h"

#define NAME_MOST 40	/* characters of a name worth comparing */

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool all_of(struct span s, const char *more)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_letter(s.p[i]) && !strchr(more, s.p[i]))
			return false;
	return true;
}

/* Name in a signed note (C2SP signed-note: no space, no plus) that is also a
 * path without dots and slashes at its ends. */
static bool fits_origin(struct span s)
{
	return s.n > 0 && is_letter(s.p[0]) && is_letter(s.p[s.n - 1]) &&
	    all_of(s, ".-/");
}

static bool fits_address(struct span s)
{
	char text[64];
	uint8_t bytes[16];

	if (text_copy(s, text, sizeof(text)) != ERR_OK)
		return false;
	return inet_pton(AF_INET, text, bytes) == 1 ||
	    inet_pton(AF_INET6, text, bytes) == 1;
}

/* RFC 9421 §2.2.3: lower case, and no client signs the port 443. Any other is
 * checked by who compares. */
static bool fits_authority(struct span s)
{
	return all_of(s, ".-:[]") && (s.n < 4 ||
	    !span_is(span_of(s.p + s.n - 4, 4), ":443"));
}

/* A label of a token or key, or a name of a credential; "#" would begin a
 * comment. */
static bool fits_label(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~' || s.p[i] == '#')
			return false;
	return true;
}

/* It is written into no other file, but stays without surprises. */
static bool fits_path(struct span s)
{
	return s.n > 0 && s.p[0] == '/' && fits_label(s);
}

static const char *const certificate_words[] = {
    "none", "optional", "required", NULL};
static const char *const level_words[] = {
    "debug", "info", "warn", "error", NULL};

#define AT(field) offsetof(struct conf, field)
#define SIZE(field) (sizeof(((struct conf *)0)->field) - 1)

static const struct rows_row rows[] = {
    {"origin", ROWS_TEXT, AT(origin), NULL, 0, SIZE(origin), NULL,
        fits_origin, "letters, digits, . - /, as host/journal",
        "Name of the log, in every checkpoint and proof. It names this log\n"
        "for ever: never change it, never use it twice."},
    {"drill", ROWS_YES, AT(drill), "no", 0, 0, NULL, NULL, "yes or no",
        "An exercise with invented people: notices and letters say DRILL,\n"
        "and the clock can be set. Decided by init; not to be changed."},
    {"unconfined", ROWS_YES, AT(unconfined), "no", 0, 0, NULL, NULL,
        "yes or no",
        "For development on a kernel without Landlock or seccomp: processes\n"
        "keep files and system calls open. Only a drill takes yes."},
    {"flow.address", ROWS_TEXT, AT(plane[CONF_FLOW].address), "127.0.0.1", 0,
        SIZE(plane[CONF_FLOW].address), NULL, fits_address,
        "an IPv4 or IPv6 address", "Where nginx listens for practice software."},
    {"flow.port", ROWS_NUMBER, AT(plane[CONF_FLOW].port), "0", 0, 65535, NULL,
        NULL, "0 to 65535",
        "Its TCP port. 0: a free one is picked at the first start and kept\n"
        "in run/flow.port."},
    {"flow.authority", ROWS_TEXT, AT(plane[CONF_FLOW].authority), "", 0,
        SIZE(plane[CONF_FLOW].authority), NULL, fits_authority,
        "lower-case host, or host:port, 443 left out",
        "Host and port as clients write and sign them (RFC 9421\n"
        "@authority; no port if it is 443). Empty: localhost:PORT."},
    {"flow.plain", ROWS_YES, AT(plane[CONF_FLOW].plain), "yes", 0, 0, NULL,
        NULL, "yes or no",
        "Accept FHIR bodies that are not sealed to the keeper. Then nginx\n"
        "and gate see them in passing. No other plane takes them."},
    {"flow.client-certificate", ROWS_CHOICE,
        AT(plane[CONF_FLOW].certificate), "none", 0, 0, certificate_words, NULL,
        "none, optional or required",
        "TLS certificates of vendors, checked against tls/clients-ca.pem.\n"
        "Defence in depth: no promise rests on it."},
    {"flow.connections", ROWS_NUMBER, AT(plane[CONF_FLOW].connections), "256",
        1, 65535, NULL, NULL, "1 to 65535",
        "Requests of one address at the same time; one more gets 429."},
    {"portal.enabled", ROWS_YES, AT(plane[CONF_PORTAL].enabled), "yes", 0, 0, NULL,
        NULL, "yes or no",
        "Run the portal plane, for professionals' browsers. no: neither its\n"
        "nginx nor its gate is started."},
    {"portal.address", ROWS_TEXT, AT(plane[CONF_PORTAL].address), "127.0.0.1", 0,
        SIZE(plane[CONF_PORTAL].address), NULL, fits_address,
        "an IPv4 or IPv6 address", "Where nginx listens for professionals' browsers."},
    {"portal.port", ROWS_NUMBER, AT(plane[CONF_PORTAL].port), "0", 0, 65535, NULL,
        NULL, "0 to 65535",
        "Its TCP port. 0: a free one is picked at the first start and kept\n"
        "in run/portal.port."},
    {"portal.authority", ROWS_TEXT, AT(plane[CONF_PORTAL].authority), "", 0,
        SIZE(plane[CONF_PORTAL].authority), NULL, fits_authority,
        "lower-case host, or host:port, 443 left out",
        "Host and port as clients write and sign them (RFC 9421\n"
        "@authority; no port if it is 443). Empty: localhost:PORT."},
    {"portal.connections", ROWS_NUMBER, AT(plane[CONF_PORTAL].connections), "256",
        1, 65535, NULL, NULL, "1 to 65535",
        "Requests of one address at the same time; one more gets 429."},
    {"staff.enabled", ROWS_YES, AT(plane[CONF_STAFF].enabled), "yes", 0, 0, NULL,
        NULL, "yes or no",
        "Run the staff plane, for mutuelles and operators. no: neither its\n"
        "nginx nor its gate is started."},
    {"staff.address", ROWS_TEXT, AT(plane[CONF_STAFF].address), "127.0.0.1", 0,
        SIZE(plane[CONF_STAFF].address), NULL, fits_address,
        "an IPv4 or IPv6 address", "Where nginx listens for mutuelles and operators."},
    {"staff.port", ROWS_NUMBER, AT(plane[CONF_STAFF].port), "0", 0, 65535, NULL,
        NULL, "0 to 65535",
        "Its TCP port. 0: a free one is picked at the first start and kept\n"
        "in run/staff.port."},
    {"staff.authority", ROWS_TEXT, AT(plane[CONF_STAFF].authority), "", 0,
        SIZE(plane[CONF_STAFF].authority), NULL, fits_authority,
        "lower-case host, or host:port, 443 left out",
        "Host and port as clients write and sign them (RFC 9421\n"
        "@authority; no port if it is 443). Empty: localhost:PORT."},
    {"staff.client-certificate", ROWS_CHOICE,
        AT(plane[CONF_STAFF].certificate), "none", 0, 0, certificate_words, NULL,
        "none, optional or required",
        "TLS certificates of mutuelles, checked against tls/clients-ca.pem.\n"
        "Defence in depth: no promise rests on it."},
    {"staff.connections", ROWS_NUMBER, AT(plane[CONF_STAFF].connections), "256",
        1, 65535, NULL, NULL, "1 to 65535",
        "Requests of one address at the same time; one more gets 429."},
    {"workers", ROWS_NUMBER, AT(workers), "2", 1, 64, NULL, NULL, "1 to 64",
        "Worker processes of each nginx."},
    {"log.level", ROWS_CHOICE, AT(log_level), "info", 0, 0, level_words,
        NULL, "debug, info, warn or error",
        "Least important lines to write on standard error."},
    {"vault.count", ROWS_NUMBER, AT(vault_count), "1", 1, CONF_VAULTS, NULL,
        NULL, "1 to 16",
        "How many vaults share out the cells. Decided before the first\n"
        "start: each store says which of how many it is."},
    {"vault.timeout-ms", ROWS_NUMBER, AT(vault_timeout_ms), "500", 50, 60000,
        NULL, NULL, "50 to 60000",
        "A vault that is silent for longer fails the questions that wait\n"
        "for it."},
    {"questions.per-person", ROWS_NUMBER, AT(asks_per_person), "20", 1, 10000,
        NULL, NULL, "1 to 10000",
        "How often a key may ask in a day about each person that its budget\n"
        "lets it read in 24 hours, and 1,000 times more. Asking again reads\n"
        "nobody new, but each time is an entry of the journal."},
    {"users.base", ROWS_NUMBER, AT(users_base), "60800", 1000, 2000000000,
        NULL, NULL, "1000 to 2000000000",
        "Started by root, each process runs as a user of its own, by\n"
        "number: this one and the 31 behind it. They need no entry in\n"
        "/etc/passwd, and must belong to nobody else."},
    {"nginx", ROWS_TEXT, AT(nginx), "/usr/sbin/nginx", 0, SIZE(nginx), NULL,
        fits_path, "an absolute path", "The nginx program."},
    {"root.module", ROWS_TEXT, AT(root_module), "", 0, SIZE(root_module),
        NULL, fits_path, "an absolute path",
        "PKCS#11 module of the token that holds the root key. Empty: the\n"
        "root key is the file keeper/root.key."},
    {"root.token", ROWS_TEXT, AT(root_token), "", 0, SIZE(root_token), NULL,
        fits_label, "a label, 32 characters at most, no #",
        "Label of the token."},
    {"root.key", ROWS_TEXT, AT(root_key), "", 0, SIZE(root_key), NULL,
        fits_label, "a label, 64 characters at most, no #",
        "Label of the key in it: secret, able to sign HMAC-SHA-256, not\n"
        "extractable."},
    {"root.pin-file", ROWS_TEXT, AT(root_pin_file), "", 0,
        SIZE(root_pin_file), NULL, fits_label,
        "an absolute path, or a credential's name",
        "File with the token's PIN, mode 600; a name without slash is one\n"
        "of systemd's LoadCredential=."},
    {"root.origin", ROWS_TEXT, AT(root_origin), "", 0, SIZE(root_origin),
        NULL, fits_origin, "letters, digits, . - /",
        "Origin that the token's key is asked with. Empty: this log's own;\n"
        "ecluse restore --new-origin writes the old one."},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

const struct rows_row *rows_at(size_t i)
{
	return i < ROWS ? &rows[i] : NULL;
}

static size_t least_of(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Letters to change, add or drop (Levenshtein), one row of the matrix kept. */
static size_t distance(struct span a, struct span b)
{
	size_t row[NAME_MOST + 1], corner, above;

	if (a.n > NAME_MOST || b.n > NAME_MOST)
		return NAME_MOST + 1;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			above = row[j];
			row[j] = least_of(above + 1, row[j - 1] + 1,
			    corner + (a.p[i - 1] != b.p[j - 1]));
			corner = above;
		}
	}
	return row[b.n];
}

const char *rows_nearest(struct span name)
{
	const char *best = rows[0].name;
	size_t least = SIZE_MAX, d;

	for (size_t i = 0; i < ROWS; i++) {
		d = distance(name, span_str(rows[i].name));
		if (d < least) {
			least = d;
			best = rows[i].name;
		}
	}
	return best;
}

static enum err set_text(
    const struct rows_row *row, struct span value, char *to)
{
	/* an empty value is the empty preset, or does not fit */
	if (value.n == 0 && !(row->preset && row->preset[0] == '\0'))
		return ERR_RANGE;
	if (value.n > 0 && row->fits && !row->fits(value))
		return ERR_RANGE;
	return text_copy(value, to, (size_t)row->most + 1) ? ERR_RANGE
	                                                   : ERR_OK;
}

static enum err set_number(
    const struct rows_row *row, struct span value, uint32_t *to)
{
	uint64_t v;

	if (text_u64(value, row->most, &v) != ERR_OK || v < row->least)
		return ERR_RANGE;
	*to = (uint32_t)v;
	return ERR_OK;
}

/* The place of the word among words, written as the enum it stands for. */
static enum err set_choice(
    const char *const *words, struct span value, unsigned *to)
{
	for (unsigned i = 0; words[i]; i++)
		if (span_is(value, words[i])) {
			*to = i;
			return ERR_OK;
		}
	return ERR_RANGE;
}

static const char *const yes_words[] = {"no", "yes", NULL};

/* Both enums have the size of unsigned: they hold no negative value. */
_Static_assert(sizeof(enum conf_certificate) == sizeof(unsigned), "enum");
_Static_assert(sizeof(enum log_level) == sizeof(unsigned), "enum");

enum err rows_set(
    const struct rows_row *row, struct span value, struct conf *c)
{
	uint8_t *to = (uint8_t *)c + row->at;
	unsigned word;
	uint32_t number;
	enum err e;

	switch (row->type) {
	case ROWS_TEXT:
		return set_text(row, value, (char *)to);
	case ROWS_NUMBER:
		e = set_number(row, value, &number);
		if (!e)
			memcpy(to, &number, sizeof(number));
		return e;
	case ROWS_YES:
		e = set_choice(yes_words, value, &word);
		if (!e)
			*(bool *)to = word == 1;
		return e;
	case ROWS_CHOICE:
		e = set_choice(row->words, value, &word);
		if (!e)
			memcpy(to, &word, sizeof(word));
		return e;
	}
	return ERR_RANGE;
}

void rows_get(
    const struct rows_row *row, const struct conf *c, struct buf *out)
{
	const uint8_t *from = (const uint8_t *)c + row->at;
	uint32_t number;
	unsigned word;

	switch (row->type) {
	case ROWS_TEXT:
		buf_text(out, (const char *)from);
		break;
	case ROWS_NUMBER:
		memcpy(&number, from, sizeof(number));
		buf_printf(out, "%u", number);
		break;
	case ROWS_YES:
		buf_text(out, yes_words[*(const bool *)from]);
		break;
	case ROWS_CHOICE:
		memcpy(&word, from, sizeof(word));
		buf_text(out, row->words[word]);
		break;
	}
}
