import { z } from 'zod'

const SECONDS_PER: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

export const text: z.ZodType<string, string> = z.string()

/** A whole number between two limits, both allowed. */
export function wholeNumber(least: number, most: number): z.ZodType<number, string> {
  const message = `must be a whole number from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((number) => number >= least && number <= most, message)
}

/** A TCP port that can be used in an address. */
export const port: z.ZodType<number, string> = wholeNumber(1, 65_535)

/** A duration, written `45s`, `30m`, `12h` or `90d`, and read as seconds. */
export const duration: z.ZodType<number, string> = z
  .string()
  .regex(/^[1-9]\d{0,8}[smhd]$/, 'must be a time like 45s, 30m, 12h or 90d')
  .transform((written) => Number(written.slice(0, -1)) * (SECONDS_PER[written.slice(-1)] ?? Number.NaN))

/** A duration, or `0s` for none. */
export const durationOrNone: z.ZodType<number, string> = z.union(
  [z.literal('0s').transform(() => 0), duration],
  {
    error: 'must be a time like 45s, 30m, 12h or 90d, or 0s',
  },
)

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[]): z.ZodType<Word, string> {
  return z.enum(words, { error: `must be one of ${words.join(', ')}` }) as z.ZodType<Word, string>
}

/** The log level: this level and all above it are logged. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent'

export const logLevel: z.ZodType<LogLevel, string> = oneOf([
  'fatal',
  'error',
  'warn',
  'info',
  'debug',
  'silent',
])

/** Turns a rule into a zod check. The rule returns the problem, in words that follow the setting's name. */
export function saying(
  problemOf: (text: string) => string | undefined,
): (value: string, context: z.RefinementCtx) => void {
  return (value, context) => {
    const message = problemOf(value)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  }
}
