#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Half of what a short command takes is reading code. Kept beside the code: whoever may write there may change the code itself.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/auth'))
// A reader like `head` that has seen enough is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

const { run } = await import('./run.ts')
process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  input: process.stdin,
  print: (text) => process.stdout.write(text),
  note: (text) => process.stderr.write(text),
  progress: (line) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${line}`),
})
