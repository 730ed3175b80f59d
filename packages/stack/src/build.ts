import { runQuietly } from './run-quietly.ts'
import { ROOT, TURBO, turboEnvironment } from './turbo.ts'

/**
 * What `pnpm start` runs first: builds both servers and reports it in one line. The output of turbo is printed only when
 * the build fails. Imports only `node:` modules, because nothing is built yet.
 */
const start = performance.now()
const { code, output } = await runQuietly([TURBO, 'run', 'build', '--output-logs=errors-only'], {
  cwd: ROOT,
  env: turboEnvironment(),
})

if (code === 0) {
  process.stdout.write(`Built in ${((performance.now() - start) / 1000).toFixed(1)} s.\n`)
} else {
  process.stderr.write(`${output}The build failed: the reason is above.\n`)
  process.exitCode = 1
}
