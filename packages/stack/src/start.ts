import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { lockData } from './data-lock.ts'
import { deriveSettings, type Listener, urlOf } from './derive-settings.ts'
import { mergeVariables } from './environment.ts'
import { NODE_FLAGS } from './node-flags.ts'
import { isTaken, waitUntilReady } from './readiness.ts'
import { type ServerCommand, startServers } from './servers.ts'
import { renderWelcome } from './welcome.ts'

/**
 * What `pnpm start` and `pnpm dev` run: both servers, connected with one another, in one process group. Imports only
 * `node:` modules, because `dev` runs before anything is built.
 */
const root = resolve(import.meta.dirname, '../../..')
const settings = deriveSettings(mergeVariables(process.env, readDotEnv()), root)
const { authServer, resourceServer } = settings

const lock = settings.databaseFile === undefined ? undefined : lockOrRefuse(settings.databaseFile)
await refuseTakenPorts([
  { ...authServer, setting: 'AUTH_PORT' },
  { ...resourceServer, setting: 'RESOURCE_PORT' },
])

const servers = startServers((['auth-server', 'resource-server'] as const).map(commandOf))
const stopping = new AbortController()
const stop = (signal: NodeJS.Signals): void => {
  stopping.abort()
  servers.stop(signal)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(signal))
// `node --watch` handles only SIGINT and SIGTERM. SIGHUP would kill it and leave its server running.
process.on('SIGHUP', () => stop('SIGTERM'))
const stopWatchingParent = onOrphaned(() => stop('SIGTERM'))

const waitedFor = [
  { name: 'authorization server', url: urlOf(authServer), setting: 'AUTH_DATABASE_URL' },
  { name: 'resource server', url: urlOf(resourceServer), setting: 'RESOURCE_PORT' },
]
void waitUntilReady(waitedFor, stopping.signal, say).then((ready) => {
  if (ready) process.stdout.write(renderWelcome(settings))
})
const failure = await servers.ended
stopping.abort()
stopWatchingParent()
lock?.release()
if (failure) fail(failure)

function lockOrRefuse(databaseFile: string): { readonly release: () => void } {
  return (
    lockData(databaseFile) ??
    fail(
      `Another stack uses ${databaseFile}: give this one other ports and another folder, ` +
        'AUTH_PORT=9000 RESOURCE_PORT=9001 AUTH_DATABASE_URL=sqlite:./data-2/auth.db npx -y pnpm start',
    )
  )
}

function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`)
}

function readDotEnv(): string {
  const file = join(root, '.env')
  // As the servers read it: without a byte order mark, and ignoring a folder of that name.
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return ''
  const bytes = readFileSync(file)
  // The servers refuse a file that is not UTF-8, with their own message. Here it would be read only in part.
  return bytes.includes(0) ? '' : new TextDecoder().decode(bytes)
}

async function refuseTakenPorts(listeners: readonly (Listener & { setting: string })[]): Promise<void> {
  const free = await Promise.all(listeners.map(async (listener) => !(await isTaken(listener))))
  const taken = listeners.filter((_listener, index) => !free[index])
  if (taken.length === 0) return
  fail(
    `Something else listens on ${taken.map(urlOf).join(' and ')}: ` +
      `stop it, or set ${taken.map(({ setting }) => setting).join(' and ')} to another port.`,
  )
}

function commandOf(app: 'auth-server' | 'resource-server'): ServerCommand {
  const args =
    process.argv[2] === 'dev'
      ? ['--conditions=countersign-source', '--watch', '--watch-preserve-output', `apps/${app}/src/main.ts`]
      : [...NODE_FLAGS[app], `apps/${app}/dist/main.js`]
  return { name: app, args, cwd: root, env: { ...process.env, ...settings.derived } }
}

/** Calls back when the parent process is gone without a signal, because then nobody is left to stop this process. */
function onOrphaned(callback: () => void): () => void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid !== parent) callback()
  }, 1000)
  return () => clearInterval(timer)
}

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}
