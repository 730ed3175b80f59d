import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import type { Candidate } from '../measurement/compete.ts'
import type { Sample } from '../measurement/sample.ts'
import { runProgram } from '../process/program.ts'

/** A candidate that is not a server: a program of this folder that warms up, works for the given seconds and prints a sample. */
export function limitProgram(
  { cores, signal }: Bench,
  { name, file, args }: { readonly name: string; readonly file: string; readonly args: readonly string[] },
): Candidate {
  const runWindow = async () => {
    const options = { args: [join(import.meta.dirname, file), ...args], cores: cores.server }
    return (await runProgram(options, signal)) as Sample
  }
  return { name, kind: 'limit', start: async () => ({ runWindow }) }
}
