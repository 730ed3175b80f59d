import { describe, expect, it } from 'vitest'
import { insertAuthorization } from '../../src/domain/authorizations/authorization-store.ts'
import { findClient, saveClient } from '../../src/domain/clients/client-store.ts'
import { findResources, saveResource } from '../../src/domain/resources/resource-store.ts'
import { anAuthorization, aResource } from '../support/records.ts'
import { aClient } from '../support/rows.ts'
import { AUDIENCE } from '../support/test-server.ts'
import { type Ending, openCli, refused } from './support.ts'
import { runInProcess } from './support-in-process.ts'

async function open() {
  const { db, path } = await openCli()
  const auth = (args: readonly string[]): Promise<Ending> =>
    runInProcess(args, { env: { AUTH_DATABASE_URL: `sqlite:${path}` } })
  return { db, auth }
}

const ALL = [
  ...['--name', 'Häuser & Söhne', '--logo-uri', 'https://app.example.com/logo.svg'],
  ...['--redirect-uri', 'https://app.example.com/cb', '--redirect-uri', 'http://127.0.0.1/cb'],
  ...['--post-logout-redirect-uri', 'https://app.example.com/'],
  ...['--backchannel-logout-uri', 'https://app.example.com/logout', '--first-party'],
]
const SIGN_IN = {
  name: 'Häuser & Söhne',
  logoUri: 'https://app.example.com/logo.svg',
  redirectUris: ['https://app.example.com/cb', 'http://127.0.0.1/cb'],
  postLogoutRedirectUris: ['https://app.example.com/'],
  backchannelLogoutUri: 'https://app.example.com/logout',
  firstParty: true,
}
const SCHEMES =
  'must be https, or http on a loopback address, or have a scheme of its own with a dot, like com.example.app'

describe('auth clients add', () => {
  it('takes what signing in needs, and shows it', async () => {
    const { auth, db } = await open()

    const added = await auth(['clients', 'add', 'app', '--public', ...ALL, '--json'])
    const { stdout } = await auth(['clients', 'show', 'app'])

    expect(JSON.parse(added.stdout)).toMatchObject({
      client_name: 'Häuser & Söhne',
      logo_uri: 'https://app.example.com/logo.svg',
      redirect_uris: ['https://app.example.com/cb', 'http://127.0.0.1/cb'],
      post_logout_redirect_uris: ['https://app.example.com/'],
      backchannel_logout_uri: 'https://app.example.com/logout',
      first_party: true,
    })
    expect(await findClient(db, 'app')).toMatchObject(SIGN_IN)
    expect(stdout).toMatch(/^name +Häuser & Söhne$/m)
    expect(stdout).toMatch(/^redirect URI +http:\/\/127\.0\.0\.1\/cb$/m)
    expect(stdout).toMatch(/^consent +not asked for: first party$/m)
  })

  it('needs no audience for scope values of the issuer', async () => {
    const { auth, db } = await open()

    const added = await auth([
      'clients',
      'add',
      'app',
      '--public',
      '--grant',
      'password',
      '--scope',
      'openid roles',
    ])
    const refusedOne = await auth(['clients', 'add', 'other', '--public', '--scope', 'openid orders'])

    expect(added.code).toBe(0)
    expect(added.stderr).toContain('tokens of this client are for this server alone')
    expect(await findClient(db, 'app')).toMatchObject({ scope: ['openid', 'roles'], audiences: [] })
    expect(refusedOne).toEqual(
      refused('The scope value number 2 belongs to a resource: name that with --audience.'),
    )
  })

  it('says that a client which acts for itself needs one', async () => {
    const { auth } = await open()

    const { code, stderr } = await auth(['clients', 'add', 'job', '--grant', 'client_credentials'])

    expect(code).toBe(0)
    expect(stderr).toContain('Note: without an --audience, this client cannot get tokens for itself.\n')
  })

  it.each<[readonly string[], string]>([
    [['--name', ' app'], '--name must not begin or end with a space.'],
    [['--name', 'x'.repeat(101)], '--name must have 1 to 100 characters.'],
    [['--name', 'a\u202eb'], '--name must not hold a control character, nor any other that cannot be seen.'],
    [['--logo-uri', 'http://127.0.0.1/logo.png'], '--logo-uri must be https.'],
    [['--logo-uri', 'data:image/png;base64,AA'], '--logo-uri must be https.'],
    [['--redirect-uri', 'http://app.example.com/cb'], `--redirect-uri ${SCHEMES}.`],
    [
      ['--redirect-uri', 'https://app.example.com/', '--redirect-uri', 'https://app.example.com/#x'],
      '--redirect-uri number 2 must not have a fragment.',
    ],
    [['--post-logout-redirect-uri', 'javascript:alert(1)'], `--post-logout-redirect-uri ${SCHEMES}.`],
    [
      ['--backchannel-logout-uri', 'http://10.0.0.1/logout'],
      '--backchannel-logout-uri must be https, or http on a loopback address.',
    ],
  ])('refuses %j, and adds nothing', async (args, sentence) => {
    const { auth, db } = await open()

    expect(await auth(['clients', 'add', 'app', '--public', ...args])).toEqual(refused(sentence))
    expect(await findClient(db, 'app')).toBeUndefined()
  })
})

describe('auth clients set', () => {
  it('changes what is named, takes away what is empty, leaves the rest, and ends nothing', async () => {
    const { auth, db } = await open()
    await saveResource(db, aResource(), { demo: 0 })
    await saveClient(db, aClient(SIGN_IN), { now: 1, demo: 0 })
    await insertAuthorization(db, anAuthorization({ refreshExpiresAt: undefined }), 1)

    await auth(['clients', 'set', 'app', '--redirect-uri', 'com.example.app:/cb', '--name='])
    const once = await findClient(db, 'app')
    const args = ['--no-first-party', '--redirect-uri=', '--logo-uri=', '--backchannel-logout-uri=']
    await auth(['clients', 'set', 'app', ...args, '--post-logout-redirect-uri='])

    expect(once).toEqual(aClient({ ...SIGN_IN, name: undefined, redirectUris: ['com.example.app:/cb'] }))
    expect(await findClient(db, 'app')).toEqual(aClient())
    expect(await db.selectFrom('authorizations').select('ended_at').execute()).toEqual([{ ended_at: null }])
  })

  it('refuses what `add` does, and changes nothing', async () => {
    const { auth, db } = await open()
    await saveResource(db, aResource(), { demo: 0 })
    await saveClient(db, aClient(SIGN_IN), { now: 1, demo: 0 })

    const ending = await auth([
      'clients',
      'set',
      'app',
      '--name',
      'other',
      '--redirect-uri',
      'https://a.example/#',
    ])

    expect(ending).toEqual(refused('--redirect-uri must not have a fragment.'))
    expect(await findClient(db, 'app')).toEqual(aClient(SIGN_IN))
  })
})

describe('auth resources', () => {
  const text = async (db: Awaited<ReturnType<typeof open>>['db']) =>
    (await findResources(db, [AUDIENCE]))[0]?.descriptions

  it('tell what scope values mean: add and set change what is named, and an empty text is none', async () => {
    const { auth, db } = await open()
    const describe = (...texts: readonly string[]) => texts.flatMap((one) => ['--describe', one])

    await auth(['resources', 'add', AUDIENCE, '--scope', 'a b:c', ...describe('a=Read = all', 'b:c=Write')])
    const added = await text(db)
    const more = await auth(['resources', 'add', AUDIENCE, ...describe('a=Read'), '--json'])
    const same = await auth(['resources', 'add', AUDIENCE, ...describe('a=Read')])
    await auth(['resources', 'set', AUDIENCE, ...describe('a=')])
    const fewer = await text(db)
    await auth(['resources', 'set', AUDIENCE, '--scope', 'a'])

    expect(added).toEqual({ a: 'Read = all', 'b:c': 'Write' })
    expect(JSON.parse(more.stdout).descriptions).toEqual({ a: 'Read', 'b:c': 'Write' })
    expect(same.code).toBe(1)
    expect(fewer).toEqual({ 'b:c': 'Write' })
    expect(await text(db)).toEqual({})
  })

  it.each<[string, number, string]>([
    ['b=Read', 1, '--describe names a scope value that the resource does not know.'],
    ['a=x\u202ey', 1, 'The text for a must not hold a control character, nor any other that cannot be seen.'],
    [`a=${'x'.repeat(201)}`, 1, 'The text for a must have 1 to 200 characters.'],
    [
      'Read',
      2,
      '--describe must be a scope value and a text, like --describe "orders:read=See your orders".',
    ],
  ])('refuse --describe %j', async (described, code, sentence) => {
    const { auth, db } = await open()
    await saveResource(db, aResource({ scope: ['a'] }), { demo: 0 })

    for (const verb of ['add', 'set']) {
      const ending = await auth(['resources', verb, AUDIENCE, '--describe', described])

      expect(ending).toMatchObject({ code, stdout: '' })
      expect(ending.stderr).toContain(sentence)
    }
    expect(await text(db)).toEqual({})
  })
})
