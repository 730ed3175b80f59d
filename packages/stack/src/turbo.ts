import { join, resolve } from 'node:path'

/** The workspace, which turbo is told to work in. */
export const ROOT: string = resolve(import.meta.dirname, '../../..')

/** Outside of the workspace, with a lock file of its own: what only tests need and is large. */
export const TEST_TOOLS: string = join(ROOT, 'packages/test-tools')

/** What `node` is called with to run turbo, wherever the path for programs leads. */
export const TURBO: string = join(ROOT, 'node_modules/turbo/bin/turbo')

/** Our own variables, with which turbo tells nobody about us and us nothing about itself. */
export function turboEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' }
}
