/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The person of a question: the contained Patient and Coverage. Names,
 * addresses and everything else in them stay unread.
 */
#pragma once
#include "fhir/element.h"
#include "fhir/request.h"

/* Birth date, or the extension for a lunar one. at: the Patient. */
bool person_patient(const struct element_reading *r, uint16_t at,
    struct fhir_question *q);
/*
 * Member number, NIR of the opening insured, rank, card, convention and CSR,
 * and that beneficiary and payor are the question's. at: the Coverage;
 * patient: the question's reference to its Patient; q->amc is filled.
 */
bool person_coverage(const struct element_reading *r, uint16_t at,
    const char *patient, struct fhir_question *q);
/* Is the person named? Drops traits that are not whole. */
bool person_named(const struct element_reading *r, struct fhir_question *q);
/* The AMC number of the Identifier at, padded to 10 digits. */
bool person_amc(const struct element_reading *r, uint16_t at,
    char ret[static FHIR_AMC + 1]);
