import {
  ConfigError,
  DRAIN_DELAY,
  duration,
  type Environment,
  KEEP_ALIVE,
  type LogLevel,
  logLevel,
  oneOf,
  port,
  readSettings,
  type Settings,
  saying,
  text,
} from '@countersign/settings'
import { audienceProblem, issuerProblem, type Seconds } from '@countersign/shared'
import { z } from 'zod'

/** The settings of the resource server: what each is read as, and what the documentation says of it. */
export const RESOURCE_SETTINGS = {
  RESOURCE_HOST: {
    schema: text,
    default: '127.0.0.1',
    description: 'The address to listen on; containers set `0.0.0.0`.',
  },
  RESOURCE_PORT: { schema: port, default: '8001', description: 'The port to listen on.' },
  RESOURCE_ISSUER: {
    schema: z.string().superRefine(saying(issuerProblem)),
    default: 'http://127.0.0.1:8000',
    description:
      'The authorization server whose tokens count, by the name it has in them: its `AUTH_ISSUER`.',
  },
  RESOURCE_AUDIENCE: {
    schema: z.string().superRefine(saying(audienceProblem)),
    defaultInWords: '`http://127.0.0.1:$RESOURCE_PORT`',
    description: 'The name of this server in tokens: one that does not hold it is refused.',
  },
  RESOURCE_ISSUER_ADDRESS: {
    schema: z.string().superRefine(saying(addressProblem)),
    defaultInWords: '`RESOURCE_ISSUER`',
    description:
      'The origin to connect to for metadata, keys and status lists, where the name of the issuer is not reachable.',
  },
  RESOURCE_KEY_SET_MAX_STALE: {
    schema: duration,
    default: '24h',
    description: 'How long a key set serves while the issuer is away.',
  },
  RESOURCE_STATUS: {
    schema: oneOf(['check', 'ignore']),
    default: 'check',
    description:
      'Whether the status of a token is looked up in its status list: `check` refuses a revoked token; with `ignore` it is accepted until it expires.',
  },
  RESOURCE_KEEP_ALIVE: KEEP_ALIVE,
  RESOURCE_DRAIN_DELAY: DRAIN_DELAY,
  RESOURCE_METRICS_PORT: {
    schema: port,
    defaultInWords: 'none: nothing is measured',
    description:
      'Where `/metrics` is served for Prometheus, on a port of its own at `RESOURCE_HOST`; keep it inside.',
  },
  RESOURCE_LOG_LEVEL: { schema: logLevel, default: 'info', description: 'How much is logged.' },
} as const satisfies Settings

/** What the settings say, in the units of the domain. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly issuer: string
  readonly audience: string
  readonly issuerAddress: string
  readonly keySetMaxStale: Seconds
  readonly status: 'check' | 'ignore'
  readonly keepAlive: Seconds
  readonly drainDelay: Seconds
  readonly metricsPort: number | undefined
  readonly logLevel: LogLevel
}

/** Reads every setting. Throws one `ConfigError` that lists all problems. */
export function readConfig(environment: Environment): Config {
  const problems: string[] = []
  const values = readSettings(RESOURCE_SETTINGS, environment, problems)
  if (values.RESOURCE_METRICS_PORT !== undefined && values.RESOURCE_METRICS_PORT === values.RESOURCE_PORT) {
    problems.push('RESOURCE_METRICS_PORT must not be RESOURCE_PORT: the metrics have a port of their own.')
  }
  if (problems.length > 0) throw new ConfigError(problems)

  return Object.freeze({
    host: values.RESOURCE_HOST,
    port: values.RESOURCE_PORT,
    issuer: values.RESOURCE_ISSUER,
    audience: values.RESOURCE_AUDIENCE ?? `http://127.0.0.1:${values.RESOURCE_PORT}`,
    issuerAddress: values.RESOURCE_ISSUER_ADDRESS ?? values.RESOURCE_ISSUER,
    keySetMaxStale: values.RESOURCE_KEY_SET_MAX_STALE,
    status: values.RESOURCE_STATUS,
    keepAlive: values.RESOURCE_KEEP_ALIVE,
    drainDelay: values.RESOURCE_DRAIN_DELAY,
    metricsPort: values.RESOURCE_METRICS_PORT,
    logLevel: values.RESOURCE_LOG_LEVEL,
  })
}

/** An address is often a neighbouring container, so plain `http` is allowed. */
function addressProblem(text: string): string | undefined {
  if (!/^https?:/.test(text) || !URL.canParse(text)) return 'must be an origin like http://auth-server:8000'
  const { origin } = new URL(text)
  return text === origin ? undefined : `must be an origin and nothing more: write it as ${origin}`
}
