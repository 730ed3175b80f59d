import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Database, type DatabaseLocation, openDatabase } from '../../src/storage/database.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

export const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')

/** Where the command line keeps compiled code; told from outside, its first file is read from there as well. */
const NODE_COMPILE_CACHE = join(import.meta.dirname, '../../node_modules/.cache/auth')

/** What the test server encrypts its keys with. */
export const KEY_ENCRYPTION_SECRET = Buffer.alloc(32).toString('base64url')

/** How a command ended and what it said. */
export interface Ending {
  readonly code: number | null
  readonly stdout: string
  /** Without the lines of the log. */
  readonly stderr: string
}

export interface RunOptions {
  readonly input?: string
  readonly env?: Record<string, string>
}

/** A database file of the test's own, and the command line on it. */
export interface TestCli {
  readonly folder: string
  readonly path: string
  readonly db: Database
  /** Runs one command as a process. */
  readonly auth: (args: readonly string[], options?: RunOptions) => Promise<Ending>
  /** The same with `--json`; throws what it says on standard error when it fails. */
  readonly json: (args: readonly string[], options?: RunOptions) => Promise<unknown>
}

/** Makes an empty database, migrated, and the command line on it. All gone when the test ends. */
export async function openCli(): Promise<TestCli> {
  const folder = temporaryFolder()
  const path = join(folder, 'auth.db')
  const db = openDatabase({ kind: 'sqlite', path })
  await migrate(db)
  onTestFinished(() => db.destroy())

  const auth: TestCli['auth'] = (args, options = {}) =>
    runAuth(args, { ...options, env: { AUTH_DATABASE_URL: `sqlite:${path}`, ...options.env } })
  return {
    folder,
    path,
    db,
    auth,
    json: async (args, options) => {
      const ending = await auth([...args, '--json'], options)
      if (ending.code !== 0) throw new Error(`exit ${ending.code}: ${ending.stderr}`)
      return JSON.parse(ending.stdout)
    },
  }
}

/** Runs `auth` with these arguments as a process; whatever the machine's own settings are, they are not read. */
export function runAuth(args: readonly string[], { input = '', env = {} }: RunOptions = {}): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=countersign-source', MAIN, ...args], {
      env: {
        NODE_COMPILE_CACHE,
        AUTH_KEY_ENCRYPTION_SECRET: KEY_ENCRYPTION_SECRET,
        AUTH_PASSWORD_COST: '4',
        ...env,
      },
    })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    // A command that refuses before it reads closes its end: that is not this test's failure.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr: withoutLogs(stderr) }))
  })
}

/** What is said to a person: lines of the log stand between it where nobody looks on. */
export function withoutLogs(stderr: string): string {
  return stderr.replace(/^\{.*\n/gm, '')
}

/** A refusal: exit 1, nothing on standard output, this sentence on standard error. */
export function refused(sentence: string): Ending {
  return { code: 1, stdout: '', stderr: `${sentence}\n` }
}

/** The setting that names a database. */
export function urlOf(location: DatabaseLocation): string {
  if (location.kind !== 'postgres')
    return location.kind === 'memory' ? 'sqlite::memory:' : `sqlite:${location.path}`
  const { user, password = '', host, port, database } = location
  return `postgres://${user}:${password}@${encodeURIComponent(host)}:${port}/${database}`
}
