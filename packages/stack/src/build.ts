import { join, resolve } from 'node:path'
import { runQuietly } from './run-quietly.ts'

/**
 * What `pnpm start` runs first: builds both servers, in one line. What turbo says is printed only when it has failed. Only
 * of `node:` modules, because nothing is built yet.
 */
const root = resolve(import.meta.dirname, '../../..')
const start = performance.now()
const { code, output } = await runQuietly(
  [join(root, 'node_modules/turbo/bin/turbo'), 'run', 'build', '--output-logs=errors-only'],
  { cwd: root, env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' } },
)

if (code === 0) {
  process.stdout.write(`Built in ${((performance.now() - start) / 1000).toFixed(1)} s.\n`)
} else {
  process.stderr.write(`${output}The build failed: the reason is above.\n`)
  process.exitCode = 1
}
