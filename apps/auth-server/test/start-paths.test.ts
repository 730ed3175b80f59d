import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readBootstrapFile } from '../src/bootstrap/bootstrap-file.ts'
import { warnOfServedDemo } from '../src/bootstrap/refuse-demo-in-public.ts'
import { secretBesideDatabase } from '../src/config/key-encryption-secret.ts'
import { saveClient } from '../src/domain/clients/client-store.ts'
import { openDatabase } from '../src/storage/database.ts'
import { StartRefused } from '../src/storage/errors.ts'
import { freshDatabase } from './support/databases.ts'
import { aClient } from './support/rows.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

function refusalOf(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

describe('a database that cannot be where its setting says', () => {
  const folder = temporaryFolder
  const belowFile = () => {
    const file = join(folder(), 'file')
    writeFileSync(file, '')
    return join(file, 'auth.db')
  }

  it.each<[string, () => string]>([
    ['below a file', belowFile],
    ['in folders below a file', () => join(belowFile(), 'deeper', 'auth.db')],
    // With a folder of its own to make, `mkdirSync` never returned.
    ['below /proc', () => '/proc/x/auth.db'],
    ['deep below /proc', () => '/proc/x/y/z/auth.db'],
  ])('%s is refused with the setting, with a secret of its own and without', (_where, pathOf) => {
    const path = pathOf()

    const secret = refusalOf(() => secretBesideDatabase({ kind: 'sqlite', path }))
    const database = refusalOf(() => openDatabase({ kind: 'sqlite', path }))

    for (const refusal of [secret, database]) {
      expect(refusal).toBeInstanceOf(StartRefused)
      expect((refusal as Error).message).toMatch(/^AUTH_DATABASE_URL: the file .+ cannot be (?:used|made)/)
    }
  })

  it('and a bootstrap file that is a folder are named', () => {
    const refusal = refusalOf(() =>
      readBootstrapFile(temporaryFolder(), { root: temporaryFolder(), env: {} }),
    )

    expect((refusal as Error).message).toBe(
      'The settings do not fit:\n  - AUTH_BOOTSTRAP_FILE names a file that cannot be read (EISDIR).',
    )
  })
})

describe('demo data', () => {
  it.each([
    ['0.0.0.0', 1],
    ['::', 1],
    ['192.0.2.7', 1],
    ['127.0.0.1', 0],
    ['::1', 0],
    ['localhost', 0],
  ])('served on %s is warned about %d times', async (host, times) => {
    const db = await freshDatabase('SQLite')
    await saveClient(db, aClient(), { now: 1, demo: 1 })
    const warnings: string[] = []

    await warnOfServedDemo(db, host, (sentence) => warnings.push(sentence))

    expect(warnings).toHaveLength(times)
    for (const warning of warnings) {
      expect(warning).toContain(
        `(client app), with a password everybody knows, and AUTH_HOST=${host} is not on`,
      )
    }
  })

  it('that is not there is not warned about', async () => {
    const warnings: string[] = []

    await warnOfServedDemo(await freshDatabase('SQLite'), '0.0.0.0', (sentence) => warnings.push(sentence))

    expect(warnings).toEqual([])
  })
})
