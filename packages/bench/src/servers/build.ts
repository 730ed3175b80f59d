import { join, resolve } from 'node:path'
import { NODE_FLAGS } from '@countersign/stack/node-flags'
import { ROOT } from '../process/paths.ts'

/** A checkout of this repository with built servers, and the flags of `node` for each of them. */
export interface Build {
  readonly root: string
  readonly nodeFlags: Readonly<Record<'auth-server' | 'resource-server', readonly string[]>>
}

/** The servers of this checkout, as `pnpm start` runs them. */
export const THIS_BUILD: Build = { root: ROOT, nodeFlags: NODE_FLAGS }

/**
 * What this checkout is compared with: the checkout in the folder `BENCH_BASELINE`, this one when there is none, with the
 * flags in `BENCH_BASELINE_FLAGS`, or with its own. `undefined` when neither is set.
 */
export async function readBaseline(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Build | undefined> {
  const { BENCH_BASELINE: folder, BENCH_BASELINE_FLAGS: text } = env
  if (folder === undefined && text === undefined) return undefined
  const root = folder ? resolve(ROOT, folder) : ROOT
  if (text === undefined) return { root, nodeFlags: await flagsOf(root) }
  const flags = text.split(' ').filter((flag) => flag !== '')
  return { root, nodeFlags: { 'auth-server': flags, 'resource-server': flags } }
}

async function flagsOf(root: string): Promise<Build['nodeFlags']> {
  const module = (await import(join(root, 'packages/stack/src/node-flags.ts'))) as {
    readonly NODE_FLAGS: Build['nodeFlags']
  }
  return module.NODE_FLAGS
}

/** The main program of a server of a build. */
export function mainOf({ root }: Build, app: 'auth-server' | 'resource-server'): string {
  return join(root, 'apps', app, 'dist/main.js')
}
