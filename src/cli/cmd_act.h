/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int cmd_act(int argc, char **argv);
