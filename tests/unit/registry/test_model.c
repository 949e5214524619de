/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: after any sequence of acts, good and bad, the registry is what a
 * naive model says that copies its whole state for every act, and what a start
 * behind this act would find. The model knows the words by their meaning, not
 * by their text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/random.h"
#include "base/text.h"
#include "registry/acts.h"

#define ADMINS 6
#define SITES 6
#define PEOPLE 8
#define INSURERS 4
#define KEYS 8
#define CODES 4
#define CONTROLS 3
#define LINES 6

static const char *const codes[CODES] = {"optician", "gp", "pharmacy", "nurse"};
static const char *const controls[CONTROLS] = {"budget", "wide", "presence"};

/* Things in the order of their enrolment. */
struct list {
	int count, order[16];
	bool revoked[16];	/* by id */
};

struct key {
	int site, people_count, people[3];
};

struct model {
	struct list admins, sites, people, insurers, keys, codes;
	int profession_of[SITES];
	struct key key[KEYS];
	uint32_t figure[CODES][REGISTRY_PLANES];	/* by plane */
	bool observes[CONTROLS];
	int versions;
};

/* One line: what, and its parameters. */
struct line {
	enum what { ADMIN, SITE, PERSON, KEY, INSURER, REVOKE, FIGURES, MODE,
	    NONSENSE, WHATS } what;
	int id, site, code, figure, plane, people_count, people[3];
	bool observe;
	enum what of;	/* REVOKE: of which kind */
};

static int place(const struct list *l, int id)
{
	for (int i = 0; i < l->count; i++)
		if (l->order[i] == id)
			return i;
	return -1;
}

static bool add(struct list *l, int id)
{
	if (place(l, id) >= 0)
		return false;
	l->order[l->count++] = id;
	return true;
}

static bool model_revoke(struct model *m, const struct line *l)
{
	struct list *lists[] = {[ADMIN] = &m->admins, [SITE] = &m->sites,
	    [PERSON] = &m->people, [KEY] = &m->keys,
	    [INSURER] = &m->insurers};
	struct list *of = lists[l->of];
	int living = 0;

	if (place(of, l->id) < 0)
		return false;
	for (int i = 0; i < of->count; i++)
		living += !of->revoked[of->order[i]];
	if (l->of == ADMIN && living <= 2 && !of->revoked[l->id])
		return false;
	of->revoked[l->id] = true;
	return true;
}

static bool model_key(struct model *m, const struct line *l)
{
	struct key k = {l->site, l->people_count,
	    {l->people[0], l->people[1], l->people[2]}};

	if (place(&m->sites, l->site) < 0 || !add(&m->keys, l->id))
		return false;
	for (int i = 0; i < l->people_count; i++)
		(void)add(&m->people, l->people[i]);
	m->key[l->id] = k;
	return true;
}

static void model_figures(struct model *m, const struct line *l, bool is_new)
{
	for (int i = 1; i < REGISTRY_PLANES; i++)
		if (l->plane == 0 || l->plane == i || is_new)
			m->figure[l->code][i] = (uint32_t)l->figure;
}

static bool model_line(struct model *m, const struct line *l)
{
	switch (l->what) {
	case ADMIN:
		return add(&m->admins, l->id);
	case SITE:
		m->profession_of[l->id] = place(&m->sites, l->id) < 0 ?
		    l->code : m->profession_of[l->id];
		return place(&m->codes, l->code) >= 0 && add(&m->sites, l->id);
	case PERSON:
		return add(&m->people, l->id);
	case KEY:
		return model_key(m, l);
	case INSURER:
		return add(&m->insurers, l->id);
	case REVOKE:
		return model_revoke(m, l);
	case FIGURES:
		model_figures(m, l, add(&m->codes, l->code));
		return true;
	case MODE:
		m->observes[l->id] = l->observe;
		return true;
	default:
		return false;
	}
}

static bool is_lone(const struct line *l)
{
	return l->what == REVOKE || l->what == FIGURES || l->what == MODE;
}

static bool model_act(struct model *m, const struct line *lines, int n,
    unsigned signers)
{
	struct model copy = *m;
	unsigned need = 1, keys = 0, sites = 0;

	for (int i = 0; i < n; i++) {
		const struct line *l = &lines[i];

		if (is_lone(l) && n > 1)
			return false;
		if (l->what == ADMIN || l->what == INSURER ||
		    l->what == FIGURES || l->what == MODE)
			need = 2;
		keys += l->what == KEY;
		sites += l->what == SITE;
	}
	if (keys > 4 || sites > 1)
		need = 2;
	if (signers < need)
		return false;
	for (int i = 0; i < n; i++)
		if (!model_line(&copy, &lines[i]))
			return false;
	*m = copy;
	m->versions++;
	return true;
}

static void write_revoke(struct buf *out, const struct line *l)
{
	buf_text(out, "revoke ");
	if (l->of == ADMIN)
		buf_printf(out, "admin=a%d\n", l->id);
	else if (l->of == SITE)
		buf_printf(out, "site=s%d\n", l->id);
	else if (l->of == PERSON)
		buf_printf(out, "rpps=997000000%02d\n", l->id);
	else if (l->of == KEY)
		buf_printf(out, "key=%s\n", acts_id_text((unsigned)l->id));
	else
		buf_printf(out, "amc=00000000%02d\n", l->id);
}

static void write_key(struct buf *out, const struct line *l)
{
	buf_printf(out, "key spki=%s site=s%d", acts_ed25519((unsigned)l->id),
	    l->site);
	for (int i = 0; i < l->people_count; i++)
		buf_printf(out, "%s997000000%02d", i ? "," : " rpps=",
		    l->people[i]);
	buf_text(out, "\n");
}

static void write_line(struct buf *out, const struct line *l)
{
	switch (l->what) {
	case ADMIN:
		buf_printf(out, "admin key=%s name=a%d\n",
		    acts_raw(ACTS_ADMIN + (unsigned)l->id), l->id);
		break;
	case SITE:
		buf_printf(out, "site id=s%d profession=%s\n", l->id,
		    codes[l->code]);
		break;
	case PERSON:
		buf_printf(out, "professional rpps=997000000%02d\n", l->id);
		break;
	case KEY:
		write_key(out, l);
		break;
	case INSURER:
		buf_printf(out, "insurer amc=00000000%02d operator=o "
		    "feed-key=%s card-key=%s\n", l->id, acts_p256(0),
		    acts_p256(1));
		break;
	case REVOKE:
		write_revoke(out, l);
		break;
	case FIGURES:
		buf_printf(out, "profession code=%s%s%s domains=A t24=%d "
		    "c24=%d t30=%d c30=%d m24=0 m30=0\n", codes[l->code],
		    l->plane ? " plane=" : "",
		    l->plane ? registry_plane_text((unsigned)l->plane) : "",
		    l->figure, l->figure, l->figure, l->figure);
		break;
	case MODE:
		buf_printf(out, "mode control=%s mode=%s\n", controls[l->id],
		    l->observe ? "observe" : "enforce");
		break;
	default:
		buf_text(out, "site id=bad profession=none\n");
	}
}

static int pick(struct random_seeded *s, int n)
{
	return (int)random_seeded_below(s, (uint64_t)n);
}

static struct line draw(struct random_seeded *s)
{
	static const int ids[] = {[ADMIN] = ADMINS, [SITE] = SITES,
	    [PERSON] = PEOPLE, [KEY] = KEYS, [INSURER] = INSURERS,
	    [MODE] = CONTROLS, [FIGURES] = 1, [NONSENSE] = 1};
	struct line l = {.what = (enum what)pick(s, WHATS)};

	if (l.what == NONSENSE && pick(s, 2))
		l.what = KEY;
	l.of = (enum what)pick(s, INSURER + 1);
	l.id = pick(s, ids[l.what == REVOKE ? l.of : l.what]);
	l.site = pick(s, SITES);
	l.code = pick(s, CODES);
	l.figure = pick(s, 1000);
	l.plane = pick(s, REGISTRY_PLANES);
	l.observe = pick(s, 2);
	l.people_count = pick(s, 4);
	for (int i = 0; i < 3; i++)
		l.people[i] = pick(s, PEOPLE);
	return l;
}

static void check_lists(const struct model *m, const struct registry *r)
{
	assert_int_equal(r->admin_count, m->admins.count);
	for (int i = 0; i < m->admins.count; i++) {
		int id = m->admins.order[i];

		assert_int_equal(r->admins[i].name[1] - '0', id);
		assert_int_equal(r->admins[i].revoked, m->admins.revoked[id]);
	}
	assert_int_equal(r->site_count, m->sites.count);
	assert_int_equal(r->professional_count, m->people.count);
	assert_int_equal(r->insurer_count, m->insurers.count);
	assert_int_equal(r->key_count, m->keys.count);
	assert_int_equal(r->profession_count, m->codes.count);
	for (int i = 0; i < CONTROLS; i++)
		assert_int_equal(
		    registry_observes(r, controls[i]), m->observes[i]);
	for (int c = 0; c < CODES; c++) {
		const struct registry_profession *p =
		    registry_profession(r, span_str(codes[c]));

		assert_int_equal(p ? p - r->professions : -1,
		    place(&m->codes, c));
		for (int i = 1; p && i < REGISTRY_PLANES; i++)
			assert_true(p->figures[i][3] == m->figure[c][i] ||
			    m->figure[c][i] == 0);
	}
}

static void check_places(const struct model *m, const struct registry *r)
{
	char text[16];

	for (int i = 0; i < SITES; i++) {
		const struct registry_site *s;

		(void)snprintf(text, sizeof(text), "s%d", i);
		s = registry_site(r, span_str(text));
		assert_int_equal(s ? s - r->sites : -1, place(&m->sites, i));
		assert_true(!s || s->revoked == m->sites.revoked[i]);
		assert_true(!s || strcmp(r->professions[s->profession].code,
		    codes[m->profession_of[i]]) == 0);
	}
	for (int i = 0; i < PEOPLE; i++) {
		const struct registry_professional *p;

		(void)snprintf(text, sizeof(text), "997000000%02d", i);
		p = registry_professional(r, span_str(text));
		assert_int_equal(p ? p - r->professionals : -1,
		    place(&m->people, i));
		assert_true(!p || p->revoked == m->people.revoked[i]);
	}
	for (int i = 0; i < INSURERS; i++) {
		const struct registry_insurer *n;

		(void)snprintf(text, sizeof(text), "00000000%02d", i);
		n = registry_insurer(r, span_str(text));
		assert_int_equal(n ? n - r->insurers : -1,
		    place(&m->insurers, i));
		assert_true(!n || n->revoked == m->insurers.revoked[i]);
	}
}

static bool names(const struct key *k, int person)
{
	for (int i = 0; i < k->people_count; i++)
		if (k->people[i] == person)
			return true;
	return false;
}

static void check_keys(const struct model *m, const struct registry *r)
{
	char text[16];

	for (int i = 0; i < KEYS; i++) {
		const struct registry_key *k =
		    registry_key(r, acts_id((unsigned)i));
		const struct key *is = &m->key[i];

		assert_int_equal(k ? k - r->keys : -1, place(&m->keys, i));
		if (!k)
			continue;
		assert_int_equal(registry_key_lives(r, k),
		    !m->keys.revoked[i] && !m->sites.revoked[is->site]);
		assert_int_equal(k->site, place(&m->sites, is->site));
		for (int p = 0; p < PEOPLE; p++) {
			(void)snprintf(
			    text, sizeof(text), "997000000%02d", p);
			assert_int_equal(
			    registry_key_speaks_for(r, k, span_str(text)),
			    names(is, p) && !m->people.revoked[p]);
		}
	}
}

static void first_state(struct model *m)
{
	memset(m, 0, sizeof(*m));
	(void)add(&m->admins, 0);
	(void)add(&m->admins, 1);
	(void)add(&m->codes, 0);
	(void)add(&m->codes, 1);
	m->versions = 1;
}

static void run(uint64_t seed, int acts, int *applied)
{
	struct random_seeded s;
	struct model m;
	struct acts a;
	struct buf text;

	(void)random_from_seed(&s, seed);
	acts_start(&a, false);
	first_state(&m);
	buf_init(&text, ACTS_TEXT);
	for (int i = 0; i < acts; i++) {
		int n = pick(&s, 2) ? 1 + pick(&s, LINES) : 1;
		unsigned signers = pick(&s, 4) ? 2 : (unsigned)pick(&s, 3);
		struct line lines[LINES];
		bool good;

		buf_clear(&text);
		for (int k = 0; k < n; k++) {
			lines[k] = draw(&s);
			/* lone words would make most long acts fail */
			while (n > 1 && is_lone(&lines[k]) && pick(&s, 30))
				lines[k] = draw(&s);
			write_line(&text, &lines[k]);
		}
		good = model_act(&m, lines, n, signers);
		if ((acts_do(&a, signers, "%.*s", (int)text.n, text.p) ==
		    ERR_OK) != good)
			fail_msg("seed %llu act %d: %s: %.*s",
			    (unsigned long long)seed, i, a.fault.words,
			    (int)text.n, text.p);
		*applied += good;
		check_lists(&m, a.r);
		check_places(&m, a.r);
		check_keys(&m, a.r);
		assert_int_equal(a.r->version, m.versions);
		acts_replays(&a);
	}
	buf_release(&text);
	acts_end(&a);
}

static void test_any_sequence_is_as_the_model_says(void **state)
{
	bool hard = getenv("ECLUSE_LONG") != NULL;
	int applied = 0, rounds = hard ? 2000 : 60, acts = 30;

	(void)state;
	for (int i = 0; i < rounds; i++)
		run((uint64_t)i + 1, acts, &applied);
	/* neither nearly all nor nearly none */
	print_message("# %d acts, %d applied\n", rounds * acts, applied);
	assert_true(applied > rounds * acts / 8);
	assert_true(applied < rounds * acts / 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_sequence_is_as_the_model_says),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
