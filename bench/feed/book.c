/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-book MEMBERS EDITION: a mutuelle's file (docs/feed.md) of so many
 * invented members on standard output, whatever their number, at more than a
 * million lines a second. NIR stand in department 00, which nobody was born in
 * (docs/population.md). One member in ten has a second contract, three in four
 * a card. Edition 2 changes two lines in a hundred of edition 1.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t mix(uint64_t v)
{
	v ^= v >> 33;
	v *= UINT64_C(0xff51afd7ed558ccd);
	v ^= v >> 33;
	v *= UINT64_C(0xc4ceb9fe1a85ec53);
	return v ^ v >> 33;
}

static const char *const covers[] = {
    "PHAR=TM,MED=BR130,RLAX=BR100,HOSP=BR150+PEC,DESO=BR100,OPTI=BR200+PEC",
    "PHAR=TM,MED=TM,RLAX=TM,HOSP=BR100,DESO=TM,OPTI=EUR100",
    "PHAR=TM,MED=BR200,RLAX=BR150,AUXM=BR150,HOSP=BR300+PEC,OPTI=EUR400",
    "PHAR=TM,MED=BR150,HOSP=BR200,DEPR=BR250+PEC,AUDI=EUR800+PEC"};

static void line(uint64_t i, unsigned nth, uint64_t edition)
{
	uint64_t h = mix(i * 2 + 1);
	unsigned year = (unsigned)(i % 90), month = (unsigned)(i / 90 % 12) + 1;
	uint64_t rest = i / 1080;
	uint64_t nir = (1 + (h & 1)) * UINT64_C(1000000000000) +
	    year * UINT64_C(10000000000) + month * UINT64_C(100000000) +
	    (rest / 999 % 999 + 1) * 1000 + rest % 999 + 1;
	bool changed = edition > 1 && mix(i ^ edition << 40) % 50 == 0;
	unsigned cover = (unsigned)(h >> 8 & 3);

	(void)printf("M%09" PRIu64 ";%013" PRIu64 "%02" PRIu64
	    ";19%02u%02u%02u;1;%09" PRIu64 ";", i, nir, 97 - nir % 97,
	    year + 10 > 99 ? 99 : year + 10, month,
	    (unsigned)(h >> 16) % 28 + 1, i + 1 + (nth ? 500000000 : 0));
	if (h >> 24 & 3)
		(void)printf("%016" PRIx64 "%016" PRIx64, mix(h), mix(h + 1));
	(void)printf(";C%u%u;%u;BF;E01;2026-01-01;2026-12-31;;adult;;%s\n",
	    cover, nth, nth + 1, covers[(cover + changed) & 3]);
}

int main(int argc, char **argv)
{
	static char room[1 << 20];
	uint64_t members, edition;

	if (argc != 3) {
		(void)fprintf(stderr, "usage: bench-book MEMBERS EDITION\n");
		return 2;
	}
	members = strtoull(argv[1], NULL, 10);
	edition = strtoull(argv[2], NULL, 10);
	(void)setvbuf(stdout, room, _IOFBF, sizeof(room));
	(void)puts("ref;nir;birth;rank;member;cards;contract;order;convention;"
	    "csr;from;to;closed;age_class;age_change;domains");
	for (uint64_t i = 0; i < members; i++) {
		line(i, 0, edition);
		if (i % 10 == 0)
			line(i, 1, edition);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
