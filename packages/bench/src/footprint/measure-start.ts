import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { NODE_FLAGS } from '@countersign/stack/node-flags'

/**
 * Measures the time from `node dist/main.js` to the first 200 of `/readyz`, on an existing database, and the memory of
 * each idle server five seconds later, with metrics on. Prints Markdown. Run `npx -y pnpm exec turbo run build` first.
 */
const ROUNDS = 15
const ROOT = resolve(import.meta.dirname, '../../../..')
const PORTS = { auth: 29_800, resource: 29_801, authMetrics: 29_802, resourceMetrics: 29_803 }
const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
const env = {
  PATH: process.env.PATH,
  AUTH_PORT: String(PORTS.auth),
  AUTH_DATABASE_URL: `sqlite:${folder}/auth.db`,
  AUTH_BOOTSTRAP_FILE: 'apps/auth-server/demo.json',
  AUTH_DEFAULT_CLIENT: 'demo',
  AUTH_DEFAULT_AUDIENCE: `http://127.0.0.1:${PORTS.resource}`,
  AUTH_LOG_LEVEL: 'warn',
  AUTH_METRICS_PORT: String(PORTS.authMetrics),
  RESOURCE_PORT: String(PORTS.resource),
  RESOURCE_ISSUER: `http://127.0.0.1:${PORTS.auth}`,
  RESOURCE_LOG_LEVEL: 'warn',
  RESOURCE_METRICS_PORT: String(PORTS.resourceMetrics),
}

interface Started {
  readonly child: ChildProcess
  readonly milliseconds: number
}

async function start(app: 'auth-server' | 'resource-server', port: number): Promise<Started> {
  const begin = performance.now()
  const child = spawn(process.execPath, [...NODE_FLAGS[app], `apps/${app}/dist/main.js`], {
    cwd: ROOT,
    env,
    stdio: 'inherit',
  })
  while ((await statusOf(`http://127.0.0.1:${port}/readyz`)) !== 200) await pause(2)
  return { child, milliseconds: performance.now() - begin }
}

async function statusOf(url: string): Promise<number | undefined> {
  const response = await fetch(url).catch(() => undefined)
  await response?.body?.cancel()
  return response?.status
}

async function stop({ child }: Started): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** Resident memory in MB, as Linux reports it. */
function residentOf({ child }: Started): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024) / 1e6
}

function row(name: string, numbers: readonly number[], unit: string): string {
  const sorted = numbers.toSorted((one, other) => one - other)
  const [least, median] = [sorted[0] ?? Number.NaN, sorted[Math.floor(sorted.length / 2)] ?? Number.NaN]
  return `| ${name} | ${Math.round(median)} ${unit} | ${Math.round(least)} ${unit} |`
}

// The first start creates the database. The later ones use it.
await stop(await start('auth-server', PORTS.auth))
const figures = { auth: [0], resource: [0], authMemory: [0], resourceMemory: [0] }
for (const list of Object.values(figures)) list.pop()

for (let round = 0; round < ROUNDS; round++) {
  const auth = await start('auth-server', PORTS.auth)
  const resource = await start('resource-server', PORTS.resource)
  figures.auth.push(auth.milliseconds)
  figures.resource.push(resource.milliseconds)
  if (round < 3) {
    await pause(5000)
    figures.authMemory.push(residentOf(auth))
    figures.resourceMemory.push(residentOf(resource))
  }
  await Promise.all([stop(auth), stop(resource)])
}
rmSync(folder, { recursive: true })

process.stdout.write(
  [
    '| | median | least |',
    '| --- | --- | --- |',
    row('authorization server, start to ready', figures.auth, 'ms'),
    row('resource server, start to ready', figures.resource, 'ms'),
    row('authorization server, idle', figures.authMemory, 'MB'),
    row('resource server, idle', figures.resourceMemory, 'MB'),
    '',
  ].join('\n'),
)
