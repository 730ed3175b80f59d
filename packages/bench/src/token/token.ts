import type { Group } from '../bench.ts'

/** To come. */
export const tokenGroup: Group = { name: 'token', title: '', run: async () => {} }
