/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* `ecluse data altered`: priced lines that other rules price otherwise. */
int data_altered(int argc, char **argv);
