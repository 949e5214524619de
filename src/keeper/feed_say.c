/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "json/write.h"
#include "keeper/feed.h"

#define RETRY_S 30	/* another feed is under way */
#define BODY_MOST 2048

static const struct {
	uint16_t status, retry_after_s;
	enum err e;		/* for administrators: their exit code */
	const char *code, *fr, *en;
} nos[FEED_NOS] = {
    [FEED_NO_SHAPE] = {400, 0, ERR_SHAPE, "feed-shape",
	"Ce n'est pas un morceau de flux : ecluse-insurer feed les écrit.",
	"not a chunk of a feed: ecluse-insurer feed writes them"},
    [FEED_NO_AMC] = {400, 0, ERR_SHAPE, "feed-amc",
	"Le morceau est d'une autre AMC que celle du chemin.",
	"the chunk is of another AMC than the path's"},
    [FEED_NO_INSURER] = {404, 0, ERR_UNKNOWN, "feed-unknown",
	"Cette AMC n'est pas inscrite ici.",
	"this AMC is not enrolled: ecluse enrol insurer"},
    [FEED_NO_SIGNATURE] = {403, 0, ERR_CRYPTO, "feed-signature",
	"Le morceau n'est pas signé par la clé de flux de cette mutuelle.",
	"the chunk is not signed by this mutuelle's feed key"},
    [FEED_NO_AHEAD] = {422, 0, ERR_TIME, "feed-ahead",
	"Le flux a été fait à une heure à venir, ou pour un jour à plus de 31 "
	"jours : vérifier l'horloge du poste qui le fait, et --effective.",
	"the feed was made at a time still to come, or is the state of a day "
	"more than 31 days ahead: check the clock of the machine that makes "
	"feeds, and --effective"},
    [FEED_NO_OPEN] = {409, 0, ERR_STATE, "feed-open",
	"Un autre flux de cette mutuelle est ouvert : le finir, ou attendre "
	"qu'il soit abandonné (15 minutes sans morceau).",
	"another feed of this mutuelle is open: finish it, or wait until it "
	"is given up (15 minutes without a chunk)"},
    [FEED_NO_ORDER] = {409, 0, ERR_STATE, "feed-order",
	"Ce n'est pas le morceau attendu : reprendre à celui qui est nommé.",
	"not the next chunk of this feed: go on with the one named"},
    [FEED_NO_BUSY] = {503, RETRY_S, ERR_STATE, "feed-busy",
	"Un flux est en cours sur ce coffre : réessayer plus tard.",
	"another feed is being loaded: try again when it is done"},
    [FEED_NO_SEAL] = {422, 0, ERR_CRYPTO, "feed-seal",
	"Le morceau est scellé pour une autre instance, ou abîmé.",
	"the chunk is sealed to another instance, or damaged"},
    [FEED_NO_TRAIT] = {422, 0, ERR_SHAPE, "feed-trait",
	"Un trait n'a pas la forme voulue. Rien de ce flux n'a été pris.",
	"a trait has not its form: nothing of this feed was taken"},
    [FEED_NO_WHOLE] = {422, 0, ERR_CORRUPT, "feed-damaged",
	"Les morceaux ne font pas le flux annoncé. Rien n'a été pris.",
	"the chunks are not the feed they say: nothing of it was taken"},
    [FEED_NO_LINE] = {422, 0, ERR_CORRUPT, "feed-line",
	"Une ligne du fichier a un défaut. Rien de ce flux n'a été pris.",
	"nothing of this feed was taken"},
    [FEED_NO_OLDER] = {409, 0, ERR_CORRUPT, "feed-older",
	"Un flux plus récent de cette mutuelle a été pris : en faire un neuf.",
	"a later feed of this mutuelle was taken: make a new one; nothing of "
	"this feed was taken"},
    [FEED_NO_VAULT] = {503, RETRY_S, ERR_CLOSED, "feed-vault",
	"Le coffre de cette AMC s'est arrêté : demander l'état, puis "
	"reprendre.",
	"the vault of this AMC ended: load the feed again; if it was taken "
	"already, that is said"},
    [FEED_NO_IDLE] = {409, 0, ERR_STATE, "feed-idle",
	"Le flux a été abandonné : aucun morceau pendant 15 minutes.",
	"the feed was given up: no chunk came for 15 minutes"},
    [FEED_NO_TYPE] = {415, 0, ERR_SHAPE, "media-type",
	"Le corps doit être application/ecluse-feed.",
	"the body must be application/ecluse-feed"},
    [FEED_NO_MEMORY] = {503, RETRY_S, ERR_NOMEM, "feed-memory",
	"La mémoire manque.", "out of memory"},
    [FEED_NO_DECOY] = {422, 0, ERR_CORRUPT, "feed-decoy",
	"Une ligne nomme un leurre : l'enlever du fichier. Rien de ce flux "
	"n'a été pris.",
	"it names a decoy, which is never fed: take it out of the file; "
	"nothing of this feed was taken"},
    [FEED_NO_CELL] = {403, 0, ERR_REFUSED, "closed-cell",
	"Cette mutuelle est fermée : son flux est à refaire quand deux "
	"administrateurs l'auront rouverte. Rien de ce flux n'a été pris.",
	"this mutuelle is closed: load a feed when two administrators have "
	"opened it; nothing of this feed was taken"},
    [FEED_NO_PLANE] = {403, 0, ERR_REFUSED, "closed-plane",
	"Ce plan est fermé. Rien de ce flux n'a été pris.",
	"this plane is closed: nothing of this feed was taken"},
    [FEED_NO_REVOKED] = {403, 0, ERR_REFUSED, "key-revoked",
	"Cette mutuelle n'est plus inscrite ici. Rien de ce flux n'a été "
	"pris.",
	"this mutuelle was revoked: nothing of this feed was taken"},
};

static void write_detail(struct json_writer *w, const struct feed_detail *d)
{
	char stamp[DATE_STAMP_SIZE];

	if (d->line) {
		json_write_name(w, "line");
		json_write_int(w, d->line);
	}
	if (d->reason.n) {
		json_write_name(w, "reason");
		json_write_span(w, d->reason);
	}
	if (d->has_next) {
		json_write_name(w, "next");
		json_write_int(w, d->next);
	}
	if (d->since_ms) {
		date_format_stamp(d->since_ms, stamp);
		json_write_pair(w, "since", stamp);
	}
}

static void refuse_http(struct keeper *k, const struct feed_carrier *by,
    enum feed_no no, const struct feed_detail *d)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, BODY_MOST);
	w = json_writer_of(&out);
	json_write_begin(&w, '{');
	json_write_name(&w, "error");
	json_write_begin(&w, '{');
	json_write_pair(&w, "code", nos[no].code);
	if (d)
		write_detail(&w, d);
	json_write_pair(&w, "message_fr", nos[no].fr);
	json_write_pair(&w, "message_en", nos[no].en);
	json_write_end(&w, '}');
	json_write_end(&w, '}');
	reply_json(k, by, nos[no].status, nos[no].retry_after_s, &out);
	buf_release(&out);
}

void feed_refuse(struct keeper *k, struct feed_carrier *by, enum feed_no no,
    const struct feed_detail *d)
{
	char words[400];

	if (by->admin && d && d->reason.n && d->line)
		(void)snprintf(words, sizeof(words), "line %u: %.*s: %s",
		    d->line, (int)d->reason.n, (const char *)d->reason.p,
		    nos[no].en);
	else if (by->admin && d && d->reason.n)	/* of the feed as a whole */
		(void)snprintf(words, sizeof(words), "%.*s: %s",
		    (int)d->reason.n, (const char *)d->reason.p, nos[no].en);
	else if (by->admin && d && d->line)
		(void)snprintf(words, sizeof(words), "line %u: %s", d->line,
		    nos[no].en);
	else
		(void)snprintf(words, sizeof(words), "%s", nos[no].en);
	if (by->admin)
		admin_done(by->admin, by->ref, nos[no].e, words);
	else if (by->plane)
		refuse_http(k, by, no, d);
	*by = (struct feed_carrier){0};
}

void feed_answer(struct keeper *k, struct feed_carrier *by,
    const struct buf *body, bool last, const char *words)
{
	if (body->err) {
		feed_refuse(k, by, FEED_NO_MEMORY, NULL);
	} else if (by->admin) {
		if (last)
			admin_part(by->admin, by->ref, buf_span(body));
		admin_done(by->admin, by->ref, ERR_OK, words);
	} else if (by->plane) {
		reply_json(k, by, 200, 0, body);
	}
	*by = (struct feed_carrier){0};
}

enum feed_no feed_barred(struct keeper *k, uint32_t cell, uint8_t plane)
{
	const struct registry_insurer *i = registry_of_cell(k->registry, cell);

	if (plane && (k->registry->closed_planes >> plane & 1))
		return FEED_NO_PLANE;
	if (!i || i->revoked)
		return FEED_NO_REVOKED;
	return i->closed ? FEED_NO_CELL : FEED_NOS;
}
