import type { Group } from '../bench.ts'

/** To come. */
export const footprintGroup: Group = { name: 'footprint', title: '', run: async () => {} }
