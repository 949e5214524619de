/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/text.h"
#include "vault/catalogue.h"

#define READY 64	/* contracts held ready */
#define READY_IDLE 4096	/* uses of others after which one is not kept */

/* One contract made ready, free while code is empty. Without a plan: these
 * rules cannot price its text, and it is not read again for each estimate. */
struct ready {
	uint32_t cell;
	char code[CONTRACT_WORD];
	int32_t from_day;
	int64_t made_ms;
	struct contract *contract;
	struct price_plan *plan;
	uint64_t used;
};

struct catalogue {
	struct store *store;
	const char *folder;
	struct log_often unpriced;
	struct rules *rules;
	struct store_stmt *find, *text, *same, *count, *put;
	struct ready ready[READY], nothing;
	uint64_t uses;
	struct contract_fault fault;	/* of the last put */
	char code[CONTRACT_WORD];
};

static const struct store_migration steps[] = {
	{1, "contracts",
	    "CREATE TABLE contract ("
	    "cell :int NOT NULL, code :bytes NOT NULL,"
	    "from_day :int NOT NULL, made :int NOT NULL,"
	    "id :bytes NOT NULL, text :bytes NOT NULL,"
	    "PRIMARY KEY (cell, code, from_day)) :keyed"},
};

static const struct store_sql statements[] = {
	{offsetof(struct catalogue, find),
	    "SELECT from_day, made FROM contract WHERE cell = $1 AND "
	    "code = $2 AND from_day <= $3 ORDER BY from_day DESC LIMIT 1"},
	{offsetof(struct catalogue, text),
	    "SELECT text FROM contract WHERE cell = $1 AND code = $2 AND "
	    "from_day = $3"},
	{offsetof(struct catalogue, same),
	    "SELECT made, id FROM contract WHERE cell = $1 AND code = $2 AND "
	    "from_day = $3"},
	{offsetof(struct catalogue, count),
	    "SELECT COUNT(*) FROM contract WHERE cell = $1"},
	{offsetof(struct catalogue, put),
	    "INSERT INTO contract (cell, code, from_day, made, id, text) "
	    "VALUES ($1, $2, $3, $4, $5, $6) "
	    "ON CONFLICT (cell, code, from_day) DO UPDATE SET "
	    "made = excluded.made, id = excluded.id, text = excluded.text"},
};
#define STATEMENTS (sizeof(statements) / sizeof(statements[0]))

static const char nothing[] =
    "contract NOTHING\ninsurer 0099100001\nlabel-fr -\nlabel-en -\n"
    "from 1900-01-01\nresponsible no\ncover * = nothing\n";

static void forget(struct ready *r)
{
	price_plan_free(r->plan);
	contract_free(r->contract);
	*r = (struct ready){0};
}

/* The text made ready in *r, which is free. */
static enum err compile(const struct rules *rules, struct span text,
    struct ready *r, struct contract_fault *fault)
{
	enum err e = contract_read(text, rules, &r->contract, fault);

	if (!e)
		e = price_plan_new(r->contract, rules, &r->plan);
	if (e)
		forget(r);
	return e;
}

/* Whole, or not at all: what was made ready by the old ones goes with them. */
static enum err read_rules(struct catalogue *c, struct rules_fault *fault)
{
	struct contract_fault ignored;
	struct ready none = {0};
	struct rules *rules = NULL;
	enum err e = rules_load(c->folder, &rules, fault);

	if (!e)
		e = compile(rules, span_str(nothing), &none, &ignored);
	if (e) {
		rules_free(rules);
		return e;
	}
	for (size_t i = 0; i < READY; i++)
		forget(&c->ready[i]);
	forget(&c->nothing);
	rules_free(c->rules);
	c->rules = rules;
	c->nothing = none;
	return ERR_OK;
}

static uint32_t rows_of(const struct rules *r)
{
	size_t count, n;

	(void)rules_acts(r, &n);
	for (unsigned t = 0; t < RULES_TABLES; t++) {
		(void)rules_all(r, (enum rules_table)t, &count);
		n += count;
	}
	return (uint32_t)n;
}

void catalogue_reload(struct catalogue *c, struct buf *out)
{
	struct rules_fault fault = {{0}};
	enum err e = read_rules(c, &fault);

	if (e)
		log_say(LOG_ERROR, "alarm: the rules in %s cannot be read, "
		    "%s: %s", c->folder, c->rules ? "those of before count" :
		    "nothing is estimated", fault.words);
	else
		log_say(LOG_INFO, "%u rows of rules read again",
		    rows_of(c->rules));
	buf_put_u16(out, (uint16_t)e);
	buf_put_u32(out, e ? 0 : rows_of(c->rules));
	buf_text(out, fault.words);
}

/* A vault that cannot read them answers about rights, and estimates nothing. */
static enum err first_rules(struct catalogue *c)
{
	struct rules_fault fault = {{0}};
	enum err e = read_rules(c, &fault);

	if (!e || e == ERR_NOMEM)
		return e;
	log_say(LOG_ERROR, "alarm: no estimates: the rules in %s cannot be "
	    "read: %s", c->folder, fault.words);
	return ERR_OK;
}

enum err catalogue_open(struct store *s, const char *folder,
    struct catalogue **ret)
{
	struct catalogue *c = calloc(1, sizeof(*c));
	enum err e = c ? store_migrate(s, "contracts", steps, 1) : ERR_NOMEM;

	if (!e) {
		c->store = s;
		c->folder = folder;
		e = store_prepare_set(s, c, statements, STATEMENTS);
	}
	if (!e)
		e = first_rules(c);
	if (e) {
		catalogue_close(c);
		return e;
	}
	*ret = c;
	return ERR_OK;
}

void catalogue_close(struct catalogue *c)
{
	if (!c)
		return;
	store_finalize_set(c, statements, STATEMENTS);
	for (size_t i = 0; i < READY; i++)
		forget(&c->ready[i]);
	forget(&c->nothing);
	rules_free(c->rules);
	free(c);
}

const struct rules *catalogue_rules(const struct catalogue *c)
{
	return c->rules;
}

const struct price_plan *catalogue_nothing(const struct catalogue *c)
{
	return c->nothing.plan;
}

static void bind_key(struct store_stmt *q, uint32_t cell, struct span code,
    int32_t day)
{
	store_bind_int(q, 1, cell);
	store_bind_bytes(q, 2, code);
	store_bind_int(q, 3, day);
}

/* --- reading --- */

static enum err find(struct catalogue *c, uint32_t cell, struct span code,
    int32_t day, int32_t *ret_from, int64_t *ret_made)
{
	enum err e;

	bind_key(c->find, cell, code, day);
	e = store_step(c->find);
	if (!e) {
		*ret_from = (int32_t)store_int(c->find, 0);
		*ret_made = store_int(c->find, 1);
	}
	store_reset(c->find);
	return e;
}

enum err catalogue_has(struct catalogue *c, uint32_t cell,
    struct span code, bool *ret)
{
	int32_t from = 0;
	int64_t made = 0;
	enum err e = find(c, cell, code, INT32_MAX, &from, &made);

	*ret = !e;
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

/* The cell's own count is that with the contract which wants in. */
static unsigned ready_of(
    const struct catalogue *c, uint32_t cell, uint32_t wants)
{
	unsigned n = cell == wants ? 1 : 0;

	for (size_t i = 0; i < READY; i++)
		n += c->ready[i].cell == cell ? 1 : 0;
	return n;
}

/*
 * Which one goes for a contract of this cell: one that nobody used for long,
 * else, of the cell that has most, the one that was used longest ago. So a
 * mutuelle of many contracts takes places that are free or forgotten, and
 * otherwise its own.
 */
static struct ready *goes_for(struct catalogue *c, uint32_t cell)
{
	struct ready *oldest = &c->ready[0], *goes = NULL;
	unsigned most = 0;

	for (size_t i = 1; i < READY; i++)
		if (c->ready[i].used < oldest->used)
			oldest = &c->ready[i];
	if (!oldest->code[0] || c->uses - oldest->used > READY_IDLE)
		return oldest;
	for (size_t i = 0; i < READY; i++) {
		struct ready *r = &c->ready[i];
		unsigned n = ready_of(c, r->cell, cell);

		if (n > most || (n == most && r->used < goes->used))
			goes = r;
		most = n > most ? n : most;
	}
	return goes;
}

/* The one held ready, or NULL. */
static struct ready *ready_find(struct catalogue *c, uint32_t cell,
    struct span code, int32_t from, int64_t made)
{
	for (size_t i = 0; i < READY; i++) {
		struct ready *r = &c->ready[i];

		if (r->cell == cell && r->from_day == from &&
		    r->made_ms == made && span_is(code, r->code))
			return r;
	}
	return NULL;
}

static enum err make_ready(struct catalogue *c, uint32_t cell,
    struct span code, int32_t from, struct ready *r)
{
	struct contract_fault fault = {0};
	bool got;
	enum err e;

	forget(r);
	bind_key(c->text, cell, code, from);
	e = store_step(c->text);
	got = !e;
	if (got)
		e = compile(c->rules, store_bytes(c->text, 0), r, &fault);
	store_reset(c->text);
	if (e && (!got || e == ERR_NOMEM))
		return e;
	if (e && log_often_now(&c->unpriced, "contracts that cannot be priced"))
		log_say(LOG_ERROR, "a contract of cell %u cannot be priced by "
		    "the rules that are here: line %u: %s", cell, fault.line,
		    fault.words);
	return text_copy(code, r->code, sizeof(r->code));
}

enum err catalogue_plan(struct catalogue *c, uint32_t cell, struct span code,
    int32_t day, const struct price_plan **ret)
{
	int32_t from = 0;
	int64_t made = 0;
	struct ready *r;
	enum err e = find(c, cell, code, day, &from, &made);

	*ret = NULL;
	if (e || !c->rules)
		return e == ERR_UNKNOWN ? ERR_OK : e;
	r = ready_find(c, cell, code, from, made);
	if (!r) {
		r = goes_for(c, cell);
		e = make_ready(c, cell, code, from, r);
	}
	if (e)
		return e;
	r->cell = cell;
	r->from_day = from;
	r->made_ms = made;
	r->used = ++c->uses;
	*ret = r->plan;
	return ERR_OK;
}

/* --- taking --- */

/* What is there of this code and day: ERR_OK when the new one may stand. */
static enum err compare(struct catalogue *c, const struct contracts_put *in,
    const struct contract *text, uint8_t *ret_outcome)
{
	bool there;
	enum err e;

	bind_key(c->same, in->cell, span_str(text->code), text->from_day);
	e = store_step(c->same);
	there = !e;
	if (there && span_equal(store_bytes(c->same, 1),
		span_of(in->id, CONTRACTS_ID)))
		*ret_outcome = CONTRACTS_ALREADY;
	else if (there && store_int(c->same, 0) >= in->made_ms)
		*ret_outcome = CONTRACTS_OLDER;
	store_reset(c->same);
	if ((e && e != ERR_UNKNOWN) || there)
		return there ? ERR_OK : e;
	store_bind_int(c->count, 1, in->cell);
	e = store_step(c->count);
	if (!e && store_int(c->count, 0) >= LIMIT_CONTRACTS)
		*ret_outcome = CONTRACTS_FULL;
	store_reset(c->count);
	return e;
}

static enum err keep(struct catalogue *c, const struct contracts_put *in,
    const struct contract *text)
{
	enum err e = store_begin(c->store, STORE_WRITE);

	if (e)
		return e;
	bind_key(c->put, in->cell, span_str(text->code), text->from_day);
	store_bind_int(c->put, 4, in->made_ms);
	store_bind_bytes(c->put, 5, span_of(in->id, CONTRACTS_ID));
	store_bind_bytes(c->put, 6, in->text);
	e = store_run(c->put);
	if (!e)
		return store_commit(c->store);
	store_rollback(c->store);
	return e;
}

static enum err take(struct catalogue *c, const struct contracts_put *in,
    const struct contract *text, struct contracts_said *said)
{
	enum err e = ERR_OK;

	said->code = span_str(c->code);
	said->from_day = text->from_day;
	e = text_copy(span_str(text->code), c->code, sizeof(c->code));
	said->code = span_str(c->code);
	said->outcome = CONTRACTS_TAKEN;
	if (!span_is(in->amc, text->insurer))
		said->outcome = CONTRACTS_AMC_DIFFERS;
	else if (!e)
		e = compare(c, in, text, &said->outcome);
	if (!e && said->outcome == CONTRACTS_TAKEN)
		e = keep(c, in, text);
	return e;
}

void catalogue_put(struct catalogue *c, const struct contracts_put *in,
    struct contracts_said *said)
{
	struct ready r = {0};
	enum err e;

	*said = (struct contracts_said){.outcome = CONTRACTS_NO_RULES};
	if (!c->rules)
		return;
	c->fault = (struct contract_fault){0};
	e = compile(c->rules, in->text, &r, &c->fault);
	if (e && c->fault.words[0]) {
		*said = (struct contracts_said){.outcome = CONTRACTS_WRONG,
		    .line = c->fault.line, .column = c->fault.column,
		    .words = span_str(c->fault.words)};
		return;
	}
	if (!e)
		e = take(c, in, r.contract, said);
	forget(&r);
	if (!e)
		return;
	log_say(LOG_ERROR, "a contract of cell %u not kept: %s", in->cell,
	    err_text(e));
	said->outcome = CONTRACTS_FAILED;
}
