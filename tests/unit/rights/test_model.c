/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random feeds against a naive model: full ones, deltas and changes, closures,
 * drops, new cards, second contracts, wrong lines that undo a feed or are left
 * out, people gone, crashes. After each, and between
 * the steps of each, every tag, handle and answer must be the model's.
 *
 * MODEL_SEEDS=n plays seeds 1 to n (30); MODEL_SEED=n that one alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "rights/feeding.h"

#define CELL 7
#define REAL 24			/* people that the insurer knows */
#define LINES 60
#define PERSONS 400		/* numbers that the vault may have given */
#define RIGHTS 64
#define FEEDS 14
#define DAY0 20454		/* 2026-01-01 */

/* Tags by place: refs, members of two contracts, two NIR, cards. */
#define KINDS 5
#define CARDS_EACH 6
#define TAGS (REAL * (KINDS + CARDS_EACH))
static const char kinds[KINDS] = {'r', 'm', 'M', 'n', 'N'};

struct m_right {
	int contract, order, cover, age;
	int32_t from, to, closed;
	bool listed;
};

struct m_person {
	char handle[16];
	bool listed, stays, gone, has_tag[TAGS];
	struct m_right rights[RIGHTS];
	int right_count;
};

struct model {
	int owner[TAGS];	/* person + 1; 0: nobody */
	bool card[TAGS];
	struct m_person person[PERSONS];
	int persons;
	int32_t day;
	uint64_t added, changed, unchanged, dropped, persons_new;
	unsigned taken, kept_out;	/* lines */
};

/* One line as the model reads it. */
struct m_line {
	int tags[RIGHTS_TAGS_FED], tag_count, card_count;
	char handle[16];
	struct m_right right;
	bool used, gone;	/* gone: all it says */
};

struct play {
	struct feeding f;
	struct random_seeded dice;
	uint64_t seed;
	struct model now, next;		/* what is visible; what will be */
	struct m_line book[LINES];	/* the insurer's file */
	unsigned edition[REAL];		/* of a person's reference */
	uint64_t number[PERSONS];	/* as the vault drew them */
	unsigned checks, committed, undone, interrupted, kept_out;
};

static unsigned roll_dice(struct play *p, unsigned n)
{
	return (unsigned)random_seeded_below(&p->dice, n);
}

/* ---- what the contracts cover ---- */

static const struct m_cover {
	const char *contract, *convention, *csr;
	const char *codes[3], *levels[3];
	int authorization[3], count;
} covers[] = {
	{"C1", "VM", "", {"OPTI", "PHAR"}, {"BR200", "TM"}, {0, 0}, 2},
	{"C1", "VM", "", {"PHAR", "OPTI"}, {"TM", "BR300"}, {0, 1}, 2},
	{"C2", "IS", "S1", {"DESO", "OPTI", "AUDI"}, {"BR100", "EUR150", "TM"},
	    {1, 0, 0}, 3},
	{"C3", "", "", {"PHAR"}, {"BR100"}, {0}, 1},
	{"C2", "IS", "S2", {""}, {""}, {0}, 0},
};
#define COVERS ((int)(sizeof(covers) / sizeof(covers[0])))
static const char *const asked_domains[] = {"OPTI", "PHAR", "DESO", "XX"};
static const char *const asked_conventions[] = {"", "VM", "IS", "ZZ"};
static const char *const asked_csrs[] = {"", "S1", "S2"};

static char kind_of(int tag)
{
	int place = tag % (KINDS + CARDS_EACH);

	return place < KINDS ? kinds[place] : 'c';
}

static unsigned index_of(int tag)
{
	int who = tag / (KINDS + CARDS_EACH);
	int place = tag % (KINDS + CARDS_EACH);

	return place < KINDS ? (unsigned)who :
	    (unsigned)(who * CARDS_EACH + place - KINDS);
}

static int tag_of(unsigned who, int place)
{
	return (int)who * (KINDS + CARDS_EACH) + place;
}

/* ---- the insurer's file, changed from feed to feed ---- */

static void set_period(struct play *p, struct m_right *r)
{
	static const int starts[] = {-365, -31, 0, 31, 90, 181, 364, 365};

	r->from = DAY0 + starts[roll_dice(p, 8)];
	r->to = r->from + (int32_t[]){0, 30, 364, 729}[roll_dice(p, 4)];
	r->closed = 0;
	if (roll_dice(p, 4) == 0)
		r->closed = r->from - 1 +
		    (int32_t)roll_dice(p, (unsigned)(r->to - r->from + 2));
}

static void set_tags(struct play *p, struct m_line *l, unsigned who)
{
	int second = roll_dice(p, 3) == 0;
	int places[] = {0, 1 + second, 3 + second};
	unsigned cards = roll_dice(p, 3);

	l->tag_count = 0;
	for (int i = 0; i < 3; i++)
		if (i == 0 || roll_dice(p, 5) > 0)
			l->tags[l->tag_count++] = tag_of(who, places[i]);
	if (roll_dice(p, 100) == 0)	/* somebody else's */
		l->tags[l->tag_count++] =
		    tag_of(roll_dice(p, REAL), 1 + (int)roll_dice(p, 4));
	l->card_count = (int)cards;
	for (unsigned i = 0; i < cards; i++)
		l->tags[l->tag_count++] = tag_of(
		    who, KINDS + (int)roll_dice(p, CARDS_EACH));
}

static void set_line(struct play *p, struct m_line *l)
{
	unsigned who = roll_dice(p, REAL);

	l->used = true;
	set_tags(p, l, who);
	l->right.cover = (int)roll_dice(p, (unsigned)COVERS);
	l->right.order = 1 + (int)roll_dice(p, 2);
	l->right.age = (int)roll_dice(p, 4);
	l->right.contract = covers[l->right.cover].contract[1] - '0';
	set_period(p, &l->right);
}

static void change_line(struct play *p, struct m_line *l)
{
	unsigned who = (unsigned)l->tags[0] / (KINDS + CARDS_EACH);

	switch (roll_dice(p, 5)) {
	case 0:
		l->right.closed = l->right.from +
		    (l->right.to - l->right.from) / 2;
		break;
	case 1:
		l->right.to += 30;
		break;
	case 2:
		set_tags(p, l, who);
		break;
	case 3:
		l->right.age = (l->right.age + 1) % 4;
		break;
	default:
		if (l->right.cover < 2)
			l->right.cover = 1 - l->right.cover;
	}
}

/* Two lines that say different things about one right are for one test
 * only; in most feeds none are wanted. */
static bool clashes(const struct play *p, int at)
{
	const struct m_line *l = &p->book[at];

	for (int i = 0; i < LINES; i++) {
		const struct m_line *o = &p->book[i];

		if (i != at && o->used && o->tags[0] == l->tags[0] &&
		    o->right.contract == l->right.contract &&
		    o->right.order == l->right.order &&
		    o->right.from == l->right.from)
			return true;
	}
	return false;
}

static void change_book(struct play *p, bool clean)
{
	unsigned many = roll_dice(p, 20) + 1;
	int at;

	for (unsigned i = 0; i < many; i++) {
		at = (int)roll_dice(p, LINES);
		if (!p->book[at].used)
			set_line(p, &p->book[at]);
		else if (roll_dice(p, 4) == 0)
			p->book[at].used = false;
		else
			change_line(p, &p->book[at]);
		if (clean && p->book[at].used && clashes(p, at))
			p->book[at].used = false;
	}
}

/* ---- the model ---- */

static int32_t m_last(const struct m_right *r)
{
	return r->closed && r->closed < r->to ? r->closed : r->to;
}

static bool m_alive(const struct m_person *who, int32_t day)
{
	bool alive = who->listed || who->stays;

	for (int i = 0; i < who->right_count; i++)
		alive |= m_last(&who->rights[i]) >= day;
	return alive;
}

/* Whom a line is about: -1 a conflict, PERSONS somebody new. */
static int m_whom(const struct model *m, const struct m_line *l, int32_t day)
{
	int found = PERSONS, alive = PERSONS, others = 0;

	for (int i = 0; i < l->tag_count; i++) {
		int who = m->owner[l->tags[i]] - 1;

		if (who < 0 || who == found)
			continue;
		others += found != PERSONS;
		found = who;
	}
	if (!others)
		return found;
	for (int i = 0; i < l->tag_count; i++) {
		int who = m->owner[l->tags[i]] - 1;

		if (who < 0 || who == alive || !m_alive(&m->person[who], day))
			continue;
		if (alive != PERSONS)
			return -1;
		alive = who;
	}
	return alive == PERSONS ? -1 : alive;
}

static bool m_same(const struct m_right *a, const struct m_right *b)
{
	return a->cover == b->cover && a->to == b->to &&
	    a->closed == b->closed && a->age == b->age;
}

static struct m_right *m_right_of(
    struct m_person *who, const struct m_right *r)
{
	for (int i = 0; i < who->right_count; i++)
		if (who->rights[i].contract == r->contract &&
		    who->rights[i].order == r->order &&
		    who->rights[i].from == r->from)
			return &who->rights[i];
	return NULL;
}

static void m_put_right(
    struct model *m, struct m_person *who, const struct m_right *r)
{
	struct m_right *was = m_right_of(who, r);

	if (was && m_same(was, r)) {
		m->unchanged++;
	} else if (was) {
		m->changed++;
		*was = *r;
	} else {
		assert_true(who->right_count < RIGHTS);
		m->added++;
		was = &who->rights[who->right_count++];
		*was = *r;
	}
	was->listed = true;
}

static const char *m_put_line(
    struct model *m, const struct m_line *l, int32_t day)
{
	int at = m_whom(m, l, day);
	struct m_person *who;
	const struct m_right *was;

	if (at < 0)
		return "two-persons";
	if (at == PERSONS) {
		at = m->persons++;
		m->persons_new++;
	}
	assert_true(at < PERSONS);
	who = &m->person[at];
	if (who->listed && strcmp(who->handle, l->handle) != 0)
		return "two-refs";
	was = m_right_of(who, &l->right);
	if (was && was->listed && !m_same(was, &l->right))
		return "twice";
	memcpy(who->handle, l->handle, sizeof(who->handle));
	for (int i = 0; i < l->tag_count; i++) {
		int t = l->tags[i];

		if (m->owner[t] != at + 1)
			m->card[t] = i >= l->tag_count - l->card_count;
		m->owner[t] = at + 1;
		who->has_tag[t] = true;
	}
	who->listed = true;
	m_put_right(m, who, &l->right);
	return NULL;
}

static void m_drop(struct model *m, struct m_person *who, int32_t day)
{
	int kept = 0;

	for (int i = 0; i < who->right_count; i++) {
		struct m_right r = who->rights[i];

		if (!r.listed && m_last(&r) >= day) {
			m->dropped++;
			if (r.from >= day)
				continue;
			r.closed = day - 1;
		}
		who->rights[kept++] = r;
	}
	who->right_count = kept;
}

/* Who has no line any more. */
static const char *m_put_gone(
    struct model *m, const struct m_line *l, int32_t day)
{
	int at = m->owner[l->tags[0]] - 1;

	if (at < 0)
		return NULL;
	if (m->person[at].listed)
		return "twice";
	m_drop(m, &m->person[at], day);
	m->person[at].gone = true;
	return NULL;
}

/* A line left out: whoever it may mean stays as he is. */
static void m_stay(struct model *m, const struct m_line *l)
{
	m->kept_out++;
	for (int i = 0; i < l->tag_count; i++) {
		int at = m->owner[l->tags[i]] - 1;

		if (at >= 0 && m->person[at].right_count > 0)
			m->person[at].stays = true;
	}
}

static void m_end_whole(struct model *m, bool full, int32_t day)
{
	for (int i = 0; i < m->persons; i++)
		if (!m->person[i].stays && (full || m->person[i].listed))
			m_drop(m, &m->person[i], day);
	for (int t = 0; t < TAGS; t++) {
		const struct m_person *who;

		if (m->owner[t] == 0)
			continue;
		who = &m->person[m->owner[t] - 1];
		if (who->stays || !(full || who->listed || who->gone))
			continue;
		if (who->listed ? !who->has_tag[t] : m->card[t])
			m->owner[t] = 0;
	}
}

static void m_begin(struct model *m)
{
	m->added = m->changed = m->unchanged = 0;
	m->dropped = m->persons_new = 0;
	m->taken = m->kept_out = 0;
	for (int i = 0; i < m->persons; i++) {
		m->person[i].listed = false;
		m->person[i].stays = m->person[i].gone = false;
		memset(m->person[i].has_tag, 0, sizeof(m->person[i].has_tag));
		for (int j = 0; j < m->person[i].right_count; j++)
			m->person[i].rights[j].listed = false;
	}
}

/* ---- the model's answer ---- */

struct m_answer {
	enum rights_state state;
	const char *level, *contract;
	int authorization, order;
	int32_t from, until;
};

static struct m_answer m_judge(const struct m_right *r, const char *domain,
    const char *convention, const char *csr)
{
	const struct m_cover *c = &covers[r->cover];
	struct m_answer a = {RIGHTS_NOT_COVERED, "", c->contract, 0, r->order,
		r->from, m_last(r)};

	if ((*convention && *c->convention &&
	    strcmp(convention, c->convention) != 0) ||
	    (*csr && *c->csr && strcmp(csr, c->csr) != 0)) {
		a.state = RIGHTS_OTHER_ROUTE;
		return a;
	}
	for (int i = 0; i < c->count; i++)
		if (strcmp(c->codes[i], domain) == 0) {
			a.state = RIGHTS_COVERED;
			a.level = c->levels[i];
			a.authorization = c->authorization[i];
		}
	return a;
}

static int m_order(const struct m_answer *a, const struct m_answer *b)
{
	static const int merits[] = {
	    [RIGHTS_COVERED] = 0, [RIGHTS_NOT_COVERED] = 1,
	    [RIGHTS_OTHER_ROUTE] = 2, [RIGHTS_CLOSED] = 3};

	if (a->state != b->state)
		return merits[a->state] - merits[b->state];
	if (a->order != b->order)
		return a->order - b->order;
	if (a->from != b->from)
		return a->from > b->from ? -1 : 1;
	return strcmp(a->contract, b->contract);
}

static struct m_answer m_ask(const struct m_person *who, int32_t day,
    const char *domain, const char *convention, const char *csr)
{
	struct m_answer best = {RIGHTS_CLOSED, "", "", 0, 0, 0, 0}, a;

	for (int i = 0; i < who->right_count; i++) {
		const struct m_right *r = &who->rights[i];

		if (day < r->from || day > m_last(r))
			continue;
		a = m_judge(r, domain, convention, csr);
		if (m_order(&a, &best) < 0)
			best = a;
	}
	return best;
}

/* ---- comparing ---- */

static void wrong(const struct play *p, const char *what)
{
	fail_msg("seed %llu: %s", (unsigned long long)p->seed, what);
}

static void check_tags(struct play *p)
{
	for (int t = 0; t < TAGS; t++) {
		int who = p->now.owner[t] - 1;
		uint64_t n = feeding_number(
		    &p->f, CELL, kind_of(t), index_of(t));

		p->checks++;
		if (who < 0 && n != 0)
			wrong(p, "a tag that should name nobody");
		if (who < 0)
			continue;
		if (n == 0)
			wrong(p, "a tag that should name somebody");
		if (p->number[who] == 0)
			p->number[who] = n;
		if (p->number[who] != n)
			wrong(p, "a tag names another number");
	}
	for (int i = 0; i < p->now.persons; i++)
		for (int j = 0; j < i; j++)
			if (p->number[i] && p->number[i] == p->number[j])
				wrong(p, "one number for two persons");
}

static void check_pairs(struct play *p)
{
	struct rights_resolve asked = {.cell = CELL};
	uint64_t n = 0, expected;

	for (int i = 0; i < 20; i++) {
		int a = (int)roll_dice(p, TAGS);
		int b = roll_dice(p, 2) ? (int)roll_dice(p, TAGS) :
		    tag_of((unsigned)(a / (KINDS + CARDS_EACH)),
			(int)roll_dice(p, KINDS));

		asked.count = 2;
		feeding_tag(asked.tags[0], kind_of(a), index_of(a));
		feeding_tag(asked.tags[1], kind_of(b), index_of(b));
		expected = p->now.owner[a] && p->now.owner[a] ==
		    p->now.owner[b] ? p->number[p->now.owner[a] - 1] : 0;
		assert_int_equal(
		    lookup_resolve(&p->f.lookup, &asked, &n), ERR_OK);
		if (n != expected)
			wrong(p, "two tags together");
	}
}

static void check_handle(struct play *p, int who)
{
	struct rights_handle asked = {CELL, p->number[who]};
	uint8_t handle[LIMIT_HANDLE];
	size_t n = 0;

	assert_int_equal(
	    lookup_handle(&p->f.lookup, &asked, handle, &n), ERR_OK);
	if (!span_is(span_of(handle, n), p->now.person[who].handle))
		wrong(p, "handle");
}

static void check_answer(struct play *p, int who)
{
	const char *domain = asked_domains[roll_dice(p, 4)];
	const char *convention = asked_conventions[roll_dice(p, 4)];
	const char *csr = asked_csrs[roll_dice(p, 3)];
	int32_t day = DAY0 - 400 + (int32_t)roll_dice(p, 1600);
	const struct m_person *person = &p->now.person[who];
	struct answer_facts is;
	struct m_answer should;

	if (person->right_count > 0 && roll_dice(p, 2)) {	/* an edge */
		const struct m_right *r = &person->rights[roll_dice(
		    p, (unsigned)person->right_count)];

		day = (roll_dice(p, 2) ? r->from : m_last(r)) +
		    (int32_t)roll_dice(p, 3) - 1;
	}
	should = m_ask(person, day, domain, convention, csr);
	is = feeding_ask(&p->f, CELL, p->number[who], day, domain,
	    convention, csr);
	p->checks++;
	if (is.state != should.state || is.order != should.order ||
	    is.from_day != should.from || is.until_day != should.until ||
	    is.authorization != should.authorization ||
	    !span_is(is.level, should.level) ||
	    !span_is(is.contract, should.contract))
		wrong(p, "an answer");
}

static void check_nobody(struct play *p)
{
	uint64_t stranger = random_seeded_u64(&p->dice) >> 1;

	if (feeding_ask(&p->f, CELL, 0, DAY0, "OPTI", "", "").state !=
	    RIGHTS_UNKNOWN)
		wrong(p, "nobody is known");
	if (feeding_ask(&p->f, CELL, stranger, DAY0, "OPTI", "", "").state !=
	    RIGHTS_UNKNOWN)
		wrong(p, "a stranger is known");
}

static void check_all(struct play *p)
{
	check_tags(p);
	check_pairs(p);
	check_nobody(p);
	for (int who = 0; who < p->now.persons; who++) {
		if (p->number[who] == 0)
			continue;	/* gave all tags away before a check */
		check_handle(p, who);
		for (int i = 0; i < 4; i++)
			check_answer(p, who);
	}
}

/* Between two steps nothing of the open feed may show. */
static void check_some(struct feeding *f, void *ctx)
{
	struct play *p = ctx;
	int who;

	(void)f;
	for (int i = 0; i < 3 && p->now.persons > 0; i++) {
		int t = (int)roll_dice(p, TAGS);
		uint64_t n = feeding_number(
		    &p->f, CELL, kind_of(t), index_of(t));

		who = p->now.owner[t] - 1;
		if (n != (who < 0 ? 0 : p->number[who]))
			wrong(p, "an open feed shows in a tag");
		who = (int)roll_dice(p, (unsigned)p->now.persons);
		if (p->number[who]) {
			check_answer(p, who);
			check_handle(p, who);
		}
	}
}

/* ---- one feed ---- */

static struct feed_line to_feed(const struct m_line *l, unsigned number)
{
	const struct m_cover *c = &covers[l->right.cover];
	struct feed_line out;

	memset(&out, 0, sizeof(out));
	out.line = number;
	if (l->gone) {
		out.kind = FEED_LINE_GONE;
		out.tag_count = 1;
		feeding_tag(out.tags[0], kind_of(l->tags[0]),
		    index_of(l->tags[0]));
		return out;
	}
	out.tag_count = (uint8_t)l->tag_count;
	out.card_count = (uint8_t)l->card_count;
	for (int i = 0; i < l->tag_count; i++)
		feeding_tag(out.tags[i], kind_of(l->tags[i]),
		    index_of(l->tags[i]));
	out.handle = span_str(l->handle);
	out.contract = span_str(c->contract);
	out.convention = span_str(c->convention);
	out.csr = span_str(c->csr);
	out.order = (uint8_t)l->right.order;
	out.from_day = l->right.from;
	out.to_day = l->right.to;
	out.closed_day = l->right.closed;
	out.age_class = (uint8_t)l->right.age;
	out.domain_count = (uint8_t)c->count;
	for (int i = 0; i < c->count; i++)
		out.domains[i] = (struct feed_domain){span_str(c->codes[i]),
			span_str(c->levels[i]), (uint8_t)c->authorization[i]};
	return out;
}

/* In one feed in some hundred lines a reference is another one. */
static void set_handle(struct play *p, struct m_line *l)
{
	unsigned who = (unsigned)l->tags[0] / (KINDS + CARDS_EACH);
	unsigned slip = roll_dice(p, 400) == 0;

	(void)snprintf(l->handle, sizeof(l->handle), "h%u-%u", who,
	    p->edition[who] + slip);
}

/* The lines to send, shuffled: all, or for changes some. */
static unsigned choose_lines(
    struct play *p, bool full, struct m_line out[LINES])
{
	unsigned n = 0;

	for (int i = 0; i < LINES; i++)
		if (p->book[i].used && (full || roll_dice(p, 3) == 0)) {
			set_handle(p, &p->book[i]);
			out[n++] = p->book[i];
		}
	for (unsigned i = n; i > 1; i--) {
		unsigned j = roll_dice(p, i);
		struct m_line t = out[i - 1];

		out[i - 1] = out[j];
		out[j] = t;
	}
	return n;
}

/* What the model expects of these lines: NULL, or the fault and its line. */
static const char *expect(struct play *p, enum feed_kind kind, int32_t day,
    const struct m_line *lines, unsigned n, unsigned *ret_bad)
{
	const char *fault = NULL;
	struct model *m = &p->next;

	p->next = p->now;
	p->next.day = day;
	m_begin(&p->next);
	for (unsigned i = 0; i < n && !fault; i++) {
		fault = lines[i].gone ? m_put_gone(m, &lines[i], day) :
		    m_put_line(m, &lines[i], day);
		*ret_bad = i + 1;
		m->taken += !fault;
		if (fault && p->f.keep_going) {
			m_stay(m, &lines[i]);
			fault = NULL;
		}
	}
	if (!fault && kind != FEED_DELTA)
		m_end_whole(m, kind == FEED_FULL, day);
	if (m->kept_out > 20 && m->kept_out * 10 > m->taken) {
		*ret_bad = 0;
		return "too-many-faults";
	}
	return fault;
}

static void compare_counts(struct play *p, const struct feed_state *s)
{
	const struct model *m = &p->next;
	uint64_t kept = 0;

	for (unsigned i = 0; i < s->kept_count; i++)
		kept += s->kept[i].count;
	if (s->outcome != FEED_COMMITTED || s->lines != m->taken ||
	    kept != m->kept_out ||
	    s->added != m->added || s->changed != m->changed ||
	    s->unchanged != m->unchanged || s->dropped != m->dropped ||
	    s->persons_new != m->persons_new || s->bad_line != 0 ||
	    s->reason.n != 0)
		wrong(p, "counts");
}

/* A crash, or END(0), or a new BEGIN instead of the end. */
static void interrupt(struct play *p, const struct feed_line *lines,
    unsigned n, enum feed_kind kind, int32_t day)
{
	unsigned sent = n ? roll_dice(p, n) : 0;
	struct feed_state s = feeding_begin(&p->f, CELL, kind, day);

	assert_int_equal(s.outcome, FEED_GOES_ON);
	if (sent)
		s = feeding_lines(&p->f, lines, sent);
	if (s.outcome == FEED_UNDONE)
		return;
	switch (roll_dice(p, 3)) {
	case 0:
		if (roll_dice(p, 2)) {	/* somewhere inside the end */
			assert_int_equal(intake_end(p->f.intake, true), 0);
			for (unsigned i = roll_dice(p, 3); i > 0; i--)
				assert_int_equal(
				    intake_step(p->f.intake), ERR_OK);
			if (intake_answer(p->f.intake, &s))
				wrong(p, "committed before its turn");
		}
		feeding_crash(&p->f);
		break;
	case 1:
		s = feeding_end(&p->f, false);
		assert_int_equal(s.outcome, FEED_UNDONE);
		break;
	}
}

static void say_gone(struct play *p, struct m_line *l)
{
	unsigned who = roll_dice(p, REAL);

	*l = (struct m_line){.gone = true, .tag_count = 1,
		.tags = {tag_of(who, 0)}};
}

static void play_feed(struct play *p)
{
	struct m_line lines[LINES];
	struct feed_line out[LINES];
	struct feed_state s;
	const char *fault;
	unsigned n, bad = 0;
	enum feed_kind kind = (enum feed_kind[]){FEED_FULL, FEED_FULL,
	    FEED_CHANGES, FEED_DELTA}[roll_dice(p, 4)];
	int32_t day = p->now.day + (int32_t)roll_dice(p, 45);

	if (roll_dice(p, 3) == 0)
		p->edition[roll_dice(p, REAL)] += 1;
	if (roll_dice(p, 8) > 0)
		change_book(p, roll_dice(p, 10) > 0);
	p->f.keep_going = roll_dice(p, 3) == 0;
	n = choose_lines(p, kind == FEED_FULL, lines);
	if (kind == FEED_CHANGES && !p->f.keep_going && n > 0 &&
	    roll_dice(p, 2))
		say_gone(p, &lines[roll_dice(p, n)]);
	for (unsigned i = 0; i < n; i++)
		out[i] = to_feed(&lines[i], i + 1);
	fault = expect(p, kind, day, lines, n, &bad);
	if (roll_dice(p, 4) == 0 && ++p->interrupted)
		interrupt(p, out, n, kind, day);
	s = feeding_whole(&p->f, CELL, kind, day, out, n);
	p->committed += !fault;
	p->undone += fault != NULL;
	if (fault) {
		if (s.outcome != FEED_UNDONE || s.bad_line != bad ||
		    !span_is(s.reason, fault))
			wrong(p, "a fault not found, or another");
	} else {
		compare_counts(p, &s);
		p->kept_out += p->next.kept_out;
		p->now = p->next;
	}
}

static void play(uint64_t seed, unsigned sum[5])
{
	struct play *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->seed = seed;
	p->now.day = DAY0 - 30;
	(void)random_from_seed(&p->dice, seed);
	feeding_open(&p->f, seed);
	for (unsigned i = 0; i < FEEDS; i++) {
		p->f.between = NULL;
		feeding_rest(&p->f);
		check_all(p);
		feeding_assert_tidy(&p->f);
		p->f.between = check_some;
		p->f.ctx = p;
		play_feed(p);
	}
	p->f.between = NULL;
	feeding_rest(&p->f);
	check_all(p);
	feeding_assert_tidy(&p->f);
	sum[0] += p->checks;
	sum[1] += p->committed;
	sum[2] += p->undone;
	sum[3] += p->interrupted;
	sum[4] += p->kept_out;
	feeding_close(&p->f);
	free(p);
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *v = getenv(name);

	return v ? strtoull(v, NULL, 10) : otherwise;
}

static void test_random_feeds_match_the_model(void **state)
{
	uint64_t one = setting("MODEL_SEED", 0);
	uint64_t many = setting("MODEL_SEEDS", 30);
	unsigned sum[5] = {0};

	(void)state;
	if (one)
		play(one, sum);
	for (uint64_t seed = 1; seed <= many && !one; seed++)
		play(seed, sum);
	print_message("# seeds 1 to %llu: %u feeds committed, %u undone, %u"
	    " interrupted before, %u lines left out; %u answers compared\n",
	    (unsigned long long)(one ? one : many), sum[1], sum[2], sum[3],
	    sum[4], sum[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_feeds_match_the_model),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
