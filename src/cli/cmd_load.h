/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int cmd_load(int argc, char **argv);
