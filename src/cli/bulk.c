/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/map.h"
#include "base/text.h"
#include "cli/bulk.h"
#include "cli/say.h"
#include "cli/table.h"
#include "crypto/sign.h"
#include "ids/sentence.h"
#include "ids/severity.h"
#include "lang/lang.h"
#include "registry/registry.h"

enum column {
	SITE, PROFESSION, KEY, PLANE, RPPS, FINESS, SIRET, LABEL, COLUMNS
};

static const struct table_column columns[COLUMNS] = {
	[SITE] = {"site", true},
	[PROFESSION] = {"profession", true},
	[KEY] = {"key", true},
	[PLANE] = {"plane", false},
	[RPPS] = {"rpps", false},
	[FINESS] = {"finess", false},
	[SIRET] = {"siret", false},
	[LABEL] = {"label", false},
};

struct reading {
	const struct bulk_known *known;		/* or NULL */
	struct table table;
	struct map sites, keys;		/* to the line they stand on */
	struct map trades;		/* site@profession */
	struct severity_table severity;
	struct buf *out;
	struct bulk sum;
};

static void tell(struct reading *r, enum column c, const char *words)
{
	table_tell(&r->table, c, words);
}

static bool is_id(struct span s, size_t size)
{
	if (s.n == 0 || s.n >= size)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
		    "wxyz0123456789._-", s.p[i]) || s.p[i] == '\0')
			return false;
	return true;
}

/* Reads an identifier; what is only odd is told and taken. */
static bool take_number(struct reading *r, enum column c, enum ids_kind kind,
    struct span in, char out[static IDS_TEXT_SIZE])
{
	struct ids_found found = ids_parse(kind, in, out);
	struct severity_verdict v =
	    severity_judge(&r->severity, kind, found, false);
	const char *words = sentence_of(kind, v.finding,
	    lang_french() ? SENTENCE_FRENCH : SENTENCE_ENGLISH);

	if (!ids_readable(found) || v.severity == SEVERITY_ERROR) {
		tell(r, c, words);
		return false;
	}
	if (v.severity == SEVERITY_WARNING && r->sum.warnings++ < TABLE_TOLD)
		say("%s:%u: %s: warning: %s", r->table.path,
		    r->table.lines.number, columns[c].name, words);
	return true;
}

static void put_number(struct reading *r, enum column c, enum ids_kind kind)
{
	char text[IDS_TEXT_SIZE];

	if (r->table.field[c].n > 0 && take_number(r, c, kind, r->table.field[c], text))
		buf_printf(r->out, " %s=%s", columns[c].name, text);
}

/* Percent-encoded: values of acts hold no space. */
static void put_label(struct reading *r)
{
	struct span s = r->table.field[LABEL];

	if (s.n > BULK_LABEL) {
		tell(r, LABEL, "longer than 80 bytes");
		return;
	}
	buf_text(r->out, s.n > 0 ? " label=" : "");
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] > 0x20 && s.p[i] < 0x7f && s.p[i] != '%')
			buf_put(r->out, &s.p[i], 1);
		else
			buf_printf(r->out, "%%%02x", s.p[i]);
}

/* Does the instance have it, so that it would refuse the whole act? */
static bool is_enrolled(const struct reading *r, const char *kind,
    struct span id)
{
	char asker[128];

	(void)snprintf(asker, sizeof(asker), "%s:%.*s", kind, (int)id.n,
	    (const char *)id.p);
	return r->known && r->known->enrolled(r->known->ctx, asker);
}

static enum err put_site(struct reading *r)
{
	uint32_t ignored;

	if (map_find(&r->sites, r->table.field[SITE], &ignored))
		return ERR_OK;
	if (is_enrolled(r, "site", r->table.field[SITE]))
		tell(r, SITE, "this site is enrolled already");
	buf_text(r->out, "site id=");
	buf_put_span(r->out, r->table.field[SITE]);
	buf_text(r->out, " profession=");
	buf_put_span(r->out, r->table.field[PROFESSION]);
	put_number(r, FINESS, IDS_FINESS);
	put_number(r, SIRET, IDS_SIRET);
	put_label(r);
	buf_text(r->out, "\n");
	r->sum.sites++;
	return map_put(&r->sites, r->table.field[SITE], r->table.lines.number);
}

/* A key in a file beside the table, or in the table itself. */
static enum err load_key(struct reading *r, struct sign_public **ret)
{
	struct span text = r->table.field[KEY];
	uint8_t der[SIGN_SPKI_MAX];
	char path[PATH_MAX];
	const char *slash = strrchr(r->table.path, '/');
	size_t n = 0, folder = slash ? (size_t)(slash - r->table.path) + 1 : 0;

	if (!text_unb64url(text, der, sizeof(der), &n) &&
	    !sign_public_parse(span_of(der, n), ret))
		return ERR_OK;
	if (folder + text.n >= sizeof(path))
		return ERR_LIMIT;
	if (text.p[0] == '/')
		folder = 0;
	memcpy(path, r->table.path, folder);
	memcpy(path + folder, text.p, text.n);
	path[folder + text.n] = '\0';
	return sign_public_load(path, ret);
}

static void put_rpps(struct reading *r)
{
	struct span rest = r->table.field[RPPS];
	unsigned count = 0;

	while (rest.n > 0) {
		char text[IDS_TEXT_SIZE];
		size_t n = 0;

		while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != ',')
			n++;
		if (n > 0 && count == REGISTRY_KEY_RPPS) {
			tell(r, RPPS, "more than 64 professionals");
			return;
		}
		if (n > 0 && take_number(
			r, RPPS, IDS_RPPS, span_of(rest.p, n), text))
			buf_printf(r->out, "%s%s", count++ ? "," : " rpps=",
			    text);
		n += n < rest.n ? 1 : 0;
		rest = span_of(rest.p + n, rest.n - n);
	}
}

/* Nothing: the flow plane. Members have no enrolled keys. */
static void put_plane(struct reading *r)
{
	unsigned plane = registry_plane(r->table.field[PLANE]);

	if (r->table.field[PLANE].n > 0 &&
	    (plane == 0 || span_is(r->table.field[PLANE], "member")))
		tell(r, PLANE, "no such plane: flow, portal or staff");
	else if (plane > 0)
		buf_printf(r->out, " plane=%s", registry_plane_text(plane));
}

static enum err put_key(struct reading *r)
{
	char text[TEXT_B64_SIZE(SIGN_SPKI_MAX)];
	struct sign_public *key = NULL;
	uint8_t id[SIGN_KEY_ID];
	struct span spki;
	uint32_t before;
	enum err e;

	if (load_key(r, &key)) {
		tell(r, KEY, "neither a PEM file nor base64url of an Ed25519 "
		    "or P-256 public key");
		return ERR_OK;
	}
	sign_public_id(key, id);
	if (map_find(&r->keys, span_of(id, sizeof(id)), &before))
		tell(r, KEY, "this key stands on a line above: one "
		    "installation, one key");
	text_b64url(id, sizeof(id), text);
	if (is_enrolled(r, "key", span_str(text)))
		tell(r, KEY, "this key is enrolled: one installation, one key");
	spki = sign_public_spki(key);
	text_b64url(spki.p, spki.n, text);
	buf_printf(r->out, "key spki=%s site=", text);
	buf_put_span(r->out, r->table.field[SITE]);
	put_plane(r);
	put_rpps(r);
	buf_text(r->out, "\n");
	r->sum.keys++;
	sign_public_free(key);
	e = map_put(&r->keys, span_of(id, sizeof(id)), r->table.lines.number);
	return e;
}

/* One site, one profession, on every line that names it. */
static enum err check_trade(struct reading *r)
{
	char both[2 * REGISTRY_ID_SIZE + 1], code[REGISTRY_ID_SIZE + 2];
	uint32_t ignored;
	int n = snprintf(both, sizeof(both), "%.*s@%.*s",
	    (int)r->table.field[SITE].n, (const char *)r->table.field[SITE].p,
	    (int)r->table.field[PROFESSION].n, (const char *)r->table.field[PROFESSION].p);

	(void)snprintf(code, sizeof(code), " %.*s ",
	    (int)r->table.field[PROFESSION].n, (const char *)r->table.field[PROFESSION].p);
	if (r->known && !strstr(r->known->professions, code))
		tell(r, PROFESSION, "the instance has no such profession");
	if (map_find(&r->sites, r->table.field[SITE], &ignored) &&
	    !map_find(&r->trades, span_of(both, (size_t)n), &ignored))
		tell(r, PROFESSION, "another profession than on a line above");
	return map_put(&r->trades, span_of(both, (size_t)n), r->table.lines.number);
}

static enum err take_line(struct table *t, void *ctx)
{
	struct reading *r = ctx;
	unsigned long long before = t->faults;
	enum err e;

	if (!is_id(r->table.field[SITE], REGISTRY_ID_SIZE))
		tell(r, SITE, "1 to 20 letters, digits and . _ -");
	if (!is_id(r->table.field[PROFESSION], REGISTRY_ID_SIZE))
		tell(r, PROFESSION, "a code such as optician is missing");
	if (t->faults > before)
		return ERR_OK;
	e = check_trade(r);
	if (!e)
		e = put_site(r);
	if (!e && r->table.field[KEY].n > 0)
		e = put_key(r);
	else if (!e && r->table.field[RPPS].n > 0)
		tell(r, RPPS, "professionals without a key");
	return e ? e : r->out->err;
}

enum err bulk_read(const char *path, const struct bulk_known *known,
    struct buf *out, struct bulk *ret)
{
	struct reading r = {.known = known,
	    .severity = severity_defaults(), .out = out,
	    .table = {.path = path, .columns = columns,
		.column_count = COLUMNS, .line_most = BULK_LINE,
		.head = N_("columns are site;profession;key, and plane, rpps, "
		    "finess, siret, label if wanted"),
		.line = take_line}};
	enum err e;

	r.table.ctx = &r;
	e = table_read(&r.table);
	map_release(&r.sites);
	map_release(&r.keys);
	map_release(&r.trades);
	r.sum.faults = r.table.faults;
	*ret = r.sum;
	return e;
}
