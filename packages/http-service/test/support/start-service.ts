import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const SERVICE = join(import.meta.dirname, 'service.ts')

/** Starts the small service as a process of its own; it says its port first. */
export async function startService(...args: readonly string[]) {
  const child = spawn(process.execPath, ['--conditions=countersign-source', SERVICE, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output += chunk
  })
  while (!output.includes('\n')) await once(child.stdout, 'data')
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  return { child, exit, port: Number(/port (\d+)/.exec(output)?.[1]), output: () => output }
}
