#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Half of what a short command takes is reading code. Kept beside the code: whoever may write there may change the code itself.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/auth'))

process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  // A reader like `head` that has seen enough is no error; the command still ends as it would have.
  if (code === 'EPIPE') return
  process.stderr.write(`Standard output cannot be written (${code}): what the command did is done.\n`)
  process.exitCode = 1
})
// There is nobody left to tell.
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
