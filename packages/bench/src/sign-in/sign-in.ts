import type { Group } from '../bench.ts'

/** To come. */
export const signInGroup: Group = { name: 'sign-in', title: '', run: async () => {} }
