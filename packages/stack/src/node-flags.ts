/** What `node` is told before the name of a built server; the images tell it the same. Decision 11 says why. */
export const NODE_FLAGS: Readonly<Record<'auth-server' | 'resource-server', readonly string[]>> = {
  'auth-server': ['--max-semi-space-size=4'],
  'resource-server': ['--max-semi-space-size=4', '--liftoff-only'],
}
