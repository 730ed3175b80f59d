import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { readBootstrapFile } from '@countersign/auth-server/bootstrap-file'
import { AUTH_SETTINGS, readConfig } from '@countersign/auth-server/config'
import { RESOURCE_SETTINGS } from '@countersign/resource-server/config'
import type { Settings } from '@countersign/settings'
import { NODE_FLAGS } from '@countersign/stack/node-flags'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from './support/places.ts'
import { ROOT } from './support/processes.ts'

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const PAGE = read('docs/deploying.md')
const PRODUCTION = read('docs/compose.production.yml')

/** The blocks of the page in this language. */
function blocks(language: string): readonly string[] {
  return [...PAGE.matchAll(/^```(\w+)\n(.*?)^```/gms)].flatMap(([, name, text]) =>
    name === language ? text! : [],
  )
}

/** A setting that may come from a file has a second name. */
const SETTINGS: Settings = { ...AUTH_SETTINGS, ...RESOURCE_SETTINGS }
const KNOWN = new Set(
  Object.entries(SETTINGS).flatMap(([name, { secret }]) => (secret ? [name, `${name}_FILE`] : [name])),
)

describe('the page about deploying', () => {
  it.each([
    'docs/deploying.md',
    'docs/compose.production.yml',
    'docker-compose.yml',
    'docs/monitoring/scrape.yml',
  ])('%s names settings that exist', (path) => {
    const named = read(path).match(/\b(?:AUTH|RESOURCE)_[A-Z_]+\b/g) ?? []

    expect(named.length).toBeGreaterThan(1)
    expect(named.filter((name) => !KNOWN.has(name))).toEqual([])
  })

  it('has a bootstrap file and an environment that a server takes', () => {
    const [environment, bootstrap] = [blocks('sh')[0]!, blocks('json')[0]!]
    const file = join(temporaryFolder(), 'bootstrap.json')
    writeFileSync(file, bootstrap)

    const { issuer, trustedProxies } = readConfig({ root: '/', env: parseEnv(environment) })
    const { clients } = readBootstrapFile(file, { root: '/', env: {} })

    expect({ issuer, trustedProxies }).toEqual({ issuer: 'https://auth.example.com', trustedProxies: 1 })
    expect(clients.map((client) => client.client_id)).toEqual(['web'])
  })

  it('starts the servers as the images do', () => {
    for (const flags of Object.values(NODE_FLAGS)) {
      expect(PAGE).toContain(`ExecStart=/usr/bin/node ${flags.join(' ')} dist/main.js`)
    }
  })

  it('makes every file that the containers are given', () => {
    const given = [...PRODUCTION.matchAll(/\.\/(secrets\/\w+|bootstrap\.json)/g)].map(([, path]) => path!)

    expect(given).toHaveLength(4)
    expect(given.filter((path) => !PAGE.includes(path))).toEqual([])
    const ignored = read('.gitignore')
    for (const path of ['secrets/', 'bootstrap.json', 'production.env'])
      expect(ignored).toContain(`/docs/${path}\n`)
  })

  it('links to pages that are there', () => {
    const links = [...PAGE.matchAll(/\]\(([^)#]+)/g)].map(([, path]) => path!)

    expect(links.length).toBeGreaterThan(4)
    expect(links.filter((path) => !existsSync(join(ROOT, 'docs', path)))).toEqual([])
  })
})

describe('the containers', () => {
  it.each(['docker-compose.yml', 'docs/compose.production.yml'])(
    'have in %s somebody who passes signals on, and are given the time to stop',
    (path) => {
      const text = read(path)
      const servers = path.startsWith('docs') ? 1 : 2

      expect(text.match(/^ +init: true$/gm)).toHaveLength(servers)
      expect(text.match(/^ +stop_grace_period: 12s$/gm)).toHaveLength(servers)
    },
  )
})
