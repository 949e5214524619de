/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "cli/say.h"
#include "conf/share.h"
#include "cli/tariffs.h"

enum err tariffs_rules(struct tariffs *t, const char *folder)
{
	struct rules_fault fault;
	char path[PATH_MAX];
	enum err e;

	if (!folder) {
		share_path("data/rules", path, sizeof(path));
		folder = path;
	}
	e = rules_load(folder, &t->rules, &fault);
	if (e)
		say("%s/%s", folder, say_why(fault.words, e));
	return e;
}

/* Puts the last of list among those of its code. */
static enum err enter(struct tariffs *t, uint32_t at)
{
	struct tariff *new = &t->list[at];
	struct span code = span_str(new->contract->code);
	uint32_t first = TARIFFS_MOST, *link = &first;

	(void)map_find(&t->by_code, code, &first);
	while (*link != TARIFFS_MOST &&
	    t->list[*link].from_day < new->from_day)
		link = &t->list[*link].next;
	new->next = *link;
	if (link != &first) {
		*link = at;
		return ERR_OK;
	}
	return map_put(&t->by_code, code, at);
}

static enum err keep(struct tariffs *t, struct contract *c)
{
	struct tariff *list;
	enum err e;

	if (t->count == TARIFFS_MOST)
		return ERR_LIMIT;
	list = realloc(t->list, (t->count + 1) * sizeof(*list));
	if (!list)
		return ERR_NOMEM;
	t->list = list;
	list[t->count] = (struct tariff){.contract = c,
	    .from_day = c->from_day, .to_day = c->to_day};
	e = enter(t, (uint32_t)t->count);
	if (!e)
		t->count++;
	return e;
}

static enum err read_text(
    struct tariffs *t, const char *path, struct span text)
{
	struct contract_fault fault = {0};
	struct contract *c = NULL;
	enum err e = contract_read(text, t->rules, &c, &fault);

	if (e) {
		say("%s:%u:%u: %s", path, fault.line, fault.column,
		    say_why(fault.words, e));
		return e;
	}
	e = keep(t, c);
	if (e) {
		say("%s: %s", path, say_why(NULL, e));
		contract_free(c);
	}
	return e;
}

static enum err read_file(struct tariffs *t, const char *path)
{
	struct buf text;
	enum err e;

	buf_init(&text, CONTRACT_MOST);
	e = file_read(path, &text);
	if (e)
		say("%s: cannot be read: %s", path,
		    say_why_file(path, e));
	else
		e = read_text(t, path, buf_span(&text));
	buf_release(&text);
	return e;
}

/* Plans of those that have none, one beside the other in memory. */
static enum err plan(struct tariffs *t)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < t->count && !e; i++) {
		struct tariff *at = &t->list[i];

		if (at->plan)
			continue;
		e = price_plan_new(at->contract, t->rules, &at->plan);
		if (e)
			say("%s: %s", at->contract->code, say_why(NULL, e));
	}
	return e;
}

enum err tariffs_contract(struct tariffs *t, const char *path)
{
	enum err e = read_file(t, path);

	return e ? e : plan(t);
}

enum err tariffs_texts(struct tariffs *t, const char *from,
    const struct span *texts, size_t count)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < count && !e; i++)
		e = read_text(t, from, texts[i]);
	return e ? e : plan(t);
}

static int is_contract(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return dot && strcmp(dot, ".contract") == 0;
}

enum err tariffs_folder(struct tariffs *t, const char *folder)
{
	struct dirent **names;
	int n = scandir(folder, &names, is_contract, alphasort);
	enum err e = n < 0 ? ERR_UNKNOWN : ERR_OK;

	if (e)
		say("%s: no folder of contracts that can be read", folder);
	for (int i = 0; i < n; i++) {
		char path[PATH_MAX];

		if (!e)
			e = file_path(
			    path, sizeof(path), folder, names[i]->d_name);
		if (!e)
			e = read_file(t, path);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return e ? e : plan(t);
}

const struct price_plan *tariffs_plan(
    const struct tariffs *t, const char *code, int32_t day)
{
	const struct price_plan *last = NULL;
	uint32_t at = 0;

	if (!code[0]) {
		if (t->count != 1)
			return NULL;
	} else if (!map_find(&t->by_code, span_str(code), &at)) {
		return NULL;
	}
	for (; at != TARIFFS_MOST; at = t->list[at].next) {
		const struct tariff *c = &t->list[at];

		last = c->plan;
		if (c->from_day <= day && day <= c->to_day)
			break;
	}
	return last;
}

void tariffs_expect(const struct tariffs *t, const char *code)
{
	if (code[0])
		map_expect(&t->by_code, span_str(code));
}

void tariffs_fetch(const struct tariffs *t, const char *code, int32_t day)
{
	const struct price_plan *p = tariffs_plan(t, code, day);

	if (p)
		price_plan_fetch(p);
}

void tariffs_release(struct tariffs *t)
{
	for (size_t i = 0; i < t->count; i++) {
		price_plan_free(t->list[i].plan);
		contract_free(t->list[i].contract);
	}
	free(t->list);
	map_release(&t->by_code);
	rules_free(t->rules);
	*t = (struct tariffs){NULL};
}
