import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runPnpm } from '@countersign/stack/run-pnpm'
import type { Bench } from '../bench.ts'
import { ROOT } from '../process/paths.ts'
import { inWorkspace } from '../process/workspace.ts'

const APPS = ['auth-server', 'resource-server'] as const

/** What each server's image adds to its base image: the folder of `pnpm deploy`, made as in the Dockerfiles. */
export function describeDeployments(bench: Bench): Promise<void> {
  return inWorkspace(async (workspace) => {
    const rows = APPS.map((app) => {
      bench.progress(`deploying ${app}`)
      const folder = workspace.path(app)
      const args = [`--filter=@countersign/${app}`, 'deploy', '--prod', '--legacy', folder]
      const { status, stdout, stderr } = runPnpm(args, ROOT)
      if (status !== 0) throw new Error(`${app} cannot be deployed: ${stdout}${stderr}`)
      const cells = {
        size: bytesOf(folder) / 1e6,
        own: bytesOf(join(folder, 'dist')) / 1e6,
        count: countPackages(folder),
      }
      return { title: app, kind: 'ours' as const, cells }
    })
    bench.keep({
      title: 'Deployed',
      note: 'The folder that `pnpm deploy --prod` makes and the image adds to its base, and the packages in it that are not ours.',
      columns: [
        { key: 'size', title: 'size, MB', digits: 1 },
        { key: 'own', title: 'of it our code, MB', digits: 2 },
        { key: 'count', title: 'production dependencies', digits: 0 },
      ],
      rows,
    })
  })
}

function bytesOf(path: string): number {
  const entry = lstatSync(path)
  if (!entry.isDirectory()) return entry.size
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0)
}

/** Each package has its own folder in pnpm's store within the deployment. */
function countPackages(folder: string): number {
  const names = readdirSync(join(folder, 'node_modules/.pnpm'), { withFileTypes: true })
  return names.filter(
    (one) => one.isDirectory() && one.name !== 'node_modules' && !one.name.startsWith('@countersign'),
  ).length
}
