import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../../..')
const SOURCES = join(import.meta.dirname, '../src')

/** What each folder of the authorization server may import of it; `docs/architecture.md` shows the same table. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  cli: ['bootstrap', 'config', 'domain', 'oauth', 'storage'],
  bootstrap: ['domain', 'oauth', 'storage'],
  config: ['domain', 'storage'],
  jobs: ['domain', 'oauth', 'storage'],
  endpoints: ['domain', 'http', 'oauth', 'storage'],
  domain: ['oauth', 'storage'],
  http: ['oauth', 'storage'],
  storage: [],
  oauth: [],
}

/** A noun imports only nouns to its left. */
const NOUNS = ['attempts', 'resources', 'clients', 'users', 'keys', 'status', 'authorizations', 'tokens']

/** What each package and app may import of ours. */
const MAY_DEPEND_ON: Readonly<Record<string, readonly string[]>> = {
  'packages/shared': [],
  'packages/settings': [],
  'packages/http-service': ['settings'],
  'packages/access-token-verifier': ['shared'],
  'packages/stack': [],
  'packages/bundle': [],
  'apps/auth-server': ['shared', 'settings', 'http-service', 'access-token-verifier'],
  'apps/resource-server': ['shared', 'settings', 'http-service', 'access-token-verifier'],
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file))
}

function sourcesOf(folder: string): readonly string[] {
  return filesOf(folder).filter((file) => !file.endsWith('.test.ts'))
}

function importsOf(file: string): readonly string[] {
  // Without the comments: the examples in them are for other people's programs.
  const text = readFileSync(file, 'utf8').replaceAll(/^ *\*.*$/gm, '')
  return [...text.matchAll(/(?:from|import)(?:\s+|\()'([^']+)'/g)].map(([, specifier]) => specifier!)
}

/** An import of a package that is there when the program runs, not of its types alone. */
const RUNTIME_IMPORT =
  /^(?:import|export)(?! type)[^';]*? from '((?!\.|node:)[^']+)'|import\('((?!\.|node:)[^']+)'\)/gm

/** The arrows between our own files, as pairs of paths below `src`. */
const ARROWS = sourcesOf(SOURCES).flatMap((file) =>
  importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => ({
      from: relative(SOURCES, file),
      to: relative(SOURCES, resolve(dirname(file), specifier)),
    })),
)

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : ''
}

describe('the authorization server', () => {
  it('has wiring alone at its root', () => {
    const atRoot = sourcesOf(SOURCES).map((file) => relative(SOURCES, file))

    expect(atRoot.filter((file) => folderOf(file) === '').sort()).toEqual([
      'app.ts',
      'main.ts',
      'metrics.ts',
      'start-server.ts',
    ])
  })

  it('has arrows that point down only', () => {
    expect(ARROWS.length).toBeGreaterThan(50)

    const wrong = ARROWS.filter(({ from, to }) => {
      const [own, other] = [folderOf(from), folderOf(to)]
      return own !== '' && own !== other && !MAY_IMPORT[own]?.includes(other)
    })

    expect(wrong).toEqual([])
  })

  it('has nouns that import only nouns to their left', () => {
    const nounOf = (path: string) => NOUNS.indexOf(path.split('/')[1] ?? '')
    const domain = ARROWS.filter(({ from, to }) => folderOf(from) === 'domain' && folderOf(to) === 'domain')

    expect(domain.filter(({ from, to }) => nounOf(from) < 0 || nounOf(to) > nounOf(from))).toEqual([])
  })

  it('has endpoints that never import one another', () => {
    const placeOf = (path: string) => path.split('/').slice(0, 2).join('/')
    const endpoints = ARROWS.filter(
      ({ from, to }) => folderOf(from) === 'endpoints' && folderOf(to) === 'endpoints',
    )

    expect(endpoints.filter(({ from, to }) => placeOf(from) !== placeOf(to))).toEqual([])
  })

  it('writes SQL in stores and in storage, nowhere else', () => {
    const sql = /\.(selectFrom|insertInto|updateTable|deleteFrom|schema)\b|\bsql`/
    const writers = sourcesOf(SOURCES)
      .filter((file) => sql.test(readFileSync(file, 'utf8')))
      .map((file) => relative(SOURCES, file))

    expect(writers.filter((file) => !file.endsWith('-store.ts') && folderOf(file) !== 'storage')).toEqual([])
  })

  it('mentions Koa at its edge only, and the process in its entry points only', () => {
    const mentions = (pattern: RegExp) =>
      sourcesOf(SOURCES)
        .filter((file) => pattern.test(readFileSync(file, 'utf8')))
        .map((file) => relative(SOURCES, file))

    const koa = mentions(/from 'koa'/)
    expect(koa.filter((file) => !['endpoints', 'http'].includes(folderOf(file)))).toEqual([
      'app.ts',
      'start-server.ts',
    ])
    expect(mentions(/\bprocess\.(?!$|\s)/).sort()).toEqual(['cli/main.ts'])
  })

  it('gives every endpoint and job what it names, and nothing that others need', () => {
    const extending = sourcesOf(SOURCES)
      .filter((file) => /interface \w+Deps\s+extends/.test(readFileSync(file, 'utf8')))
      .map((file) => folderOf(relative(SOURCES, file)))
    const spreading = ['app.ts', 'start-server.ts'].filter((file) =>
      /\.\.\.(?:config|deps)\b/.test(readFileSync(join(SOURCES, file), 'utf8')),
    )

    expect(extending.filter((folder) => folder !== 'domain')).toEqual([])
    expect(spreading).toEqual([])
  })

  it('verifies as a resource server does in its command line only', () => {
    const verifying = sourcesOf(SOURCES)
      .filter((file) => importsOf(file).includes('@countersign/access-token-verifier'))
      .map((file) => folderOf(relative(SOURCES, file)))

    expect([...new Set(verifying)]).toEqual(['cli'])
  })

  it('has files of one idea: none over 250 lines', () => {
    const long = sourcesOf(SOURCES).filter((file) => readFileSync(file, 'utf8').split('\n').length > 250)

    expect(long).toEqual([])
  })

  it('has a reading list whose lengths are true, to a tenth', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
    const list = /\*\*Read it in[\s\S]*?\n\n/.exec(readme)?.[0] ?? ''

    const entries = [...list.matchAll(/`([\w/-]+\.ts)`\s\([^)]*?(\d+)(?: lines)?\)/g)]
    const wrong = entries.filter(([, file, said]) => {
      const lines = readFileSync(join(SOURCES, file!), 'utf8').split('\n').length - 1
      return Math.abs(lines - Number(said)) > lines / 10
    })

    expect(entries).toHaveLength(6)
    expect(wrong.map(([entry]) => entry)).toEqual([])
  })

  it('has as many lines as the page on performance says, to a tenth', () => {
    const page = readFileSync(join(ROOT, 'docs/performance.md'), 'utf8')
    const rows = [...page.matchAll(/^\| `((?:apps|packages)\/[\w-]+)` +\| (\d+) +\|$/gm)]

    const wrong = rows.filter(([, folder, said]) => {
      const files = sourcesOf(join(ROOT, folder!, 'src'))
      const lines = files.reduce((sum, file) => sum + readFileSync(file, 'utf8').split('\n').length - 1, 0)
      return Math.abs(lines - Number(said)) > lines / 10
    })

    expect(rows).toHaveLength(8)
    expect(wrong.map(([row]) => row)).toEqual([])
  })
})

describe('the packages', () => {
  it.each(Object.entries(MAY_DEPEND_ON))('%s imports of ours only what it may', (folder, allowed) => {
    const imported = sourcesOf(join(ROOT, folder, 'src'))
      .flatMap(importsOf)
      .filter((specifier) => specifier.startsWith('@countersign/'))
      .map((specifier) => specifier.split('/')[1]!)

    expect([...new Set(imported)].filter((name) => !allowed.includes(name))).toEqual([])
  })

  it.each(['apps/auth-server', 'apps/resource-server', 'packages/settings', 'packages/http-service'])(
    '%s has what it runs on under its dependencies, where an audit finds it',
    (folder) => {
      const { dependencies } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'))
      const packages = sourcesOf(join(ROOT, folder, 'src'))
        .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(RUNTIME_IMPORT)])
        .map(([, named, loaded]) => /^(?:@[^/]+\/)?[^/]+/.exec(named ?? loaded!)![0])

      expect([...new Set(packages)].filter((name) => !(name in dependencies))).toEqual([])
    },
  )

  it('import one another by name, never by a path that leaves their folder', () => {
    const folders = ['apps', 'packages'].flatMap((parent) =>
      readdirSync(join(ROOT, parent)).map((name) => join(ROOT, parent, name)),
    )
    const leaving = folders.flatMap((folder) =>
      ['src', 'test']
        .map((name) => join(folder, name))
        .filter((sources) => existsSync(sources))
        .flatMap(filesOf)
        .flatMap((file) =>
          importsOf(file)
            .filter((specifier) => specifier.startsWith('.'))
            .map((specifier) => resolve(dirname(file), specifier))
            .filter((target) => !target.startsWith(`${folder}/`))
            .map((target) => ({ from: relative(ROOT, file), to: relative(ROOT, target) })),
        ),
    )

    expect(leaving).toEqual([])
  })

  it('are all in the table', () => {
    const folders = ['apps', 'packages'].flatMap((parent) =>
      readdirSync(join(ROOT, parent)).map((name) => `${parent}/${name}`),
    )

    const proving = ['packages/bench', 'packages/e2e', 'packages/test-tools']

    expect(folders.sort()).toEqual([...Object.keys(MAY_DEPEND_ON), ...proving].sort())
  })
})
