/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int cmd_enrol(int argc, char **argv);
