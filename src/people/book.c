/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>
#include "people/book.h"
#include "people/family.h"

enum err book_open(struct book *b, const struct plan *p,
    const struct mint *mint, enum book_cards mode, const struct folder *f)
{
	char name[32];
	enum err e;

	*b = (struct book){.plan = p, .mint = mint, .mode = mode};
	buf_init(&b->token, LIMIT_CARD);
	e = folder_mkdir(f, "feed", 0700);
	for (uint32_t i = 0; i < p->insurers && !e; i++) {
		(void)snprintf(
		    name, sizeof(name), "feed/%s.csv", p->insurer[i].amc);
		e = folder_create(f, name, &b->feed[i]);
		if (!e)
			row_feed_head(b->feed[i]);
	}
	if (!e)
		e = folder_create(f, "people.csv", &b->people);
	if (!e)
		e = folder_create(f, "cards.csv", &b->cards);
	if (e)
		return e;
	row_people_head(b->people);
	fputs("amc;ref;cti;token\n", b->cards);
	return ERR_OK;
}

bool book_has_token(enum book_cards mode, const struct row *row)
{
	if (row->card_count == 0 || mode == BOOK_CARDS_NONE)
		return false;
	return mode == BOOK_CARDS_ALL || 
	    row->person / FAMILY_STEP % BOOK_SOME_EVERY == 0;
}

static enum err put_tokens(struct book *b, const struct row *row)
{
	for (int i = 0; i < row->card_count; i++) {
		enum err e;

		buf_clear(&b->token);
		e = mint_token(b->mint, row, i, &b->token);
		if (e)
			return e;
		fprintf(b->cards, "%s;%s;%s;%.*s\n", row->amc, row->ref,
		    row->cards[i], (int)b->token.n,
		    (const char *)b->token.p);
		b->tokens++;
	}
	return ERR_OK;
}

enum err book_put(struct book *b, const struct row *row)
{
	uint32_t i = 0;

	while (i < b->plan->insurers &&
	    strcmp(b->plan->insurer[i].amc, row->amc) != 0)
		i++;
	if (i == b->plan->insurers)
		return ERR_UNKNOWN;
	row_people_line(b->people, row);
	row_feed_line(b->feed[i], row);
	b->lines[i]++;
	b->rows++;
	return book_has_token(b->mode, row) ? put_tokens(b, row) : ERR_OK;
}

enum err book_close(struct book *b)
{
	enum err e = ERR_OK;
	enum err last = folder_close(&b->people);

	e = last ? last : e;
	last = folder_close(&b->cards);
	e = last ? last : e;
	for (uint32_t i = 0; i < PLAN_INSURERS_MAX; i++) {
		last = folder_close(&b->feed[i]);
		e = last ? last : e;
	}
	buf_release(&b->token);
	return e;
}

void book_abandon(struct book *b)
{
	if (book_close(b)) {
		/* the folder is thrown away: nothing to tell */
	}
}

enum err book_insurers(const struct book *b, const struct folder *f)
{
	FILE *file = NULL;
	enum err e = folder_create(f, "insurers.csv", &file);

	if (e)
		return e;
	fputs("amc;label;operator;hosted_by;convention;csr;feed_key;"
	      "card_key;handle_key;feed;lines\n", file);
	for (uint32_t i = 0; i < b->plan->insurers; i++) {
		const struct plan_insurer *in = &b->plan->insurer[i];

		fprintf(file, "%s;%s;%s;%s;%s;%s;", in->amc, in->label,
		    in->operator, in->hosted_by, in->convention, in->csr);
		fprintf(file,
		    "insurers/%s/feed.pem;insurers/%s/card.pem;"
		    "insurers/%s/handle.key;feed/%s.csv;%" PRIu64 "\n",
		    in->amc, in->amc, in->amc, in->amc, b->lines[i]);
	}
	return folder_close(&file);
}
