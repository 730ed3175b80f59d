/**
 * The half of this package that reads settings, by itself: a program that serves nothing, like a command line, starts
 * without loading a logger.
 */

export { type Environment, readEnvironment, readSecret } from './environment.ts'
export { fileProblem } from './file-problem.ts'
export type { LogLevel } from './logger.ts'
export { DRAIN_DELAY, KEEP_ALIVE } from './service-settings.ts'
export {
  duration,
  durationOrNone,
  logLevel,
  oneOf,
  port,
  saying,
  text,
  wholeNumber,
} from './setting-types.ts'
export { ConfigError, readSettings, type Setting, type Settings, type SettingValues } from './settings.ts'
export { decodeText, readTextFile, UnreadableTextError } from './text-file.ts'
export { visible, visibleJson, visibleLines } from './visible.ts'
