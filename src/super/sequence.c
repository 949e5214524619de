/* SPDX-License-Identifier: Apache-2.0 */
#include "super/sequence.h"

/* The keeper writes its last entry and a snapshot, nginx and gate answer what
 * waits. */
static const struct sequence table[CHILDREN_KINDS] = {
    [CHILDREN_KEEPER] = {SEQUENCE_FIRST, 30000, true},
    [CHILDREN_GATE] = {SEQUENCE_CHANNEL, 8000, true},
    [CHILDREN_VAULT] = {SEQUENCE_CHANNEL, 10000, true},
    [CHILDREN_NGINX] = {SEQUENCE_READY, 10000, false},
};

static const enum children_kind ends[CHILDREN_KINDS] = {
    CHILDREN_NGINX, CHILDREN_GATE, CHILDREN_KEEPER, CHILDREN_VAULT};

const struct sequence *sequence_of(enum children_kind kind)
{
	return &table[kind];
}

enum children_kind sequence_end(size_t nth)
{
	return nth < CHILDREN_KINDS ? ends[nth] : CHILDREN_KINDS;
}
