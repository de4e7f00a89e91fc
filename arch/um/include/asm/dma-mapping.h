/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __ASM_UM_DMA_MAPPING_H
#define __ASM_UM_DMA_MAPPING_H

#ifdef CONFIG_UML_DMA_TEST
/* NULL unless the test layer is switched on, which means dma-direct */
extern const struct dma_map_ops *um_dma_test_ops;
#else
#define um_dma_test_ops NULL
#endif

static inline const struct dma_map_ops *get_arch_dma_ops(void)
{
	return um_dma_test_ops;
}

#endif /* __ASM_UM_DMA_MAPPING_H */
