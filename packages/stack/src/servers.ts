import { type ChildProcess, spawn } from 'node:child_process'

/** How one server is started: what `node` is called with. */
export interface ServerCommand {
  readonly name: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Servers that run, and end together. */
export interface Servers {
  /** Sends them this signal, the first time; later calls change nothing. */
  readonly stop: (signal: NodeJS.Signals) => void
  /** Resolves when all have ended: to what went wrong, as a sentence, or to `undefined`. */
  readonly ended: Promise<string | undefined>
}

/** Longer than a server gives itself to drain and to give up, in milliseconds: whoever is still there is stuck. */
const KILL_TIMEOUT_MS = 12_000

const STOP_WHEN_ORPHANED = new URL('stop-when-orphaned.mjs', import.meta.url)

/**
 * Starts servers at once, as children in this process group, so that the terminal's Ctrl-C reaches them even if this
 * process does not live to forward it; when it is killed, they stop by themselves. When one ends without being asked, the others are stopped, too.
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
    // The first sentence is the cause; what follows from it would only bury it.
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
  // Ended by our very signal: it came before the server had begun to listen, and to listen for signals.
  if (ending.clean || ending.signal === sent) return undefined
  return ending.signal === 'SIGKILL'
    ? `${name} did not stop in time and was killed.`
    : `${name} did not stop cleanly (${ending.words}).`
}
