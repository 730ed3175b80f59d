import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PATHS, type Path } from '../../src/oauth/paths.ts'
import { startTestServer } from '../support/test-server.ts'

const ALL = Object.entries<Path>(PATHS)

describe('every path of the server', () => {
  it('has one route, and no route has another path', () => {
    const app = readFileSync(join(import.meta.dirname, '../../src/app.ts'), 'utf8')

    const routed = [...app.matchAll(/router\.(\w+)\(\s*([^,\s]+),/g)]

    expect(routed.map(([, method, path]) => `${method} ${path}`).sort()).toEqual(
      ALL.map(([name, { method }]) => `${method.toLowerCase()} PATHS.${name}.path`).sort(),
    )
  })

  it.each(ALL)('takes the method it is said to: %s', async (_name, { path, method }) => {
    const server = await startTestServer()

    const answer = await fetch(server.issuer + path, { method: 'OPTIONS' })

    expect(answer.headers.get('allow')?.split(', ')).toContain(method)
  })

  it('is on the home page, but for that itself and what our pages load', async () => {
    const server = await startTestServer()

    const page = await (await fetch(server.issuer)).text()

    expect(ALL.filter(([, { listed }]) => !listed).map(([name]) => name)).toEqual(['home', 'pageScript'])
    for (const [, { path, method, listed }] of ALL) {
      if (listed?.as === 'link') expect(page).toContain(`<a href="${path}">`)
      if (listed?.as === 'address') expect(page).toContain(`${method} ${path.replace(':id', '{id}')}</code>`)
    }
  })

  it('is named by the metadata, or found in another way [RFC 8414 §2]', async () => {
    const server = await startTestServer()

    const { body } = await server.get(PATHS.metadata.path)

    const urls = Object.entries(body as object).filter(([name]) => /_endpoint$|^jwks_uri$/.test(name))
    const named = ALL.filter(([, { metadataName }]) => metadataName !== undefined)
    expect(Object.fromEntries(urls)).toEqual(
      Object.fromEntries(named.map(([, { path, metadataName }]) => [metadataName, server.issuer + path])),
    )
    expect(ALL.filter((one) => !named.includes(one)).map(([name]) => name)).toEqual([
      'home',
      'metadata',
      'openidConfiguration',
      'readyz',
      'livez',
      // Each token names its list.
      'statusList',
      'pageScript',
    ])
  })

  it.each(ALL)('is open to the pages it is said to: %s', async (_name, { path, openTo }) => {
    const [allowed, other] = ['https://app.example.com', 'https://other.example.com']
    const server = await startTestServer({ corsOrigins: [allowed] })
    const opened = async (origin: string) =>
      (await server.get(path, { origin })).headers.get('access-control-allow-origin')

    expect([await opened(allowed), await opened(other)]).toEqual(
      openTo === 'every origin' ? ['*', '*'] : openTo === 'allowed origins' ? [allowed, null] : [null, null],
    )
  })
})
