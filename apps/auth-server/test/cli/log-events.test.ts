import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { insertAuthorization } from '../../src/domain/authorizations/authorization-store.ts'
import { saveClient } from '../../src/domain/clients/client-store.ts'
import { saveResource } from '../../src/domain/resources/resource-store.ts'
import { insertUser } from '../../src/domain/users/user-store.ts'
import { anAuthorization, aResource, aUser } from '../support/records.ts'
import { aConfidentialClient } from '../support/rows.ts'
import { AUDIENCE } from '../support/test-server.ts'
import { KEY_ENCRYPTION_SECRET, MAIN, openCli } from './support.ts'
import { runInProcess } from './support-in-process.ts'

const ORIGIN = { now: 1, demo: 0 } as const
const APP = { clientId: 'app' }
const ALICE = { sub: 'usr_alice' }

it('writes what a command has changed as lines of the log, on standard error and without names of users', async () => {
  const { db, path } = await openCli()
  await saveResource(db, aResource({ scope: ['profile', 'email'] }), { demo: 0 })
  await saveClient(db, aConfidentialClient({ scope: ['profile', 'email'] }), ORIGIN)
  await insertUser(db, aUser(), ORIGIN)
  await insertAuthorization(db, anAuthorization({ scope: ['email'] }), 1)
  const env = { AUTH_DATABASE_URL: `sqlite:${path}`, AUTH_KEY_ENCRYPTION_SECRET: KEY_ENCRYPTION_SECRET }

  const lines: unknown[] = []
  for (const args of [
    ['users', 'show', 'alice'],
    ['users', 'set', 'alice', '--name', 'carol'],
    ['users', 'sign-out', 'carol'],
    ['users', 'disable', 'carol'],
    ['users', 'enable', 'carol'],
    ['users', 'delete', 'carol'],
    ['clients', 'set', 'app', '--scope', 'profile'],
    ['clients', 'rotate-secret', 'app'],
    ['clients', 'sign-out', 'app'],
    ['clients', 'disable', 'app'],
    ['clients', 'enable', 'app'],
    ['clients', 'delete', 'app'],
    ['clients', 'add', 'web'],
    ['resources', 'set', AUDIENCE, '--scope', ''],
    ['resources', 'add', AUDIENCE, '--scope', 'profile'],
    ['resources', 'delete', AUDIENCE],
  ]) {
    const log = (line: string) => lines.push(JSON.parse(line))
    expect(await runInProcess(args, { env, log })).toMatchObject({ code: 0 })
  }

  const ended = (authorizationsRevoked: number) => ({ authorizationsRevoked })
  expect(lines).toEqual(
    [
      { event: 'user_changed', ...ALICE },
      { event: 'user_signed_out', ...ALICE, ...ended(1) },
      { event: 'user_disabled', ...ALICE, ...ended(0) },
      { event: 'user_enabled', ...ALICE },
      { event: 'user_deleted', ...ALICE, ...ended(0) },
      { event: 'client_changed', ...APP, ...ended(0) },
      { event: 'client_secret_rotated', ...APP },
      { event: 'client_signed_out', ...APP, ...ended(0) },
      { event: 'client_disabled', ...APP, ...ended(0) },
      { event: 'client_enabled', ...APP },
      { event: 'client_deleted', ...APP, ...ended(0) },
      { event: 'client_added', clientId: 'web' },
      { event: 'resource_changed', audience: AUDIENCE, ...ended(0) },
      { event: 'resource_changed', audience: AUDIENCE },
      { event: 'resource_deleted', audience: AUDIENCE, ...ended(0) },
    ].map((line) => ({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      name: 'auth-server',
      actor: 'cli',
      ...line,
      msg: line.event,
    })),
  )
  expect(JSON.stringify(lines)).not.toContain('carol')
})

it('keeps them from standard output, which holds the result and nothing else', async () => {
  const { path } = await openCli()
  const env = { AUTH_DATABASE_URL: `sqlite:${path}`, AUTH_KEY_ENCRYPTION_SECRET: KEY_ENCRYPTION_SECRET }
  const args = ['--conditions=countersign-source', MAIN, 'clients', 'add', 'web', '--json']

  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env })

  expect(JSON.parse(stdout)).toMatchObject({ client_id: 'web' })
  expect(stderr).toMatch(/^\{"level":"info",.*"actor":"cli","event":"client_added","clientId":"web",.*\}\n/)
})
