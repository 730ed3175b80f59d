import { Readable } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { run } from '../../src/cli/run.ts'
import { removeDisabledClient, saveClient } from '../../src/domain/clients/client-store.ts'
import { saveResource } from '../../src/domain/resources/resource-store.ts'
import { insertUser, listUsers, markUserDisabled } from '../../src/domain/users/user-store.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { DATABASES, type DatabaseKind, emptyDatabase, openUntilFinished } from '../support/databases.ts'
import { aResource, aUser } from '../support/records.ts'
import { runInto } from '../support/rivals.ts'
import { aConfidentialClient } from '../support/rows.ts'
import { AUDIENCE } from '../support/test-server.ts'
import { refused, urlOf } from './support.ts'
import { runInProcess } from './support-in-process.ts'

/** Alice, the client `app` and a resource, and how a command reaches them. */
async function withRows(kind: DatabaseKind) {
  const location = await emptyDatabase(kind)
  const db = openUntilFinished(location)
  await migrate(db)
  await saveResource(db, aResource(), { demo: 0 })
  await insertUser(db, aUser(), { now: 1, demo: 0 })
  await saveClient(db, aConfidentialClient(), { now: 1, demo: 0 })
  return { db, env: { AUTH_DATABASE_URL: urlOf(location) } }
}

const USER_IS_GONE = 'User alice was deleted at this very moment: nothing has been changed.'
const CLIENT_IS_GONE = 'Client app was deleted at this very moment: nothing has been changed.'

/** By what a command says that was too late even to find it. */
const NO_SUCH = /^There is no such (?:user|client|resource): [^\n]+\n$/

describe.each(DATABASES)('on %s, what is deleted at the very moment', (kind) => {
  it.each([
    [['users', 'set', 'alice', '--full-name', 'Alice L.'], USER_IS_GONE],
    [['users', 'set', 'alice', '--name', 'liddell'], USER_IS_GONE],
    [['users', 'set-password', 'alice'], USER_IS_GONE],
    [['users', 'disable', 'alice'], USER_IS_GONE],
    [['users', 'enable', 'alice'], USER_IS_GONE],
    [['users', 'unlock', 'alice'], USER_IS_GONE],
    [['clients', 'disable', 'app'], CLIENT_IS_GONE],
    [['clients', 'enable', 'app'], CLIENT_IS_GONE],
    [['clients', 'set', 'app', '--scope', ''], CLIENT_IS_GONE],
    [
      ['clients', 'rotate-secret', 'app'],
      'The secret of client app was changed at this very moment: look, and try again.',
    ],
    [['resources', 'set', AUDIENCE, '--token-type', 'JWT'], undefined],
  ])('is not said to be changed: %j', async (args, sentence) => {
    const { db, env } = await withRows(kind)

    const ending = await runInto(
      db,
      async (transaction) => {
        await transaction.deleteFrom('users').execute()
        await transaction.deleteFrom('clients').execute()
        await transaction.deleteFrom('resources').execute()
      },
      () => runInProcess(args, { env, input: 'another password' }),
    )

    expect({ ...ending, stderr: '' }).toEqual({ code: 1, stdout: '', stderr: '' })
    // On SQLite nothing tells that a command has read what it is about to change: some come too late to find it.
    if (ending.stderr !== `${sentence}\n`) expect(ending.stderr).toMatch(NO_SUCH)
    if (kind === 'PostgreSQL' && sentence !== undefined) expect(ending).toEqual(refused(sentence))
  })

  it('is not said to have a new password, however long somebody thinks about one', async () => {
    const { db, env } = await withRows(kind)
    const said = vi.fn()
    const events: string[] = []
    let input = new Readable()
    const reading = new Promise<void>((resolve) => {
      input = new Readable({ read: () => resolve() })
    })

    const code = run(['users', 'set-password', 'alice'], {
      env: {
        AUTH_PASSWORD_COST: '4',
        AUTH_KEY_ENCRYPTION_SECRET: Buffer.alloc(32).toString('base64url'),
        ...env,
      },
      input,
      print: said,
      note: said,
      log: (line) => events.push(line),
    })
    await reading
    await db.deleteFrom('users').execute()
    input.push('another password')
    input.push(null)

    expect(await code).toBe(1)
    expect(said.mock.calls).toEqual([[`${USER_IS_GONE}\n`]])
    expect(events).toEqual([])
  })

  it('is told apart from what is there by every store', async () => {
    const { db } = await withRows(kind)

    expect(await markUserDisabled(db, 'usr_alice', 5)).toBe(true)
    expect(await markUserDisabled(db, 'usr_alice', 9)).toBe(true)
    expect(await markUserDisabled(db, 'usr_nobody', 9)).toBe(false)
    expect(await removeDisabledClient(db, 'app')).toBe(false)
    expect(await listUsers(db)).toHaveLength(1)
    expect(await db.selectFrom('users').select('disabled_at').execute()).toEqual([{ disabled_at: 5 }])
  })
})
