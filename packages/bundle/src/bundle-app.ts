import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { noticesOf } from './notices.ts'

export interface AppBundle {
  /** The app: where its `package.json` is, and where `dist` goes. */
  readonly folder: string
  /** What is run by name, in `dist` and without `.js`, and the source it begins with. */
  readonly entries: Readonly<Record<string, string>>
  /** Packages that stay packages beside `dist`: found by their path, or loaded only sometimes. */
  readonly external: readonly string[]
}

/**
 * Writes `dist`: the entries, the chunks they share, source maps, and the notices of whoever's code is in them. What
 * is external stays a package; everything else is taken in, our own packages from their sources.
 */
export async function bundleApp({ folder, entries, external }: AppBundle): Promise<void> {
  const bundle = await rolldown({
    cwd: folder,
    input: { ...entries },
    platform: 'node',
    external: (id) => external.some((name) => id === name || id.startsWith(`${name}/`)),
    resolve: { conditionNames: ['countersign-source', 'node', 'import', 'default'] },
    // An old helper of Koa's builds its wrappers by `eval`, of its own words only.
    checks: { eval: false },
  })
  const { output } = await bundle.write({
    dir: 'dist',
    format: 'esm',
    // All in one folder, so that a worker beside its caller is beside it here as well.
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    cleanDir: true,
    sourcemap: true,
    sourcemapExcludeSources: true,
  })
  await bundle.close()

  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
  writeFileSync(join(folder, 'dist/THIRD-PARTY.txt'), noticesOf(modules))
}
