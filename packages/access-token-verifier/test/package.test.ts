import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@countersign/shared'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createFreshProject, type FreshProject, TIMEOUT_MS } from './support/fresh-project.ts'
import { aKey } from './support/signing-key.ts'
import { openIssuer } from './support/test-issuer.ts'
import { aToken } from './support/token.ts'

const NAME = '@countersign/access-token-verifier'
const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
const { exports: EXPORTS } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'))

let project: FreshProject
beforeAll(async () => {
  project = await createFreshProject()
}, TIMEOUT_MS)
afterAll(() => project?.remove())

describe('the packed package', { timeout: TIMEOUT_MS }, () => {
  it('has the same entry points as the sources, no dependency, and nothing only this workspace understands', () => {
    const manifest = project.manifest() as {
      exports: Record<string, Record<string, string>>
      dependencies?: Record<string, string>
    }

    expect(Object.keys(manifest.exports)).toEqual(Object.keys(EXPORTS))
    expect(Object.values(manifest.exports).map((entry) => Object.keys(entry))).toEqual(
      Object.keys(EXPORTS).map(() => ['types', 'default']),
    )
    expect(manifest.dependencies).toBeUndefined()
    expect(JSON.stringify(manifest)).not.toMatch(/countersign-source|workspace:|catalog:/)
  })

  it('runs the example at the top of the README', async () => {
    const key = aKey('one')
    const issuer = await openIssuer([key])
    project.write('example.ts', runnable(exampleOf(README), issuer.url))

    expect(await project.compile('example.ts')).toEqual({ code: 0, output: '' })
    const url = await start(join(project.folder, 'example.js'))
    const times = { iat: systemClock(), exp: systemClock() + 60 }
    const token = aToken(issuer.url, key, { claims: { ...times, scope: 'orders' } })
    const ask = async (headers: Record<string, string>) => {
      const response = await fetch(`${url}/orders`, { headers })
      return { status: response.status, body: await response.json() }
    }

    expect(await ask({ authorization: `Bearer ${token}` })).toEqual({
      status: 200,
      body: { orders: 'of usr_alice' },
    })
    expect(await ask({})).toMatchObject({ status: 401 })
  })

  it('can be imported through every entry point, types included', async () => {
    const entries = Object.keys(EXPORTS).map((entry) => entry.replace('.', NAME))
    const imports = entries.map((entry, n) => `import * as entry${n} from '${entry}'`)
    const names = entries.map((_, n) => `entry${n}`).join(', ')
    project.write(
      'entries.ts',
      `${imports.join('\n')}\nconsole.log([${names}].flatMap(Object.keys).join())\n`,
    )

    expect(await project.compile('entries.ts')).toEqual({ code: 0, output: '' })
    const child = spawn(process.execPath, [join(project.folder, 'entries.js')])
    const said = (await child.stdout.setEncoding('utf8').toArray()).join('')

    expect(said.trim().split(',').sort()).toEqual([
      'AccessTokenError',
      'challenge',
      'createAccessTokenVerifier',
      'createTestIssuer',
      'explainAccessToken',
      'refuse',
      'refuse',
      'refuse',
      'requireAccessToken',
      'requireAccessToken',
      'requireAccessToken',
    ])
  })

  it('does not compile without an audience, or with a status nobody knows', async () => {
    const create = (options: string) =>
      `import { createAccessTokenVerifier } from '${NAME}'\ncreateAccessTokenVerifier(${options})\n`
    project.write('wrong.ts', create("{ issuer: 'https://auth.example.com' }"))
    project.write('odd.ts', create("{ issuer: 'https://a.example', audience: 'b', status: 'sometimes' }"))

    const [wrong, odd] = [await project.compile('wrong.ts'), await project.compile('odd.ts')]

    expect(wrong.code).not.toBe(0)
    expect(wrong.output).toMatch(/^wrong\.ts\(2,27\): error TS\d+: .*Property 'audience' is missing/)
    expect(odd.code).not.toBe(0)
    expect(odd.output).toMatch(/^odd\.ts\(2,\d+\): error TS2322: Type '"sometimes"' is not assignable/)
  })
})

function exampleOf(readme: string): string {
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1]
  if (example === undefined) throw new Error('the README has no example')
  return example
}

/** The example with this issuer, and with the rest of a program around it: a router, what it lists, and a port. */
function runnable(example: string, issuer: string): string {
  const start = example.lastIndexOf('import')
  const end = example.indexOf('\n', start) + 1
  return `${example.slice(0, end)}
import Router from '@koa/router'
import Koa from 'koa'
import type { AccessTokenState } from '@countersign/access-token-verifier/koa'

const router = new Router<AccessTokenState>()
const list = (subject: string) => ({ orders: 'of ' + subject })
${example.slice(end).replace('https://auth.example.com', issuer)}
const server = new Koa().use(router.routes()).listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify(server.address()))
})
`
}

async function start(file: string): Promise<string> {
  const child: ChildProcess = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill())
  const [line] = await once(child.stdout!, 'data')
  return `http://127.0.0.1:${JSON.parse(String(line)).port}`
}
