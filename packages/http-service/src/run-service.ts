import type { IncomingMessage, RequestListener } from 'node:http'
import {
  ConfigError,
  type Environment,
  fileProblem,
  type LogLevel,
  readEnvironment,
  type Settings,
  unknownSettings,
  visibleLines,
} from '@countersign/settings'
import { authority } from './authority.ts'
import { ListenError } from './listen.ts'
import { createLogger, type Logger } from './logger.ts'
import { type Metrics, openMetrics } from './metrics.ts'
import { serve } from './serve.ts'

/** The settings that every service has. */
export interface ServiceConfig {
  readonly host: string
  readonly port: number
  readonly metricsPort: number | undefined
  readonly logLevel: LogLevel
  /** How long an idle connection is kept, in seconds. Must be longer than a proxy in front keeps it. */
  readonly keepAlive: number
  /** The delay at a stop between becoming "not ready" and no longer listening, in seconds. */
  readonly drainDelay: number
}

/** What a service needs to open. */
export interface ServiceContext<Config> {
  readonly config: Config
  readonly environment: Environment
  readonly logger: Logger
  /** `undefined` when metrics are off. */
  readonly metrics: Metrics | undefined
}

/** A service that has opened everything it needs and is ready to listen. */
export interface OpenService {
  readonly handler: RequestListener
  /**
   * The client address of a request, for when all connections come from a proxy. Without it, the address of the
   * connection's peer.
   */
  readonly addressOf?: ((request: IncomingMessage) => string) | undefined
  /** The name of this service in tokens: a claim's name and its value. */
  readonly name: readonly ['issuer' | 'audience', string]
  /** Called first when the process is asked to stop. */
  readonly drain: () => void
  /** What to close after the last request is answered, in this order. */
  readonly close: readonly (() => Promise<void> | void)[]
  /** Called once the service listens. */
  readonly onListening?: () => void
}

export interface ServiceProgram<Config extends ServiceConfig> {
  readonly name: string
  /** The folder of this program. Its settings and relative paths are found from there. */
  readonly directory: string
  readonly settings: Settings
  /** The prefix of the names of all its settings. */
  readonly prefix: string
  /** Throws `ConfigError`. */
  readonly readConfig: (environment: Environment) => Config
  readonly open: (context: ServiceContext<Config>) => Promise<OpenService> | OpenService
  /** The sentence for the operator when the service itself refuses to start; `undefined` for any other error. */
  readonly refusalOf?: (error: unknown) => string | undefined
}

/**
 * Runs a service as the whole of a process, from reading its settings to its last answer. When it cannot start, it prints
 * the reason on standard error: a sentence for the operator or, for a bug, the stack. The process then ends with status
 * 1.
 */
export async function runService<Config extends ServiceConfig>(
  program: ServiceProgram<Config>,
): Promise<void> {
  try {
    await start(program)
  } catch (error) {
    process.stderr.write(`${visibleLines(sentenceFor(error, program))}\n`)
    process.exit(1)
  }
}

async function start<Config extends ServiceConfig>(program: ServiceProgram<Config>): Promise<void> {
  const environment = readEnvironment(process.env, program.directory)
  const config = program.readConfig(environment)
  const { host, port, metricsPort } = config
  const logger = createLogger({
    name: program.name,
    level: config.logLevel,
    format: process.stdout.isTTY ? 'readable' : 'json',
  })
  for (const name of unknownSettings(program.settings, environment, program.prefix)) {
    logger.warn(`${name} is no setting of this server: look for its right name in docs/configuration.md`)
  }

  const { metrics, close: closeMetrics } = await openMetrics({
    host,
    port: metricsPort,
    portSetting: `${program.prefix}METRICS_PORT`,
    logger,
  })
  const { name, onListening, ...service } = await program.open({ config, environment, logger, metrics })
  const { keepAlive, drainDelay } = config
  await serve({
    ...service,
    host,
    port,
    portSetting: `${program.prefix}PORT`,
    keepAlive,
    drainDelay,
    logger,
    close: [...service.close, closeMetrics],
  })
  const [kind, value] = name
  logger.info({ [kind]: value }, `listening on ${authority(host, port)} as ${value}`)
  onListening?.()
}

function sentenceFor(
  error: unknown,
  { refusalOf }: Pick<ServiceProgram<ServiceConfig>, 'refusalOf'>,
): string {
  if (error instanceof ConfigError || error instanceof ListenError) return error.message
  return refusalOf?.(error) ?? fileProblem(error) ?? String(error instanceof Error ? error.stack : error)
}
