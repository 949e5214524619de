/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int cmd_scope(int argc, char **argv);
