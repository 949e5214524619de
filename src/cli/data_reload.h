/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* `ecluse data reload`: a running instance reads its rules again. */
int data_reload(int argc, char **argv);
