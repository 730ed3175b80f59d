import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readBootstrapFile } from '../../src/bootstrap/bootstrap-file.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { openUntilFinished } from '../support/databases.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type Ending, KEY_ENCRYPTION_SECRET } from './support.ts'
import { runInProcess } from './support-in-process.ts'

/** What stands where a file should, or nothing can. */
const PLACES: Readonly<Record<string, (folder: string) => string | Promise<string>>> = {
  nothing: (folder) => join(folder, 'nowhere'),
  'a folder': (folder) => folder,
  'something below a file': (folder) => {
    writeFileSync(join(folder, 'file'), '')
    return join(folder, 'file', 'below')
  },
  'something below /proc': () => '/proc/nothing/file',
  'a pipe': (folder) => {
    execFileSync('mkfifo', [join(folder, 'pipe')])
    return join(folder, 'pipe')
  },
  'a socket': async (folder) => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve))
    onTestFinished(() => void server.close())
    return join(folder, 'socket')
  },
  'a device without an end': () => '/dev/zero',
  'a link to itself': (folder) => {
    symlinkSync('loop', join(folder, 'loop'))
    return join(folder, 'loop')
  },
  'a name that is too long': (folder) => join(folder, 'x'.repeat(300)),
}

/** Every setting and option that names a file, the command that reads or writes it, and how a refusal names it. */
const NAMED: Readonly<Record<string, (path: string) => Promise<Ending>>> = {
  AUTH_DATABASE_URL: (path) =>
    runInProcess(['users', 'list'], { env: { AUTH_DATABASE_URL: `sqlite:${path}` } }),
  sslrootcert: (path) =>
    runInProcess(['users', 'list'], {
      env: {
        AUTH_DATABASE_URL: `postgres://auth@localhost:9/auth?sslmode=verify-full&sslrootcert=${encodeURIComponent(path)}`,
      },
    }),
  AUTH_DATABASE_URL_FILE: (path) =>
    runInProcess(['users', 'list'], { env: { AUTH_DATABASE_URL: '', AUTH_DATABASE_URL_FILE: path } }),
  AUTH_KEY_ENCRYPTION_SECRET_FILE: (path) =>
    runInProcess(['users', 'list'], {
      env: { AUTH_KEY_ENCRYPTION_SECRET: '', AUTH_KEY_ENCRYPTION_SECRET_FILE: path },
    }),
  'file of --jwks': (path) => runInProcess(['clients', 'add', 'web', '--jwks', path]),
  'db backup': (path) => runInProcess(['db', 'backup', path]),
}

/** Exit 1, and sentences without a stack in which the setting is named. */
function expectRefusal({ code, stdout, stderr }: Ending, name: string): void {
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  if (name !== 'db backup') expect(stderr).toContain(name)
  expect(stderr).toMatch(/^(?:[A-Z][^\n]*[.?]|The settings do not fit:(?:\n {2}- [A-Z][^\n]*\.)+)\n$/)
}

const CASES = Object.keys(NAMED).flatMap((name) => Object.keys(PLACES).map((place) => ({ name, place })))

describe.runIf(process.platform === 'linux')('a path that cannot be', () => {
  it.each(CASES.filter(({ name, place }) => name !== 'db backup' || place !== 'nothing'))(
    'is refused with its name: $name is $place',
    async ({ name, place }) => {
      expectRefusal(await NAMED[name]!(await PLACES[place]!(temporaryFolder())), name)
    },
  )

  it.each(Object.keys(PLACES))('is refused with its name: AUTH_BOOTSTRAP_FILE is %s', async (place) => {
    const path = await PLACES[place]!(temporaryFolder())

    expect(() => readBootstrapFile(path, { root: '/', env: {} })).toThrow(
      /^The settings do not fit:\n {2}- AUTH_BOOTSTRAP_FILE(?:=\S+ is a pipe or a device: name a file| names a file that cannot be read \(E[A-Z]+\))\.$/,
    )
  })

  it.each(Object.keys(PLACES).filter((place) => place !== 'nothing'))(
    'is refused with its name: the secret beside the database is %s',
    async (place) => {
      const path = join(temporaryFolder(), 'auth.db')
      await migrate(openUntilFinished({ kind: 'sqlite', path }))
      symlinkSync(await PLACES[place]!(temporaryFolder()), `${path}.secret`)

      const ending = await runInProcess(['keys', 'rotate'], {
        env: { AUTH_DATABASE_URL: `sqlite:${path}`, AUTH_KEY_ENCRYPTION_SECRET: '' },
      })

      expectRefusal(ending, `${path}.secret`)
    },
  )
})

describe.runIf(process.getuid?.() === 0)('a path that this user may not use', () => {
  /** As nobody, who may do what they may; root may do everything. */
  async function asNobody(work: () => Promise<Ending>): Promise<Ending> {
    process.seteuid?.(65_534)
    try {
      return await work()
    } finally {
      process.seteuid?.(0)
    }
  }

  it.each(Object.keys(NAMED))('is refused with its name: %s in a closed folder', async (name) => {
    const folder = join(temporaryFolder(), 'closed')
    mkdirSync(folder, { mode: 0o700 })
    const path = join(folder, 'file')
    if (name !== 'db backup') writeFileSync(path, KEY_ENCRYPTION_SECRET)
    chmodSync(folder, 0o700)
    // What is loaded late is loaded now: nobody may not read our sources either.
    await NAMED[name]!('/nowhere')

    expectRefusal(await asNobody(() => NAMED[name]!(path)), name)
  })
})
