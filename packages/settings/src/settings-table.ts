import type { Settings } from './settings.ts'

/** Renders settings as a Markdown table, so that the documentation is generated from what the code reads. */
export function settingsTable(settings: Settings): string {
  const rows = Object.entries(settings).map(([name, setting]) => {
    const names = setting.secret ? `\`${name}\`, \`${name}_FILE\`` : `\`${name}\``
    const fallback =
      setting.defaultInWords ?? (setting.default === undefined ? 'none' : `\`${setting.default}\``)
    return `| ${names} | ${fallback} | ${setting.description} |`
  })
  return ['| Setting | Default | |', '| --- | --- | --- |', ...rows, ''].join('\n')
}
