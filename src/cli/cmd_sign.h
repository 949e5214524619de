/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int cmd_sign(int argc, char **argv);
