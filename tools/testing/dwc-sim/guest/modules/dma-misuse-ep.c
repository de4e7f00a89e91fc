// SPDX-License-Identifier: GPL-2.0
/* The kernel's pci-epf-test with a mistake: see dma-misuse.h. */
#include "dma-misuse.h"
#include <../drivers/pci/endpoint/functions/pci-epf-test.c>
