/**
 * What a program is told by its operator, and how it answers: environment, `.env`, files of secrets, types of settings,
 * every problem at once, and text that shows all there is in it. It knows zod, and nothing of HTTP or of logs, so that a
 * command line starts without either. Which settings there are is for each program to say.
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
