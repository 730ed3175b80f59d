import { join, resolve } from 'node:path'

/** The root of the workspace, where turbo runs. */
export const ROOT: string = resolve(import.meta.dirname, '../../..')

/** The folder of large packages that only tests need. It is outside of the workspace and has its own lock file. */
export const TEST_TOOLS: string = join(ROOT, 'packages/test-tools')

/** The script that `node` runs to start turbo, independent of `PATH`. */
export const TURBO: string = join(ROOT, 'node_modules/turbo/bin/turbo')

/** Our environment variables, with turbo's telemetry and notices turned off. */
export function turboEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' }
}
