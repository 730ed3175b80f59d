import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Which cores the candidates and the load run on, as `taskset` names them; `undefined` where nothing can be pinned. */
export interface Cores {
  readonly server: string | undefined
  readonly load: string | undefined
}

/** One core for whoever is measured and another for the load, where there are two and `taskset` to keep them apart. */
export function planCores(): Cores {
  const pinnable = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0
  return pinnable ? { server: '0', load: '1' } : { server: undefined, load: undefined }
}

/** The command line that runs `node` on these cores. */
export function nodeCommand(
  args: readonly string[],
  cores: string | undefined,
): readonly [command: string, args: readonly string[]] {
  const node = process.execPath
  return cores === undefined ? [node, args] : ['taskset', ['-c', cores, node, ...args]]
}
