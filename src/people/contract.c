/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "people/contract.h"

/*
 * Domain codes as on French cards (domain.md §2.4); levels: TM, the insured
 * part; BRn, n hundredths of the tariff, the mandatory part in; EURn, a sum.
 * The cheapest leaves out what many cheap contracts leave out.
 */
static const struct contract contracts[CONTRACT_COUNT] = {
    {"ECO",
     "PHAR=TM,MED=TM,RLAX=TM,AUXM=TM,SAGE=TM,EXTE=TM,HOSP=TM+PEC,DESO=TM",
     25},
    {"CONFORT",
     "PHAR=TM,MED=BR130,RLAX=BR100,AUXM=BR100,SAGE=BR100,EXTE=BR100,"
     "HOSP=BR150+PEC,DESO=BR100,DEPR=BR200+PEC,OPTI=BR200+PEC,"
     "AUDI=BR150+PEC,TRAN=TM,DIV=TM",
     45},
    {"INTEGRALE",
     "PHAR=BR100,MED=BR220,RLAX=BR150,AUXM=BR150,SAGE=BR150,EXTE=BR150,"
     "HOSP=BR300+PEC,DESO=BR150,DEPR=BR400+PEC,OPTI=EUR450+PEC,"
     "AUDI=EUR1200+PEC,TRAN=BR100,DIV=BR150",
     15},
    {"COLL-A",
     "PHAR=TM,MED=BR150,RLAX=BR100,AUXM=BR100,SAGE=BR100,EXTE=BR100,"
     "HOSP=BR200+PEC,DESO=BR125,DEPR=BR300+PEC,OPTI=EUR300+PEC,"
     "AUDI=EUR800+PEC,TRAN=TM,DIV=BR100",
     15},
};

const struct contract *contract_get(unsigned which)
{
	return &contracts[which % CONTRACT_COUNT];
}

const struct contract *contract_pick(struct random_seeded *r)
{
	uint64_t at = random_seeded_below(r, 100);
	unsigned i = 0;

	while (i < CONTRACT_COUNT - 1 && at >= contracts[i].share)
		at -= contracts[i++].share;
	return &contracts[i];
}

const struct contract *contract_other(
    const char *code, struct random_seeded *r)
{
	unsigned i = (unsigned)random_seeded_below(r, CONTRACT_COUNT);

	if (strcmp(contracts[i].code, code) == 0)
		i = (i + 1) % CONTRACT_COUNT;
	return &contracts[i];
}
