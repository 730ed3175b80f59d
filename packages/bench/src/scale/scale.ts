import type { Group } from '../bench.ts'

/** To come. */
export const scaleGroup: Group = { name: 'scale', title: '', run: async () => {} }
