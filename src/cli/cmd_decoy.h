/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int cmd_decoy(int argc, char **argv);
