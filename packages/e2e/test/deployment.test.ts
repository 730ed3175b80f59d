import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NODE_FLAGS } from '@countersign/stack/node-flags'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from './support/places.ts'
import { ROOT, runNode, TEST_TIMEOUT_MS } from './support/processes.ts'
import { createFixture, readProfile, signIn, untilReady } from './support/servers.ts'

const APPS = ['auth-server', 'resource-server'] as const

/** What the images hold: made as in their Dockerfiles, where nothing of the workspace is above. */
let deployed: string

beforeAll(() => {
  deployed = mkdtempSync(join(tmpdir(), 'countersign-deployed-'))
  for (const app of APPS) {
    const args = [`--filter=@countersign/${app}`, 'deploy', '--prod', '--legacy', '--prefer-offline']
    execFileSync('pnpm', [...args, join(deployed, app)], { cwd: ROOT, stdio: 'pipe' })
  }
}, 2 * TEST_TIMEOUT_MS)
afterAll(() => rmSync(deployed, { recursive: true, force: true }))

const main = (app: (typeof APPS)[number]) => [...NODE_FLAGS[app], join(deployed, app, 'dist/main.js')]

describe('what is deployed', () => {
  it('serves a sign-in, whose password is compared on a thread of its own', {
    timeout: TEST_TIMEOUT_MS,
  }, async () => {
    const fixture = await createFixture()
    // In the image paths start at the app.
    const settings = { ...fixture.settings, AUTH_BOOTSTRAP_FILE: 'demo.json' }
    const authServer = runNode(main('auth-server'), settings)
    const resourceServer = runNode(main('resource-server'), settings)
    await untilReady(authServer, fixture.authServer)
    await untilReady(resourceServer, fixture.resourceServer)

    const { status, body } = await signIn(fixture, 'secret')

    expect(status).toBe(200)
    expect(await readProfile(fixture, body.access_token)).toMatchObject({ body: { username: 'alice' } })
    expect((await signIn(fixture, 'wrong')).status).toBe(400)
    for (const server of [authServer, resourceServer]) server.kill('SIGTERM')
    expect(await Promise.all([authServer.ended, resourceServer.ended])).toEqual([
      { code: 0, signal: null },
      { code: 0, signal: null },
    ])
  })

  it('has a command line that finds its way to the database and to the thread for passwords', {
    timeout: TEST_TIMEOUT_MS,
  }, async () => {
    const { settings } = await createFixture()
    const cli = join(deployed, 'auth-server/dist/cli/main.js')
    await runNode([cli, 'db', 'migrate'], settings).ended

    const script = `echo "a password" | "${process.execPath}" "${cli}" users add bob`
    execFileSync('sh', ['-c', script], { env: { ...settings, PATH: process.env.PATH }, stdio: 'pipe' })
    const list = runNode([cli, 'users', 'list', '--json'], settings)
    await list.ended

    expect(JSON.parse(list.stdout())).toEqual([expect.objectContaining({ username: 'bob' })])
  })

  it('speaks to PostgreSQL', { timeout: TEST_TIMEOUT_MS }, async () => {
    const { settings } = await createFixture()
    const server = runNode(main('auth-server'), {
      ...settings,
      AUTH_BOOTSTRAP_FILE: '',
      AUTH_DATABASE_URL: `postgres://countersign:secret@127.0.0.1:${await freePort()}/countersign`,
      AUTH_KEY_ENCRYPTION_SECRET: 'A'.repeat(43),
    })

    // Nobody is there: that it knows is the driver's word.
    await server.until(() => server.stdout().includes('the database does not answer yet: waiting'))

    expect(server.stdout()).toContain('ECONNREFUSED')
  })

  it.each(APPS)('says in %s whose code is bundled, and under which license', (app) => {
    const notices = readFileSync(join(deployed, app, 'dist/THIRD-PARTY.txt'), 'utf8')

    for (const name of ['koa', 'zod', 'pino', 'prom-client']) {
      expect(notices).toMatch(new RegExp(`^== ${name} \\d\\S* \\(\\S+\\)$`, 'm'))
    }
  })

  it('reads few files at a start', () => {
    const scripts = (app: string) =>
      readdirSync(join(deployed, app, 'dist'), { recursive: true, encoding: 'utf8' }).filter((file) =>
        file.endsWith('.js'),
      )

    expect(scripts('resource-server').length).toBeLessThan(10)
    expect(scripts('auth-server').length).toBeLessThan(100)
  })

  it.each(APPS)('is started by the image of %s as by `pnpm start`', (app) => {
    const dockerfile = readFileSync(join(ROOT, 'apps', app, 'Dockerfile'), 'utf8')

    const command = dockerfile.split('\nCMD ').at(-1) ?? ''

    expect(JSON.parse(command)).toEqual(['node', ...NODE_FLAGS[app], 'dist/main.js'])
  })
})
