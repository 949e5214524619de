/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every question has, whatever it is about: who asks, which mutuelle is
 * asked, who is meant. As element.h: false after the fault is written.
 */
#pragma once
#include "fhir/element.h"
#include "fhir/request.h"

/* FHIR wants it; when the question was made is the signature's to say. */
bool asker_created(const struct element_reading *r);
bool asker_insurer(
    const struct element_reading *r, struct fhir_question *q);
bool asker_site(const struct element_reading *r, struct fhir_question *q);
bool asker_rpps(const struct element_reading *r, struct fhir_question *q);
bool asker_person(const struct element_reading *r, struct fhir_question *q);
/* Why the text could not be read at all. */
enum fhir_fault_kind asker_no_json(enum err e);
