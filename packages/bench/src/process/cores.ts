import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** The cores of the candidates and of the load, as `taskset` names them; `undefined` where processes cannot be pinned. */
export interface Cores {
  readonly server: string | undefined
  readonly load: string | undefined
}

/** One core for the measured program and another one for the load, where there are two cores and `taskset`. */
export function planCores(): Cores {
  const pinnable = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0
  return pinnable ? { server: '0', load: '1' } : { server: undefined, load: undefined }
}

/** The command line that runs a program on these cores. */
export function pinned(
  command: string,
  args: readonly string[],
  cores: string | undefined,
): readonly [command: string, args: readonly string[]] {
  return cores === undefined ? [command, args] : ['taskset', ['-c', cores, command, ...args]]
}
