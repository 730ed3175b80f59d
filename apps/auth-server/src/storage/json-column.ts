/** Reads a JSON object of a column; an empty one when it is none: a damaged column costs what it says, and nothing else. */
export function parseJsonObject(column: string): Readonly<Record<string, unknown>> {
  const value = parseJson(column)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

/** Reads a JSON array of texts likewise. */
export function parseJsonTexts(column: string): readonly string[] {
  const value = parseJson(column)
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

function parseJson(column: string): unknown {
  try {
    return JSON.parse(column)
  } catch {
    return undefined
  }
}
