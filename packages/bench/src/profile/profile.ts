import type { Group } from '../bench.ts'

/** To come. */
export const profileGroup: Group = { name: 'profile', title: '', run: async () => {} }
