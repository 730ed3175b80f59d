import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '@countersign/settings'
import { describe, expect, it } from 'vitest'
import { bootstrap } from '../src/bootstrap/bootstrap.ts'
import { readBootstrapFile } from '../src/bootstrap/bootstrap-file.ts'
import { refuseDemoInPublic } from '../src/bootstrap/refuse-demo-in-public.ts'
import { findClient } from '../src/domain/clients/client-store.ts'
import { listResources } from '../src/domain/resources/resource-store.ts'
import { findUserByName } from '../src/domain/users/user-store.ts'
import { StartRefused } from '../src/storage/errors.ts'
import { temporaryFolder } from './support/temporary-folder.ts'
import { startTestServer } from './support/test-server.ts'

const DEMO = join(import.meta.dirname, '../demo.json')

function read(document: unknown, env: Record<string, string> = {}) {
  const path = join(temporaryFolder(), 'bootstrap.json')
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document))
  return readBootstrapFile(path, { root: '/', env })
}

function problemsOf(document: unknown, env: Record<string, string> = {}): readonly string[] {
  try {
    read(document, env)
  } catch (error) {
    // The folder's name differs from run to run; what follows it does not.
    if (error instanceof ConfigError)
      return error.problems.map((problem) => problem.replace(/\S*bootstrap\.json/, 'FILE'))
    throw error
  }
  return []
}

describe('the demo file', () => {
  it('makes a user, a public client and a resource that work together', async () => {
    const server = await startTestServer({ defaultClient: 'demo' })
    const file = readBootstrapFile(DEMO, {
      root: '/',
      env: { AUTH_DEFAULT_AUDIENCE: 'http://127.0.0.1:8001' },
    })

    const changes = await bootstrap(server, file)
    const answer = await server.post('/token', {
      grant_type: 'password',
      username: 'alice',
      password: 'secret',
    })

    expect(changes).toEqual([
      'resource http://127.0.0.1:8001 created',
      'client demo created',
      'user alice created',
    ])
    expect(answer).toMatchObject({ status: 200, body: { scope: 'profile' } })
  })

  it('changes nothing the second time', async () => {
    const server = await startTestServer()
    const file = readBootstrapFile(DEMO, {
      root: '/',
      env: { AUTH_DEFAULT_AUDIENCE: 'http://127.0.0.1:8001' },
    })
    await bootstrap(server, file)

    expect(await bootstrap(server, file)).toEqual([])
  })

  it('removes the resource of an earlier demo, which had another port, unless a client was registered for it', async () => {
    const server = await startTestServer()
    const demoOf = (port: number) =>
      readBootstrapFile(DEMO, { root: '/', env: { AUTH_DEFAULT_AUDIENCE: `http://127.0.0.1:${port}` } })
    for (const port of [8001, 9001]) await bootstrap(server, demoOf(port))
    const audience = 'http://127.0.0.1:9001'
    const mine = {
      client_id: 'mine',
      public: true,
      grant_types: ['password'],
      scope: 'profile',
      audiences: [audience],
    }
    await bootstrap(server, read({ clients: [mine] }))

    const changes = await bootstrap(server, demoOf(9002))

    expect(changes).toEqual(['resource http://127.0.0.1:9002 created', 'client demo updated'])
    expect((await listResources(server.db)).map((resource) => resource.audience)).toEqual([
      audience,
      'http://127.0.0.1:9002',
    ])
  })

  it('stops the start under an issuer the world can reach, before anything is written', async () => {
    const server = await startTestServer()
    const demo = { demo: true } as const

    await expect(refuseDemoInPublic(server.db, 'https://auth.example.com', demo)).rejects.toThrow(
      StartRefused,
    )
    await expect(refuseDemoInPublic(server.db, 'http://localhost:8000', demo)).resolves.toBeUndefined()
  })

  it('has marked its rows: they stop such a start without the file, too', async () => {
    const server = await startTestServer()
    const file = readBootstrapFile(DEMO, {
      root: '/',
      env: { AUTH_DEFAULT_AUDIENCE: 'http://127.0.0.1:8001' },
    })
    await bootstrap(server, file)

    await expect(refuseDemoInPublic(server.db, 'https://auth.example.com', undefined)).rejects.toThrow(
      'The database holds demo data (user alice, client demo, resource http://127.0.0.1:8001), and ' +
        'https://auth.example.com is not on loopback. Set AUTH_DATABASE_URL to a database of its own.',
    )
  })
})

describe('a bootstrap file', () => {
  const resources = [{ audience: 'https://api.example.com', scope: 'profile orders' }]
  const web = {
    client_id: 'web',
    client_secret: 'x'.repeat(32),
    grant_types: ['password'],
    scope: 'profile',
    audiences: ['https://api.example.com'],
  }

  it('is refused with everything it names that is not there, and changes nothing', async () => {
    const server = await startTestServer()
    const applied = bootstrap(
      server,
      read({
        resources: [{ audience: 'urn:known', scope: 'read', introspectors: ['nobody', 'spa', 'web'] }],
        clients: [
          { ...web, audiences: ['urn:missing', 'urn:known', 'urn:absent'] },
          { client_id: 'spa', public: true, grant_types: [], scope: 'read write', audiences: ['urn:known'] },
        ],
        users: [{ username: 'bob', password: 'x'.repeat(12) }],
      }),
    )

    await expect(applied).rejects.toThrow(
      new ConfigError([
        'The client web is for urn:missing, which is no resource: add it to the resources.',
        'The client web is for urn:absent, which is no resource: add it to the resources.',
        'The client spa has the scope value write, which no audience of it knows.',
        'The resource urn:known has the introspector nobody, which is no client: add it to the clients.',
        'The resource urn:known has the introspector spa, which is public, so anybody could ask in its name: name one that authenticates.',
      ]),
    )
    expect(await findClient(server.db, 'spa')).toBeUndefined()
    expect(await findUserByName(server.db, 'bob')).toBeUndefined()
  })

  it('may name what the database has already', async () => {
    const server = await startTestServer()
    await bootstrap(server, read({ resources, clients: [web] }))

    const changes = await bootstrap(
      server,
      read({
        resources: [{ audience: 'urn:more', introspectors: ['web'] }],
        clients: [{ ...web, client_id: 'other' }],
      }),
    )

    expect(changes).toEqual(['resource urn:more created', 'client other created'])
  })

  it('makes clients and resources equal to it', async () => {
    const server = await startTestServer()
    await bootstrap(server, read({ resources, clients: [web] }))

    const changes = await bootstrap(
      server,
      read({ resources, clients: [{ ...web, scope: 'profile orders' }] }),
    )

    expect(changes).toEqual(['client web updated'])
    expect(await findClient(server.db, 'web')).toMatchObject({ scope: ['profile', 'orders'] })
  })

  it('has passwords of 8 characters or more, unless it is the demo', async () => {
    const users = [{ username: 'bob', password: 'seven77' }]

    expect(problemsOf({ users })).toEqual(['FILE › users › 0 › password must have 8 characters or more.'])
    expect(problemsOf({ demo: true, users })).toEqual([])
  })

  it('is refused when it brings a user who looks like another', async () => {
    const server = await startTestServer()
    await bootstrap(server, read({ users: [{ username: 'alice', password: 'the first one' }] }))

    const file = read({ users: [{ username: 'ALICE', password: 'the second one' }] })

    await expect(bootstrap(server, file)).rejects.toThrow(
      'The bootstrap file has a user ALICE, which is too much like the user alice: give one of them another name.',
    )
  })

  it('leaves users alone who are there', async () => {
    const server = await startTestServer()
    await bootstrap(server, read({ users: [{ username: 'bob', password: 'the first one' }] }))
    const before = await findUserByName(server.db, 'bob')

    const changes = await bootstrap(
      server,
      read({ users: [{ username: 'bob', password: 'the second one' }] }),
    )

    expect(changes).toEqual([])
    expect(await findUserByName(server.db, 'bob')).toEqual(before)
  })

  it('makes its rows once when two servers start at the same moment', async () => {
    const server = await startTestServer()
    const file = read({ resources, clients: [web], users: [{ username: 'bob', password: 'the first one' }] })

    const changes = await Promise.all([bootstrap(server, file), bootstrap(server, file)])

    expect(changes.flat()).toHaveLength(3)
  })

  it('has its ${NAME} replaced by that setting, or by the content of NAME_FILE', async () => {
    const secretFile = join(temporaryFolder(), 'secret')
    writeFileSync(secretFile, `${'s'.repeat(40)}\n`)

    const file = read(
      { resources: [{ audience: '${API}/v1' }], clients: [{ ...web, client_secret: '${WEB_SECRET}' }] },
      { API: 'https://api.example.com', WEB_SECRET_FILE: secretFile },
    )

    expect(file.resources[0]?.audience).toBe('https://api.example.com/v1')
    expect(file.clients[0]?.client_secret).toBe('s'.repeat(40))
  })

  it('is refused with all its problems at once', () => {
    const problems = problemsOf({
      resources: [{ audience: 'api', scope: 'a  b' }, { audience: '${NOWHERE}' }],
      clients: [
        { ...web, client_secret: 'hunter2' },
        { ...web, client_id: 'usr_x', client_secret: undefined },
        { ...web, grant_types: ['magic'], audiences: [], colour: 'blue' },
      ],
      users: [{ username: 'bob', password: 'x'.repeat(73) }],
    })

    expect(problems).toEqual([
      'The bootstrap file uses ${NOWHERE}, which is not set.',
      'FILE › resources › 0 › audience is not an absolute URI: write it like https://api.example.com.',
      'FILE › resources › 0 › scope must be scope values with one space between them.',
      'FILE › resources › 1 › audience is not an absolute URI: write it like https://api.example.com.',
      'FILE › clients › 0 › client_secret must have 32 characters or more.',
      'FILE › clients › 1 › client_id must not begin with usr_, as user ids do.',
      'FILE › clients › 1 must have one of client_secret, jwks and "public": true.',
      'FILE › clients › 2 › grant_types › 0 must be one of password, client_credentials, refresh_token.',
      'FILE › clients › 2 has members nobody knows: colour.',
      'FILE › users › 0 › password must have at most 72 bytes, which is all that bcrypt reads.',
    ])
    expect(problems.join()).not.toContain('hunter2')
  })

  it('may bring the hash of a password instead, from passlib or bcrypt, and exactly one of the two', async () => {
    const server = await startTestServer()
    const password_hash =
      '$pbkdf2-sha256$29000$FSIEoPQ.R6g1ZkxJaQ1BKA$hzA8tvnLuZxALFvRRpLiS/cqNV6p2a0sYZLf6RDfpj0'

    await bootstrap(server, read({ users: [{ username: 'bob', password_hash }] }))
    const problems = problemsOf({
      users: [
        { username: 'carol' },
        { username: 'dave', password: 'a secret', password_hash },
        { username: 'erin', password_hash: 'hunter2' },
        { username: 'frank', password_hash: password_hash.replace('29000', '999999999') },
      ],
    })

    expect((await findUserByName(server.db, 'bob'))?.passwordHash).toBe(password_hash)
    expect(problems).toEqual([
      'FILE › users › 0 must have either a password or a password_hash.',
      'FILE › users › 1 must have either a password or a password_hash.',
      "FILE › users › 2 › password_hash must be a bcrypt hash ($2b$…) or one of passlib's pbkdf2_sha256 ($pbkdf2-sha256$…).",
      'FILE › users › 3 › password_hash must have rounds from 1000 to 1000000.',
    ])
  })

  it('is refused when it names something twice', () => {
    const bob = { username: 'bob', password: 'a secret' }

    expect(problemsOf({ resources, clients: [web, web], users: [bob, bob] })).toEqual([
      'FILE has the client web twice.',
      'FILE has the user bob twice.',
    ])
  })

  it('is refused when it is not JSON, or not there', () => {
    expect(problemsOf('{')).toEqual(['FILE is not JSON (line 1 column 2).'])
    expect(() => readBootstrapFile('/nowhere.json', { root: '/', env: {} })).toThrow(
      'AUTH_BOOTSTRAP_FILE names a file that cannot be read (ENOENT).',
    )
  })
})
