import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'

/**
 * What `pnpm start` runs first: builds both servers, in one line. What the builder says is kept, and printed only when it
 * has failed. Only of `node:` modules, because nothing is built yet.
 */
const root = resolve(import.meta.dirname, '../../..')
const start = performance.now()
const { code, output } = await runTurbo(['run', 'build', '--output-logs=errors-only'])

if (code === 0) {
  process.stdout.write(`Built in ${((performance.now() - start) / 1000).toFixed(1)} s.\n`)
} else {
  process.stderr.write(`${output}The build failed: the reason is above.\n`)
  process.exitCode = 1
}

function runTurbo(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [join(root, 'node_modules/turbo/bin/turbo'), ...args], {
      cwd: root,
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    child.once('error', (error) => done({ code: null, output: `${error.message}\n` }))
    child.once('close', (code) => done({ code, output }))
  })
}
