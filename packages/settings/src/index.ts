/**
 * How a program reads its settings and reports problems with them: environment, `.env`, files with secrets, types of
 * settings, all problems at once, and text that shows every character in it. It depends on zod and not on HTTP or
 * logging, so that a command line starts without them. Each program defines its own settings.
 */
export { type Environment, readEnvironment, readSecret } from './environment.ts'
export { fileProblem } from './file-problem.ts'
export { DRAIN_DELAY, KEEP_ALIVE } from './service-settings.ts'
export {
  duration,
  durationOrNone,
  type LogLevel,
  logLevel,
  oneOf,
  port,
  saying,
  text,
  wholeNumber,
} from './setting-types.ts'
export {
  ConfigError,
  readSettings,
  type Setting,
  type Settings,
  type SettingValues,
  unknownSettings,
} from './settings.ts'
export { settingsTable } from './settings-table.ts'
export { decodeText, readTextFile, UnreadableTextError } from './text-file.ts'
export { visible, visibleJson, visibleLines, visibleOnceParsed } from './visible.ts'
