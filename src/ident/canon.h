/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traits of a person in the one form that tags are computed from. Two
 * spellings of one trait must give the same bytes, or a person is not found;
 * two persons must not, or one is taken for the other. Changing a rule below
 * changes tags: it needs a new version of the index keys and full feeds.
 *
 * NIR: the 13 characters without the key, of the insured person who opens the
 *   rights. Spaces, full stops and case as ids/nir.h; with its key or without,
 *   and a wrong key is not looked at (how grave that is: ids/severity.h).
 *   Corsica's 2A is written 19 and 2B 18, the numbers that stand for them in
 *   the key, since software that keeps the NIR as a number sends those.
 *   So a NIR of Haute-Corse (2B) reads as one of Cher (18), and with the same
 *   birth date and rank the two persons share this tag: 2B033 is Bastia, 18033
 *   Bourges. An insurer that has both sends both without NIR;
 *   docs/decisions/0010-corsican-nir.md has the numbers.
 *   Fictive numbers (anonymous care) are refused: they name nobody.
 * Birth: YYYYMMDD as on the card; YYYY-MM-DD is the same. Months and days that
 *   no calendar has (00, 13 to 99: lunar and incomplete dates) stay as sent.
 * Rank: one digit; none said is 1, the rank of whoever has no twin of the same
 *   sex (domain.md §1.2). 0 is another rank than 1: schemes that number the
 *   members of a family give it a meaning of their own.
 * Member number: capital letters and digits; spaces, full stops, "-" and "/"
 *   dropped, zeros in front dropped, because spreadsheets and numeric fields
 *   lose them. An insurer whose 0123 and 123 are two members cannot use the
 *   member number alone: birth and rank part them in the tag.
 */
#pragma once
#include "base/limits.h"
#include "ids/nir.h"

#define CANON_BIRTH 8
#define CANON_RANK_DEFAULT '1'

/* Made by the functions below alone. */
struct canon_nir {
	char text[NIR_BODY + 1];
};
struct canon_birth {
	char text[CANON_BIRTH + 1];
};
struct canon_member {
	char text[LIMIT_MEMBER + 1];
};

/*
 * Beginnings of numbers that name nobody, without spaces, in any of the two
 * spellings of Corsica. Configured, for no official list was found
 * (UNCONFIRMED; ids/nir.h says where [12]555555 comes from, which is always
 * refused).
 */
struct canon_fictive {
	const char *const *prefixes;
	size_t count;
};

/* ERR_SHAPE; ERR_REFUSED: fictive. fictive may be NULL. */
MUST_CHECK enum err canon_nir(struct span in,
    const struct canon_fictive *fictive, struct canon_nir *ret);
MUST_CHECK enum err canon_birth(struct span in, struct canon_birth *ret);
/* An empty one is CANON_RANK_DEFAULT. */
MUST_CHECK enum err canon_rank(struct span in, char *ret);
/* ERR_SHAPE: nothing but zeros, or other characters; ERR_LIMIT: longer than
 * LIMIT_MEMBER. */
MUST_CHECK enum err canon_member(struct span in, struct canon_member *ret);
