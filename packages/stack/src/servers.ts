import { type ChildProcess, spawn } from 'node:child_process'

/** The arguments of `node` that start one server. */
export interface ServerCommand {
  readonly name: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Running servers, which stop together. */
export interface Servers {
  /** Sends the servers this signal. Only the first call has an effect. */
  readonly stop: (signal: NodeJS.Signals) => void
  /** Resolves when all servers have ended: to a sentence about what went wrong, or to `undefined`. */
  readonly ended: Promise<string | undefined>
}

/** Longer than a server takes to drain and to give up, in milliseconds. A server that still runs then is stuck. */
const KILL_TIMEOUT_MS = 12_000

const STOP_WHEN_ORPHANED = new URL('stop-when-orphaned.mjs', import.meta.url)

/**
 * Starts servers at the same time, as children in this process group, so that the terminal's Ctrl-C reaches them even if
 * this process no longer lives to forward it. When this process is killed, the servers stop by themselves. When one
 * server ends without being asked, the others are stopped too.
 */
export function startServers(
  commands: readonly ServerCommand[],
  killAfter: number = KILL_TIMEOUT_MS,
): Servers {
  const children = commands.map(({ name, args, cwd, env }) => ({
    name,
    child: spawn(process.execPath, [`--import=${STOP_WHEN_ORPHANED}`, ...args], {
      cwd,
      env: { ...env },
      stdio: ['pipe', 'inherit', 'inherit'],
    }),
  }))
  let sent: NodeJS.Signals | undefined
  let failure: string | undefined

  const stop = (signal: NodeJS.Signals): void => {
    if (sent) return
    sent = signal
    for (const { child } of children) child.kill(signal)
    setTimeout(() => {
      for (const { child } of children) child.kill('SIGKILL')
    }, killAfter).unref()
  }
  const ends = children.map(async ({ name, child }) => {
    const ending = await endingOf(child)
    // Only the first failure is kept, because it is the cause. What follows from it would hide it.
    failure ??= sent ? uncleanStop(name, ending, sent) : `${name} ended by itself (${ending.words}).`
    stop('SIGTERM')
  })

  return { stop, ended: Promise.all(ends).then(() => failure) }
}

interface Ending {
  readonly clean: boolean
  readonly signal: NodeJS.Signals | undefined
  readonly words: string
}

function endingOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ clean: false, signal: undefined, words: error.message }))
    child.once('exit', (code, signal) =>
      resolve({ clean: code === 0, signal: signal ?? undefined, words: signal ?? `exit code ${code}` }),
    )
  })
}

function uncleanStop(name: string, ending: Ending, sent: NodeJS.Signals): string | undefined {
  // Our own signal ended the server, because it arrived before the server had begun to listen and to handle signals.
  if (ending.clean || ending.signal === sent) return undefined
  return ending.signal === 'SIGKILL'
    ? `${name} did not stop in time and was killed.`
    : `${name} did not stop cleanly (${ending.words}).`
}
