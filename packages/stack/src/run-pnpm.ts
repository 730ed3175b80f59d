import { type SpawnSyncReturns, spawnSync } from 'node:child_process'

/** Runs pnpm in a folder, and keeps what it says. */
export function runPnpm(args: readonly string[], cwd: string): SpawnSyncReturns<string> {
  const [command, before] = findPnpm()
  return spawnSync(command, [...before, ...args], { cwd, encoding: 'utf8' })
}

/** Installs a folder outside of the workspace from its own lock file, aloud. Asks nobody when that is done already. */
export function installFolder(folder: string): void {
  const [command, before] = findPnpm()
  const args = [...before, 'install', '--frozen-lockfile']
  const { status, error } = spawnSync(command, args, { cwd: folder, stdio: 'inherit' })
  if (status !== 0) throw new Error(`${folder} cannot be installed`, { cause: error })
}

/** The pnpm that runs us, or the one on the path, as a program and what comes before its arguments. */
function findPnpm(): readonly [command: string, before: readonly string[]] {
  const pnpm = process.env.npm_execpath
  if (pnpm === undefined) return ['pnpm', []]
  // A JavaScript file in older versions of pnpm, a program of its own in newer ones.
  return /\.[cm]?js$/.test(pnpm) ? [process.execPath, [pnpm]] : [pnpm, []]
}
