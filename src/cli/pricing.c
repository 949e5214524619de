/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/limits.h"
#include "base/lines.h"
#include "cli/pricing.h"
#include "cli/say.h"
#include "conf/share.h"

enum err pricing_load(struct pricing *p, const struct pricing_from *from)
{
	char path[PATH_MAX];
	enum err e = tariffs_rules(&p->tariffs, from->rules);

	for (size_t i = 0; i < from->file_count && !e; i++)
		e = tariffs_contract(&p->tariffs, from->files[i]);
	if (!e && from->folder)
		e = tariffs_folder(&p->tariffs, from->folder);
	if (!e && !from->folder && from->file_count == 0) {
		share_path("data/contracts", path, sizeof(path));
		e = tariffs_folder(&p->tariffs, path);
	}
	if (!e) {
		p->tokens = calloc(LIMIT_JSON_TOKENS, sizeof(*p->tokens));
		e = p->tokens ? ERR_OK : ERR_NOMEM;
	}
	return e;
}

void pricing_release(struct pricing *p)
{
	free(p->tokens);
	p->tokens = NULL;
	tariffs_release(&p->tariffs);
}

static enum err fault(
    struct pricing *p, enum err e, const char *field, const char *words)
{
	(void)snprintf(p->field, sizeof(p->field), "%s", field);
	p->words = words;
	return e;
}

/* A counter by a name that nothing reads is a slip of the pen. */
static enum err check_counters(
    struct pricing *p, const struct price_plan *plan)
{
	const struct price_ask *ask = &p->inquiry.ask;

	for (unsigned i = 0; i < ask->counter_count; i++) {
		if (price_knows_counter(plan, ask->counters[i].name))
			continue;
		(void)snprintf(p->field, sizeof(p->field), "counters.%s",
		    ask->counters[i].name);
		p->words = "no such counter: optics, audio-left, audio-right, "
		    "participation, franchise, or one of the contract's "
		    "limits (docs/price.md)";
		return ERR_UNKNOWN;
	}
	return ERR_OK;
}

static void named(void *ctx, const char *contract)
{
	const struct pricing *p = ctx;

	tariffs_expect(&p->tariffs, contract);
}

static void dated(void *ctx, const char *contract, int32_t day)
{
	const struct pricing *p = ctx;

	tariffs_fetch(&p->tariffs, contract, day);
}

enum err pricing_line(struct pricing *p, struct span text, bool explain)
{
	const struct price_plan *plan;
	const struct inquiry_ahead ahead = {named, dated, p};
	struct inquiry_fault wrong;
	struct price_fault why = {0, "", ""};
	enum err e;

	p->inquiry.id[0] = '\0';
	if (text.n == 0)
		return fault(p, ERR_LIMIT, "", "longer than 65,536 bytes");
	e = inquiry_read(
	    text, p->tariffs.rules, p->tokens, &ahead, &p->inquiry, &wrong);
	if (e)
		return fault(p, e, wrong.field, wrong.words);
	plan = tariffs_plan(
	    &p->tariffs, p->inquiry.contract, p->inquiry.ask.day);
	if (!plan)
		return fault(p, ERR_UNKNOWN, "contract",
		    p->inquiry.contract[0] ?
		    "no such contract here: --contract, --contracts" :
		    "several contracts are here: say which");
	e = check_counters(p, plan);
	if (e)
		return e;
	e = price(plan, &p->inquiry.ask, explain, &p->result, &why);
	if (!e)
		return ERR_OK;
	(void)snprintf(p->field, sizeof(p->field), "lines[%u].%s", why.line,
	    why.field);
	p->words = why.words;
	return e;
}

bool pricing_each(const char *path, struct buf *out,
    void (*one)(void *ctx, struct span text), void *ctx)
{
	struct lines l;
	char *line;
	size_t n;
	enum err e = lines_open(&l, path, INQUIRY_MOST);

	if (e) {
		say("%s: cannot be read: %s", path,
		    say_why_file(path, e));
		return false;
	}
	while ((e = lines_next(&l, &line, &n)) != ERR_CLOSED && e != ERR_IO &&
	    e != ERR_NOMEM) {
		if (e || n > 0)
			one(ctx, span_of(line, e ? 0 : n));
		(void)fwrite(out->p, 1, out->n, stdout);
		buf_clear(out);
	}
	lines_close(&l);
	if (fflush(stdout) == 0 && e == ERR_CLOSED)
		return true;
	say("%s: reading or writing failed", path);
	return false;
}
