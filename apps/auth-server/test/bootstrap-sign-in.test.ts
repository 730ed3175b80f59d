import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '@countersign/settings'
import { describe, expect, it } from 'vitest'
import { bootstrap } from '../src/bootstrap/bootstrap.ts'
import { readBootstrapFile } from '../src/bootstrap/bootstrap-file.ts'
import { findClient } from '../src/domain/clients/client-store.ts'
import { findResources } from '../src/domain/resources/resource-store.ts'
import { findUserByName } from '../src/domain/users/user-store.ts'
import { temporaryFolder } from './support/temporary-folder.ts'
import { startTestServer } from './support/test-server.ts'

const API = 'https://api.example.com'
const FILE = {
  resources: [{ audience: API, scope: 'orders', descriptions: { orders: 'See your orders' } }],
  clients: [
    {
      client_id: 'web',
      public: true,
      grant_types: ['password'],
      scope: 'openid profile roles',
      client_name: 'The shop',
      logo_uri: 'https://shop.example.com/logo.svg',
      redirect_uris: ['https://shop.example.com/cb', 'http://127.0.0.1/cb'],
      post_logout_redirect_uris: ['https://shop.example.com/'],
      backchannel_logout_uri: 'https://shop.example.com/logout',
      first_party: true,
    },
  ],
  users: [
    {
      username: 'bob',
      password: 'a secret',
      claims: { email: 'bob@example.com', email_verified: true, address: { country: 'NL' } },
      roles: ['admin'],
      groups: ['staff', 'a group'],
    },
  ],
}

function read(document: unknown) {
  const path = join(temporaryFolder(), 'bootstrap.json')
  writeFileSync(path, JSON.stringify(document))
  return readBootstrapFile(path, { root: '/', env: {} })
}

function problemsOf(document: unknown): readonly string[] {
  try {
    read(document)
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map((one) => one.replace(/\S*bootstrap\.json/, 'FILE'))
    throw error
  }
  return []
}

describe('a bootstrap file', () => {
  it('says what signing in needs of users, clients and resources, and changes nothing the second time', async () => {
    const server = await startTestServer()

    const changes = [await bootstrap(server, read(FILE)), await bootstrap(server, read(FILE))]

    expect(changes).toEqual([[`resource ${API} created`, 'client web created', 'user bob created'], []])
    expect(await findClient(server.db, 'web')).toMatchObject({
      scope: ['openid', 'profile', 'roles'],
      audiences: [],
      name: 'The shop',
      logoUri: 'https://shop.example.com/logo.svg',
      redirectUris: ['https://shop.example.com/cb', 'http://127.0.0.1/cb'],
      postLogoutRedirectUris: ['https://shop.example.com/'],
      backchannelLogoutUri: 'https://shop.example.com/logout',
      firstParty: true,
    })
    expect(await findUserByName(server.db, 'bob')).toMatchObject({
      claims: FILE.users[0]!.claims,
      roles: ['admin'],
      groups: ['staff', 'a group'],
      updatedAt: server.now(),
    })
    expect(await findResources(server.db, [API])).toMatchObject([
      { descriptions: { orders: 'See your orders' } },
    ])
  })

  it('makes clients and resources equal to it, and leaves users alone', async () => {
    const server = await startTestServer()
    await bootstrap(server, read(FILE))
    const [client, resource, user] = [FILE.clients[0]!, FILE.resources[0]!, FILE.users[0]!]

    const changes = await bootstrap(
      server,
      read({
        resources: [{ ...resource, descriptions: {} }],
        clients: [{ ...client, client_name: undefined, redirect_uris: [], first_party: undefined }],
        users: [{ ...user, claims: {}, roles: [] }],
      }),
    )

    expect(changes).toEqual([`resource ${API} updated`, 'client web updated'])
    expect(await findClient(server.db, 'web')).toMatchObject({ redirectUris: [], firstParty: false })
    expect((await findClient(server.db, 'web'))?.name).toBeUndefined()
    expect(await findResources(server.db, [API])).toMatchObject([{ descriptions: {} }])
    expect(await findUserByName(server.db, 'bob')).toMatchObject({ roles: ['admin'] })
  })

  it('is refused with all its problems at once', () => {
    const problems = problemsOf({
      resources: [{ ...FILE.resources[0], descriptions: { orders: ' x', profile: 'Read it' } }],
      clients: [
        {
          ...FILE.clients[0],
          client_name: '',
          logo_uri: 'http://shop.example.com/logo.svg',
          redirect_uris: ['https://shop.example.com/cb', 'https://shop.example.com/#', '/cb'],
          post_logout_redirect_uris: ['javascript:alert(1)'],
          backchannel_logout_uri: 'com.example.app:/logout',
          first_party: 'yes',
        },
      ],
      users: [
        {
          ...FILE.users[0],
          claims: { email: 'bob', email_verified: 'yes', sub: 'usr_alice', address: { planet: 'x' } },
          roles: ['admin', 'admin'],
          groups: ['x'.repeat(65)],
        },
      ],
    })

    const scheme =
      'must be https, or http on a loopback address, or have a scheme of its own with a dot, like com.example.app'
    expect(problems).toEqual([
      'FILE › resources › 0 › descriptions › orders must not begin or end with a space.',
      'FILE › resources › 0 › descriptions › profile describes a scope value that the resource does not know.',
      'FILE › clients › 0 › client_name must have 1 to 100 characters.',
      'FILE › clients › 0 › logo_uri must be https.',
      'FILE › clients › 0 › redirect_uris › 1 must not have a fragment.',
      'FILE › clients › 0 › redirect_uris › 2 must be an absolute URI.',
      `FILE › clients › 0 › post_logout_redirect_uris › 0 ${scheme}.`,
      'FILE › clients › 0 › backchannel_logout_uri must be https, or http on a loopback address.',
      'FILE › clients › 0 › first_party must be true or false.',
      'FILE › users › 0 › claims › email must be an email address.',
      'FILE › users › 0 › claims › email_verified must be true or false.',
      expect.stringMatching(/^FILE › users › 0 › claims › sub is no claim of a user: they are given_name, /),
      expect.stringMatching(
        /^FILE › users › 0 › claims › address has a member nobody knows: they are formatted, /,
      ),
      'FILE › users › 0 › roles must not have one twice.',
      'FILE › users › 0 › groups must each have 1 to 64 visible characters, without a space at the ends.',
    ])
  })

  it('is refused when a client that acts for itself has no audience: it could get no token', () => {
    const { public: _, ...job } = FILE.clients[0]!

    expect(
      problemsOf({
        clients: [{ ...job, client_secret: 'x'.repeat(32), grant_types: ['client_credentials'], scope: '' }],
      }),
    ).toEqual([
      'FILE › clients › 0 has the grant client_credentials, so it must name at least one resource in audiences.',
    ])
  })
})
