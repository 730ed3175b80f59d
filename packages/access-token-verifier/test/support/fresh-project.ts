import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const PACKAGE = resolve(import.meta.dirname, '../..')
const NAME = '@countersign/access-token-verifier'

/** How long an installation may take on a busy machine, in milliseconds; only a failure takes that long. */
export const TIMEOUT_MS = 120_000

/** What a program wrote, and how it ended. */
export interface Ending {
  readonly code: number
  readonly output: string
}

/** A project outside the workspace that has installed the packed tarball, as a user would. */
export interface FreshProject {
  readonly folder: string
  /** Our manifest as it was installed. */
  readonly manifest: () => unknown
  /** Writes a file of the project. */
  readonly write: (name: string, content: string) => void
  /** Compiles these files, each on its own, with every check there is and none of the workspace's settings. */
  readonly compile: (...files: readonly string[]) => Promise<Ending>
  readonly remove: () => void
}

/** Packs this package as it is built, and installs that one tarball. */
export async function createFreshProject(): Promise<FreshProject> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-installed-'))
  const verifier = await pack(PACKAGE, folder)
  const write = (name: string, content: string) => writeFileSync(join(folder, name), content)

  write(
    'package.json',
    JSON.stringify({
      name: 'fresh',
      private: true,
      type: 'module',
      dependencies: {
        [NAME]: `file:${verifier}`,
        ...versionsOf(['@koa/router', '@types/koa', '@types/node', 'koa']),
      },
    }),
  )
  await run('pnpm', ['install', '--prefer-offline', '--ignore-scripts', '--no-frozen-lockfile'], {
    cwd: folder,
    env: { ...process.env, CI: 'true' },
  })

  return {
    folder,
    write,
    manifest: () => JSON.parse(readFileSync(join(folder, 'node_modules', NAME, 'package.json'), 'utf8')),
    compile: (...files) => compile(folder, files),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function pack(from: string, to: string): Promise<string> {
  const { stdout } = await run('pnpm', ['pack', '--json', '--pack-destination', to], { cwd: from })
  const { filename } = JSON.parse(stdout) as { filename: string }
  return resolve(to, filename)
}

/** The versions that the workspace has. */
function versionsOf(names: readonly string[]): Record<string, string> {
  const manifestOf = (name: string) =>
    readFileSync(join(PACKAGE, 'node_modules', name, 'package.json'), 'utf8')
  return Object.fromEntries(names.map((name) => [name, JSON.parse(manifestOf(name)).version]))
}

async function compile(folder: string, files: readonly string[]): Promise<Ending> {
  const compiler = join(PACKAGE, 'node_modules/.bin/tsc')
  const options = [
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--types',
    'node',
    '--noEmitOnError',
  ]
  try {
    const { stdout } = await run(compiler, [...options, ...files], { cwd: folder })
    return { code: 0, output: stdout }
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string }
    return { code, output: stdout }
  }
}
