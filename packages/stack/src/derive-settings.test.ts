import { describe, expect, it } from 'vitest'
import { deriveSettings, urlOf } from './derive-settings.ts'

describe('the settings of the stack', () => {
  it('need nothing to be set', () => {
    expect(deriveSettings({}, '/srv')).toEqual({
      derived: {
        AUTH_PORT: '8000',
        RESOURCE_PORT: '8001',
        RESOURCE_ISSUER: 'http://127.0.0.1:8000',
        RESOURCE_AUDIENCE: 'http://127.0.0.1:8001',
        AUTH_DEFAULT_AUDIENCE: 'http://127.0.0.1:8001',
        AUTH_BOOTSTRAP_FILE: 'apps/auth-server/demo.json',
        AUTH_DEFAULT_CLIENT: 'demo',
      },
      authServer: { host: '127.0.0.1', port: '8000' },
      resourceServer: { host: '127.0.0.1', port: '8001' },
      demo: true,
      defaultClient: 'demo',
      dataLocation: '/srv/data/auth.db',
      databaseFile: '/srv/data/auth.db',
    })
  })

  it('follow the ports', () => {
    expect(deriveSettings({ AUTH_PORT: '9000', RESOURCE_PORT: '9001' }, '/srv').derived).toMatchObject({
      RESOURCE_ISSUER: 'http://127.0.0.1:9000',
      RESOURCE_AUDIENCE: 'http://127.0.0.1:9001',
      AUTH_DEFAULT_AUDIENCE: 'http://127.0.0.1:9001',
    })
  })

  it('follow the names that are set', () => {
    const variables = {
      AUTH_ISSUER: 'https://auth.example.com',
      RESOURCE_AUDIENCE: 'https://api.example.com',
    }

    const { derived } = deriveSettings(variables, '/srv')

    expect(derived).toMatchObject({
      RESOURCE_ISSUER: 'https://auth.example.com',
      AUTH_DEFAULT_AUDIENCE: 'https://api.example.com',
    })
  })

  it.each([
    ['::1', 'http://[::1]:8000', { AUTH_ISSUER: 'http://[::1]:8000' }],
    ['localhost', 'http://localhost:8000', { AUTH_ISSUER: 'http://localhost:8000' }],
    ['0.0.0.0', 'http://127.0.0.1:8000', {}],
    ['::', 'http://127.0.0.1:8000', {}],
    ['192.168.1.5', 'http://127.0.0.1:8000', { RESOURCE_ISSUER_ADDRESS: 'http://192.168.1.5:8000' }],
  ])('follow the address the issuer listens on: %s', (host, issuer, more) => {
    const { derived } = deriveSettings({ AUTH_HOST: host }, '/srv')

    const { AUTH_ISSUER, RESOURCE_ISSUER, RESOURCE_ISSUER_ADDRESS } = derived
    expect({ AUTH_ISSUER, RESOURCE_ISSUER, RESOURCE_ISSUER_ADDRESS }).toEqual({
      RESOURCE_ISSUER: issuer,
      ...more,
    })
  })

  it('follow the address the resource listens on', () => {
    expect(deriveSettings({ RESOURCE_HOST: '::1' }, '/srv').derived).toMatchObject({
      RESOURCE_AUDIENCE: 'http://[::1]:8001',
      AUTH_DEFAULT_AUDIENCE: 'http://[::1]:8001',
    })
  })

  it('replace nothing that is set', () => {
    const variables = {
      AUTH_PORT: '1',
      RESOURCE_PORT: '2',
      RESOURCE_ISSUER: 'https://three.example',
      RESOURCE_AUDIENCE: 'https://four.example',
      AUTH_DEFAULT_AUDIENCE: 'https://five.example',
      AUTH_BOOTSTRAP_FILE: 'six.json',
      AUTH_DEFAULT_CLIENT: 'seven',
    }

    expect(deriveSettings(variables, '/srv').derived).toEqual({})
  })

  it("take the demo's client only with the demo's data", () => {
    expect(deriveSettings({ AUTH_BOOTSTRAP_FILE: 'mine.json' }, '/srv')).toMatchObject({
      demo: false,
      defaultClient: undefined,
      derived: expect.not.objectContaining({ AUTH_DEFAULT_CLIENT: expect.anything() }),
    })
    expect(deriveSettings({ AUTH_BOOTSTRAP_FILE: '/srv/apps/auth-server/demo.json' }, '/srv')).toMatchObject({
      demo: true,
      defaultClient: 'demo',
    })
  })

  it.each([
    [{ AUTH_DATABASE_URL: 'sqlite:/var/auth.db' }, '/var/auth.db'],
    [{ AUTH_DATABASE_URL: 'sqlite::memory:' }, 'in memory, gone when it stops'],
    [{ AUTH_DATABASE_URL: 'postgres://auth:secret@db:5432/auth' }, 'postgres://db:5432/auth'],
    [{ AUTH_DATABASE_URL: 'nonsense' }, 'where AUTH_DATABASE_URL says'],
    [{ AUTH_DATABASE_URL_FILE: '/run/secrets/url' }, 'where AUTH_DATABASE_URL_FILE says'],
  ])('tell where the data is, without a password: %o', (variables, location) => {
    expect(deriveSettings(variables, '/srv').dataLocation).toBe(location)
  })
})

it.each([
  ['0.0.0.0', 'http://127.0.0.1:8000'],
  ['::', 'http://[::1]:8000'],
  ['192.168.1.5', 'http://192.168.1.5:8000'],
])('a listener on %s is reached at %s', (host, url) => {
  expect(urlOf({ host, port: '8000' })).toBe(url)
})
