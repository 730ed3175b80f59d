import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { noticesOf } from './notices.ts'

export interface AppBundle {
  /** The folder of the app, with its `package.json` and `dist`. */
  readonly folder: string
  /** The programs that are run by name: each name in `dist`, without `.js`, and its source file. */
  readonly entries: Readonly<Record<string, string>>
  /** Packages that are not bundled, because they are found by their path or loaded only sometimes. */
  readonly external: readonly string[]
}

/**
 * Writes `dist`: the entries, the chunks they share, source maps, and the license notices of the bundled code. External
 * packages stay packages. Everything else is bundled; our own packages are bundled from their sources.
 */
export async function bundleApp({ folder, entries, external }: AppBundle): Promise<void> {
  const bundle = await rolldown({
    cwd: folder,
    input: { ...entries },
    platform: 'node',
    external: (id) => external.some((name) => id === name || id.startsWith(`${name}/`)),
    resolve: { conditionNames: ['countersign-source', 'node', 'import', 'default'] },
    // An old helper of Koa creates its wrappers with `eval`, and only from its own text.
    checks: { eval: false },
  })
  const { output } = await bundle.write({
    dir: 'dist',
    format: 'esm',
    // All files are in one folder, so that a worker that is beside its caller in the sources is beside it here too.
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
