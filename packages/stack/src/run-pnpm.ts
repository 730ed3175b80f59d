import { type SpawnSyncReturns, spawnSync } from 'node:child_process'

/** Runs pnpm in a folder and captures its output. */
export function runPnpm(args: readonly string[], cwd: string): SpawnSyncReturns<string> {
  const [command, before] = findPnpm()
  return spawnSync(command, [...before, ...args], { cwd, encoding: 'utf8' })
}

/**
 * Installs a folder outside of the workspace from its own lock file, with visible output. Uses no network when everything
 * is installed.
 */
export function installFolder(folder: string): void {
  const [command, before] = findPnpm()
  const args = [...before, 'install', '--frozen-lockfile']
  const { status, error } = spawnSync(command, args, { cwd: folder, stdio: 'inherit' })
  if (status !== 0) throw new Error(`${folder} cannot be installed`, { cause: error })
}

/** The pnpm that runs us, or else the one on the path: a program and the arguments before its own. */
function findPnpm(): readonly [command: string, before: readonly string[]] {
  const pnpm = process.env.npm_execpath
  if (pnpm === undefined) return ['pnpm', []]
  // Older versions of pnpm are a JavaScript file; newer ones are a program.
  return /\.[cm]?js$/.test(pnpm) ? [process.execPath, [pnpm]] : [pnpm, []]
}
