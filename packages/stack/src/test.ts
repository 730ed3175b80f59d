import { spawn } from 'node:child_process'
import { installFolder } from './run-pnpm.ts'
import { ROOT, TEST_TOOLS, TURBO, turboEnvironment } from './turbo.ts'

/** What `pnpm test` runs: all checks and tests, each as soon as what it needs is built. */
installFolder(TEST_TOOLS)
const tasks = ['build', 'style', 'check', 'test']
const child = spawn(process.execPath, [TURBO, 'run', ...tasks, '--concurrency=2', '--continue'], {
  cwd: ROOT,
  env: turboEnvironment(),
  stdio: 'inherit',
})
// The terminal's Ctrl-C reaches turbo as well, which ends what it has started. This process ends when turbo does.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
child.once('exit', (code) => {
  process.exitCode = code ?? 1
})
