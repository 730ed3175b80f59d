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
  /** Lines a person can read instead of JSON. */
  readonly format: 'json' | 'readable'
  /** Where lines go; standard output when absent. */
  readonly destination?: DestinationStream
}

/** Field names whose values are secrets, at the top of a line and one object deeper. */
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
 * Creates the log of a process: one JSON object a line, or one readable line on a terminal.
 * Secrets are redacted twice: by field name, and wherever one shows by its own shape (a JWT, a prefixed secret).
 * What somebody else wrote moves no cursor and turns no text: it is escaped, for whoever reads the lines on a terminal.
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

/** By its number: the stream would keep lines of its own. To ask it for that makes a pipe one that never blocks. */
function openStandardOutput(): LineWriter {
  const { fd } = process.stdout
  return new LineWriter((bytes) => writeSync(fd, bytes))
}

/** The time of a line, in words: put into words once per millisecond, since under load many lines share one. */
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

/** Loaded only where a person looks on: a service has no use for it, and starts without. */
function loadPretty(): typeof build {
  return createRequire(import.meta.url)('pino-pretty')
}

function readableLine(line: Record<string, unknown>, message: string): string {
  const { name, method, route, status, ms } = line
  return method === undefined ? `${name}: ${message}` : `${name}: ${method} ${route} ${status} ${ms} ms`
}
