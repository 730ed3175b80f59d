/** The flags of `node` for each built server. The images use the same ones. Decision 11 explains why. */
export const NODE_FLAGS: Readonly<Record<'auth-server' | 'resource-server', readonly string[]>> = {
  'auth-server': ['--max-semi-space-size=4'],
  'resource-server': ['--max-semi-space-size=4', '--liftoff-only'],
}
