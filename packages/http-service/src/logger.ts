import { writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type LogLevel, visible, visibleJson, visibleOnceParsed } from '@countersign/settings'
import { type DestinationStream, type Logger, pino } from 'pino'
import type { build } from 'pino-pretty'
import { LineWriter } from './line-writer.ts'
import { redactSecrets } from './redact-secrets.ts'

export type { Logger } from 'pino'

export interface LoggerOptions {
  readonly name: string
  readonly level: LogLevel
  /** Lines for a person to read, or JSON. */
  readonly format: 'json' | 'readable'
  /** Where lines go. The default is standard output. */
  readonly destination?: DestinationStream
}

/** Names of fields whose values are secrets, at the top level of a line and one level deeper. */
const SECRET_FIELDS = [
  'password',
  'client_secret',
  'clientSecret',
  'access_token',
  'accessToken',
  'refresh_token',
  'refreshToken',
  'code',
  'code_verifier',
  'client_assertion',
  'id_token',
  'authorization',
  'cookie',
  'secret',
].flatMap((field) => (field === 'code' ? ['request.code', 'body.code'] : [field, `*.${field}`]))

/**
 * Creates the log of a process: one JSON object per line, or one readable line on a terminal. Secrets are redacted twice:
 * by field name, and wherever a value has the shape of a secret (a JWT, a prefixed secret). Text from outside is escaped,
 * so that it cannot move the cursor or change the direction of text on a terminal.
 */
export function createLogger({ name, level, format, destination }: LoggerOptions): Logger {
  const options = {
    base: { name },
    level,
    timestamp: createTimestamp(),
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRET_FIELDS, censor: '[redacted]' },
  }
  if (format === 'json') {
    const hooks = { streamWrite: (line: string) => visibleJson(redactSecrets(line)) }
    return pino({ ...options, hooks }, destination ?? openStandardOutput())
  }

  const hooks = { streamWrite: (line: string) => visibleOnceParsed(redactSecrets(line)) }
  return pino(
    { ...options, hooks },
    loadPretty()({
      ...(destination ? { destination } : {}),
      sync: true,
      colorize: destination === undefined,
      translateTime: 'SYS:HH:MM:ss',
      ignore: 'pid,hostname,name,requestId,method,route,status,ms,incomingRequestId',
      messageFormat: (line, messageKey) => readableLine(line, visible(String(line[messageKey] ?? ''))),
    }),
  )
}

/**
 * Opens it by its file descriptor, because the stream would buffer lines itself. Accessing `process.stdout` for the
 * descriptor makes a pipe non-blocking.
 */
function openStandardOutput(): LineWriter {
  const { fd } = process.stdout
  return new LineWriter((bytes) => writeSync(fd, bytes))
}

/** The formatted time of a line. It is formatted once per millisecond, because many lines share a millisecond under load. */
function createTimestamp(): () => string {
  let instant = Number.NaN
  let field = ''
  return () => {
    const now = Date.now()
    if (now !== instant) {
      instant = now
      field = `,"time":"${new Date(now).toISOString()}"`
    }
    return field
  }
}

/** Loaded only when the lines are for a person. A service does not need it and starts without it. */
function loadPretty(): typeof build {
  return createRequire(import.meta.url)('pino-pretty')
}

function readableLine(line: Record<string, unknown>, message: string): string {
  const { name, method, route, status, ms } = line
  return method === undefined ? `${name}: ${message}` : `${name}: ${method} ${route} ${status} ${ms} ms`
}
