import { describe, expect, it } from 'vitest'
import { saveResource } from '../../src/domain/resources/resource-store.ts'
import { addOrdinaryRows } from '../support/rows.ts'
import { AUDIENCE, startTestServer } from '../support/test-server.ts'
import { openCli, refused } from './support.ts'

const SIGN_IN = { grant_type: 'password', client_id: 'app', username: 'alice', password: 'secret' }

async function withResource() {
  const cli = await openCli()
  await saveResource(
    cli.db,
    {
      audience: AUDIENCE,
      scope: ['profile', 'email'],
      introspectors: [],
      tokenType: 'at+jwt' as const,
      descriptions: {},
    },
    { demo: 0 },
  )
  return cli
}

describe('auth clients add', () => {
  it('mints a secret, shown once, that works at once', async () => {
    const { json, auth, db } = await withResource()
    const server = await startTestServer({ db })
    const args = ['--grant', 'client_credentials', '--scope', 'profile email', '--audience', AUDIENCE]

    const added = await json(['clients', 'add', 'web', ...args])
    const shown = await auth(['clients', 'show', 'web', '--json'])
    const { client_secret: secret } = added as { client_secret: string }
    const answer = await server.post(
      '/token',
      { grant_type: 'client_credentials' },
      { authorization: `Basic ${Buffer.from(`web:${secret}`).toString('base64')}` },
    )

    // The names of RFC 7591 §2 and §3.2.1.
    expect(added).toEqual({
      client_id: 'web',
      client_id_issued_at: expect.any(Number),
      client_secret: expect.stringMatching(/^cs_[\w-]{43}$/),
      client_secret_expires_at: 0,
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'],
      scope: 'profile email',
      audiences: [AUDIENCE],
      redirect_uris: [],
      post_logout_redirect_uris: [],
      first_party: false,
      disabled: false,
    })
    expect(shown.stdout).not.toContain('client_secret":')
    expect(answer).toMatchObject({ status: 200, body: { scope: 'profile email' } })
  })

  it('prints the secret beside the client, and on standard error that it is the only time', async () => {
    const { auth } = await withResource()

    const ending = await auth([
      'clients',
      'add',
      'web',
      '--grant',
      'client_credentials',
      '--audience',
      AUDIENCE,
    ])

    expect(ending.stdout).toMatch(/\nclient_secret +cs_[\w-]{43}\n$/)
    expect(ending.stderr).toBe('Note: the secret is shown once: keep it now.\n')
  })

  it('gives a public client no secret, and says what speaks against the password grant [RFC 9700 §2.4]', async () => {
    const { auth } = await withResource()
    const args = ['--public', '--grant', 'password', '--grant', 'refresh_token', '--audience', AUDIENCE]

    const ending = await auth(['clients', 'add', 'app', ...args, '--json'])

    expect(JSON.parse(ending.stdout)).toMatchObject({
      token_endpoint_auth_method: 'none',
      grant_types: ['password', 'refresh_token'],
    })
    expect(ending.stdout).not.toContain('client_secret')
    expect(ending.stderr).toBe(
      'Note: with the password grant, the client sees the password of every user who signs in, and no second factor can be asked for. ' +
        'RFC 9700 §2.4 says it must not be used: keep it to programs of your own, and to tests.\n',
    )
  })

  it('says when a client cannot do anything yet', async () => {
    const { auth } = await openCli()

    const noGrant = await auth(['clients', 'add', 'one', '--public'])
    const noAudience = await auth(['clients', 'add', 'two', '--public', '--grant', 'refresh_token'])

    expect(noGrant.stderr).toBe('Note: without a --grant, this client cannot get tokens.\n')
    expect(noAudience.stderr).toBe(
      'Note: without an --audience, tokens of this client are for this server alone: no resource takes them.\n',
    )
  })

  it('refuses what is missing, and names the command that adds it', async () => {
    const { auth, json } = await withResource()
    const add = (...args: string[]) => auth(['clients', 'add', ...args])

    expect(await add('web', '--audience', 'https://other.example')).toEqual(
      refused('There is no resource for --audience: `auth resources add` adds it.'),
    )
    expect(await add('web', '--scope', 'orders', '--audience', AUDIENCE)).toEqual(
      refused(
        `The scope value is known to no audience of this client: \`auth resources add ${AUDIENCE} --scope …\` adds it.`,
      ),
    )
    expect(await add('web', '--scope', 'profile orders', '--audience', AUDIENCE)).toEqual(
      refused(
        `The scope value number 2 is known to no audience of this client: \`auth resources add ${AUDIENCE} --scope …\` adds it.`,
      ),
    )
    expect(await add('web', '--scope', 'orders')).toEqual(
      refused('The scope value belongs to a resource: name that with --audience.'),
    )
    expect(await add('usr_web')).toEqual(refused('The client id must not begin with usr_, as user ids do.'))
    expect(await add('web', '--public', '--grant', 'client_credentials')).toEqual(
      refused(
        'A public client cannot have the client_credentials grant, since it has no secret to prove itself with: leave out --public.',
      ),
    )
    expect(await json(['clients', 'list'])).toEqual([])
  })

  it('refuses an id that is taken', async () => {
    const { auth } = await openCli()
    await auth(['clients', 'add', 'web', '--public'])

    expect(await auth(['clients', 'add', 'web'])).toEqual(
      refused('There is a client "web" already: `auth clients show web` shows it.'),
    )
  })
})

describe('auth clients list and show', () => {
  it('print a table, or JSON', async () => {
    const { auth, json } = await openCli()
    const empty = await auth(['clients', 'list'])
    await auth(['clients', 'add', 'web', '--public'])

    const [list, listed] = [await auth(['clients', 'list']), await json(['clients', 'list'])]
    const [show, shown] = [await auth(['clients', 'show', 'web']), await json(['clients', 'show', 'web'])]

    expect(empty.stdout).toBe('There are no clients: `auth clients add` adds one.\n')
    expect(list.stdout).toMatch(/^ID +KIND .*\nweb {2}public .* enabled {2}20.+Z\n$/)
    expect(show.stdout).toMatch(/^id +web\nkind +public\n/)
    expect(listed).toEqual([shown])
  })

  it('refuse a client that is not there', async () => {
    const { auth } = await openCli()

    expect(await auth(['clients', 'show', 'web'])).toEqual(
      refused('There is no such client: `auth clients list` shows those there are.'),
    )
  })
})

describe('auth clients', () => {
  async function withServer() {
    const cli = await openCli()
    const server = await startTestServer({ db: cli.db })
    await addOrdinaryRows(server)
    await server.post('/token', SIGN_IN)
    return { ...cli, server }
  }

  it.each([
    ['disable', 401],
    ['sign-out', 200],
    ['delete', 401],
  ])('%s ends what the client opened, and takes effect at the next request', async (verb, status) => {
    const { json, server } = await withServer()

    const ending = await json(['clients', verb, 'app'])
    const rows = await server.db.selectFrom('authorizations').select('ended_at').execute()
    const answer = await server.post('/token', SIGN_IN)

    expect(ending).toMatchObject({
      client_id: 'app',
      disabled: verb === 'disable',
      authorizations_ended: 1,
      access_tokens_expire_at: server.now() + 1800,
    })
    expect(rows).toEqual([{ ended_at: expect.any(Number) }])
    expect(answer.status).toBe(status)
  })

  it('enable lets it ask again', async () => {
    const { auth, server } = await withServer()
    const disabled = await auth(['clients', 'disable', 'app'])

    const enabled = await auth(['clients', 'enable', 'app'])
    const answer = await server.post('/token', SIGN_IN)

    expect(disabled.stdout).toMatch(/^Client app is disabled\. 1 authorization has ended\. /)
    expect(enabled.stdout).toBe('Client app is enabled. What has ended stays so.\n')
    expect(answer.status).toBe(200)
  })

  it('delete takes from its id the right to ask about tokens: another may come under it', async () => {
    const { auth, db } = await openCli()
    await saveResource(
      db,
      {
        audience: AUDIENCE,
        scope: [],
        introspectors: ['api', 'other'],
        tokenType: 'at+jwt' as const,
        descriptions: {},
      },
      { demo: 0 },
    )
    await auth(['clients', 'add', 'api'])

    await auth(['clients', 'delete', 'api'])
    const row = await db.selectFrom('resources').select('introspectors').executeTakeFirst()

    expect(row).toEqual({ introspectors: 'other' })
  })
})
