/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int cmd_estimate(int argc, char **argv);
