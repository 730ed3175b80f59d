/** Reads a list as a column keeps it: its items separated by one space, nothing for none. */
export function parseList(column: string): readonly string[] {
  return column === '' ? [] : column.split(' ')
}

/** Writes a list for a column. Its items hold no space: scope values, grant types and URIs never do. */
export function formatList(items: readonly string[]): string {
  return items.join(' ')
}
