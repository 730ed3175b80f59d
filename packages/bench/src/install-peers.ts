import { spawnSync } from 'node:child_process'
import { PEERS } from './process/places.ts'

/**
 * Installs the peers into their own folder, from their own lock file: nobody else needs them. With the pnpm that runs us,
 * or the one on the path.
 */
export function installPeers(say: (text: string) => void): void {
  say('installing the peers')
  const args = ['install', '--frozen-lockfile', '--reporter=silent']
  const { status, stderr } = runPnpm(args, PEERS)
  if (status !== 0) throw new Error(`the peers cannot be installed: ${stderr}`)
}

/** Runs pnpm in a folder. */
export function runPnpm(args: readonly string[], cwd: string) {
  const pnpm = process.env.npm_execpath
  // A JavaScript file in older versions of pnpm, a program of its own in newer ones.
  const [command, before] =
    pnpm === undefined ? ['pnpm', []] : /\.[cm]?js$/.test(pnpm) ? [process.execPath, [pnpm]] : [pnpm, []]
  return spawnSync(command, [...before, ...args], { cwd, encoding: 'utf8' })
}
