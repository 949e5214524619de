/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "base/log.h"
#include "feed/contract_file.h"
#include "json/write.h"
#include "keeper/contracts.h"
#include "keeper/feed.h"

#define WAIT_MS 10000	/* a feed's transaction may be under way */
#define BODY_MOST 2048
#define RETRY_S 10

enum no {
	NO_SHAPE, NO_AMC, NO_INSURER, NO_SIGNATURE, NO_OVER, NO_AHEAD,
	NO_OLDER, NO_TEXT, NO_FULL, NO_RULES, NO_VAULT, NO_BUSY, NO_CLOSED,
	NOS
};

static const struct {
	uint16_t status, retry_after_s;
	enum err e;	/* for administrators: their exit code */
	const char *code, *fr, *en;
} nos[NOS] = {
    [NO_SHAPE] = {400, 0, ERR_SHAPE, "contract-shape",
	"Ce n'est pas un contrat signé : ecluse-insurer contract les écrit.",
	"not a signed contract: ecluse-insurer contract writes them"},
    [NO_AMC] = {422, 0, ERR_CRYPTO, "contract-amc",
	"Le contrat est d'une autre AMC que celle qui le signe ou l'envoie.",
	"the contract is of another AMC than who signed or sends it"},
    [NO_INSURER] = {404, 0, ERR_UNKNOWN, "contract-unknown",
	"Cette AMC n'est pas inscrite ici.",
	"this AMC is not enrolled: ecluse enrol insurer"},
    [NO_SIGNATURE] = {403, 0, ERR_CRYPTO, "contract-signature",
	"Le contrat n'est pas signé par la clé de flux de cette mutuelle.",
	"the contract is not signed by this mutuelle's feed key"},
    [NO_OVER] = {422, 0, ERR_TIME, "contract-expired",
	"Le fichier est périmé : le signer de nouveau.",
	"the file is over: sign the contract again"},
    [NO_AHEAD] = {422, 0, ERR_TIME, "contract-ahead",
	"Le fichier a été signé à une heure à venir : vérifier l'horloge.",
	"the file was signed at a time still to come: check the clock"},
    [NO_OLDER] = {409, 0, ERR_CORRUPT, "contract-older",
	"Une version plus récente de ce contrat est déjà là.",
	"a later version of this contract is there: nothing was changed"},
    [NO_TEXT] = {422, 0, ERR_CORRUPT, "contract-text",
	"Le contrat ne se lit pas : ecluse contract check le dit aussi.",
	"the contract cannot be read: ecluse contract check says so too"},
    [NO_FULL] = {422, 0, ERR_LIMIT, "contract-limit",
	"256 contrats de cette mutuelle sont déjà là.",
	"256 contracts of this mutuelle are there: docs/limits.md"},
    [NO_RULES] = {503, 0, ERR_STATE, "contract-rules",
	"Le coffre n'a pas pu lire ses règles.",
	"the vault could not read its rules: look at its log"},
    [NO_VAULT] = {503, RETRY_S, ERR_CLOSED, "contract-vault",
	"Le coffre ne répond pas : renvoyer le fichier.",
	"the vault does not answer: send the file again"},
    [NO_BUSY] = {503, RETRY_S, ERR_FULL, "contract-busy",
	"Trop de contrats attendent : renvoyer le fichier.",
	"too many contracts wait: send the file again"},
    [NO_CLOSED] = {403, 0, ERR_REFUSED, "contract-closed",
	"Cette mutuelle, ou ce plan, est fermé.",
	"this mutuelle or plane is closed, or was revoked"},
};

static void write_error(
    struct json_writer *w, enum no no, const struct contracts_said *said)
{
	json_write_begin(w, '{');
	json_write_name(w, "error");
	json_write_begin(w, '{');
	json_write_pair(w, "code", nos[no].code);
	if (said && said->words.n) {
		json_write_name(w, "line");
		json_write_int(w, said->line);
		json_write_name(w, "column");
		json_write_int(w, said->column);
		json_write_name(w, "reason");
		json_write_span(w, said->words);
	}
	json_write_pair(w, "message_fr", nos[no].fr);
	json_write_pair(w, "message_en", nos[no].en);
	json_write_end(w, '}');
	json_write_end(w, '}');
}

static void refuse(struct keeper *k, const struct feed_carrier *by,
    enum no no, const struct contracts_said *said)
{
	char words[400];
	struct json_writer w;
	struct buf out;

	if (by->admin) {
		if (said && said->words.n)
			(void)snprintf(words, sizeof(words), "%u:%u: %.*s",
			    said->line, said->column, (int)said->words.n,
			    (const char *)said->words.p);
		else
			(void)snprintf(
			    words, sizeof(words), "%s", nos[no].en);
		admin_done(by->admin, by->ref, nos[no].e, words);
	} else if (by->plane) {
		buf_init(&out, BODY_MOST);
		w = json_writer_of(&out);
		write_error(&w, no, said);
		reply_json(
		    k, by, nos[no].status, nos[no].retry_after_s, &out);
		buf_release(&out);
	}
}

/* The cell of that AMC whose feed key, or the one before it, signed. */
static const struct registry_insurer *signer(struct keeper *k,
    const struct contract_file *c, const struct registry_insurer *of,
    struct span file, enum no *ret_no)
{
	const struct registry_insurer *i =
	    registry_insurer_first(k->registry, span_str(c->amc));

	*ret_no = NO_INSURER;
	for (; i; i = registry_insurer_next(k->registry, i)) {
		if (i->revoked || (of && i != of))
			continue;
		*ret_no = NO_SIGNATURE;
		if (!contract_file_verify(file, i->feed_key) ||
		    (i->feed_before &&
			!contract_file_verify(file, i->feed_before)))
			return i;
	}
	return NULL;
}

/* The cell whose contract it is; NULL with *ret_no. */
static const struct registry_insurer *believe(struct keeper *k,
    const struct feed_carrier *by, const struct registry_insurer *of,
    struct span file, struct contract_file *c, enum no *ret_no)
{
	const struct registry_insurer *i;
	int64_t now = keeper_now(k);

	*ret_no = NO_SHAPE;
	if (contract_file_parse(file, c))
		return NULL;
	*ret_no = NO_AMC;
	if (of && strcmp(of->amc, c->amc) != 0)
		return NULL;
	i = signer(k, c, of, file, ret_no);
	if (!i)
		return NULL;
	if (feed_barred(k, registry_cell(k->registry, i), by->plane) !=
	    FEED_NOS)
		*ret_no = NO_CLOSED;
	else if (c->until_ms < now)
		*ret_no = NO_OVER;
	else if (!k->registry->drill &&
	    c->made_ms > now + FEED_AHEAD_MS)
		*ret_no = NO_AHEAD;
	else
		return i;
	return NULL;
}

void contracts_take(struct keeper *k, const struct feed_carrier *by,
    const struct registry_insurer *of, struct span file)
{
	struct keeper_contract *q = k->contracts;
	struct contract_file c;
	struct contracts_put m;
	enum no no;
	const struct registry_insurer *i =
	    believe(k, by, of, file, &c, &no);

	while (q < k->contracts + KEEPER_CONTRACTS && q->cell != 0)
		q++;
	if (i && q == k->contracts + KEEPER_CONTRACTS) {
		i = NULL;
		no = NO_BUSY;
	}
	if (!i) {
		refuse(k, by, no, NULL);
		return;
	}
	m = (struct contracts_put){.cell = registry_cell(k->registry, i),
	    .made_ms = c.made_ms, .amc = span_str(c.amc), .text = c.text};
	hash_sha256(file, m.id);
	buf_clear(&k->scratch);
	contracts_put_pack(&m, &k->scratch);
	*q = (struct keeper_contract){.cell = m.cell,
	    .turn = ++k->contract_turn, .by = *by,
	    .due_ms = clock_boot_ms(&k->hour.clock) + WAIT_MS};
	if (k->scratch.err || vaults_put(k, m.cell, MSG_CONTRACT, q->turn,
	    buf_span(&k->scratch))) {
		q->cell = 0;
		refuse(k, by, NO_VAULT, NULL);
	}
}

static void answer(struct keeper *k, const struct keeper_contract *q,
    const struct contracts_said *said)
{
	bool already = said->outcome == CONTRACTS_ALREADY;
	struct feed_carrier by = q->by;
	char day[DATE_TEXT_SIZE];
	struct json_writer w;
	struct buf out;

	date_format(said->from_day, day);
	if (!already)
		log_say(LOG_INFO, "contract %.*s from %s of cell %u taken",
		    (int)said->code.n, (const char *)said->code.p, day,
		    q->cell);
	buf_init(&out, BODY_MOST);
	w = json_writer_of(&out);
	json_write_begin(&w, '{');
	json_write_pair(&w, "amc",
	    registry_of_cell(k->registry, q->cell)->amc);
	json_write_name(&w, "contract");
	json_write_span(&w, said->code);
	json_write_pair(&w, "from", day);
	json_write_pair(&w, "state", already ? "already-taken" : "taken");
	json_write_end(&w, '}');
	feed_answer(k, &by, &out, true,
	    already ? "already-taken" : "taken");
	buf_release(&out);
}

void contracts_said(struct keeper *k, uint8_t vault, uint64_t ref,
    const struct contracts_said *said)
{
	static const enum no why[CONTRACTS_OUTCOMES] = {
	    [CONTRACTS_OLDER] = NO_OLDER, [CONTRACTS_WRONG] = NO_TEXT,
	    [CONTRACTS_AMC_DIFFERS] = NO_AMC, [CONTRACTS_FULL] = NO_FULL,
	    [CONTRACTS_NO_RULES] = NO_RULES, [CONTRACTS_FAILED] = NO_VAULT};

	for (size_t i = 0; i < KEEPER_CONTRACTS; i++) {
		struct keeper_contract *q = &k->contracts[i];

		if (q->cell == 0 || q->turn != ref ||
		    vaults_of(k, q->cell)->nth != vault)
			continue;
		if (said->outcome <= CONTRACTS_ALREADY)
			answer(k, q, said);
		else
			refuse(k, &q->by, why[said->outcome], said);
		q->cell = 0;
		return;
	}
}

void contracts_look(struct keeper *k)
{
	for (size_t i = 0; i < KEEPER_CONTRACTS; i++) {
		struct keeper_contract *q = &k->contracts[i];

		if (q->cell == 0 || (vaults_runs(k, q->cell) &&
		    q->due_ms > clock_boot_ms(&k->hour.clock)))
			continue;
		refuse(k, &q->by, NO_VAULT, NULL);
		q->cell = 0;
	}
}

void contracts_admin_gone(struct keeper *k, const struct admin *a)
{
	for (size_t i = 0; i < KEEPER_CONTRACTS; i++)
		if (k->contracts[i].by.admin == a)
			k->contracts[i].by = (struct feed_carrier){0};
}
