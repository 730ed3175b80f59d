#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Loading code takes half the time of a short command. The cache is beside the code: whoever can write there can change
// the code itself.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/auth'))

process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  // A reader such as `head` that closes the pipe early is not an error. The command still finishes as usual.
  if (code === 'EPIPE') return
  process.stderr.write(`Standard output cannot be written (${code}): what the command did is done.\n`)
  process.exitCode = 1
})
// Nobody reads standard error any more, so nothing can be reported.
process.stderr.on('error', () => {})

const { run } = await import('./run.ts')
const code = await run(process.argv.slice(2), {
  env: process.env,
  version: () => JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')).version,
  input: process.stdin,
  print: (text) => process.stdout.write(text),
  note: (text) => process.stderr.write(text),
  ...(!process.stderr.isTTY && { log: (line: string) => process.stderr.write(line) }),
  progress: (line) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${line}`),
})
process.exitCode ||= code
