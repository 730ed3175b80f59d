/** The flags of `node` for each built server. The images use the same ones. Decisions 11 and 34 explain why. */
export const NODE_FLAGS: Readonly<Record<'auth-server' | 'resource-server', readonly string[]>> = {
  'auth-server': ['--max-semi-space-size=8'],
  'resource-server': ['--max-semi-space-size=8', '--liftoff-only'],
}
