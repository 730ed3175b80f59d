import { spawn } from 'node:child_process'

/** How a program ended, and all its output, in the order it came. */
export interface QuietRun {
  /** `null` when a signal ended the program or it did not start. */
  readonly code: number | null
  readonly output: string
}

/** Runs `node` with these arguments and captures its output. Never rejects. */
export function runQuietly(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<QuietRun> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    child.once('error', (error) => resolve({ code: null, output: `${error.message}\n` }))
    child.once('close', (code) => resolve({ code, output }))
  })
}
